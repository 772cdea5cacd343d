"""`Penalty`: a term of a network's loss that is no judgement of its own."""

import abc

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["DiscriminatorPenalty", "GeneratorPenalty", "Penalty"]


class Penalty(abc.ABC):
    """One value an example, weighted and added to a network's loss.

    A subclass of `DiscriminatorPenalty` or `GeneratorPenalty` defines
    `__call__`; it gives its constructor arguments back from `get_config`, and is
    registered with `keras.saving.register_keras_serializable`, so that a saved
    `GAN` finds it.

    With `interval=k`, the penalty is computed in every k-th step only, which
    saves most of what its second derivatives cost. There it counts k times, in
    the same update as the loss it belongs to: over k steps its gradient is what it
    would be with an interval of 1, as long as the networks change little in them.

    Args:
        weight: Float, 0 or more, or a Keras learning-rate schedule of the GAN's
            step. Defaults to 1.
        interval: Integer, 1 or more. Defaults to 1: in every step.

    Raises:
        InvalidArgument: If an argument is not of that kind.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import penalties

    class Loudness(penalties.DiscriminatorPenalty):
        def __call__(self, critique):
            return ops.abs(critique.fake_logits[:, 0])

    penalty = Loudness(weight=0.1, interval=4)
    ```

    Reference: Karras et al., 2020, https://arxiv.org/abs/1912.04958, section 3.1,
    for lazy regularisation. There the penalty has updates of its own, for which Adam's
    rate and betas are changed; here it is part of the one update, and the factor is
    all that is needed.
    """

    # Whether it looks at real images: a generator's step draws them for it then.
    uses_real = False

    def __init__(self, weight=1.0, interval=1):
        self.weight = check_weight("weight", weight)
        is_integer = isinstance(interval, (int, np.integer)) and not isinstance(interval, bool)
        if not is_integer or interval < 1:
            raise InvalidArgument(
                f"`interval` must be an integer of 1 or more. Received: interval={interval!r}"
            )
        self.interval = int(interval)

    @abc.abstractmethod
    def __call__(self, critique):
        """The penalty of each example, unweighted."""

    def weight_at(self, step):
        """The factor of the penalty's mean.

        Args:
            step: Integer scalar tensor, the GAN's step.

        Returns:
            A float32 scalar tensor.
        """
        return value_at(self.weight, step)

    def loss(self, critique, step):
        """What is added to the network's loss.

        Args:
            critique: A `Critique`.
            step: Integer scalar tensor, the GAN's step.

        Returns:
            A float32 scalar tensor, `weight_at(step)` times the mean over the
            examples; where the interval is not 1, that times the interval in its
            steps and 0 in the others.
        """
        step = ops.convert_to_tensor(step)
        if self.interval == 1:
            return self._weighted_mean(critique, step)
        return tf.cond(
            step % self.interval == 0,
            lambda: self.interval * self._weighted_mean(critique, step),
            lambda: tf.zeros((), "float32"),
        )

    def _weighted_mean(self, critique, step):
        return self.weight_at(step) * ops.cast(ops.mean(self(critique)), "float32")

    def get_config(self):
        """The constructor's arguments, for saving."""
        return {
            "weight": keras.saving.serialize_keras_object(self.weight),
            "interval": self.interval,
        }

    @classmethod
    def from_config(cls, config):
        """The penalty with these constructor arguments."""
        deserialize = keras.saving.deserialize_keras_object
        return cls(**{name: deserialize(value) for name, value in config.items()})


class DiscriminatorPenalty(Penalty):
    """A penalty of the discriminator's loss. It sees real and fake images.

    Args:
        weight: Float, 0 or more, or a Keras schedule. Defaults to 1.
        interval: Integer, 1 or more. Defaults to 1.

    Example:

    ```python
    from tfgan_kit import penalties

    isinstance(penalties.R1(), penalties.DiscriminatorPenalty)  # True
    ```
    """

    uses_real = True


class GeneratorPenalty(Penalty):
    """A penalty of the generator's loss, with `uses_real = True` where it needs real images.

    Args:
        weight: Float, 0 or more, or a Keras schedule. Defaults to 1.
        interval: Integer, 1 or more. Defaults to 1.

    Example:

    ```python
    from tfgan_kit import penalties

    isinstance(penalties.GDPP(), penalties.GeneratorPenalty)  # True
    ```
    """


def check_weight(name, weight, may_be_schedule=True):
    """Refuse what is neither a finite number of 0 or more nor, where it may be, a schedule."""
    if may_be_schedule and isinstance(weight, keras.optimizers.schedules.LearningRateSchedule):
        return weight
    is_number = isinstance(weight, (int, float, np.integer, np.floating))
    if isinstance(weight, bool) or not is_number or not 0 <= weight < float("inf"):
        raise InvalidArgument(
            f"`{name}` must be a float of 0 or more"
            + (", or a Keras learning-rate schedule. " if may_be_schedule else ". ")
            + f"Received: {name}={weight!r}"
        )
    return float(weight)


def value_at(weight, step):
    """The value of a number or a schedule at a step, as a float32 scalar."""
    if isinstance(weight, keras.optimizers.schedules.LearningRateSchedule):
        weight = weight(step)
    return ops.cast(weight, "float32")
