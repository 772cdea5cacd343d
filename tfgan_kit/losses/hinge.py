"""The hinge loss of geometric GAN, SN-GAN, SAGAN and BigGAN."""

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, at_least_float32

__all__ = ["Hinge", "hinge_discriminator_loss", "hinge_generator_loss"]


def hinge_discriminator_loss(real_logits, fake_logits):
    """What real images lack to 1 and fakes exceed -1 by; beyond the margins nothing.

    `E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]`.

    Args:
        real_logits: Float tensor of any shape, `D(x)`.
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or more, float32 for half-precision logits; 2 where
        every logit is 0, 0 where real images are at 1 or more and fakes at -1 or
        less.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.hinge_discriminator_loss(ops.zeros((4, 1)), ops.zeros((4, 1)))  # 2.0
    ```

    Reference: Lim and Ye, 2017, https://arxiv.org/abs/1705.02894; Miyato et al., 2018,
    https://arxiv.org/abs/1802.05957; Zhang et al., 2018, https://arxiv.org/abs/1805.08318.
    """
    real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
    return ops.mean(ops.relu(1 - real_logits)) + ops.mean(ops.relu(1 + fake_logits))


def hinge_generator_loss(fake_logits):
    """The mean logit of fakes, negative: its slope is the same however poor they are.

    `-E[D(G(z))]`.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar of either sign, float32 for half-precision logits.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.hinge_generator_loss(ops.ones((4, 1)))  # -1.0
    ```

    Reference: Lim and Ye, 2017, https://arxiv.org/abs/1705.02894; Miyato et al., 2018,
    https://arxiv.org/abs/1802.05957; Zhang et al., 2018, https://arxiv.org/abs/1805.08318.
    """
    return -ops.mean(at_least_float32(fake_logits))


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Hinge(AdversarialLoss):
    """The hinge loss: the discriminator learns only from what is inside its margins.

    See `hinge_discriminator_loss` and `hinge_generator_loss`. It is mostly used
    with a discriminator of `keras.layers.SpectralNormalization`.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.Hinge()
    ```

    Reference: Lim and Ye, 2017, https://arxiv.org/abs/1705.02894; Miyato et al., 2018,
    https://arxiv.org/abs/1802.05957; Zhang et al., 2018, https://arxiv.org/abs/1805.08318.
    """

    def discriminator_loss(self, real_logits, fake_logits):
        return hinge_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return hinge_generator_loss(fake_logits)
