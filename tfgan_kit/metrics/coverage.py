"""Precision, recall, density, coverage and realism."""

import collections
import dataclasses
import math

import numpy as np

from tfgan_kit.metrics import neighbours
from tfgan_kit.metrics.checks import check_pair
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.standard_error import error_of_mean
from tfgan_kit.utils.validation import check_integer

__all__ = [
    *("Coverage", "DensityCoverage", "Manifold", "PrecisionRecall"),
    *("density_coverage", "manifold_metrics", "precision_recall"),
]

PrecisionRecall = collections.namedtuple("PrecisionRecall", "precision recall")
DensityCoverage = collections.namedtuple("DensityCoverage", "density coverage")


@dataclasses.dataclass(frozen=True, eq=False)
class Manifold:
    """Four metrics, and the values of single samples that they are means of."""

    precision: float
    recall: float
    density: float
    coverage: float
    fake_in_real: np.ndarray
    real_in_fake: np.ndarray
    density_counts: np.ndarray
    real_covered: np.ndarray
    realism: np.ndarray


def manifold_metrics(real, fake, k_precision_recall=3, k_density_coverage=5):
    """All of `precision_recall` and `density_coverage`, and realism.

    Realism of a generated sample is `max_r radius(r) / |fake - r|` over the real samples whose
    radius is at most the median. Distances are exact.

    Args:
        real: Float array `(num_real, width)`, features of real images.
        fake: Float array `(num_fake, width)`, features of generated images.
        k_precision_recall: As for `precision_recall`; also for realism. Defaults to 3.
        k_density_coverage: As for `density_coverage`. Defaults to 5.

    Returns:
        A `Manifold`: four floats; arrays `fake_in_real`, `density_counts` and `realism` of shape
        `(num_fake,)`, `real_in_fake` and `real_covered` of shape `(num_real,)`.

    Raises:
        InvalidArgument: If features are not finite or differ in width, or a `k` is out of range.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    real, fake = np.random.default_rng(0).normal(size=(2, 300, 8))
    metrics.manifold_metrics(real, fake).recall  # about 0.8
    ```

    Reference: Kynkäänniemi et al., 2019, https://arxiv.org/abs/1904.06991, equations 1 to 3.
    """
    real, fake = check_pair(real, fake, min_num=2)
    low, high = min(len(real), len(fake)) - 1, len(real) - 1
    k = check_integer("k_precision_recall", k_precision_recall, minimum=1, maximum=low)
    k_density = check_integer("k_density_coverage", k_density_coverage, minimum=1, maximum=high)
    real_balls = _squared_radii(real, [k, k_density])
    balls = _Balls(real_balls[:, 0], _squared_radii(fake, [k])[:, 0])
    density = _Density(real_balls[:, 1], k_density, len(fake))
    realism = _Realism(real_balls[:, 0], len(fake))
    # The balls for realism come first, so that they are a slice of each block. Their own
    # order is arbitrary, because the first ones bound the search for the best.
    order = np.argsort(~realism.kept, kind="stable")
    for block in neighbours.blocks(fake, real, order):
        balls.update(block)
        density.update(block)
        realism.update(block)
    return Manifold(
        *balls.result(),
        *density.result(),
        balls.fake_in_real,
        balls.real_in_fake,
        density.counts / k_density,
        density.real_covered,
        realism.result(),
    )


def precision_recall(real, fake, k=3):
    """Share of generated samples that resemble real ones, and the reverse.

    Precision: generated samples within a ball around a real sample; the ball reaches to the k-th
    nearest other real sample, inclusive. Recall: the same with the sets exchanged.

    Args:
        real: Float array `(num_real, width)`, features of real images.
        fake: Float array `(num_fake, width)`, features of generated images.
        k: Integer in [1, size of the smaller set). Defaults to 3.

    Returns:
        A named tuple of `precision` and `recall`, floats in [0, 1].

    Raises:
        InvalidArgument: If features are not finite or differ in width, or a `k` is out of range.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    real, fake = np.random.default_rng(0).normal(size=(2, 300, 8))
    precision, recall = metrics.precision_recall(real, 0.2 * fake)  # 1.0, less than 0.1
    ```

    Reference: Kynkäänniemi et al., 2019, https://arxiv.org/abs/1904.06991, equations 1 and 2.
    """
    real, fake = check_pair(real, fake, min_num=2)
    k = check_integer("k", k, minimum=1, maximum=min(len(real), len(fake)) - 1)
    balls = _Balls(_squared_radii(real, [k])[:, 0], _squared_radii(fake, [k])[:, 0])
    for block in neighbours.blocks(fake, real):
        balls.update(block)
    return balls.result()


def density_coverage(real, fake, k=5):
    """How densely generated samples lie among real ones, and the share of real ones reached.

    The ball around a real sample reaches to its k-th nearest other real sample, exclusive.
    Density: the mean number of balls around a generated sample, divided by `k`. Coverage: the
    share of balls that contain one. For equal distributions 1 and `1 - 2**-k` are expected.

    Args:
        real: Float array `(num_real, width)`, features of real images.
        fake: Float array `(num_fake, width)`, features of generated images.
        k: Integer in [1, num_real). Defaults to 5.

    Returns:
        A named tuple of `density`, a non-negative float, and `coverage`, a float in [0, 1].

    Raises:
        InvalidArgument: If features are not finite or differ in width, or a `k` is out of range.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    real, fake = np.random.default_rng(0).normal(size=(2, 300, 8))
    density, coverage = metrics.density_coverage(real, fake)  # about 1, about 0.97
    ```

    Reference: Naeem et al., 2020, https://arxiv.org/abs/2002.09797, equations 3 and 5.
    """
    real, fake = check_pair(real, fake, min_num=1)
    k = check_integer("k", k, minimum=1, maximum=len(real) - 1)
    density = _Density(_squared_radii(real, [k])[:, 0], k, len(fake))
    for block in neighbours.blocks(fake, real):
        density.update(block)
    return density.result()


@dataclasses.dataclass(frozen=True)
class Coverage(Metric):
    """`precision`, `recall`, `density` and `coverage`, with errors for given neighbourhoods.

    Args:
        k_precision_recall: As for `manifold_metrics`. Defaults to 3.
        k_density_coverage: As for `manifold_metrics`. Defaults to 5.

    Example:
    ```python
    from tfgan_kit import data, metrics
    points = metrics.Samples.of(data.toy.get("grid").sample(99), metrics.Pixels())
    metrics.Coverage()(points, points)["precision"].value  # 1.0
    ```
    """

    k_precision_recall: int = 3
    k_density_coverage: int = 5

    def __call__(self, real, fake):
        k, k_density = self.k_precision_recall, self.k_density_coverage
        manifold = manifold_metrics(real.features.values, fake.features.values, k, k_density)
        parts = {
            "precision": (manifold.fake_in_real, k),
            "recall": (manifold.real_in_fake, k),
            "density": (manifold.density_counts, k_density),
            "coverage": (manifold.real_covered, k_density),
        }
        measured = {
            name: Measurement(float(np.mean(v)), "higher", error_of_mean(v), f"k={k}", num=len(v))
            for name, (v, k) in parts.items()
        }
        # The only one that is not a share.
        density = dataclasses.replace(measured["density"], bounds=(0, math.inf), num=None)
        return {**measured, "density": density}


def _squared_radii(features, ks):
    found = neighbours.smallest(features, features, max(ks), own=np.arange(len(features)))
    return found.values[:, np.array(ks) - 1]


class _Balls:
    """Which generated samples are in a real ball, and the reverse."""

    def __init__(self, real_balls, fake_balls):
        self._real_balls, self._fake_balls = real_balls, fake_balls
        self.fake_in_real = np.zeros(len(fake_balls), bool)
        self.real_in_fake = np.zeros(len(real_balls), bool)

    def update(self, block):
        known = self.fake_in_real[block.rows]
        within = block.within(self._real_balls[block.columns], needless=known[:, None])
        self.fake_in_real[block.rows] = known | within.any(axis=1)
        known = self.real_in_fake[block.columns]
        within = block.within(self._fake_balls[block.rows][:, None], needless=known)
        self.real_in_fake[block.columns] = known | within.any(axis=0)

    def result(self):
        return PrecisionRecall(float(self.fake_in_real.mean()), float(self.real_in_fake.mean()))


class _Density:
    """The number of real balls around each generated sample, and which balls contain one."""

    def __init__(self, balls, k, num_fake):
        self._balls, self._k = balls, k
        self.counts = np.zeros(num_fake, np.int64)
        self.real_covered = np.zeros(len(balls), bool)

    def update(self, block):
        limits = self._balls[block.columns]
        # No sample is strictly inside a ball of radius 0.
        within = block.within(np.where(limits > 0, limits, -np.inf), strict=True)
        self.counts[block.rows] += np.count_nonzero(within, axis=1)
        self.real_covered[block.columns] |= within.any(axis=0)

    def result(self):
        # One division of integers, so that the order of the samples does not matter.
        density = self.counts.sum() / (self._k * len(self.counts))
        return DensityCoverage(float(density), float(self.real_covered.mean()))


class _Realism:
    """The largest ratio of a real ball's radius to a generated sample's distance."""

    def __init__(self, balls, num_fake):
        self._balls = balls
        self.kept = balls <= np.median(balls)
        with np.errstate(divide="ignore", over="ignore"):
            weights = np.minimum(1 / balls, np.finfo(np.float64).max)
        self._found = neighbours.Smallest(num_fake, 1, weights)

    def update(self, block):
        kept = np.count_nonzero(self.kept[block.columns])  # Kept columns come first.
        if kept:
            part = dataclasses.replace(
                block, columns=block.columns[:kept], lower=block.lower[:, :kept]
            )
            with np.errstate(over="ignore"):
                self._found.update(part)

    def result(self):
        values, indices = self._found.values[:, 0], self._found.indices[:, 0]
        with np.errstate(divide="ignore"):
            realism = 1 / np.sqrt(values)
        # A ball of radius 0 contains only copies.
        return np.where((self._balls[indices] == 0) & (values > 0), 0.0, realism)
