"""Relativistic losses: by how much an image looks more real than images of the other side."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, mean, opposite_means
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.tensors import at_least_float32


@keras.saving.register_keras_serializable(package="tfgan_kit")
class RelativisticAverage(AdversarialLoss):
    """RaSGAN: cross-entropy of each logit minus the mean logit of the other side.

    - Discriminator: `E[softplus(-(D(x) - E[D(G(z))]))] + E[softplus(D(G(z)) - E[D(x)])]`.
    - Generator: `E[softplus(-(D(G(z)) - E[D(x)]))] + E[softplus(D(x) - E[D(G(z))])]`.

    The means are over all axes; each replica uses its own part of the batch.

    Raises:
        InvalidArgument: If `generator_loss` is called without `real_logits`.

    Example:

    ```python
    from tfgan_kit import losses

    losses.RelativisticAverage().discriminator_loss([[1.0]], [[0.0]])  # 0.627
    ```

    Reference: Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734.
    """

    generator_uses_real = True

    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
        real_lead = real_logits - ops.mean(fake_logits)
        fake_lead = fake_logits - ops.mean(real_logits)
        return mean(ops.softplus(-real_lead), real_weights) + ops.mean(ops.softplus(fake_lead))

    def generator_loss(self, fake_logits, real_logits=None):
        _check_given(real_logits)
        return self.discriminator_loss(fake_logits, real_logits)

    def boundaries(self, real_logits, fake_logits):
        return opposite_means(real_logits, fake_logits)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class RelativisticPairing(AdversarialLoss):
    """RpGAN, the loss of R3GAN: cross-entropy of the difference of a real and a fake logit.

    - Discriminator: `E[softplus(-(D(x) - D(G(z))))]`, where each real image is paired with the
      fake of the same index.
    - Generator: `E[softplus(-(D(G(z)) - D(x)))]`.

    Fakes must beat every real image, so the gradient does not vanish for a mode that they miss.
    R3GAN adds the penalties R1 and R2, without which training need not converge.

    Raises:
        InvalidArgument: If the shapes of the logits differ, or `generator_loss` is called without
            `real_logits`.

    Example:

    ```python
    from tfgan_kit import losses

    losses.RelativisticPairing().discriminator_loss([[1.0]], [[0.0]])  # 0.313
    ```

    Reference: Huang et al., 2024, https://arxiv.org/abs/2501.05441; Jolicoeur-Martineau, 2018,
    https://arxiv.org/abs/1807.00734.
    """

    generator_uses_real = True

    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        real_logits, fake_logits = _paired(real_logits, fake_logits)
        return mean(ops.softplus(-(real_logits - fake_logits)), real_weights)

    def generator_loss(self, fake_logits, real_logits=None):
        _check_given(real_logits)
        real_logits, fake_logits = _paired(real_logits, fake_logits)
        return ops.mean(ops.softplus(-(fake_logits - real_logits)))

    def boundaries(self, real_logits, fake_logits):
        return fake_logits, real_logits


def _check_given(real_logits):
    if real_logits is None:
        raise InvalidArgument(
            "`real_logits` must be given, since a relativistic generator loss compares fakes with "
            "real images. Received: real_logits=None"
        )


def _paired(real_logits, fake_logits):
    """Cast both sides and check that their shapes are equal, so that nothing is broadcast."""
    real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
    if not real_logits.shape.is_compatible_with(fake_logits.shape):
        raise InvalidArgument(
            "`real_logits` and `fake_logits` must have the same shape, since they are paired by "
            f"index. Received: real_logits.shape={tuple(real_logits.shape)}, "
            f"fake_logits.shape={tuple(fake_logits.shape)}"
        )
    if not (real_logits.shape.is_fully_defined() and fake_logits.shape.is_fully_defined()):
        # In a graph the batch sizes may be known only when it runs.
        check = tf.debugging.assert_equal(
            tf.shape(real_logits),
            tf.shape(fake_logits),
            message="`real_logits` and `fake_logits` must have the same shape",
        )
        # The check must run before an operation that would fail with its own message.
        with tf.control_dependencies([check]):
            real_logits, fake_logits = tf.identity(real_logits), tf.identity(fake_logits)
    return real_logits, fake_logits
