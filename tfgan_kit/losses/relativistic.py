"""Relativistic losses: how much more real an image looks than those of the other side."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, at_least_float32
from tfgan_kit.utils.errors import InvalidArgument

__all__ = [
    "RelativisticAverage",
    "RelativisticPairing",
    "relativistic_average_discriminator_loss",
    "relativistic_average_generator_loss",
    "relativistic_pairing_discriminator_loss",
    "relativistic_pairing_generator_loss",
]


def relativistic_average_discriminator_loss(real_logits, fake_logits):
    """Cross-entropy of each logit after the mean of the other side is taken off.

    `E[softplus(-(D(x) - E[D(G(z))]))] + E[softplus(D(G(z)) - E[D(x)])]`, with `D` in
    logits and both means over the whole batch (in patch discriminators also over
    the patches).

    Args:
        real_logits: Float tensor of any shape, `D(x)`.
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or more, float32 for half-precision logits; `2 log 2`
        where all logits are the same.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.relativistic_average_discriminator_loss(ops.ones((4, 1)), ops.zeros((4, 1)))  # 0.627
    ```

    Reference: Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734 (RaSGAN).
    """
    real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
    real_lead = real_logits - ops.mean(fake_logits)
    fake_lead = fake_logits - ops.mean(real_logits)
    return ops.mean(ops.softplus(-real_lead)) + ops.mean(ops.softplus(fake_lead))


def relativistic_average_generator_loss(fake_logits, real_logits):
    """The discriminator's loss with the two sides exchanged.

    `E[softplus(-(D(G(z)) - E[D(x)]))] + E[softplus(D(x) - E[D(G(z))])]`, with `D` in
    logits: fakes shall look more real than real images do on average, and real
    images less than fakes do.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.
        real_logits: Float tensor of any shape, `D(x)`.

    Returns:
        A float scalar, 0 or more, float32 for half-precision logits; `2 log 2`
        where all logits are the same.

    Raises:
        InvalidArgument: If `real_logits` is None.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.relativistic_average_generator_loss(ops.zeros((4, 1)), ops.ones((4, 1)))  # 2.627
    ```

    Reference: Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734 (RaSGAN).
    """
    _check_given(real_logits, "relativistic_average")
    return relativistic_average_discriminator_loss(fake_logits, real_logits)


def relativistic_pairing_discriminator_loss(real_logits, fake_logits):
    """Cross-entropy of "this real image is more real than this fake", pair by pair.

    `E[softplus(-(D(x) - D(G(z))))]`, with `D` in logits and each real image paired
    with the fake of the same index.

    Args:
        real_logits: Float tensor of any shape, `D(x)`.
        fake_logits: Float tensor of the same shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or more, float32 for half-precision logits; `log 2`
        where all logits are the same.

    Raises:
        InvalidArgument: If the shapes differ.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.relativistic_pairing_discriminator_loss(ops.ones((4, 1)), ops.zeros((4, 1)))  # 0.313
    ```

    Reference: Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734 (RSGAN);
    Huang et al., 2024, https://arxiv.org/abs/2501.05441 (RpGAN).
    """
    real_logits, fake_logits = _paired(real_logits, fake_logits)
    return ops.mean(ops.softplus(-(real_logits - fake_logits)))


def relativistic_pairing_generator_loss(fake_logits, real_logits):
    """Cross-entropy of "this fake is more real than this real image", pair by pair.

    `E[softplus(-(D(G(z)) - D(x)))]`, with `D` in logits and each fake paired with the
    real image of the same index.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.
        real_logits: Float tensor of the same shape, `D(x)`.

    Returns:
        A float scalar, 0 or more, float32 for half-precision logits; `log 2`
        where all logits are the same.

    Raises:
        InvalidArgument: If `real_logits` is None or the shapes differ.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.relativistic_pairing_generator_loss(ops.zeros((4, 1)), ops.ones((4, 1)))  # 1.313
    ```

    Reference: Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734 (RSGAN);
    Huang et al., 2024, https://arxiv.org/abs/2501.05441 (RpGAN).
    """
    _check_given(real_logits, "relativistic_pairing")
    real_logits, fake_logits = _paired(real_logits, fake_logits)
    return ops.mean(ops.softplus(-(fake_logits - real_logits)))


@keras.saving.register_keras_serializable(package="tfgan_kit")
class RelativisticAverage(AdversarialLoss):
    """RaSGAN: each image against the mean of the other side.

    See `relativistic_average_discriminator_loss` and
    `relativistic_average_generator_loss`. Under several replicas the means are
    those of a replica's own share of the batch.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.RelativisticAverage()
    ```

    Reference: Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734.
    """

    generator_uses_real = True

    def discriminator_loss(self, real_logits, fake_logits):
        return relativistic_average_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return relativistic_average_generator_loss(fake_logits, real_logits)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class RelativisticPairing(AdversarialLoss):
    """RpGAN, the loss of R3GAN: each image against one of the other side.

    See `relativistic_pairing_discriminator_loss` and
    `relativistic_pairing_generator_loss`. A mode that the fakes miss keeps its
    slope here, since each real image has to be beaten; R3GAN adds penalties on
    the gradients at real images and at fakes, without which training need not
    converge.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.RelativisticPairing()
    ```

    Reference: Huang et al., 2024, https://arxiv.org/abs/2501.05441; Jolicoeur-Martineau,
    2018, https://arxiv.org/abs/1807.00734.
    """

    generator_uses_real = True

    def discriminator_loss(self, real_logits, fake_logits):
        return relativistic_pairing_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return relativistic_pairing_generator_loss(fake_logits, real_logits)


def _check_given(real_logits, name):
    if real_logits is None:
        raise InvalidArgument(
            f"`real_logits` must be given: the generator's side of {name} compares fakes with "
            "real images. Received: real_logits=None"
        )


def _paired(real_logits, fake_logits):
    """Both sides as floats of one shape, so that nothing is broadcast in silence."""
    real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
    if not real_logits.shape.is_compatible_with(fake_logits.shape):
        raise InvalidArgument(
            "`real_logits` and `fake_logits` must have the same shape, since they are paired by "
            f"index. Received: real_logits.shape={tuple(real_logits.shape)}, "
            f"fake_logits.shape={tuple(fake_logits.shape)}"
        )
    if not (real_logits.shape.is_fully_defined() and fake_logits.shape.is_fully_defined()):
        # A graph learns the batch sizes when it runs, and would broadcast one against many.
        check = tf.debugging.assert_equal(
            tf.shape(real_logits),
            tf.shape(fake_logits),
            message="`real_logits` and `fake_logits` must have the same shape",
        )
        # Without it, an operation on both could fail first, with a message of its own.
        with tf.control_dependencies([check] if check is not None else []):
            real_logits, fake_logits = tf.identity(real_logits), tf.identity(fake_logits)
    return real_logits, fake_logits
