"""Progressive GANs: networks that grow from a small plane to the full size in training."""

import functools
import math

import keras
from keras import layers

from tfgan_kit.layers import (
    CrossFade,
    EqualizedConv2D,
    EqualizedDense,
    MinibatchStdDev,
    PixelNormalization,
)
from tfgan_kit.models import conditioning as labels
from tfgan_kit.models import sizes
from tfgan_kit.utils.validation import check_choice, check_integer

_SLOPE = 0.2
# Of leaky ReLU layers, as in the paper's code.
_GAIN = math.sqrt(2)


def progressive(
    image_shape=(28, 28, 1),
    latent_dim=512,
    width=16,
    max_width=512,
    level_images=600_000,
    fade_images=600_000,
    num_classes=None,
    conditioning="projection",
    attributes=None,
):
    """Build the generator and the discriminator of progressive GANs.

    Both begin with images of 4x4 or 7x7. After `level_images` real images the layers of twice the
    size are faded in during the next `fade_images`, and so on up to the full size. The networks
    have all layers from the beginning; `layers.CrossFade` selects their level, a function of the
    images seen, so that the average, the optimizers and saved files always have the same shape.
    Images always have the full size: those of a lower level are enlarged.

    Train them with `training.Progressive`, which computes only the layers of the current level,
    and `training.PerVariableAdam`.

    The layers are the paper's: equalized weights, pixel normalization in the generator, minibatch
    standard deviation in the discriminator, enlarging by repetition, reduction by means (before the
    activation, as in the paper's code), no activation at the end of the generator. At 1024x1024x3
    the widths are the paper's too, and each network has 23.1 million parameters.

    Args:
        image_shape: Tuple `(size, size, channels)`: size 4 or 7, doubled up to eight times, so up
            to 1024 or 896; channels 1 (grey) or 3 (RGB). Defaults to `(28, 28, 1)`.
        latent_dim: Positive integer, length of a noise vector. Defaults to 512.
        width: Positive integer, channels at the full image size, doubled at each smaller level; or
            a sequence with one integer for each level, from the smallest. Defaults to 16.
        max_width: Positive integer, the most channels. Defaults to 512.
        level_images: Non-negative integer, real images between two fades. Defaults to 600,000.
        fade_images: Positive integer, real images in which a level is faded in. Defaults to
            600,000.
        num_classes: As for `dcgan`. Defaults to None.
        conditioning: As for `dcgan`, `"projection"` or `"acgan"`. Defaults to `"projection"`.
        attributes: As for `dcgan`. Defaults to None.

    Returns:
        A tuple `(generator, discriminator)` of built functional Keras models, as for `dcgan`; the
        images are not limited to [-1, 1].

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.progressive((16, 16, 3), latent_dim=8, width=4)
    generator.output_shape  # (None, 16, 16, 3)
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, table 2;
    https://github.com/tkarras/progressive_growing_of_gans.
    """
    image_shape = sizes.check_shape(image_shape, sizes.GROWING)
    latent_dim = check_integer("latent_dim", latent_dim, 1)
    level_images = check_integer("level_images", level_images, 0)
    fade_images = check_integer("fade_images", fade_images, 1)
    check_choice("conditioning", conditioning, ("projection", "acgan"))
    plane, doublings = sizes.start(image_shape[0])
    widths = sizes.per_stage("width", width, doublings + 1)
    check_integer("max_width", max_width, 1)
    if not sizes.is_sequence(width):
        widths = [min(width << level, max_width) for level in range(doublings, -1, -1)]
    ends = [(level + 1) * (level_images + fade_images) for level in range(doublings)]
    fades = [(end - fade_images, end) for end in ends]
    up = functools.partial(_up, plane=plane, widths=widths, channels=image_shape[-1], fades=fades)
    down = functools.partial(_down, widths=widths, fades=fades)
    way = labels.get(conditioning, num_classes, attributes=attributes)
    if way is not None:
        normal = keras.initializers.RandomNormal(stddev=1.0)
        generator = way.generator(latent_dim, up, normalize=True, embeddings_initializer=normal)
        return generator, way.discriminator(image_shape, down, _head)
    noise, images = (
        keras.Input((latent_dim,), name="noise"),
        keras.Input(image_shape, name="images"),
    )
    generator = keras.Model(noise, up(noise), name="generator")
    return generator, keras.Model(images, _head(down(images)), name="discriminator")


def _up(x, plane, widths, channels, fades):
    x = PixelNormalization()(x)
    # As a transposed convolution of the latents: the fan-in of the paper's code.
    x = EqualizedDense(plane * plane * widths[0], gain=_GAIN / plane)(x)
    x = _normalized(layers.Reshape((plane, plane, widths[0]))(x))
    x = _normalized(_convolution(widths[0])(x))
    images = _to_rgb(channels, name=f"images_{plane}")(x)
    for width, fade in zip(widths[1:], fades, strict=True):
        x = _normalized(_convolution(width, resample="up")(x))
        x = _normalized(_convolution(width)(x))
        size = x.shape[1]
        old, new = layers.UpSampling2D(2, dtype="float32")(images), _to_rgb(channels)(x)
        images = CrossFade(*fade, dtype="float32", name=f"images_{size}")([old, new])
    return images


def _down(images, widths, fades):
    x = _from_rgb(images, widths[-1])
    for width, next_width, fade in zip(widths[:0:-1], widths[-2::-1], fades[::-1], strict=True):
        x = _activated(_convolution(width)(x))
        x = _activated(_convolution(next_width, resample="down")(x))
        size = x.shape[1]
        images = layers.AveragePooling2D(2, dtype="float32", name=f"images_{size}")(images)
        x = CrossFade(*fade)([_from_rgb(images, next_width), x])
    x = MinibatchStdDev()(x)
    x = _activated(_convolution(widths[0])(x))
    return _activated(EqualizedDense(widths[0], gain=_GAIN)(layers.Flatten()(x)))


def _head(features):
    return EqualizedDense(1, dtype="float32")(features)


def _convolution(filters, kernel_size=3, resample=None):
    return EqualizedConv2D(filters, kernel_size, resample=resample, gain=_GAIN)


def _activated(x):
    return layers.LeakyReLU(negative_slope=_SLOPE)(x)


def _normalized(x):
    return PixelNormalization()(_activated(x))


def _to_rgb(channels, **arguments):
    # In half precision a pixel would have 8 bits, and fewer near black and white.
    return EqualizedConv2D(channels, 1, dtype="float32", **arguments)


def _from_rgb(images, width):
    return _activated(_convolution(width, 1)(images))
