"""`Penalty`: a term that is added to the loss of either network."""

import abc

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.serialization import Configurable
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["DiscriminatorPenalty", "GeneratorPenalty", "Penalty"]


class Penalty(Configurable, abc.ABC):
    """One value per example, weighted and added to the loss of the networks in `sides`.

    A subclass sets `sides` (or derives from `DiscriminatorPenalty` or `GeneratorPenalty`,
    which do), defines `__call__(critique)`, which returns the unweighted float32 values
    `(batch,)`, keeps its constructor's arguments under their own names, and is registered
    with `keras.saving.register_keras_serializable`, so that a saved `GAN` finds it. It gets
    a `training.Critique`: images, labels, noise, logits, gradients and features.

    With `interval=k` the term is computed in every k-th step only, and counts k times
    there, in the same update as the loss. Over k steps its gradient equals that of an
    interval of 1 as long as the networks change little.

    A term that remembers something names it in `initial_state`, for example
    `{"mean_length": 0.0}`. It reads the variable `self.state["mean_length"]`, assigns nothing,
    and returns a pair: the values, and a dict of all new values without a gradient. They are
    saved with the GAN; on several replicas their mean is kept.

    Args:
        weight: Non-negative float, or a Keras learning-rate schedule of the GAN's step.
            Defaults to 1.
        interval: Positive integer, steps between two computations. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import penalties

    class LogitSize(penalties.DiscriminatorPenalty):
        def __call__(self, critique):
            return ops.abs(critique.fake_logits[:, 0])

    penalty = LogitSize(weight=0.1, interval=4)
    ```

    Reference: lazy regularization: Karras et al., 2020, https://arxiv.org/abs/1912.04958,
    section 3.1. There it has its own updates, with other Adam settings; here it is part of
    the one update and needs only the factor k.
    """

    # Which losses it is added to: "discriminator", "generator" or both.
    sides = ()
    # Whether the generator's step must compute the logits of real images for it.
    uses_real = False
    # Names of what it remembers, float32 scalars, and their first values.
    initial_state = {}
    # The variables by name, empty before `build`.
    state = {}

    def __init__(self, weight=1.0, interval=1):
        self.weight = check_weight("weight", weight)
        self.interval = check_integer("interval", interval, 1)

    @abc.abstractmethod
    def __call__(self, critique):
        """The unweighted values, a float32 tensor `(batch,)`; with state, a pair."""

    def build(self, generator):
        """Make the variables; `GAN.compile` calls it with its generator."""
        self.state = {
            name: tf.Variable(value, trainable=False, name=name)
            for name, value in self.initial_state.items()
        }

    def weight_at(self, step):
        """The factor of the mean at a step, a float32 scalar."""
        return value_at(self.weight, step)

    def loss(self, critique, step):
        """What is added to the loss: weight times mean, 0 in the steps that are left out."""
        return self.loss_and_state(critique, step)[0]

    def loss_and_state(self, critique, step):
        """The loss and the new `state`, to be assigned where replicas can meet: in no branch."""
        step = ops.convert_to_tensor(step)
        if self.interval == 1:
            return self._computed(critique, step)
        kept = {name: tf.identity(variable) for name, variable in self.state.items()}
        return tf.cond(
            step % self.interval == 0,
            lambda: self._computed(critique.for_branch(), step),
            lambda: (tf.zeros((), "float32"), kept),
        )

    def _computed(self, critique, step):
        values = self(critique)
        values, state = values if isinstance(values, tuple) else (values, {})
        mean = ops.cast(ops.mean(values), "float32")
        return self.interval * (self.weight_at(step) * mean), state


class DiscriminatorPenalty(Penalty):
    """A term of the discriminator's loss.

    Args:
        weight: As for `Penalty`. Defaults to 1.
        interval: As for `Penalty`. Defaults to 1.

    Example:

    ```python
    from tfgan_kit import penalties

    penalties.R1().sides  # ("discriminator",)
    ```
    """

    sides = ("discriminator",)


class GeneratorPenalty(Penalty):
    """A term of the generator's loss, with `uses_real = True` where it needs real images.

    Args:
        weight: As for `Penalty`. Defaults to 1.
        interval: As for `Penalty`. Defaults to 1.

    Example:

    ```python
    from tfgan_kit import penalties

    penalties.GDPP().sides  # ("generator",)
    ```
    """

    sides = ("generator",)


def check_weight(name, weight):
    """A non-negative float, or a Keras learning-rate schedule."""
    if isinstance(weight, keras.optimizers.schedules.LearningRateSchedule):
        return weight
    try:
        return check_number(name, weight, minimum=0)
    except InvalidArgument:
        raise InvalidArgument(
            f"`{name}` must be a non-negative number or a Keras learning-rate schedule. "
            f"Received: {name}={weight!r}"
        ) from None


def value_at(weight, step):
    """The value of a number or a schedule at a step, a float32 scalar."""
    if isinstance(weight, keras.optimizers.schedules.LearningRateSchedule):
        weight = weight(step)
    return ops.cast(weight, "float32")
