"""Penalties on the discriminator's gradient: R1, R2, WGAN-GP, DRAGAN."""

import math

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.penalties.penalty import DiscriminatorPenalty, check_weight, value_at
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_bool, check_number

__all__ = ["DRAGAN", "R1", "R2", "WGANGP"]


class _ZeroCentred(DiscriminatorPenalty):
    """`gamma/2` times the mean of `||grad D||^2`."""

    def __init__(self, gamma=10.0, interval=1, per_pixel=False):
        super().__init__(interval=interval)
        self.gamma = check_weight("gamma", gamma)
        self.per_pixel = check_bool("per_pixel", per_pixel)

    def weight_at(self, step):
        return value_at(self.gamma, step) / 2

    def _values(self, gradients):
        pixels = math.prod(gradients.shape[1:-1]) if self.per_pixel else 1
        return pixels * _squared_norm(gradients)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class R1(_ZeroCentred):
    """`gamma/2 E||grad D(x)||^2` at real images.

    The square is summed over all axes but the first; the gradient is by the image before
    augmentation.

    Args:
        gamma: Non-negative float, or a Keras learning-rate schedule of the GAN's step. The
            right size grows with the number of pixels and varies a hundredfold between
            data sets. Defaults to 10.
        interval: Positive integer, steps between two computations. Defaults to 1; 16 in StyleGAN2.
        per_pixel: Boolean, whether `gamma` is for each pixel of an image, so that it suits all
            sizes. Defaults to False.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(penalties=[penalties.R1(gamma=1.0)])
    ```

    Reference: Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 9.
    """

    def __call__(self, critique):
        return self._values(critique.real_gradients)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class R2(_ZeroCentred):
    """`gamma/2 E||grad D(G(z))||^2` at fake images.

    Args:
        gamma: As for `R1`. Defaults to 10.
        interval: Positive integer, steps between two computations. Defaults to 1.
        per_pixel: As for `R1`. Defaults to False.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(penalties=[penalties.R1(gamma=1.0), penalties.R2(gamma=1.0)])
    ```

    Reference: Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 10; both
    together: Huang et al., 2024, https://arxiv.org/abs/2501.05441.
    """

    def __call__(self, critique):
        return self._values(critique.fake_gradients)


@keras.saving.register_keras_serializable(package="tfgan_kit")
class WGANGP(DiscriminatorPenalty):
    """`(||grad D(x^)||_2 - target)^2` between real and fake images.

    `x^ = a x + (1 - a) G(z)`, where `a` is uniform in [0, 1) for each pair; `x^` has the
    label of `x`. Where the gradient is exactly 0 the penalty's own gradient is 0.
    The paper asks for a discriminator without batch normalization. It costs one more pass
    of the discriminator.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 10.
        interval: Positive integer, steps between two computations. Defaults to 1.
        target: Non-negative float, the norm without a penalty. With 0 this is the zero-centred
            penalty of Thanh-Tung et al. Defaults to 1.
        one_sided: Boolean, whether only a norm above `target` counts. Defaults to False.
        maximum: Boolean, whether all examples get the largest value of the batch (on several
            replicas, of each replica's part); with a target of 0 the penalty of Lipschitz GANs.
            Defaults to False.

    Raises:
        InvalidArgument: If an argument is out of range; when called, if real
            and fake batches differ in shape.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties, training

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(penalties=[penalties.WGANGP()], updates=training.Alternating(5))
    ```

    Reference: Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028, equation 3; one-sided:
    Petzka et al., 2018, https://arxiv.org/abs/1709.08894; target 0: Thanh-Tung et al., 2019,
    https://arxiv.org/abs/1902.03984; maximum: Zhou et al., 2019,
    https://arxiv.org/abs/1902.05687.
    """

    def __init__(self, weight=10.0, interval=1, target=1.0, one_sided=False, maximum=False):
        super().__init__(weight, interval)
        self.target = check_number("target", target, minimum=0)
        self.one_sided = check_bool("one_sided", one_sided)
        self.maximum = check_bool("maximum", maximum)

    def __call__(self, critique):
        real, fake = critique.real_images, critique.fake_images
        _check_same_shape(real, fake)
        share = _uniform_per_example(real, critique.next_seed())
        # Only the discriminator's weights get a gradient.
        between = ops.stop_gradient(share * real + (1 - share) * fake)
        excess = _safe_norm(critique.gradients(between, critique.real_labels)) - self.target
        values = ops.square(ops.relu(excess) if self.one_sided else excess)
        return ops.broadcast_to(ops.max(values), ops.shape(values)) if self.maximum else values


@keras.saving.register_keras_serializable(package="tfgan_kit")
class DRAGAN(DiscriminatorPenalty):
    """`(||grad D(x^)||_2 - 1)^2` near real images.

    As in the authors' code: `x' = x + scale std(x) u`, where `std` is that of all values of
    the batch (on several replicas, of each replica's part) and `u` uniform in [0, 1) for
    each value; then `x^ = x + a (x' - x)`, where `a` is uniform in [0, 1) for each image.
    The paper's text has `x^ = x + d` with normal `d`.

    Args:
        weight: Non-negative float or Keras schedule. Defaults to 10.
        scale: Non-negative float, size of the neighbourhood in standard deviations.
            Defaults to 0.5.
        interval: Positive integer, steps between two computations. Defaults to 1.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import penalties

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=4, width=8), latent_dim=4)
    gan.compile(penalties=[penalties.DRAGAN()])
    ```

    Reference: Kodali et al., 2017, https://arxiv.org/abs/1705.07215;
    https://github.com/kodalinaveen3/DRAGAN.
    """

    def __init__(self, weight=10.0, scale=0.5, interval=1):
        super().__init__(weight, interval)
        self.scale = check_number("scale", scale, minimum=0)

    def __call__(self, critique):
        real = critique.real_images
        noise = tf.random.stateless_uniform(
            ops.shape(real), critique.next_seed(), dtype=real.dtype, alg="philox"
        )
        share = _uniform_per_example(real, critique.next_seed())
        near = ops.stop_gradient(real + share * self.scale * ops.std(real) * noise)
        return ops.square(_safe_norm(critique.gradients(near, critique.real_labels)) - 1)


def _squared_norm(gradients):
    return ops.sum(ops.square(gradients), axis=tuple(range(1, len(gradients.shape))))


def _safe_norm(gradients):
    """The Euclidean norm, whose own gradient is 0 where it is 0, not NaN."""
    squared = _squared_norm(gradients)
    is_zero = ops.equal(squared, 0)
    return ops.where(is_zero, 0.0, ops.sqrt(ops.where(is_zero, 1.0, squared)))


def _uniform_per_example(images, seed):
    shape = (ops.shape(images)[0], *[1] * (len(images.shape) - 1))
    return tf.random.stateless_uniform(shape, seed, dtype=images.dtype, alg="philox")


def _check_same_shape(real, fake):
    if not real.shape.is_compatible_with(fake.shape):
        raise InvalidArgument(
            "`real_images` and `fake_images` must have one shape, since each real image is paired "
            f"with a fake one. Received: real images of shape {tuple(real.shape)}, fake images of "
            f"shape {tuple(fake.shape)}"
        )
    if real.shape[0] is None or fake.shape[0] is None:
        # A batch of 1 would be paired with every image of the other.
        tf.debugging.assert_equal(
            tf.shape(real)[0], tf.shape(fake)[0], "real and fake images differ in number"
        )
