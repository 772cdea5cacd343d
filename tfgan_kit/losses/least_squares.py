"""The least-squares loss of LSGAN."""

import keras
from keras import ops

from tfgan_kit.losses.adversarial import AdversarialLoss, mean
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.tensors import at_least_float32
from tfgan_kit.utils.validation import check_number


@keras.saving.register_keras_serializable(package="tfgan_kit")
class LeastSquares(AdversarialLoss):
    """LSGAN: squared distances of the discriminator's output from labels, without a sigmoid.

    - Discriminator: `1/2 E[(D(x) - b)^2] + 1/2 E[(D(G(z)) - a)^2]`.
    - Generator: `1/2 E[(D(G(z)) - c)^2]`.

    The defaults are the paper's 0-1 labels. With `a=-1, b=1, c=0` and an optimal discriminator
    the generator minimises a Pearson chi-squared divergence.

    Args:
        a: Float, the discriminator's target for fakes. Defaults to 0.0.
        b: Float other than `a`, its target for real images. Defaults to 1.0.
        c: Float, the generator's target for fakes. Defaults to 1.0.

    Raises:
        InvalidArgument: If a label is not a finite number or `a` equals `b`.

    Example:

    ```python
    from tfgan_kit import losses

    losses.LeastSquares(a=-1, b=1, c=0).generator_loss([[1.0]])  # 0.5
    ```

    Reference: Mao et al., 2017, https://arxiv.org/abs/1611.04076, equation 2.
    """

    def __init__(self, a=0.0, b=1.0, c=1.0):
        self.a, self.b, self.c = check_number("a", a), check_number("b", b), check_number("c", c)
        if self.a == self.b:
            raise InvalidArgument(
                "`a` and `b` must differ, since the discriminator learns nothing from one label "
                f"for both fakes and real images. Received: a={self.a!r}, b={self.b!r}"
            )

    @property
    def boundary(self):
        return (self.a + self.b) / 2

    def discriminator_loss(self, real_logits, fake_logits, real_weights=None):
        real_logits, fake_logits = at_least_float32(real_logits), at_least_float32(fake_logits)
        real_term = mean(ops.square(real_logits - self.b), real_weights) / 2
        return real_term + ops.mean(ops.square(fake_logits - self.a)) / 2

    def generator_loss(self, fake_logits, real_logits=None):
        return ops.mean(ops.square(at_least_float32(fake_logits) - self.c)) / 2
