"""Gradient descent on latents: what inversion, inpainting and inspiration share."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["Descent", "Found"]

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


class Found(NamedTuple):
    """What a search found for each of its starts.

    Args:
        latents: Float32 array `(num, ...)`, the best latents that it met.
        losses: Float32 array `(num,)`, their losses; infinite where none was a number.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent

    latent.Found(np.zeros((2, 8)), np.ones(2)).losses.shape  # (2,)
    ```
    """

    latents: np.ndarray
    losses: np.ndarray


class Descent:
    """Adam on latents, with a rate that falls to zero along a cosine; the networks do not change.

    Every start descends by itself, so that what it finds does not depend on the others. The best
    latents that it meets count, not the last ones.

    Args:
        steps: Positive integer. Defaults to 200.
        learning_rate: Positive float, the rate at the first step. Defaults to 0.1.
        batch_size: Positive integer, starts that are searched at once: bounds the memory. Defaults
            to 64.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit import latent

    def distance(latents, targets):
        return tf.reduce_sum((latents - targets) ** 2, axis=1)

    minimize = latent.Descent(steps=200).minimizer(distance)
    starts, targets = latent.sample(6, latent_dim=8, seed=0).reshape(2, 3, 8)
    minimize(starts, [targets]).losses.max()  # below 1e-6
    ```

    Reference: Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980; of latents: Lipton & Tripathi,
    2017, https://arxiv.org/abs/1702.04782.
    """

    needs_gradients = True

    def __init__(self, steps=200, learning_rate=0.1, batch_size=64):
        self.steps = check_integer("steps", steps, 1)
        self.learning_rate = check_number("learning_rate", learning_rate, above=0)
        self.batch_size = check_integer("batch_size", batch_size, 1)

    def minimizer(self, objective):
        """A function that searches for the latents of the smallest objective; it compiles once.

        `objective(latents, *data)` returns one loss for each example, from tensors.
        `minimize(starts, data=(), on_step=None, steps=None)` takes arrays with a row for each
        start, or None in `data`, and returns what was `Found`. It calls `on_step(step, rows,
        latents, losses)` with the best so far of these rows after every step.
        """

        def update(step, rate, state, best, data):
            latents, first, second = state
            with tf.GradientTape() as tape:
                tape.watch(latents)
                losses = tf.cast(objective(latents, *data), "float32")
            gradient = tape.gradient(losses, latents)
            first += (1 - _BETA_1) * (gradient - first)
            second += (1 - _BETA_2) * (gradient**2 - second)
            scale = tf.sqrt(1 - _BETA_2**step) / (1 - _BETA_1**step)
            moved = latents - rate * scale * first / (tf.sqrt(second) + _EPSILON)
            better = losses < best.losses  # Never, if it is not a number.
            shape = tf.concat([tf.shape(better), tf.ones(latents.shape.rank - 1, "int32")], 0)
            best = Found(
                tf.where(tf.reshape(better, shape), latents, best.latents),
                tf.where(better, losses, best.losses),
            )
            return (moved, first, second), best

        compiled = None

        def minimize(starts, data=(), on_step=None, steps=None):
            nonlocal compiled
            steps, starts = steps or self.steps, np.asarray(starts, "float32")
            batches, found = self._batches(len(starts)), []
            with progress_bar("Searching", steps * len(batches)) as advance:
                for rows in batches:
                    latents = tf.constant(starts[rows])
                    state = latents, tf.zeros_like(latents), tf.zeros_like(latents)
                    best = Found(latents, tf.fill(len(rows), math.inf))
                    given = [None if each is None else tf.constant(each[rows]) for each in data]
                    if compiled is None:
                        compiled = _compiled(update, state, best, given)
                    for step in range(1, steps + 1):
                        rate = self.learning_rate * (1 + math.cos(math.pi * (step - 1) / steps)) / 2
                        numbers = tf.constant(float(step)), tf.constant(rate)
                        state, best = compiled(*numbers, state, best, given)
                        if on_step is not None:
                            on_step(step, rows, *(each.numpy() for each in best))
                        advance()
                    found.append(best)
            return Found(
                *(np.concatenate(each)[: len(starts)] for each in zip(*found, strict=True))
            )

        return minimize

    def _batches(self, num):
        """Row numbers in batches of one size, for which one compilation is enough.

        The last ones begin again with the first rows.
        """
        count = math.ceil(num / self.batch_size)
        return np.resize(np.arange(num), (count, math.ceil(num / count)))


def _compiled(update, *arguments):
    """For any number of rows, so that it is traced once."""

    def spec(tensor):
        return None if tensor is None else tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)

    scalar = tf.TensorSpec((), "float32")
    specs = tf.nest.map_structure(spec, arguments)
    return tf.function(update, autograph=False).get_concrete_function(scalar, scalar, *specs)
