"""The Wasserstein loss of WGAN."""

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, at_least_float32

__all__ = ["Wasserstein", "wasserstein_discriminator_loss", "wasserstein_generator_loss"]


def wasserstein_discriminator_loss(real_logits, fake_logits):
    """The critic's mean of fakes minus its mean of real images.

    `E[D(G(z))] - E[D(x)]`, with `D` any real number. Its negative is at most the
    Wasserstein-1 distance of real images and fakes if `D` is 1-Lipschitz.

    Args:
        real_logits: Float tensor of any shape, `D(x)`.
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar of either sign, without a bound, float32 for
        half-precision logits.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.wasserstein_discriminator_loss(ops.ones((4, 1)), ops.zeros((4, 1)))  # -1.0
    ```

    Reference: Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875, algorithm 1.
    """
    real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
    return ops.mean(fake_logits) - ops.mean(real_logits)


def wasserstein_generator_loss(fake_logits):
    """The critic's mean of fakes, negative.

    `-E[D(G(z))]`, with `D` any real number.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar of either sign, float32 for half-precision logits.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.wasserstein_generator_loss(ops.ones((4, 1)))  # -1.0
    ```

    Reference: Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875, algorithm 1.
    """
    return -ops.mean(at_least_float32(fake_logits))


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Wasserstein(AdversarialLoss):
    """WGAN: the discriminator is a critic whose means are set against each other.

    See `wasserstein_discriminator_loss` and `wasserstein_generator_loss`. The
    loss alone does not keep the critic Lipschitz, and without that it runs to
    infinity: train it with a gradient penalty, and with several steps of the
    discriminator for each of the generator.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.Wasserstein()
    ```

    Reference: Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875; Gulrajani et al.,
    2017, https://arxiv.org/abs/1704.00028.
    """

    def discriminator_loss(self, real_logits, fake_logits):
        return wasserstein_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return wasserstein_generator_loss(fake_logits)
