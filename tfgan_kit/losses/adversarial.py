"""The base class of all losses."""

import abc

from keras import ops

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.serialization import Configurable


class AdversarialLoss(Configurable, abc.ABC):
    """Base class of the losses: the discriminator's and the generator's loss in one object.

    A subclass defines two pure functions that return a float scalar:
    `discriminator_loss(real_logits, fake_logits)` and
    `generator_loss(fake_logits, real_logits=None)`. `real_logits` is `D(x)` and `fake_logits` is
    `D(G(z))`, float tensors of shape `(batch, ...)`. For `fit(sample_weight=...)` the first also
    takes `real_weights=None`, a float tensor `(batch,)` of factors of each real image's own term.

    To be saved with a GAN, it keeps each constructor argument in an attribute of the same name
    and is registered with `keras.saving.register_keras_serializable`. It may also set

    - `generator_uses_real` to True (default False) if the generator's loss depends on real
      images: only then is `generator_loss` called with `real_logits`.
    - `boundary`, a float (default 0.0): training counts images with larger logits as classified
      real. A loss that only compares the two sides defines `boundaries` instead.

    Example:

    ```python
    import keras
    from keras import ops
    from tfgan_kit import losses

    @keras.saving.register_keras_serializable(package="my_project")
    class BoundarySeeking(losses.NonSaturating):  # Hjelm et al., 2017, arXiv:1702.08431
        def generator_loss(self, fake_logits, real_logits=None):
            return ops.mean(ops.square(fake_logits)) / 2

    BoundarySeeking().generator_loss(ops.ones((4, 1)))  # 0.5
    ```
    """

    generator_uses_real = False
    boundary = 0.0

    @abc.abstractmethod
    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        """The scalar that the discriminator minimises."""

    @abc.abstractmethod
    def generator_loss(self, fake_logits, real_logits=None):
        """The scalar that the generator minimises."""

    def boundaries(self, real_logits, fake_logits):
        """What real logits are above, and fake ones below, if they are classified correctly."""
        return self.boundary, self.boundary


def opposite_means(real_logits, fake_logits):
    """The `boundaries` of a loss that compares an image with the mean of the other side."""
    return ops.mean(fake_logits), ops.mean(real_logits)


def mean(values, weights=None):
    """The mean of each example's values times its weight."""
    if weights is None:
        return ops.mean(values)
    weights = ops.reshape(weights, (-1, *[1] * (len(values.shape) - 1)))
    return ops.mean(ops.cast(weights, values.dtype) * values)


def check_scalars(loss):
    """The loss, if both sides return one number: of several, the sum would be minimized."""
    logits = ops.zeros((2, 1))
    found = {
        "discriminator_loss": loss.discriminator_loss(logits, logits),
        "generator_loss": loss.generator_loss(logits, logits if loss.generator_uses_real else None),
    }
    for name, value in found.items():
        if shape := tuple(ops.shape(value)):
            raise InvalidArgument(
                f"`{name}` of {type(loss).__name__} must return one number, such as a mean. "
                f"Received: shape {shape} for logits of shape (2, 1)"
            )
    return loss
