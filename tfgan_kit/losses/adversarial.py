"""`AdversarialLoss`: what every pair of losses is."""

import abc

import keras
from keras import ops

__all__ = ["AdversarialLoss", "at_least_float32"]


class AdversarialLoss(abc.ABC):
    """A discriminator's and a generator's loss, as one object that Keras can save.

    A subclass defines the two methods as pure functions of logits, gives its
    constructor arguments back from `get_config`, and is registered with
    `keras.saving.register_keras_serializable`, so that a saved `GAN` finds it.

    `generator_uses_real` says whether the generator's loss looks at real images
    as well. Where it is True, as for the relativistic losses, each step of the
    generator needs real images and their logits; a subclass sets it to True if
    its `generator_loss` uses `real_logits`. Defaults to False.

    Example:

    ```python
    import keras
    from keras import ops
    from tfgan_kit import losses

    @keras.saving.register_keras_serializable(package="my_project")
    class BoundarySeeking(losses.AdversarialLoss):  # Hjelm et al., 2017, arXiv:1702.08431
        def discriminator_loss(self, real_logits, fake_logits):
            return losses.non_saturating_discriminator_loss(real_logits, fake_logits)

        def generator_loss(self, fake_logits, real_logits=None):
            return ops.mean(ops.square(fake_logits)) / 2

    BoundarySeeking().generator_loss(ops.ones((4, 1)))  # 0.5
    ```
    """

    generator_uses_real = False
    # A logit above it says "real", for the accuracies that training reports.
    boundary = 0.0

    @abc.abstractmethod
    def discriminator_loss(self, real_logits, fake_logits):
        """What the discriminator minimises.

        Args:
            real_logits: Float tensor of shape `(batch, ...)`, `D(x)`.
            fake_logits: Float tensor of shape `(batch, ...)`, `D(G(z))`.

        Returns:
            A float scalar.
        """

    @abc.abstractmethod
    def generator_loss(self, fake_logits, real_logits=None):
        """What the generator minimises.

        Args:
            fake_logits: Float tensor of shape `(batch, ...)`, `D(G(z))`.
            real_logits: Float tensor of shape `(batch, ...)`, `D(x)`, or None.
                Must be given where `generator_uses_real` is True, is not looked
                at elsewhere. Defaults to None.

        Returns:
            A float scalar.
        """

    def get_config(self):
        """The constructor's arguments, for saving."""
        return {}

    @classmethod
    def from_config(cls, config):
        """The loss with these constructor arguments."""
        return cls(**config)


def at_least_float32(logits):
    """Logits that can be squared and subtracted without overflow."""
    logits = ops.convert_to_tensor(logits)
    return ops.cast(logits, keras.backend.result_type(logits.dtype, "float32"))
