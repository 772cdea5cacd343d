"""Pictures of any size from a generator of textures, which close and fit each other."""

import math

import numpy as np
from keras import layers, ops

from tfgan_kit.latent.sampling import sample
from tfgan_kit.layers import Waves
from tfgan_kit.layers.waves import plane_waves
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["sample_texture", "texture_cell"]

_MAX_PIXELS = 2**24
# Cells of a grid's noise that a picture depends on beyond its border, as `models.texture` has them.
_MARGIN = 3


def sample_texture(generator, height, width, num=1, seed=None):
    """Draw pictures of a texture, each of which closes: it can be repeated without a seam.

    Several also fit each other on all sides, in any order, since the noise at their borders is the
    same.

    Args:
        generator: A Keras model that `models.texture` returned, such as `GAN.sampling_generator`.
        height: Positive integer, a multiple of `texture_cell(generator)`. All pictures have at
            most 16,777,216 pixels together.
        width: As for `height`.
        num: Positive integer, number of pictures; of several, both sides must have at least 7
            cells. Defaults to 1.
        seed: Integer in [0, 2**31) or None. Defaults to None: different pictures at every call.

    Returns:
        A float32 NumPy array `(num, height, width, channels)` in [-1, 1].

    Raises:
        InvalidArgument: If an argument is out of range, or the generator makes no textures.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.texture((32, 32, 1), width=2)
    latent.sample_texture(generator, 64, 256, seed=0).shape  # (1, 64, 256, 1)
    ```

    Reference: Bergmann et al., 2017, https://arxiv.org/abs/1705.06566.
    """
    network, cell = _network(generator), texture_cell(generator)
    check_integer("num", num, 1)
    sides = 2 * _MARGIN + 1 if num > 1 else 1
    for name, side in (("height", height), ("width", width)):
        if check_integer(name, side, 1) % cell or side < sides * cell:
            raise InvalidArgument(
                f"`{name}` must be a multiple of {cell}, the cell of this texture in pixels"
                + (f", and at least {sides * cell} for several pictures" if num > 1 else "")
                + f". Received: {name}={side}"
            )
    if num * height * width > _MAX_PIXELS:
        raise InvalidArgument(
            f"Pictures must have at most {_MAX_PIXELS:,} pixels together. Received: num={num}, "
            f"{width}x{height}"
        )
    grids = _draw(generator, network, height, width, num, seed)
    return np.concatenate([_picture(network, each) for each in zip(*grids, strict=True)])


def texture_cell(generator):
    """The side in pixels of a cell of the coarsest noise: pictures have whole numbers of them.

    Args:
        generator: As for `sample_texture`.

    Returns:
        A positive integer.

    Raises:
        InvalidArgument: If the generator makes no textures.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.texture((32, 32, 1), width=2)
    latent.texture_cell(generator)  # 16
    ```
    """
    each = [isinstance(layer, layers.UpSampling2D) for layer in _network(generator).layers]
    return 2 ** sum(each)


def _network(generator):
    found = [each for each in getattr(generator, "layers", []) if each.name == "texture"]
    if not found:
        raise InvalidArgument(
            "`generator` must make textures, as one does that was trained on one picture with the "
            f"recipe texture. Received: {getattr(generator, 'name', generator)!r}, which does not"
        )
    return found[0]


def _draw(generator, network, height, width, num, seed):
    """Noise of each level, from coarse to fine, with the border of the first picture in all."""
    periodic = next((each for each in generator.layers if isinstance(each, Waves)), None)
    waves = np.empty((0, 2)) if periodic is None else np.array(periodic.waves)
    cells = [texture_cell(generator) >> int(each.name.split("_")[-1]) for each in network.inputs]
    shapes = [
        (height // cell, width // cell, grid.shape[-1] - 2 * len(waves))
        for cell, grid in zip(cells, network.inputs, strict=True)
    ]
    *ends, length = np.cumsum([math.prod(shape) for shape in shapes])
    vectors = sample(num, int(length) + 2 * len(waves), seed)
    grids = [
        each.reshape(num, *shape)
        for each, shape in zip(np.split(vectors[:, :length], ends, axis=1), shapes, strict=True)
    ]
    inner = slice(1, None), *[slice(_MARGIN, -_MARGIN)] * 2
    for grid in grids:
        own = grid[inner].copy()
        grid[1:] = grid[0]
        grid[inner] = own
    if not len(waves):
        return grids
    # Whole numbers of periods, so that the picture closes.
    waves = np.rint(waves * [height, width]) / [height, width]
    phases = np.arctan2(*np.split(vectors[:1, length:], 2, axis=1))
    for index, (cell, grid) in enumerate(zip(cells, grids, strict=True)):
        rows, columns = (cell * (np.arange(side) + 0.5) for side in grid.shape[1:3])
        periods = ops.convert_to_numpy(plane_waves(waves[None], phases, rows, columns))
        periods = np.broadcast_to(periods, (num, *periods.shape[1:])).astype("float32")
        grids[index] = np.concatenate([grid, periods], axis=-1)
    return grids


def _picture(network, grids):
    margin = ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0))
    padded = [np.pad(grid, margin, mode="wrap")[None] for grid in grids]
    return ops.convert_to_numpy(network(padded, training=False))
