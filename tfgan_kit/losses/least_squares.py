"""The least-squares loss of LSGAN."""

import math
import numbers

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, at_least_float32
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["LeastSquares", "least_squares_discriminator_loss", "least_squares_generator_loss"]


def least_squares_discriminator_loss(real_logits, fake_logits, a=0.0, b=1.0):
    """Squared distance of real images from the label `b` and of fakes from `a`.

    `1/2 E[(D(x) - b)^2] + 1/2 E[(D(G(z)) - a)^2]`, with `D` the output itself, no
    sigmoid.

    Args:
        real_logits: Float tensor of any shape, `D(x)`.
        fake_logits: Float tensor of any shape, `D(G(z))`.
        a: Float, the label of fakes. Defaults to 0.0.
        b: Float other than `a`, the label of real images. Defaults to 1.0.

    Returns:
        A float scalar, 0 or more, float32 for half-precision logits;
        `(b - a)^2 / 4` where every output is `(a + b) / 2`, the best that can be
        said where fakes are as good as real.

    Raises:
        InvalidArgument: If a label is no finite number or both are the same.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.least_squares_discriminator_loss(ops.ones((4, 1)), ops.ones((4, 1)))  # 0.5
    ```

    Reference: Mao et al., 2017, https://arxiv.org/abs/1611.04076, equation 2.
    """
    a, b = _checked_pair(a, b)
    real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
    real_term = ops.mean(ops.square(real_logits - b)) / 2
    return real_term + ops.mean(ops.square(fake_logits - a)) / 2


def least_squares_generator_loss(fake_logits, c=1.0):
    """Squared distance of fakes from `c`, what the discriminator shall say of them.

    `1/2 E[(D(G(z)) - c)^2]`, with `D` the output itself, no sigmoid.

    Args:
        fake_logits: Float tensor of any shape, `D(G(z))`.
        c: Float, the label. Defaults to 1.0.

    Returns:
        A float scalar, 0 or more, float32 for half-precision logits.

    Raises:
        InvalidArgument: If `c` is no finite number.

    Example:

    ```python
    from keras import ops
    from tfgan_kit import losses

    losses.least_squares_generator_loss(ops.zeros((4, 1)))  # 0.5
    ```

    Reference: Mao et al., 2017, https://arxiv.org/abs/1611.04076, equation 2.
    """
    return ops.mean(ops.square(at_least_float32(fake_logits) - _checked_label("c", c))) / 2


@keras.saving.register_keras_serializable(package="tfgan_kit")
class LeastSquares(AdversarialLoss):
    """LSGAN: the discriminator regresses labels, so that sure decisions still have slopes.

    See `least_squares_discriminator_loss` and `least_squares_generator_loss`.
    The defaults are the paper's 0-1 labels. With `a=-1, b=1, c=0` the
    generator minimises a Pearson chi-squared divergence if the discriminator is
    optimal.

    Args:
        a: Float, the discriminator's label of fakes. Defaults to 0.0.
        b: Float other than `a`, its label of real images. Defaults to 1.0.
        c: Float, what the generator wants it to say of fakes. Defaults to 1.0.

    Raises:
        InvalidArgument: If a label is no finite number or `a` and `b` are the
            same.

    Example:

    ```python
    from tfgan_kit import losses

    loss = losses.LeastSquares(a=-1, b=1, c=0)
    ```

    Reference: Mao et al., 2017, https://arxiv.org/abs/1611.04076.
    """

    def __init__(self, a=0.0, b=1.0, c=1.0):
        self.a, self.b = _checked_pair(a, b)
        self.c = _checked_label("c", c)

    @property
    def boundary(self):
        """Float, half way between the labels of fakes and of real images."""
        return (self.a + self.b) / 2

    def discriminator_loss(self, real_logits, fake_logits):
        return least_squares_discriminator_loss(real_logits, fake_logits, self.a, self.b)

    def generator_loss(self, fake_logits, real_logits=None):
        return least_squares_generator_loss(fake_logits, self.c)

    def get_config(self):
        return {"a": self.a, "b": self.b, "c": self.c}


def _checked_label(name, label):
    is_number = isinstance(label, numbers.Real) and not isinstance(label, bool)
    if not (is_number and math.isfinite(label)):
        raise InvalidArgument(f"`{name}` must be a finite number. Received: {name}={label!r}")
    return float(label)


def _checked_pair(a, b):
    a, b = _checked_label("a", a), _checked_label("b", b)
    if a == b:
        raise InvalidArgument(
            "`a` and `b` must be two numbers: with one label for fakes and real images the "
            f"discriminator has nothing to tell apart. Received: a={a!r}, b={b!r}"
        )
    return a, b
