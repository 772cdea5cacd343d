"""The style-based family: a mapping network, and a synthesis network that it modulates."""

import functools
import itertools
import math

import keras
from keras import layers

from tfgan_kit.layers import (
    Downsample2D,
    EqualizedConv2D,
    EqualizedDense,
    LearnedConstant,
    MinibatchStdDev,
    MixStyles,
    ModulatedConv2D,
    NoiseInjection,
    PixelNormalization,
    Upsample2D,
)
from tfgan_kit.layers.resampling import Blur2D
from tfgan_kit.layers.style_mixing import DrawSecondNoise
from tfgan_kit.models import conditioning as labels
from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_number


@keras.saving.register_keras_serializable(package="tfgan_kit")
class StyleGenerator(keras.Model):
    """A functional model from noise, or `[noise, labels]`, to images, by way of styles."""

    @property
    def mapping(self):
        """The model from the same inputs to styles `(batch, num_layers, style_dim)`."""
        return self.get_layer("mapping")

    @property
    def synthesis(self):
        """The model from styles to images."""
        return self.get_layer("synthesis")

    @property
    def styles(self):
        """A model from the generator's inputs to what the synthesis gets, mixed in training."""
        return keras.Model(self.input, self.get_layer("mix_styles").output)


def style(
    image_shape=(28, 28, 1),
    latent_dim=512,
    width=16,
    max_width=512,
    mapping_layers=8,
    mapping_lr_multiplier=0.01,
    style_mixing=0.9,
    architecture=("skip", "residual"),
    num_classes=None,
    conditioning="projection",
    transition=None,
    attributes=None,
):
    """Build the generator and the discriminator of StyleGAN2.

    A mapping network of dense layers makes a style `w` of the normalized noise. The synthesis
    network starts from a learned 4x4 or 7x7 plane and doubles it as often as needed; in each layer
    `w` scales the channels of the convolution, whose weights are demodulated, and noise of a
    learned strength is added. In training the styles of two images are mixed. Everything has an
    equalized learning rate and leaky ReLU of slope 0.2 times the square root of 2.

    With `image_shape=(1024, 1024, 3), width=32` these are the networks of config F: 30,370,060
    parameters that are trained, and 29,012,513.

    Args:
        image_shape: Tuple `(size, size, channels)`: size 4 or 7, doubled up to eight times, so up
            to 1024 or 896; channels 1 (grey) or 3 (RGB). Defaults to `(28, 28, 1)`.
        latent_dim: Positive integer, length of a noise vector and of a style. Defaults to 512.
        width: Positive integer, channels at the full image size, doubled at each halving of the
            size. Defaults to 16.
        max_width: Positive integer, the most channels. Defaults to 512.
        mapping_layers: Positive integer, layers of the mapping network. Defaults to 8.
        mapping_lr_multiplier: Positive float, learning rate of the mapping network as a multiple
            of the optimizer's. Defaults to 0.01.
        style_mixing: Float in [0, 1], how often styles are mixed in a step. Defaults to 0.9.
        architecture: Pair of strings, how the generator's images and the discriminator's features
            come from the layers of each size: `"skip"`, a sum of images of all sizes, or
            `"residual"`. Defaults to `("skip", "residual")`.
        num_classes: As for `dcgan`. Defaults to None.
        conditioning: As for `dcgan`, with an embedding of `latent_dim` numbers, normalized as
            the noise is. Defaults to `"projection"`.
        transition: As for `dcgan`. Defaults to None.
        attributes: As for `dcgan`. Defaults to None.

    Returns:
        A tuple `(generator, discriminator)` of built functional Keras models, as for `dcgan`. The
        generator has two more, which share its weights: `generator.mapping` from its inputs to
        styles `(batch, num_layers, latent_dim)`, all layers of an image alike, and
        `generator.synthesis` from styles to images. Images are not limited to [-1, 1].

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent, models

    generator, _ = models.style((16, 16, 1), latent_dim=8, width=4, mapping_layers=2)
    first, second = generator.mapping(latent.sample(2, latent_dim=8, seed=0)).numpy()
    mixed = np.concatenate([first[:2], second[2:]])  # Coarse layers of one, fine ones of another.
    generator.synthesis(mixed[None]).shape  # (1, 16, 16, 1)
    ```

    Reference: Karras et al., 2019, https://arxiv.org/abs/1812.04948; Karras et al., 2020,
    https://arxiv.org/abs/1912.04958, https://github.com/NVlabs/stylegan2.
    """
    image_shape = sizes.check_shape(image_shape, sizes.GROWING)
    latent_dim = check_integer("latent_dim", latent_dim, 1)
    width = check_integer("width", width, 1)
    max_width = check_integer("max_width", max_width, 1)
    mapping_layers = check_integer("mapping_layers", mapping_layers, 1)
    check_number("mapping_lr_multiplier", mapping_lr_multiplier, above=0)
    check_number("style_mixing", style_mixing, minimum=0, maximum=1)
    up, down = _check_architecture(architecture)
    plane, doublings = sizes.start(image_shape[0])
    widths = [min(width * 2**stage, max_width) for stage in range(doublings + 1)]
    way = labels.get(conditioning, num_classes, transition, attributes)

    synthesis = _synthesis(latent_dim, plane, widths[::-1], image_shape[-1], up)
    to_styles = functools.partial(
        _styles, synthesis.input_shape[1:], mapping_layers, mapping_lr_multiplier
    )
    generator = _generator(_mapping(way, latent_dim, to_styles), style_mixing, synthesis)
    features = functools.partial(_features, widths=widths, down=down)
    if way is not None:
        return generator, way.discriminator(image_shape, features, _head)
    images = keras.Input(image_shape, name="images")
    return generator, keras.Model(images, _head(features(images)), name="discriminator")


def _check_architecture(architecture):
    try:
        up, down = architecture
        return _UP[up], _DOWN[down]
    except (TypeError, ValueError, KeyError):
        raise InvalidArgument(
            '`architecture` must be a pair of "skip" or "residual", of the generator and of the '
            f"discriminator. Received: architecture={architecture!r}"
        ) from None


def _mapping(way, latent_dim, to_styles):
    if way is not None:
        normal = keras.initializers.RandomNormal(stddev=1.0)
        embedding = {"width": latent_dim, "embeddings_initializer": normal, "dtype": "float32"}
        return way.generator(latent_dim, to_styles, name="mapping", normalize=True, **embedding)
    noise = keras.Input((latent_dim,), name="noise")
    return keras.Model(noise, to_styles(noise), name="mapping")


def _styles(shape, num_layers, lr_multiplier, x):
    """In float32, also under mixed precision: a style is in every layer."""
    layers_of_style, latent_dim = shape
    x = PixelNormalization(dtype="float32")(x)
    for _ in range(num_layers):
        x = EqualizedDense(latent_dim, lr_multiplier=lr_multiplier, dtype="float32")(x)
        x = _activated(x, dtype="float32")
    return layers.RepeatVector(layers_of_style, dtype="float32")(x)


def _generator(mapping, style_mixing, synthesis):
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype, name=x.name) for x in mapping.inputs]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    noise = DrawSecondNoise(dtype="float32")(inputs) if style_mixing else inputs
    mix = MixStyles(style_mixing, name="mix_styles", dtype="float32")
    return StyleGenerator(inputs, synthesis(mix(mapping(noise))), name="generator")


def _synthesis(latent_dim, plane, widths, channels, up):
    styles = keras.Input((2 * len(widths), latent_dim), name="styles")
    each = [styles[:, layer] for layer in range(styles.shape[1])]
    x = LearnedConstant((plane, plane, widths[0]))(styles)
    x = _modulated(x, widths[0], each[0])
    image = up(x, each[1:], widths[1:], functools.partial(_to_image, channels=channels))
    return keras.Model(styles, image, name="synthesis")


def _up_skip(x, styles, widths, to_image):
    image = to_image(x, styles[0])
    for level, width in enumerate(widths):
        x = _doubled(x, width, styles[2 * level :])
        image = Upsample2D(dtype="float32")(image)
        image = layers.Add(dtype="float32")([image, to_image(x, styles[2 * level + 2])])
    return image


def _up_residual(x, styles, widths, to_image):
    for level, width in enumerate(widths):
        straight = Upsample2D()(EqualizedConv2D(width, 1, bias=None)(x))
        x = _sum(_doubled(x, width, styles[2 * level :]), straight)
    return to_image(x, styles[-1])


def _doubled(x, width, styles):
    return _modulated(_modulated(x, width, styles[0], upsample=True), width, styles[1])


def _modulated(x, width, style, upsample=False):
    scales = EqualizedDense(x.shape[-1], bias=1.0)(style)
    x = ModulatedConv2D(width, upsample=upsample)([x, scales])
    return _activated(NoiseInjection()(x))


def _to_image(x, style, channels):
    # In half precision a pixel would have 8 bits, and fewer near black and white.
    scales = EqualizedDense(x.shape[-1], bias=1.0, dtype="float32")(style)
    return ModulatedConv2D(channels, 1, demodulate=False, dtype="float32")([x, scales])


def _features(images, widths, down):
    x = down(images, widths)
    x = MinibatchStdDev()(x)
    x = _activated(EqualizedConv2D(widths[-1])(x))
    return _activated(EqualizedDense(widths[-1])(layers.Flatten()(x)))


def _head(features):
    return EqualizedDense(1, dtype="float32")(features)


def _down_skip(images, widths):
    x = _from_image(images, widths[0])
    for width, next_width in itertools.pairwise(widths):
        images = Downsample2D()(images)
        x = layers.Add()([_halved(x, width, next_width), _from_image(images, next_width)])
    return x


def _down_residual(images, widths):
    x = _from_image(images, widths[0])
    for width, next_width in itertools.pairwise(widths):
        straight = EqualizedConv2D(next_width, 1, bias=None)(Downsample2D()(x))
        x = _sum(_halved(x, width, next_width), straight)
    return x


def _halved(x, width, next_width):
    x = _activated(EqualizedConv2D(width)(x))
    x = EqualizedConv2D(next_width, strides=2, padding="valid")(Blur2D(2)(x))
    return _activated(x)


def _from_image(images, width):
    return _activated(EqualizedConv2D(width, 1)(images))


_UP = {"skip": _up_skip, "residual": _up_residual}
_DOWN = {"skip": _down_skip, "residual": _down_residual}


def _activated(x, **arguments):
    x = layers.LeakyReLU(negative_slope=0.2, **arguments)(x)
    return layers.Rescaling(math.sqrt(2), **arguments)(x)


def _sum(x, straight):
    """Of the same variance as both."""
    return layers.Rescaling(math.sqrt(0.5))(layers.Add()([x, straight]))
