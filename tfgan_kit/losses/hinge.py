"""The hinge loss of geometric GAN, SN-GAN, SAGAN and BigGAN."""

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, mean
from tfgan_kit.utils.tensors import at_least_float32


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Hinge(AdversarialLoss):
    """The hinge loss: the discriminator ignores logits beyond its margins of 1 and -1.

    - Discriminator: `E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]`.
    - Generator: `-E[D(G(z))]`.

    It is mostly used with spectral normalization of the discriminator.

    Example:

    ```python
    from tfgan_kit import losses

    losses.Hinge().discriminator_loss([[0.0]], [[0.0]])  # 2.0
    ```

    Reference: Lim and Ye, 2017, https://arxiv.org/abs/1705.02894; Miyato et al., 2018,
    https://arxiv.org/abs/1802.05957; Zhang et al., 2018, https://arxiv.org/abs/1805.08318.
    """

    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
        return mean(ops.relu(1 - real_logits), real_weights) + ops.mean(ops.relu(1 + fake_logits))

    def generator_loss(self, fake_logits, real_logits=None):
        return -ops.mean(at_least_float32(fake_logits))
