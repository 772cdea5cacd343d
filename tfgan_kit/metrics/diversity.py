"""Diversity within classes: the similarity of two images of a class, by MS-SSIM."""

import collections
import dataclasses
import math

import numpy as np
import tensorflow as tf

from tfgan_kit.metrics.checks import check_labels
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["Diversity", "MsSsim", "ms_ssim_diversity"]

# Wang et al., 2003, section 3.2: the exponents of the five scales.
_POWER_FACTORS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_FILTER_SIZE = 11
_SMALLEST_SIDE = 4
# Numbers of one image of each pair at a time.
_BATCH_NUMBERS = 2**20

Diversity = collections.namedtuple("Diversity", "mean std per_class num_scales num_pairs")


def ms_ssim_diversity(images, labels=None, num_pairs=1000, seed=0):
    """Mean MS-SSIM of random pairs of images of a class; high for a collapsed class.

    It measures similarity, not quality: compare it with the value of real images. Images below 161
    pixels have fewer than five scales.

    Args:
        images: uint8 array `(num, height, width, channels)`, sides of at least 4 pixels.
        labels: Integer array `(num,)`; classes of one image are ignored. Defaults to None: one
            class, 0.
        num_pairs: Positive integer, pairs in total, divided evenly among the classes. Defaults to
            1000.
        seed: Non-negative integer, seed of the pairs. Defaults to 0.

    Returns:
        A named tuple of `mean`, `std`, dict `per_class`, `num_scales` and `num_pairs`.

    Raises:
        InvalidArgument: If `images` or `labels` have another shape or dtype, no class has two
            images, or a number is out of range.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), dtype="uint8")
    metrics.ms_ssim_diversity(images, labels=[0, 0, 0, 1, 1, 1]).per_class  # low: noise
    ```

    Reference: Odena et al., 2017, https://arxiv.org/abs/1610.09585, section 4.2.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or min(images.shape[1:3]) < _SMALLEST_SIDE:
        raise InvalidArgument(
            "`images` must be a uint8 array (num, height, width, channels) with sides of at least "
            f"{_SMALLEST_SIDE}. Received: shape {images.shape}, dtype {images.dtype.name}"
        )
    labels = np.zeros(len(images), int) if labels is None else check_labels(labels, len(images))
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
    """For each class of at least two images, the indices of the images of each pair."""
    rng = np.random.default_rng(seed)
    names, counts = np.unique(labels, return_counts=True)
    names = names[counts > 1]
    if not len(names):
        raise InvalidArgument(
            "`images` must contain at least two images of a class. Received: "
            f"{len(labels)} images of {len(counts)} classes"
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
    """The number of scales as large as the window; an odd side is halved upward."""
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
    # Rounding in float32 can leave the range.
    return np.clip(np.concatenate(values).astype(np.float64), 0, 1)


@dataclasses.dataclass(frozen=True)
class MsSsim(Metric):
    """`ms_ssim`: see `ms_ssim_diversity`; within the predicted classes if there are logits.

    Args:
        num_pairs: Positive integer. Defaults to 500.
        seed: Integer, seed of the pairs. Defaults to 0.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 1), "uint8")
    real = metrics.Samples.of(pixels, metrics.Pixels())
    metrics.MsSsim(num_pairs=4)(real, real)["ms_ssim"].better  # "floor"
    ```
    """

    num_pairs: int = 500
    seed: int = 0

    def __call__(self, real, fake):
        if fake.images.ndim != 4 or min(fake.images.shape[1:3]) < _FILTER_SIZE:
            return {}
        logits = fake.features.logits
        labels = None if logits is None else logits.argmax(axis=1)
        result = ms_ssim_diversity(fake.images, labels, self.num_pairs, self.seed)
        error = result.std / math.sqrt(result.num_pairs)
        within = "of any two images" if labels is None else "within a class"
        note = f"{result.num_pairs:,} pairs {within}, {result.num_scales} scales"
        return {"ms_ssim": Measurement(result.mean, "floor", error, note, (0, 1))}
