"""Sliced Wasserstein distance between patches of images, one for each level of detail."""

import collections
import concurrent.futures
import dataclasses
import os

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = [
    *("Sliced", "SlicedWasserstein"),
    *("laplacian_pyramid", "patch_descriptors", "sliced_wasserstein"),
]

_KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16  # Burt and Adelson's, with a = 3/8.
_BLOCK_VALUES = 2**22  # 16 MiB of float32: projections that a thread sorts at a time.
_MAX_THREADS = 8
_PATCH_SIZE = 7

SlicedWasserstein = collections.namedtuple("SlicedWasserstein", "levels mean")


def sliced_wasserstein(
    real_images,
    fake_images,
    num_patches=128,
    patch_size=_PATCH_SIZE,
    num_directions=128,
    num_repeats=4,
    seed=0,
):
    """Sliced Wasserstein distance between patches of two sets of images, times 1,000.

    Each level of a Laplacian pyramid is a set of patches. These are projected on random unit
    vectors `u`, and the distance is the mean of `|sort(u.x)_i - sort(u.y)_i|`. Patches of the
    `i`-th real and generated image have the same positions, so that equal sets have distance 0.

    Args:
        real_images: Array `(num, height, width, 1 or 3)` of uint8 or floats of any range.
        fake_images: Generated images with the same shape.
        num_patches: Positive integer, patches of each image. Defaults to 128.
        patch_size: Positive integer, side of a patch in pixels. Defaults to 7.
        num_directions: Positive integer, directions per repeat. Defaults to 128.
        num_repeats: Positive integer. Defaults to 4.
        seed: Non-negative integer, seed of patches and directions. Defaults to 0.

    Returns:
        A named tuple of `levels`, a dict from height to distance, finest first, and their `mean`.

    Raises:
        InvalidArgument: If the sets differ in shape, are not finite, or are smaller than a patch.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    real, fake = np.random.default_rng(0).integers(0, 256, (2, 10, 28, 28, 1), "uint8")
    metrics.sliced_wasserstein(real, fake).levels.keys()  # 28, 14
    ```

    Reference: Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 5.
    """
    real_images = _check_images("real_images", real_images)
    fake_images = _check_images("fake_images", fake_images)
    if real_images.shape != fake_images.shape:
        raise InvalidArgument(
            "`real_images` and `fake_images` must have the same shape. "
            f"Received: shapes {real_images.shape} and {fake_images.shape}"
        )
    num_patches = check_integer("num_patches", num_patches, minimum=1)
    patch_size = check_integer("patch_size", patch_size, minimum=1)
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


def _check_images(name, images):
    images = np.asarray(images)
    fits = images.dtype.kind in "uif" and images.ndim == 4 and images.shape[-1] in (1, 3)
    if not fits or not images.size:
        raise InvalidArgument(
            f"`{name}` must be a non-empty array (num, height, width, 1 or 3) of uint8 or floats. "
            f"Received: shape {images.shape}, dtype {images.dtype.name}"
        )
    largest = np.finfo(np.float32).max
    if images.dtype.kind == "f" and not -largest <= images.min() <= images.max() <= largest:
        raise InvalidArgument(f"`{name}` must contain finite numbers. Received: NaN or infinity")
    return images


def laplacian_pyramid(images, min_size=14):
    """Images as differences between one resolution and the next, and the coarsest level."""
    level = images.astype(np.float32)
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


def patch_descriptors(level, num_patches=128, patch_size=_PATCH_SIZE, seed=0):
    """Random patches of images as rows, each channel with mean 0 and standard deviation 1."""
    level = level.astype(np.float32, copy=False)
    num, height, width, channels = level.shape
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


def _distance(real, fake, num_directions, random):
    """The mean distance over all directions."""
    directions = random.standard_normal((num_directions, real.shape[1])).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    num_block = max(1, _BLOCK_VALUES // len(real))
    blocks = [directions[i : i + num_block] for i in range(0, num_directions, num_block)]

    def gaps_of(block):
        gaps = _sorted_projections(real, block)
        gaps -= _sorted_projections(fake, block)
        return np.abs(gaps, out=gaps).sum(dtype=np.float64)

    # Sorting takes most of the time, and NumPy releases the interpreter's lock for it.
    num_threads = min(_MAX_THREADS, os.cpu_count() or 1, len(blocks))
    with concurrent.futures.ThreadPoolExecutor(num_threads) as pool:
        total = sum(pool.map(gaps_of, blocks))
    return float(total / (num_directions * len(real)))


def _sorted_projections(descriptors, directions):
    projected = directions @ descriptors.T
    projected.sort(axis=1)
    return projected


@dataclasses.dataclass(frozen=True)
class Sliced(Metric):
    """`sliced_wasserstein` and its levels, for images only: see `sliced_wasserstein`.

    Args:
        num: Integer, maximum number of images of each side. Defaults to 2000.
        seed: Integer, seed of patches and directions. Defaults to 0.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 1), "uint8")
    real = metrics.Samples.of(pixels, metrics.Pixels())
    metrics.Sliced()(real, real)["sliced_wasserstein"].value  # 0.0
    ```
    """

    num: int = 2000
    seed: int = 0

    def __call__(self, real, fake):
        if fake.images.ndim != 4 or min(fake.images.shape[1:3]) < _PATCH_SIZE:
            return {}
        num = min(self.num, len(real), len(fake))
        result = sliced_wasserstein(real.images[:num], fake.images[:num], seed=self.seed)
        note = f"×1e3, {num:,} images, 7×7 patches"
        levels = {
            f"sliced_wasserstein_{side}": Measurement(value, "lower", note=note)
            for side, value in result.levels.items()
        }
        return {"sliced_wasserstein": Measurement(result.mean, "lower", note=note), **levels}
