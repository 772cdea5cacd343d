"""Diversity within classes: how alike two images of a class are, by MS-SSIM."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["Diversity", "ms_ssim_diversity"]

# Wang et al., 2003, section 3.2: the exponents of the five scales.
_POWER_FACTORS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_FILTER_SIZE = 11
_SMALLEST_SIDE = 4
# Numbers of one image of each pair at a time.
_BATCH_NUMBERS = 2**20


class Diversity(NamedTuple):
    """What `ms_ssim_diversity` gives."""

    mean: float
    std: float
    per_class: dict
    num_scales: int
    num_pairs: int


def ms_ssim_diversity(images, labels=None, num_pairs=1000, seed=0):
    """Mean MS-SSIM of random pairs of images of a class: high where a class has collapsed.

    It says how alike images are, not how good: compare it with the same of real
    images. A pair is two different images of one class. Where a class has no more
    pairs than are asked of it, each of its pairs counts once. MS-SSIM has five
    scales, each with half the side of the one before and a window of 11 pixels.
    Smaller images have fewer scales, whose exponents are made to sum to 1: 2 scales
    at 28 pixels, 5 from 161 on. Below 11 pixels the window is as wide as the image.

    Args:
        images: Uint8 array `(num, height, width, channels)`, sides of 4 pixels or
            more.
        labels: Integer array `(num,)`, the classes; one with a single image is left
            out. Defaults to None: all images are of one class, 0.
        num_pairs: Integer, 1 or more, how many pairs in all, divided evenly among
            the classes and rounded up. Defaults to 1000.
        seed: Integer, 0 or more, which pairs. Defaults to 0.

    Returns:
        A `Diversity`.

    Raises:
        InvalidArgument: If `images` or `labels` are no such arrays, if no class has
            two images, or if `num_pairs` or `seed` is out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics import diversity

    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), dtype="uint8")
    diversity.ms_ssim_diversity(images, labels=[0, 0, 0, 1, 1, 1]).per_class  # low: noise
    ```

    Reference: Odena et al., 2017, https://arxiv.org/abs/1610.09585, section 4.2;
    Wang et al., 2003, https://doi.org/10.1109/ACSSC.2003.1292216, equation 7.
    """
    images, labels = _check_images(images), _check_labels(labels, images)
    num_pairs = check_integer("num_pairs", num_pairs, minimum=1)
    pairs = _draw_pairs(labels, num_pairs, check_integer("seed", seed, minimum=0))
    num_scales = _count_scales(min(images.shape[1:3]))
    values = {
        label: _ms_ssim(images, first, second, num_scales)
        for label, (first, second) in pairs.items()
    }
    every = np.concatenate(list(values.values()))
    return Diversity(
        mean=float(every.mean()),
        std=float(every.std()),
        per_class={label: float(each.mean()) for label, each in values.items()},
        num_scales=num_scales,
        num_pairs=len(every),
    )


def _draw_pairs(labels, num_pairs, seed):
    """For each class of two images or more, the indices of the first and second of each pair."""
    rng = np.random.default_rng(seed)
    names, counts = np.unique(labels, return_counts=True)
    names = names[counts > 1]
    if not len(names):
        raise InvalidArgument(
            f"`images` must have two of a class or more. Received: {len(labels)} images of "
            f"{len(counts)} classes"
        )
    share = -(-num_pairs // len(names))
    pairs = {}
    for name in names:
        members = np.flatnonzero(labels == name)
        num = len(members)
        if num * (num - 1) // 2 <= share:
            first, second = np.triu_indices(num, 1)
        else:
            first = rng.integers(num, size=share)
            second = (first + 1 + rng.integers(num - 1, size=share)) % num
        pairs[int(name)] = members[first], members[second]
    return pairs


def _count_scales(side):
    """How many scales have a window's worth of pixels; an odd side is halved upward."""
    count = 1
    while count < len(_POWER_FACTORS) and -(-side // 2) >= _FILTER_SIZE:
        side = -(-side // 2)
        count += 1
    return count


def _ms_ssim(images, first, second, num_scales):
    factors = np.array(_POWER_FACTORS[:num_scales])
    factors = (factors / factors.sum()).astype(np.float32)
    step = max(1, _BATCH_NUMBERS // images[0].size)
    values = [
        tf.image.ssim_multiscale(
            tf.convert_to_tensor(images[first[start : start + step]]),
            tf.convert_to_tensor(images[second[start : start + step]]),
            max_val=255,
            power_factors=factors,
            filter_size=min(_FILTER_SIZE, *images.shape[1:3]),
        ).numpy()
        for start in range(0, len(first), step)
    ]
    # Rounding in float32 alone leaves the range.
    return np.clip(np.concatenate(values).astype(np.float64), 0, 1)


def _check_images(images):
    expected = "`images` must be a uint8 array (num, height, width, channels)"
    try:
        images = np.asarray(images)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(
            f"{expected}. Received: a {type(images).__name__} that is no array"
        ) from error
    if images.dtype != np.uint8:
        raise InvalidArgument(f"{expected}. Received: dtype {images.dtype.name}")
    if images.ndim != 4 or min(images.shape[1:3]) < _SMALLEST_SIDE or not images.shape[3]:
        raise InvalidArgument(
            f"{expected} with sides of {_SMALLEST_SIDE} or more. Received: shape {images.shape}"
        )
    return images


def _check_labels(labels, images):
    if labels is None:
        return np.zeros(len(images), np.int64)
    labels = np.asarray(labels)
    if labels.shape == (len(images),) and labels.dtype.kind in "iu":
        return labels
    raise InvalidArgument(
        f"`labels` must be integers, one for each of the {len(images)} images. "
        f"Received: shape {labels.shape}, dtype {labels.dtype.name}"
    )
