"""R3GAN's residual networks: without normalization, with initial weights that replace it."""

import functools
import math

import keras
from keras import initializers, layers, ops

from tfgan_kit.models import conditioning as labels
from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

_SLOPE = 0.2
# Leaky ReLU lowers the variance by this factor; the weights before it compensate.
_SQUARED_GAIN = 2 / (1 + _SLOPE**2)


def residual(
    image_shape=(28, 28, 1),
    latent_dim=64,
    width=16,
    blocks=1,
    cardinality=1,
    expansion=1,
    num_classes=None,
    conditioning="projection",
    transition=None,
    attributes=None,
):
    """Build R3GAN's generator and discriminator of residual blocks without normalization.

    They are trained with the relativistic pairing loss, R1 and R2. Each stage, 28x28, 14x14 and
    7x7 at the default size, has `blocks` blocks

    `x + conv1x1(lrelu(conv3x3(lrelu(conv1x1(x)))))`

    with leaky ReLU of slope 0.2 and the 3x3 convolution in `cardinality` groups. The last
    convolution of a block starts at zero, the first two with variance
    `2 / (1 + 0.2^2) / (fan_in sqrt(L))` for `L` blocks in the network, all others with
    `1 / fan_in`. Stages are resampled bilinearly with [1, 3, 3, 1]. The generator starts from
    a learned basis of 4x4 or 7x7 planes, and the discriminator ends with one.

    Unlike in the paper, images end in tanh, and the default `width`, `cardinality` and
    `expansion` suit a CPU (6.8 million multiply-adds per image and network at 28x28x1);
    `expansion=2, cardinality=(2, 4, 8)` gives the paper's groups of 16 channels. Saved networks
    load without this package.

    Args:
        image_shape: Tuple `(size, size, channels)`: size 16, 28, 32, 56, 64, 112, 128, 224 or
            256; channels 1 (grey) or 3 (RGB). Defaults to `(28, 28, 1)`.
        latent_dim: Positive integer, length of a noise vector. Defaults to 64.
        width: Positive integer, channels at the full image size, doubled at each halving of
            the size up to 8 times; or a sequence with one integer per stage, from the full
            image size down. Defaults to 16.
        blocks: Positive integer, blocks per stage, or one per stage. Defaults to 1.
        cardinality: Positive integer, groups of a 3x3 convolution, or one per stage. It divides
            `width * expansion` of its stage. Defaults to 1.
        expansion: Positive integer, ratio of the channels inside a block to those outside.
            Defaults to 1.
        num_classes: As for `dcgan`. Defaults to None.
        conditioning: As for `dcgan`. Defaults to `"projection"`.
        transition: As for `dcgan`. Defaults to None.
        attributes: As for `dcgan`. Defaults to None.

    Returns:
        A tuple `(generator, discriminator)` of built functional Keras models, as for `dcgan`.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.residual((16, 16, 3), latent_dim=8, width=4)
    generator.output_shape  # (None, 16, 16, 3)
    ```

    Reference: Huang et al., 2024, https://arxiv.org/abs/2501.05441,
    https://github.com/brownvc/R3GAN; initial weights: Zhang et al., 2019,
    https://arxiv.org/abs/1901.09321; cardinality: Xie et al., 2017,
    https://arxiv.org/abs/1611.05431.
    """
    image_shape = sizes.check_shape(image_shape)
    latent_dim = check_integer("latent_dim", latent_dim, 1)
    expansion = check_integer("expansion", expansion, 1)
    plane, doublings = sizes.start(image_shape[0])
    widths = sizes.per_stage("width", width, doublings + 1)
    if not sizes.is_sequence(width):
        widths = sizes.stage_widths(widths[0], doublings + 1)
    blocks = sizes.per_stage("blocks", blocks, doublings + 1)
    cardinalities = sizes.per_stage("cardinality", cardinality, doublings + 1)
    _check_groups(widths, cardinalities, expansion)
    # The paper's exponent for a branch of m = 3 layers: L^(-1 / (2m - 2)), here squared.
    scale = _SQUARED_GAIN / math.sqrt(sum(blocks))
    block = functools.partial(_block, expansion=expansion, scale=scale)
    stages = list(zip(widths, blocks, cardinalities, strict=True))
    up = functools.partial(_up, plane=plane, stages=stages, channels=image_shape[-1], block=block)
    down = functools.partial(_down, plane=plane, stages=stages, block=block)
    way = labels.get(conditioning, num_classes, transition, attributes)
    if way is not None:
        return way.generator(latent_dim, up), way.discriminator(image_shape, down, _head)
    noise, images = keras.Input((latent_dim,)), keras.Input(image_shape)
    generator = keras.Model(noise, up(noise), name="generator")
    return generator, keras.Model(images, _head(down(images)), name="discriminator")


def _check_groups(widths, cardinalities, expansion):
    for stage, (width, groups) in enumerate(zip(widths, cardinalities, strict=True)):
        if width * expansion % groups:
            raise InvalidArgument(
                f"`cardinality` must divide `width * expansion`, which is {width * expansion} in "
                f"stage {stage}. Received: cardinality={groups} for this stage"
            )


def _up(noise, plane, stages, channels, block):
    width = stages[-1][0]
    x = _linear(layers.Dense, width)(noise)
    x = layers.EinsumDense(
        "bc,hwc->bhwc",
        output_shape=(plane, plane, width),
        kernel_initializer=initializers.RandomNormal(stddev=1.0),
    )(x)
    for level, (width, blocks, groups) in enumerate(reversed(stages)):
        if level:
            x = _upsample(_with_width(x, width))
        for _ in range(blocks):
            x = block(x, width, groups)
    # In half precision a pixel would have 8 bits, and fewer near black and white.
    return _linear(layers.Conv2D, channels, kernel_size=1, activation="tanh", dtype="float32")(x)


def _down(images, plane, stages, block):
    x = _linear(layers.Conv2D, stages[0][0], kernel_size=1)(images)
    for level, (width, blocks, groups) in enumerate(stages):
        if level:
            x = _with_width(_downsample(x), width)
        for _ in range(blocks):
            x = block(x, width, groups)
    return layers.EinsumDense(
        "bhwc,hwc->bc",
        output_shape=(stages[-1][0],),
        kernel_initializer=initializers.RandomNormal(stddev=1 / plane),
    )(x)


def _head(features):
    return _linear(layers.Dense, 1, dtype="float32")(features)


def _block(x, width, groups, expansion, scale):
    y = _convolution(width * expansion, 1, scale)(x)
    y = layers.LeakyReLU(negative_slope=_SLOPE)(y)
    y = _grouped_convolution(y, width * expansion, groups, scale)
    y = layers.LeakyReLU(negative_slope=_SLOPE)(y)
    y = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="zeros")(y)
    return layers.Add()([x, y])


def _grouped_convolution(x, width, groups, scale):
    """3x3 convolutions, one per group: TensorFlow has no gradient of `groups` on a CPU."""
    if groups == 1:
        return _convolution(width, 3, scale)(x)
    if groups == width:
        # Keras would count all channels as fan-in here.
        normal = initializers.RandomNormal(stddev=math.sqrt(scale / 9))
        return layers.DepthwiseConv2D(3, padding="same", depthwise_initializer=normal)(x)
    parts = ops.split(x, groups, axis=-1)
    convolved = [_convolution(width // groups, 3, scale)(part) for part in parts]
    return layers.Concatenate()(convolved)


def _convolution(filters, kernel_size, scale):
    return layers.Conv2D(filters, kernel_size, padding="same", kernel_initializer=_normal(scale))


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
    """[1, 2, 1] / 4 both ways, as [1, 1] twice; [1, 1] of the resampling makes it bilinear."""
    x = layers.ZeroPadding2D(1)(x)
    for _ in range(2):
        x = layers.AveragePooling2D(2, strides=1)(x)
    return x
