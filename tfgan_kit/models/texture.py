"""Textures: PSGAN's fully convolutional networks, whose generator makes pictures of any size."""

import itertools

import keras
from keras import layers

from tfgan_kit.layers import Waves
from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

_SIZES = tuple(range(32, 257, 32))
_MAX_LEVELS = 6
_SLOPE = 0.2
# Of each level's noise beyond each side of the picture, in cells: the level's convolution uses up
# one, the enlargement a half of the next level's, and what follows the half of its 3.
_MARGIN = 3


def texture(
    image_shape=(96, 96, 3),
    width=8,
    max_width=64,
    noise=(16, 8, 4, 2, 0),
    waves=(),
    discriminator_width=32,
):
    """Build the generator and the discriminator of a texture that is learned from one picture.

    The generator is fully convolutional. Each level has noise of its own, one vector for each cell
    of a grid, from 16x16 pixels down to a pixel; a level's features are enlarged, joined to the
    next one's noise, and convolved. The grids reach 3 cells beyond the image, and no convolution
    pads, so that every part of the image is made alike. With noise of any size, which is continued
    beyond each side by that of the opposite side, the same network makes pictures of any size that
    close: see `latent.sample_texture`.

    The discriminator judges overlapping patches of 94 pixels, each with a logit.

    Unlike in the paper, there is noise at several levels, features are enlarged bilinearly, which
    leaves no checkerboard, and the waves are found in the picture instead of learned.

    Args:
        image_shape: Tuple `(size, size, channels)`: the crops of the picture, of a size of 32, 64,
            96, ... or 256; channels 1 (grey) or 3 (RGB). Defaults to `(96, 96, 3)`.
        width: Positive integer, the generator's channels at the full size, doubled at each coarser
            level. Defaults to 8.
        max_width: Positive integer, the most channels of the generator. Defaults to 64.
        noise: Sequence of 1 to 6 integers, channels of noise at each level, from the coarsest,
            which has at least one, to the full size. Defaults to `(16, 8, 4, 2, 0)`, of which the
            coarsest has cells of 16x16 pixels.
        waves: Sequence of pairs of numbers, the waves that repeat in the texture, in periods per
            pixel down and to the right, as `data.find_waves` returns them: see `layers.Waves`.
            Defaults to none.
        discriminator_width: Positive integer, channels of the discriminator's first plane.
            Defaults to 32.

    Returns:
        A tuple `(generator, discriminator)` of built functional Keras models. The generator maps
        noise `(batch, latent_dim)`, whose length follows from the other arguments, to images in
        [-1, 1]; its layer `texture` is the network from grids of noise of any size. The
        discriminator maps images to logits `(batch, size / 16, size / 16, 1)`.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.texture((32, 32, 1), width=2)
    generator.output_shape, discriminator.output_shape  # (None, 32, 32, 1), (None, 2, 2, 1)
    ```

    Reference: Bergmann et al., 2017, https://arxiv.org/abs/1705.06566; noise at several levels:
    Ulyanov et al., 2016, https://arxiv.org/abs/1603.03417.
    """
    size, _, channels = sizes.check_shape(image_shape, _SIZES)
    if not sizes.is_sequence(noise) or not 1 <= len(noise) <= _MAX_LEVELS:
        raise InvalidArgument(
            f"`noise` must be 1 to {_MAX_LEVELS} numbers of channels, one for each level. "
            f"Received: noise={noise!r}"
        )
    noise = [check_integer(f"noise[{level}]", each, level == 0) for level, each in enumerate(noise)]
    width = check_integer("width", width, 1)
    max_width = check_integer("max_width", max_width, 1)
    cells = [1 << level for level in reversed(range(len(noise)))]
    widths = [min(width * cell, max_width) for cell in cells]
    network = _network(noise, widths, channels, 2 * len(waves))
    generator = _generator(network, size, cells, noise, waves)
    return generator, _discriminator(
        image_shape, check_integer("discriminator_width", discriminator_width, 1)
    )


def _generator(network, size, cells, noise, waves):
    """The network behind the layers that cut its grids out of a noise vector."""
    grids = [size // cell + 2 * _MARGIN for cell in cells]
    lengths = [grid * grid * num for grid, num in zip(grids, noise, strict=True)]
    *ends, total = itertools.accumulate(lengths, initial=0)
    vector = keras.Input((total + 4 * len(waves),), name="noise")
    inputs = []
    for grid, cell, num, start, length in zip(grids, cells, noise, ends, lengths, strict=True):
        parts = []
        if num:
            parts.append(layers.Reshape((grid, grid, num))(vector[:, start : start + length]))
        if waves:
            parts.append(Waves(waves, grid, cell, dtype="float32")(vector[:, total:]))
        if parts:
            inputs.append(layers.Concatenate()(parts) if len(parts) > 1 else parts[0])
    return keras.Model(vector, network(inputs), name="generator")


def _network(noise, widths, channels, num_waves):
    """From grids of noise to a picture; each convolution takes a cell from each side."""
    inputs, x = [], None
    for level, (num, width) in enumerate(zip(noise, widths, strict=True)):
        if x is not None:
            x = layers.UpSampling2D(2, interpolation="bilinear")(x)
            # The outermost pixels have no neighbours to be between.
            x = layers.Cropping2D(1)(x)
        if num + num_waves:
            inputs.append(keras.Input((None, None, num + num_waves), name=f"grid_{level}"))
            x = inputs[-1] if x is None else layers.Concatenate()([x, inputs[-1]])
        x = layers.Conv2D(width, 3, use_bias=False, kernel_initializer="he_normal")(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.LeakyReLU(negative_slope=_SLOPE)(x)
    # In half precision a pixel would have 8 bits, and fewer near black and white.
    x = layers.Conv2D(channels, 5, activation="tanh", dtype="float32")(x)
    return keras.Model(inputs, x, name="texture")


def _discriminator(image_shape, width):
    images = keras.Input(image_shape, name="images")
    x = images
    for each in (width, 2 * width, 4 * width, 5 * width):
        x = layers.Conv2D(each, 4, strides=2, padding="same", kernel_initializer="he_normal")(x)
        x = layers.LeakyReLU(negative_slope=_SLOPE)(x)
    logits = layers.Conv2D(1, 3, padding="same", dtype="float32")(x)
    return keras.Model(images, logits, name="discriminator")
