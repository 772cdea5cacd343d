"""Cross-entropy losses: the non-saturating one and the original minimax game."""

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, mean
from tfgan_kit.utils.validation import check_number


@keras.saving.register_keras_serializable(package="tfgan_kit")
class NonSaturating(AdversarialLoss):
    """Binary cross-entropy, the losses of TensorFlow's DCGAN tutorial.

    - Discriminator: `E[softplus(-D(x)) + s D(x)] + E[softplus(D(G(z)))]`, with label smoothing
      `s`: the target is `1 - s` for real images and 0 for fakes.
    - Generator: `E[softplus(-D(G(z)))]`, with target 1 for fakes. Its gradient stays large when
      the discriminator recognises the fakes.

    Args:
        label_smoothing: Float in [0, 0.5], `s`. Defaults to 0.0.

    Raises:
        InvalidArgument: If `label_smoothing` is out of range.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    loss = losses.NonSaturating(label_smoothing=0.1)
    loss.discriminator_loss(real_logits=ops.zeros((4, 1)), fake_logits=ops.zeros((4, 1)))  # 1.386
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, section 3. Smoothing:
    Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 3.4.
    """

    def __init__(self, label_smoothing=0.0):
        self.label_smoothing = check_number("label_smoothing", label_smoothing, 0, maximum=0.5)

    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        real_terms = ops.softplus(-real_logits)
        if self.label_smoothing > 0:
            real_terms += self.label_smoothing * real_logits
        return mean(real_terms, real_weights) + ops.mean(ops.softplus(fake_logits))

    def generator_loss(self, fake_logits, real_logits=None):
        return ops.mean(ops.softplus(-fake_logits))


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Minimax(AdversarialLoss):
    """The original minimax game: the generator maximises what the discriminator minimises.

    - Discriminator: `E[softplus(-D(x))] + E[softplus(D(G(z)))]`.
    - Generator: `-E[softplus(D(G(z)))]`, which equals `E[log(1 - sigmoid(D(G(z))))]`. Its
      gradient vanishes when the discriminator recognises the fakes.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.Minimax().generator_loss(fake_logits=ops.zeros((4, 1)))  # -0.693
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1.
    """

    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        return mean(ops.softplus(-real_logits), real_weights) + ops.mean(ops.softplus(fake_logits))

    def generator_loss(self, fake_logits, real_logits=None):
        return -ops.mean(ops.softplus(fake_logits))
