"""Cross-entropy losses: the non-saturating one and the original min-max game."""

import numbers

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss
from tfgan_kit.utils.errors import InvalidArgument

__all__ = [
    "Minimax",
    "NonSaturating",
    "minimax_generator_loss",
    "non_saturating_discriminator_loss",
    "non_saturating_generator_loss",
]


def non_saturating_discriminator_loss(real_logits, fake_logits, label_smoothing=0.0):
    """Cross-entropy of real images against 1 plus that of fakes against 0.

    `E[softplus(-D(x))] + E[softplus(D(G(z)))]`, with `D` in logits.

    With smoothing `s` real images are held against `1 - s` and fakes still
    against 0: `E[softplus(-D(x)) + s D(x)] + E[softplus(D(G(z)))]`. Being surer
    of a real image than `D(x) = log((1 - s) / s)` then costs.

    Args:
        real_logits: Float tensor of any shape, `D(x)`.
        fake_logits: Float tensor of any shape, `D(G(z))`.
        label_smoothing: Float in [0, 0.5], `s`. Defaults to 0.0.

    Returns:
        A float scalar, 0 or more; `2 log 2` where every logit is 0.

    Raises:
        InvalidArgument: If `label_smoothing` is no number in [0, 0.5].

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.non_saturating_discriminator_loss(ops.zeros((4, 1)), ops.zeros((4, 1)))  # 1.386
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1;
    `discriminator_loss` of TensorFlow's DCGAN tutorial. Smoothing: Salimans et al., 2016,
    https://arxiv.org/abs/1606.03498, section 3.4.
    """
    smoothing = _checked_smoothing(label_smoothing)
    if smoothing == 0:
        return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))
    real_terms = ops.softplus(-real_logits) + smoothing * real_logits
    return ops.mean(real_terms) + ops.mean(ops.softplus(fake_logits))


def non_saturating_generator_loss(fake_logits):
    """Cross-entropy of fakes against 1: gradients stay large while the fakes are poor.

    `E[softplus(-D(G(z)))]`, with `D` in logits.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or more; `log 2` where every logit is 0.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.non_saturating_generator_loss(ops.zeros((4, 1)))  # 0.693
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, section 3;
    `generator_loss` of TensorFlow's DCGAN tutorial.
    """
    return ops.mean(ops.softplus(-fake_logits))


def minimax_generator_loss(fake_logits):
    """The generator's own side of the min-max game, which saturates where D is sure.

    `E[log(1 - sigmoid(D(G(z))))] = -E[softplus(D(G(z)))]`, with `D` in logits.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.

    Returns:
        A float scalar, 0 or less; `-log 2` where every logit is 0.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.minimax_generator_loss(ops.zeros((4, 1)))  # -0.693
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1.
    """
    return -ops.mean(ops.softplus(fake_logits))


@keras.saving.register_keras_serializable(package="tfgan_kit")
class NonSaturating(AdversarialLoss):
    """The two cross-entropy losses of TensorFlow's DCGAN tutorial.

    See `non_saturating_discriminator_loss` and `non_saturating_generator_loss`.

    Args:
        label_smoothing: Float in [0, 0.5]. The discriminator's target for real
            images is `1 - label_smoothing`; that for fakes stays 0, and the
            generator's loss stays as it is. Defaults to 0.0, the tutorial's.

    Raises:
        InvalidArgument: If `label_smoothing` is no number in [0, 0.5].

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.NonSaturating(label_smoothing=0.1)
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661; Salimans et al.,
    2016, https://arxiv.org/abs/1606.03498, section 3.4.
    """

    def __init__(self, label_smoothing=0.0):
        self.label_smoothing = _checked_smoothing(label_smoothing)

    def discriminator_loss(self, real_logits, fake_logits):
        return non_saturating_discriminator_loss(real_logits, fake_logits, self.label_smoothing)

    def generator_loss(self, fake_logits, real_logits=None):
        return non_saturating_generator_loss(fake_logits)

    def get_config(self):
        return {"label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable(package="tfgan_kit")
class Minimax(AdversarialLoss):
    """The original min-max game: both networks play for the same value.

    The discriminator's loss is that of `NonSaturating`; see
    `minimax_generator_loss` for the other.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.Minimax()
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1.
    """

    def discriminator_loss(self, real_logits, fake_logits):
        return non_saturating_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return minimax_generator_loss(fake_logits)


def _checked_smoothing(label_smoothing):
    is_number = isinstance(label_smoothing, numbers.Real) and not isinstance(label_smoothing, bool)
    if not (is_number and 0 <= label_smoothing <= 0.5):
        raise InvalidArgument(
            "`label_smoothing` must be a number in [0, 0.5]. "
            f"Received: label_smoothing={label_smoothing!r}"
        )
    return float(label_smoothing)
