"""Memorization: are generated samples nearer to the training images than new real ones are?"""

import dataclasses

import numpy as np
from scipy import stats

from tfgan_kit.metrics import neighbours
from tfgan_kit.metrics.checks import check_features
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["Memorization", "closest_pairs", "memorization"]


@dataclasses.dataclass(frozen=True, eq=False)
class Memorization:
    """What `memorization` gives."""

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
    """Compare generated samples' distances to the training images with held-out images'.

    `z = (U - m n / 2) / sigma`, with `U` the number of pairs of a generated sample
    and a held-out image of which the generated one is farther from the training
    images (ties count one half), and `sigma` its standard deviation with the
    correction for ties. It looks at all samples at once, without the cells of the
    paper. A few copies hardly move it: for them there is `copied_share`.

    Without held-out images, training images stand in for them: the distance of one
    to the nearest other training image. All are draws of one distribution, so such a
    training image is to the others what a new image is to the training set, less
    one image. Where the training set has duplicates these are at distance 0, and
    `expected_share` says how many.

    Args:
        train: Float array `(num_train, width)`, features of the training images.
        fake: Float array `(num_fake, width)`, features of generated images.
        heldout: Float array `(num_heldout, width)`, features of real images that
            were not trained on. Defaults to None: leave one training image out.
        quantile: Float in (0, 1), which share of the held-out images, the nearest
            ones, says what near is. Defaults to 0.01.
        seed: Integer, 0 or more: which training images stand in for held-out ones,
            where there are more of them than generated samples. Defaults to 0.

    Returns:
        A `Memorization`.

    Raises:
        InvalidArgument: If the arrays are no features of one width, if `train` has
            fewer than 2 rows where `heldout` is None, or if `quantile` or `seed` is
            out of range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics.memorization import memorization

    rng = np.random.default_rng(0)
    train, copies = rng.normal(size=(300, 8)), rng.normal(size=(100, 8))
    copies[:50] = train[:50]
    memorization(train, copies).copied_share  # 0.5 or a little more
    ```

    Reference: Meehan et al., 2020, https://arxiv.org/abs/2004.05675, section 3;
    Mann & Whitney, 1947, https://doi.org/10.1214/aoms/1177730491.
    """
    train = check_features("train", train, min_num=2 if heldout is None else 1)
    fake = _check_like("fake", fake, train)
    seed = check_integer("seed", seed, minimum=0)
    quantile = _check_quantile(quantile)
    fake_distances, nearest_train = neighbours.nearest(fake, train)
    if heldout is None:
        heldout_distances = _leave_one_out(train, len(fake), seed)
    else:
        heldout_distances, _ = neighbours.nearest(_check_like("heldout", heldout, train), train)
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
    """The generated samples nearest to a training image, to look at side by side.

    Args:
        memorization: `Memorization`.
        num: Integer, 1 or more, how many pairs at the most. Defaults to 16.

    Returns:
        A tuple of two int64 arrays `(min(num, num_fake),)`: indices of generated
        samples and of their nearest training images, the nearest pair first.

    Raises:
        InvalidArgument: If `num` is no integer of 1 or more.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics.memorization import closest_pairs, memorization

    train, fake = np.array([[0.0], [2.0], [9.0]]), np.array([[5.0], [9.5], [2.0]])
    closest_pairs(memorization(train, fake), num=2)  # [2, 1], [1, 2]
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
    """The normal approximation of U; 0 where all distances are equal."""
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


def _check_like(name, features, train):
    features = check_features(name, features)
    if features.shape[1] != train.shape[1]:
        raise InvalidArgument(
            f"`{name}` must have the width of `train`. "
            f"Received: shapes {features.shape} and {train.shape}"
        )
    return features


def _check_quantile(quantile):
    is_number = isinstance(quantile, (float, np.floating))
    if is_number and 0 < quantile < 1:
        return float(quantile)
    raise InvalidArgument(
        f"`quantile` must be a float between 0 and 1. Received: quantile={quantile!r}"
    )
