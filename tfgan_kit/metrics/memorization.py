"""Memorization: are generated samples closer to the training images than new real images are?"""

import dataclasses

import numpy as np
from scipy import stats

from tfgan_kit.metrics import neighbours
from tfgan_kit.metrics.checks import check_features, check_same_width
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["Memorization", "closest_pairs", "memorization"]


@dataclasses.dataclass(frozen=True, eq=False)
class Memorization:
    """Distances to the training images, and their comparison with held-out images."""

    fake_distances: np.ndarray
    heldout_distances: np.ndarray
    nearest_train: np.ndarray
    z: float
    p_value: float
    copied_share: float
    expected_share: float
    median_ratio: float
    leave_one_out: bool


def memorization(train, fake, heldout=None, quantile=0.01, seed=0):
    """Compare the distances of generated and of held-out images to the training images.

    `z = (U - m n / 2) / sigma`, where `U` counts the pairs of which the generated sample is
    farther from the training images than the held-out one (ties count one half). A negative `z`
    is a sign of copying; a few copies show only in `copied_share`.

    Args:
        train: Float array `(num_train, width)`, features of the training images.
        fake: Float array `(num_fake, width)`, features of generated images.
        heldout: Float array `(num_heldout, width)`, features of real images that were not used for
            training. Defaults to None: training images are compared with each other, self
            excluded.
        quantile: Float in (0, 1). Samples closer than this share of the held-out images count as
            copied. Defaults to 0.01.
        seed: Non-negative integer, seed of the choice of training images. Defaults to 0.

    Returns:
        A `Memorization`: `z`, its one-sided `p_value`, `copied_share`, its `expected_share`,
        `median_ratio` of distances, and arrays `fake_distances` and `nearest_train` `(num_fake,)`.

    Raises:
        InvalidArgument: If features are not finite or differ in width, or a number is out of range.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    train, fake = np.random.default_rng(0).normal(size=(2, 300, 8))
    fake[:150] = train[:150]
    metrics.memorization(train, fake).copied_share  # slightly above 0.5
    ```

    Reference: Meehan et al., 2020, https://arxiv.org/abs/2004.05675, section 3.
    """
    train = check_features("train", train, min_num=2 if heldout is None else 1)
    fake = check_features("fake", fake)
    check_same_width(fake=fake, train=train)
    seed = check_integer("seed", seed, minimum=0)
    quantile = check_number("quantile", quantile, above=0, below=1)
    fake_distances, nearest_train = neighbours.nearest(fake, train)
    if heldout is None:
        heldout_distances = _leave_one_out(train, len(fake), seed)
    else:
        heldout = check_features("heldout", heldout)
        check_same_width(heldout=heldout, train=train)
        heldout_distances, _ = neighbours.nearest(heldout, train)
    near = np.quantile(heldout_distances, quantile, method="inverted_cdf")
    z = _mann_whitney(fake_distances, heldout_distances)
    return Memorization(
        fake_distances=fake_distances,
        heldout_distances=heldout_distances,
        nearest_train=nearest_train,
        z=z,
        p_value=float(stats.norm.cdf(z)),
        copied_share=float(np.mean(fake_distances <= near)),
        expected_share=float(np.mean(heldout_distances <= near)),
        median_ratio=_ratio(np.median(fake_distances), np.median(heldout_distances)),
        leave_one_out=heldout is None,
    )


def closest_pairs(memorization, num=16):
    """The generated samples that are closest to a training image, for visual inspection.

    Args:
        memorization: `Memorization`.
        num: Positive integer, maximum number of pairs. Defaults to 16.

    Returns:
        Two int64 arrays `(min(num, num_fake),)`: indices of generated samples and of their nearest
        training images, the closest pair first.

    Example:
    ```python
    from tfgan_kit import metrics
    found = metrics.memorization([[0.0], [2.0], [9.0]], [[5.0], [9.5], [2.0]])
    metrics.closest_pairs(found, num=2)  # [2, 1], [1, 2]
    ```
    """
    num = check_integer("num", num, minimum=1)
    order = np.argsort(memorization.fake_distances, kind="stable")[:num]
    return order, memorization.nearest_train[order]


def _leave_one_out(train, num, seed):
    if num < len(train):
        own = np.sort(np.random.default_rng(seed).choice(len(train), num, replace=False))
    else:
        own = np.arange(len(train))
    return np.sqrt(neighbours.smallest(train[own], train, 1, own).values[:, 0])


def _mann_whitney(fake, heldout):
    """The normal approximation of U; 0 if all distances are equal."""
    m, n = len(fake), len(heldout)
    ranks = stats.rankdata(np.concatenate([fake, heldout]))
    u = ranks[:m].sum() - m * (m + 1) / 2
    _, ties = np.unique(ranks, return_counts=True)
    ties = ties.astype(np.float64)
    correction = np.sum(ties**3 - ties) / ((m + n) * (m + n - 1))
    variance = m * n / 12 * (m + n + 1 - correction)
    return float((u - m * n / 2) / np.sqrt(variance)) if len(ties) > 1 else 0.0


def _ratio(fake, heldout):
    if heldout > 0:
        return float(fake / heldout)
    return float("inf") if fake > 0 else 1.0
