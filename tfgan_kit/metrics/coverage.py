"""Precision, recall, density, coverage and realism: what of the real images is generated."""

import dataclasses
from typing import NamedTuple

import numpy as np

from tfgan_kit.metrics import neighbours
from tfgan_kit.metrics.checks import check_pair
from tfgan_kit.utils.validation import check_integer

__all__ = [
    "DensityCoverage",
    "Manifold",
    "PrecisionRecall",
    "density_coverage",
    "manifold_metrics",
    "precision_recall",
]


class PrecisionRecall(NamedTuple):
    """What `precision_recall` gives: two shares in [0, 1]."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """What `density_coverage` gives: a mean of 0 or more, and a share in [0, 1]."""

    density: float
    coverage: float


@dataclasses.dataclass(frozen=True, eq=False)
class Manifold:
    """What `manifold_metrics` gives: four numbers, and the samples they are means of."""

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
    """Precision, recall, density, coverage and realism from the same neighbours.

    The ball about a sample reaches to its k-th nearest other sample of its own
    set. Distances are exact: the result does not depend on how the pairs are
    split into blocks, and duplicates are at distance 0. Realism is
    `max_r radius(r) / |fake - r|` over the real samples whose radius is no larger
    than the median, since large balls lie where there are few real samples.

    Args:
        real: Float array `(num_real, width)`, features of real images.
        fake: Float array `(num_fake, width)`, features of generated images.
        k_precision_recall: Integer in [1, number of samples in the smaller set),
            the neighbour of precision, recall and realism. Defaults to 3, as in
            the paper.
        k_density_coverage: Integer in [1, num_real), the neighbour of density and
            coverage. Defaults to 5, as in the paper.

    Returns:
        A `Manifold`.

    Raises:
        InvalidArgument: If an array is refused by `checks.check_pair` or a `k` is
            no integer in its range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics import coverage

    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(300, 8)), rng.normal(size=(300, 8))
    coverage.manifold_metrics(real, fake).recall  # 0.8 or so
    ```

    Reference: Kynkäänniemi et al., 2019, https://arxiv.org/abs/1904.06991, equations 1 to 3;
    Naeem et al., 2020, https://arxiv.org/abs/2002.09797, equations 3 and 5.
    """
    real, fake = check_pair(real, fake, min_num=2)
    low, high = min(len(real), len(fake)) - 1, len(real) - 1
    k = check_integer("k_precision_recall", k_precision_recall, minimum=1, maximum=low)
    k_density = check_integer("k_density_coverage", k_density_coverage, minimum=1, maximum=high)
    real_balls = _squared_radii(real, [k, k_density])
    balls = _Balls(real_balls[:, 0], _squared_radii(fake, [k])[:, 0])
    density = _Density(real_balls[:, 1], k_density, len(fake))
    realism = _Realism(real_balls[:, 0], len(fake))
    # The balls that count for realism come first, so that they are a slice of each block; in
    # no order among themselves, for the first ones bound the search for the best.
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
    """The share of generated samples that look real, and of real ones that are generated.

    Precision: generated samples within a ball about a real sample, which reaches
    to its k-th nearest other real sample. Recall: the same with the sets swapped.
    A sample exactly at a ball's radius is within (`<=`), as in the authors' own
    code and in torch-fidelity.

    Args:
        real: Float array `(num_real, width)`, features of real images.
        fake: Float array `(num_fake, width)`, features of generated images.
        k: Integer in [1, number of samples in the smaller set), which neighbour.
            Defaults to 3, as in the paper.

    Returns:
        A `PrecisionRecall` of two floats in [0, 1].

    Raises:
        InvalidArgument: If an array is refused by `checks.check_pair` or `k` is no
            integer in its range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics import coverage

    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(300, 8)), 0.2 * rng.normal(size=(300, 8))
    precision, recall = coverage.precision_recall(real, fake)  # 1.0 and less than 0.1
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
    """How densely generated samples lie among the real ones, and how many of these they reach.

    The ball about a real sample reaches to its k-th nearest other real sample.
    Density: in how many balls a generated sample is on average, divided by `k`; 1
    is expected where both sets have one distribution. Coverage: the share of balls
    with a generated sample inside; `1 - 2**-k` is then expected, for many samples.
    A sample exactly at a ball's radius is outside (`<`), as in the authors' own code.

    Args:
        real: Float array `(num_real, width)`, features of real images.
        fake: Float array `(num_fake, width)`, features of generated images.
        k: Integer in [1, num_real), which neighbour. Defaults to 5, as in the paper.

    Returns:
        A `DensityCoverage`: a float of 0 or more, and one in [0, 1].

    Raises:
        InvalidArgument: If an array is refused by `checks.check_pair` or `k` is no
            integer in its range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics import coverage

    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(300, 8)), rng.normal(size=(300, 8))
    density, covered = coverage.density_coverage(real, fake)  # near 1, near 0.97
    ```

    Reference: Naeem et al., 2020, https://arxiv.org/abs/2002.09797, equations 3 and 5.
    """
    real, fake = check_pair(real, fake, min_num=1)
    k = check_integer("k", k, minimum=1, maximum=len(real) - 1)
    density = _Density(_squared_radii(real, [k])[:, 0], k, len(fake))
    for block in neighbours.blocks(fake, real):
        density.update(block)
    return density.result()


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
    """In how many real balls each generated sample is, and which balls hold one."""

    def __init__(self, balls, k, num_fake):
        self._balls, self._k = balls, k
        self.counts = np.zeros(num_fake, np.int64)
        self.real_covered = np.zeros(len(balls), bool)

    def update(self, block):
        limits = self._balls[block.columns]
        # Nothing is strictly within a ball of radius 0.
        within = block.within(np.where(limits > 0, limits, -np.inf), strict=True)
        self.counts[block.rows] += np.count_nonzero(within, axis=1)
        self.real_covered[block.columns] |= within.any(axis=0)

    def result(self):
        # One division of integers: the same whatever the order of the samples.
        density = self.counts.sum() / (self._k * len(self.counts))
        return DensityCoverage(float(density), float(self.real_covered.mean()))


class _Realism:
    """The largest quotient of a real ball's radius and a generated sample's distance."""

    def __init__(self, balls, num_fake):
        self._balls = balls
        self.kept = balls <= np.median(balls)
        with np.errstate(divide="ignore", over="ignore"):
            weights = np.minimum(1 / balls, np.finfo(np.float64).max)
        self._found = neighbours.Smallest(num_fake, 1, weights)

    def update(self, block):
        kept = np.count_nonzero(self.kept[block.columns])  # The first ones: `blocks` orders them.
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
        # A ball of radius 0 holds copies alone.
        return np.where((self._balls[indices] == 0) & (values > 0), 0.0, realism)
