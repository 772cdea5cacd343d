"""Sliced Wasserstein distance between patches of images, one for each scale of detail."""

import concurrent.futures
import os
import typing

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["SlicedWasserstein", "laplacian_pyramid", "patch_descriptors", "sliced_wasserstein"]

_KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16  # Burt and Adelson's, with a = 3/8.
_BLOCK_VALUES = 2**22  # 16 MiB of float32: projections that a thread sorts at a time.
_MAX_THREADS = 8


class SlicedWasserstein(typing.NamedTuple):
    """What `sliced_wasserstein` returns."""

    levels: dict
    mean: float


def laplacian_pyramid(images, min_size=14):
    """Images as differences between one resolution and the next, and what remains."""
    level = _check_images("images", images).astype(np.float32)
    min_size = check_integer("min_size", min_size, minimum=2)
    pyramid = []
    while min(-(-side // 2) for side in level.shape[1:3]) >= min_size:
        half = _blur(level)[:, ::2, ::2]
        pyramid.append(level - _double(half, level.shape))
        level = half
    return [*pyramid, level]


def _blur(images):
    rows = ndimage.correlate1d(images, _KERNEL, axis=1, mode="mirror")
    return ndimage.correlate1d(rows, _KERNEL, axis=2, mode="mirror")


def _double(half, shape):
    between = np.zeros(shape, np.float32)
    between[:, ::2, ::2] = half
    return _blur(between) * 4  # Three pixels of four are 0.


def _check_images(name, images):
    expected = f"`{name}` must be an array (num, height, width, channels) of uint8 or floats"
    images = np.asarray(images)
    if images.dtype.kind not in "uif" or images.ndim != 4:
        raise InvalidArgument(
            f"{expected}. Received: shape {images.shape}, dtype {images.dtype.name}"
        )
    if images.shape[-1] not in (1, 3) or not images.size:
        raise InvalidArgument(
            f"{expected}, one image or more and 1 or 3 channels. Received: shape {images.shape}"
        )
    largest = float(np.finfo(np.float32).max)
    if images.dtype.kind == "f" and not (images.min() >= -largest and images.max() <= largest):
        raise InvalidArgument(f"`{name}` must hold finite numbers. Received: NaN or Inf")
    return images


def patch_descriptors(level, num_patches=128, patch_size=7, seed=0):
    """Random patches of images as rows, each channel with mean 0 and deviation 1."""
    level = _check_images("level", level).astype(np.float32, copy=False)
    num_patches = check_integer("num_patches", num_patches, minimum=1)
    num, height, width, channels = level.shape
    patch_size = check_integer("patch_size", patch_size, minimum=1)
    if patch_size > min(height, width):
        raise InvalidArgument(
            "`patch_size` must be at most the side of the smallest level. "
            f"Received: patch_size={patch_size}, a level of {height}x{width}"
        )
    random = np.random.default_rng(seed)
    shape = (num, num_patches)
    rows = random.integers(0, height - patch_size + 1, shape)
    columns = random.integers(0, width - patch_size + 1, shape)
    windows = sliding_window_view(level, (patch_size, patch_size), axis=(1, 2))
    patches = windows[np.arange(num)[:, np.newaxis], rows, columns]
    patches = patches.reshape(num * num_patches, channels, -1)
    for channel in range(channels):
        _standardise(patches[:, channel])
    return patches.reshape(num * num_patches, -1)


def _standardise(values):
    values -= values.mean(dtype=np.float64)
    deviation = np.sqrt(np.mean(np.square(values), dtype=np.float64))
    if deviation > 0:
        values /= deviation


def sliced_wasserstein(
    real_images,
    fake_images,
    num_patches=128,
    patch_size=7,
    num_directions=128,
    num_repeats=4,
    seed=0,
):
    """Sliced Wasserstein distance between patches of two sets of images, level by level.

    Both sets become Laplacian pyramids, and each level a set of patches. Those
    are projected on random directions `u` of length 1, and the distance is the
    mean of `|sort(u.x)_i - sort(u.y)_i|` over patches and directions, times 1,000
    as in the paper. A fine level tells of noise and sharpness, a coarse one of
    the composition.

    The patches of the `i`-th real and the `i`-th generated image are cut at the
    same places, so that a set is at a distance of exactly 0 from itself; the
    paper's program draws other places for each set.

    A set takes `num * num_patches * patch_size^2 * channels * 4` bytes a level:
    for 2,000 grey images 50 MB.

    Args:
        real_images: Array `(num, height, width, channels)` of uint8 or floats, of
            any range, with 1 or 3 channels.
        fake_images: The same of generated images, as many and of one shape.
        num_patches: Integer, 1 or more, patches of each image. Defaults to 128.
        patch_size: Integer, 1 or more, side of a patch in pixels. Defaults to 7.
        num_directions: Integer, 1 or more, directions in a repeat. Defaults to 128.
        num_repeats: Integer, 1 or more. The paper's program has 4 of 128. Defaults
            to 4.
        seed: Integer, 0 or more, of patches and directions. Defaults to 0.

    Returns:
        A `SlicedWasserstein`: a dict of height to distance, finest first, and the
        mean over the levels.

    Raises:
        InvalidArgument: If the two sets differ in number or shape, are not finite,
            or are smaller than a patch.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics.sliced import sliced_wasserstein

    real, fake = np.random.default_rng(0).integers(0, 256, (2, 10, 28, 28, 1), "uint8")
    sliced_wasserstein(real, fake).levels.keys()  # 28, 14
    sliced_wasserstein(real, real).mean  # 0.0
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 5;
    Rabin et al., 2011, https://doi.org/10.1007/978-3-642-24785-9_37.
    """
    real_images = _check_images("real_images", real_images)
    fake_images = _check_images("fake_images", fake_images)
    if real_images.shape != fake_images.shape:
        raise InvalidArgument(
            "`real_images` and `fake_images` must be as many and of one shape, since their "
            f"patches are compared in order. Received: shapes {real_images.shape} and "
            f"{fake_images.shape}"
        )
    num_directions = check_integer("num_directions", num_directions, minimum=1)
    num_repeats = check_integer("num_repeats", num_repeats, minimum=1)
    seed = check_integer("seed", seed, minimum=0)
    levels = {}
    pyramids = zip(laplacian_pyramid(real_images), laplacian_pyramid(fake_images), strict=True)
    for index, (real, fake) in enumerate(pyramids):
        options = (num_patches, patch_size, [seed, index, 0])
        distance = _distance(
            patch_descriptors(real, *options),
            patch_descriptors(fake, *options),
            num_directions * num_repeats,
            np.random.default_rng([seed, index, 1]),
        )
        levels[real.shape[1]] = 1000 * distance
    return SlicedWasserstein(levels, float(np.mean(list(levels.values()))))


def _distance(real, fake, num_directions, random):
    """The mean over all directions, which is also that of repeats of equally many."""
    directions = random.standard_normal((num_directions, real.shape[1])).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    num_block = max(1, _BLOCK_VALUES // len(real))
    blocks = [directions[i : i + num_block] for i in range(0, num_directions, num_block)]

    def gaps_of(block):
        gaps = _sorted_projections(real, block)
        gaps -= _sorted_projections(fake, block)
        return np.abs(gaps, out=gaps).sum(dtype=np.float64)

    # Sorting takes most of the time, and NumPy does it without the interpreter's lock.
    num_threads = min(_MAX_THREADS, os.cpu_count() or 1, len(blocks))
    with concurrent.futures.ThreadPoolExecutor(num_threads) as pool:
        total = sum(pool.map(gaps_of, blocks))
    return float(total / (num_directions * len(real)))


def _sorted_projections(descriptors, directions):
    projected = directions @ descriptors.T
    projected.sort(axis=1)
    return projected
