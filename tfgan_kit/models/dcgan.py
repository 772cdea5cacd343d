"""The DCGAN family: strided convolutions up in the generator, down in the discriminator."""

import operator

import keras
from keras import layers

from tfgan_kit.errors import InvalidArgument

__all__ = ["dcgan"]

_BASE_SIZES = (4, 7)
_SIZES = tuple(base * 2**k for base in _BASE_SIZES for k in range(1, 7) if 16 <= base * 2**k <= 256)
_WIDTH = 64
_MAX_WIDTH = 512


def dcgan(image_shape=(28, 28, 1), latent_dim=100):
    """Build the generator and the discriminator of TensorFlow's DCGAN tutorial.

    At 28x28x1 these are the tutorial's networks layer by layer (2,330,944 and
    212,865 parameters). Other sizes are the same family: the generator starts
    from a 4x4 or 7x7 plane and doubles it, with batch normalisation and leaky
    ReLU; the discriminator halves down to it, with leaky ReLU and dropout. Each
    doubling more doubles the width at the small end, up to 512 channels.

    Args:
        image_shape: Tuple `(size, size, channels)`. The size is one of 16, 28,
            32, 56, 64, 112, 128, 224, 256; channels is 1 (grey) or 3 (RGB).
            Defaults to `(28, 28, 1)`.
        latent_dim: Integer, 1 or more, the length of a noise vector. Defaults
            to 100.

    Returns:
        A tuple `(generator, discriminator)` of built `keras.Sequential` models.
        The generator maps `(batch, latent_dim)` to float32 images
        `(batch, size, size, channels)` in [-1, 1]; the discriminator maps those
        to logits `(batch, 1)`, positive for real.

    Raises:
        InvalidArgument: If the shape is not of this family.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.dcgan(image_shape=(32, 32, 3), latent_dim=64)
    generator.output_shape  # (None, 32, 32, 3)
    ```

    Reference: Radford et al., 2016, https://arxiv.org/abs/1511.06434;
    https://www.tensorflow.org/tutorials/generative/dcgan.
    """
    size, channels = _check_shape(image_shape)
    if not isinstance(latent_dim, int) or isinstance(latent_dim, bool) or latent_dim < 1:
        raise InvalidArgument(
            f"`latent_dim` must be an integer of 1 or more. Received: latent_dim={latent_dim!r}"
        )
    base = next(base for base in _BASE_SIZES if size % base == 0 and _is_power_of_two(size // base))
    widths = _widths(doublings=(size // base).bit_length() - 1)
    generator = _generator(base, widths, channels, latent_dim)
    return generator, _discriminator((size, size, channels), widths)


def _check_shape(image_shape):
    try:
        height, width, channels = (operator.index(side) for side in image_shape)
    except (TypeError, ValueError):
        height = width = channels = None
    if height != width or height not in _SIZES or channels not in (1, 3):
        raise InvalidArgument(
            "`image_shape` must be (size, size, channels) with a size of "
            f"{', '.join(map(str, sorted(_SIZES)))} and 1 or 3 channels. "
            f"Received: image_shape={image_shape}"
        )
    return height, channels


def _is_power_of_two(number):
    return number & (number - 1) == 0


def _widths(doublings):
    """Channels of the discriminator's planes, large image first: 64, 128, 256, ..."""
    return [min(_WIDTH * 2**level, _MAX_WIDTH) for level in range(doublings)]


def _generator(base, widths, channels, latent_dim):
    # The tutorial's plane has twice the width of the discriminator's last one,
    # and its first transposed convolution halves that without doubling the size.
    top = min(2 * widths[-1], _MAX_WIDTH)
    model = keras.Sequential(name="generator")
    model.add(keras.Input((latent_dim,)))
    model.add(layers.Dense(base * base * top, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((base, base, top)))
    for level, width in enumerate(reversed(widths)):
        strides = 1 if level == 0 else 2
        model.add(layers.Conv2DTranspose(width, 5, strides=strides, padding="same", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU())
    model.add(
        layers.Conv2DTranspose(
            channels, 5, strides=2, padding="same", use_bias=False, activation="tanh"
        )
    )
    return model


def _discriminator(image_shape, widths):
    model = keras.Sequential(name="discriminator")
    model.add(keras.Input(image_shape))
    for width in widths:
        model.add(layers.Conv2D(width, 5, strides=2, padding="same"))
        model.add(layers.LeakyReLU())
        model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model
