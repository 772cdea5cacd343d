"""R3GAN's residual networks: no normalisation, and initial weights that make up for it."""

import math
import operator

import keras
from keras import initializers, layers, ops

from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["residual"]

_SLOPE = 0.2
# The variance that leaky ReLU takes away, to be given back by the weights before it.
_SQUARED_GAIN = 2 / (1 + _SLOPE**2)


def residual(
    image_shape=(28, 28, 1), latent_dim=64, width=16, blocks=1, cardinality=1, expansion=1
):
    """Build a generator and a discriminator of residual blocks without normalisation.

    The networks of R3GAN, which train with a relativistic pairing loss, R1 and R2.
    A stage is a size of planes: 28x28, 14x14 and 7x7 for the default shape. In
    each there are `blocks` blocks

    `x + conv1x1(lrelu(conv3x3(lrelu(conv1x1(x)))))`

    with leaky ReLU of slope 0.2, biases before it, and the 3x3 convolution in
    `cardinality` groups. Between stages planes are resampled by the bilinear
    filter [1, 3, 3, 1], with zeros beyond the edge, and a 1x1 convolution where
    the width changes. The generator begins with a learned 4x4 or 7x7 basis whose
    channels the noise weighs; the discriminator ends by weighing its features
    with such a basis.

    The last convolution of a block starts at zero, so that every block starts as
    the identity; the first two have variance `2 / (1 + 0.2^2) / (fan_in sqrt(L))`,
    with `L` the blocks of the network, and all others `1 / fan_in`.

    Three things differ from the paper's networks. The images go through tanh,
    since the kit's images are in [-1, 1]: a clipped linear output would be in
    that range too, and leave pixels beyond it without a gradient. The default
    width is 16 instead of 768: 6.8 million multiply-adds an image forward for
    each network at 28x28x1, 12.0 million at 32x32x3. And `cardinality` and
    `expansion` are 1 by default, since on a CPU small groups save more
    multiply-adds than time; `expansion=2, cardinality=(2, 4, 8)` gives the
    paper's inverted bottleneck with groups of 16 channels at 28x28.

    TensorFlow has no gradient of grouped convolutions on a CPU, so groups are
    convolved one by one, or by a depthwise convolution where each is a single
    channel. All layers are Keras's own: a saved network loads without this
    package. Derivatives of second order run in eager and graph mode and in XLA.
    Both networks give float32 also under mixed precision.

    Args:
        image_shape: Tuple `(size, size, channels)`. The size is one of 16, 28,
            32, 56, 64, 112, 128, 224, 256; channels is 1 (grey) or 3 (RGB).
            Defaults to `(28, 28, 1)`.
        latent_dim: Integer, 1 or more, the length of a noise vector. Defaults
            to 64.
        width: Integer, 1 or more, the channels at the size of the image, which
            double with each halving up to 8 times as many; or a sequence of one
            integer a stage, the image's own size first. Defaults to 16.
        blocks: Integer, 1 or more, residual blocks of a stage; or a sequence
            likewise. Defaults to 1.
        cardinality: Integer, 1 or more, groups of a 3x3 convolution; or a
            sequence likewise. It divides `width * expansion` of its stage.
            Defaults to 1.
        expansion: Integer, 1 or more, channels inside a block over those
            outside. Defaults to 1.

    Returns:
        A tuple `(generator, discriminator)` of built functional Keras models.
        The generator maps `(batch, latent_dim)` to float32 images
        `(batch, size, size, channels)` in [-1, 1]; the discriminator maps those
        to float32 logits `(batch, 1)`, positive for real.

    Raises:
        InvalidArgument: If the shape is not of this family or another argument
            is out of range.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.residual((16, 16, 3), latent_dim=8, width=4)
    generator.output_shape  # (None, 16, 16, 3)
    ```

    Reference: Huang et al., 2024, https://arxiv.org/abs/2501.05441, and
    https://github.com/brownvc/R3GAN; Zhang et al., 2019,
    https://arxiv.org/abs/1901.09321 (initial weights of networks without
    normalisation); Xie et al., 2017, https://arxiv.org/abs/1611.05431 (cardinality).
    """
    image_shape = sizes.check_shape(image_shape)
    sizes.check_integer("latent_dim", latent_dim)
    sizes.check_integer("expansion", expansion)
    plane, doublings = sizes.start(image_shape[0])
    if isinstance(width, int) and not isinstance(width, bool) and width > 0:
        width = sizes.stage_widths(width, doublings + 1)
    widths = _per_stage("width", width, doublings + 1)
    blocks = _per_stage("blocks", blocks, doublings + 1)
    cardinalities = _per_stage("cardinality", cardinality, doublings + 1)
    _check_groups(widths, cardinalities, expansion)
    # The paper's exponent for a branch of m = 3 layers: L^(-1 / (2m - 2)), here squared.
    scale = _SQUARED_GAIN / math.sqrt(sum(blocks))
    stages = [
        [_Block(width, groups, expansion, scale)] * number
        for width, groups, number in zip(widths, cardinalities, blocks, strict=True)
    ]
    return (
        _generator(latent_dim, plane, widths, stages, image_shape[-1]),
        _discriminator(image_shape, plane, widths, stages),
    )


def _per_stage(name, value, stages):
    try:
        values = [operator.index(each) for each in value]
    except TypeError:
        values = [value] * stages
    right = all(isinstance(each, int) and not isinstance(each, bool) for each in values)
    if not right or len(values) != stages or min(values) < 1:
        raise InvalidArgument(
            f"`{name}` must be an integer of 1 or more, or one for each of the {stages} stages of "
            f"this size. Received: {name}={value!r}"
        )
    return values


def _check_groups(widths, cardinalities, expansion):
    for width, groups in zip(widths, cardinalities, strict=True):
        if width * expansion % groups:
            raise InvalidArgument(
                "`cardinality` must divide width * expansion, which is "
                f"{width * expansion} in one stage. Received: cardinality={groups} there"
            )


def _generator(latent_dim, plane, widths, stages, channels):
    noise = keras.Input((latent_dim,))
    x = _linear(layers.Dense, widths[-1])(noise)
    x = layers.EinsumDense(
        "bc,hwc->bhwc",
        output_shape=(plane, plane, widths[-1]),
        kernel_initializer=initializers.RandomNormal(stddev=1.0),
    )(x)
    for stage, width in zip(reversed(stages), reversed(widths), strict=True):
        if stage is not stages[-1]:
            x = _upsample(_with_width(x, width))
        for block in stage:
            x = block(x)
    # Half precision would leave 8 bits to a pixel, and fewer next to black and white.
    images = _linear(layers.Conv2D, channels, kernel_size=1, activation="tanh", dtype="float32")(x)
    return keras.Model(noise, images, name="generator")


def _discriminator(image_shape, plane, widths, stages):
    images = keras.Input(image_shape)
    x = _linear(layers.Conv2D, widths[0], kernel_size=1)(images)
    for stage, width in zip(stages, widths, strict=True):
        if stage is not stages[0]:
            x = _with_width(_downsample(x), width)
        for block in stage:
            x = block(x)
    x = layers.EinsumDense(
        "bhwc,hwc->bc",
        output_shape=(widths[-1],),
        kernel_initializer=initializers.RandomNormal(stddev=1 / plane),
    )(x)
    logits = _linear(layers.Dense, 1, dtype="float32")(x)
    return keras.Model(images, logits, name="discriminator")


class _Block:
    """Makes the layers of a residual block, anew each time it is called."""

    def __init__(self, width, groups, expansion, scale):
        self.width = width
        self.inner_width = width * expansion
        self.groups = groups
        self.scale = scale

    def __call__(self, x):
        y = self._convolution(self.inner_width, 1)(x)
        y = layers.LeakyReLU(negative_slope=_SLOPE)(y)
        y = self._grouped_convolution(y)
        y = layers.LeakyReLU(negative_slope=_SLOPE)(y)
        y = layers.Conv2D(self.width, 1, use_bias=False, kernel_initializer="zeros")(y)
        return layers.Add()([x, y])

    def _convolution(self, filters, kernel_size):
        return layers.Conv2D(
            filters, kernel_size, padding="same", kernel_initializer=_normal(self.scale)
        )

    def _grouped_convolution(self, x):
        if self.groups == 1:
            return self._convolution(self.inner_width, 3)(x)
        if self.groups == self.inner_width:
            # Keras would count all channels as fan-in here.
            stddev = math.sqrt(self.scale / 9)
            normal = initializers.RandomNormal(stddev=stddev)
            return layers.DepthwiseConv2D(3, padding="same", depthwise_initializer=normal)(x)
        parts = ops.split(x, self.groups, axis=-1)
        filters = self.inner_width // self.groups
        return layers.Concatenate()([self._convolution(filters, 3)(part) for part in parts])


def _linear(layer, units, **arguments):
    return layer(units, use_bias=False, kernel_initializer=_normal(1.0), **arguments)


def _normal(scale):
    return initializers.VarianceScaling(scale, "fan_in", "untruncated_normal")


def _with_width(x, width):
    return x if x.shape[-1] == width else _linear(layers.Conv2D, width, kernel_size=1)(x)


def _upsample(x):
    return _blur(layers.UpSampling2D(2)(x))


def _downsample(x):
    return layers.AveragePooling2D(2)(_blur(x))


def _blur(x):
    """[1, 2, 1] / 4 both ways, as [1, 1] twice: with the next or last [1, 1], it is bilinear."""
    x = layers.ZeroPadding2D(1)(x)
    for _ in range(2):
        x = layers.AveragePooling2D(2, strides=1)(x)
    return x
