"""The Wasserstein loss of WGAN."""

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, mean, opposite_means
from tfgan_kit.utils.tensors import at_least_float32


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Wasserstein(AdversarialLoss):
    """WGAN: the discriminator is a critic that estimates the Wasserstein-1 distance.

    - Discriminator: `E[D(G(z))] - E[D(x)]`. Its negative is at most the distance between real
      images and fakes if `D` is 1-Lipschitz.
    - Generator: `-E[D(G(z))]`.

    The loss alone does not keep the critic Lipschitz, and then it diverges: train it with a
    gradient penalty and several discriminator steps per generator step.

    Example:

    ```python
    from tfgan_kit import losses

    losses.Wasserstein().discriminator_loss([[1.0]], [[0.0]])  # -1.0
    ```

    Reference: Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875, algorithm 1; Gulrajani et
    al., 2017, https://arxiv.org/abs/1704.00028.
    """

    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
        return ops.mean(fake_logits) - mean(real_logits, real_weights)

    def generator_loss(self, fake_logits, real_logits=None):
        return -ops.mean(at_least_float32(fake_logits))

    def boundaries(self, real_logits, fake_logits):
        return opposite_means(real_logits, fake_logits)
