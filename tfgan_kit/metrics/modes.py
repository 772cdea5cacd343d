"""Modes of a known distribution: which of them are generated, and how evenly."""

import collections
import dataclasses

import numpy as np

from tfgan_kit.metrics import neighbours
from tfgan_kit.metrics.checks import check_features, check_same_width
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["ModeCoverage", "Modes", "assign_modes", "mode_coverage", "stacked_modes"]

ModeCoverage = collections.namedtuple(
    "ModeCoverage", "num_hit num_modes kl_to_uniform good_share counts"
)


def assign_modes(points, modes, radius):
    """The mode of each sample of a mixture of Gaussians, if one is near enough.

    Args:
        points: Float array `(num, width)`, the samples.
        modes: Float array `(num_modes, width)`, the means.
        radius: Non-negative float, largest distance from a mode; in the literature three standard
            deviations.

    Returns:
        An int64 array `(num,)`: the index of the nearest mode, or -1 beyond `radius`.

    Raises:
        InvalidArgument: If `points` and `modes` differ in width, or `radius` is negative.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.assign_modes([[0.1], [3.9], [2.0]], [[0.0], [4.0]], radius=0.3)  # [0, 1, -1]
    ```

    Reference: Srivastava et al., 2017, https://arxiv.org/abs/1705.07761, section 4.1.
    """
    points, modes = check_features("points", points), check_features("modes", modes)
    check_same_width(points=points, modes=modes)
    radius = check_number("radius", radius, minimum=0)
    distances, indices = neighbours.nearest(points, modes)
    return np.where(distances <= radius, indices, -1).astype(np.int64)


def mode_coverage(assignments, num_modes, min_count=1):
    """The number of generated modes, and the divergence of their shares from uniform.

    `kl_to_uniform = sum_m p_m log(num_modes p_m)`, with `p_m` the share of mode `m` among the
    samples that belong to a mode. It is infinite if there are none.

    Args:
        assignments: Integer array `(num,)` in [-1, num_modes), as `assign_modes` returns it.
        num_modes: Positive integer.
        min_count: Positive integer, samples that a generated mode needs. Defaults to 1.

    Returns:
        A named tuple of `num_hit`, `num_modes`, `kl_to_uniform`, `good_share` and `counts`, an
        array `(num_modes,)`.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.mode_coverage([0, 0, 1, -1], num_modes=2).good_share  # 0.75
    ```

    Reference: Lin et al., 2018, https://arxiv.org/abs/1712.04086, section 4.1.
    """
    num_modes = check_integer("num_modes", num_modes, minimum=1)
    min_count = check_integer("min_count", min_count, minimum=1)
    assignments = _check_integers("assignments", assignments, (), -1, num_modes - 1)
    good = assignments[assignments >= 0]
    counts = np.bincount(good, minlength=num_modes)
    return ModeCoverage(
        num_hit=int(np.count_nonzero(counts >= min_count)),
        num_modes=num_modes,
        kl_to_uniform=_kl_to_uniform(counts),
        good_share=len(good) / len(assignments),
        counts=counts,
    )


def _kl_to_uniform(counts):
    if not counts.sum():
        return float("inf")
    shares = counts[counts > 0] / counts.sum()
    divergence = np.sum(shares * np.log(shares * len(counts)))
    return float(max(divergence, 0.0))  # Rounding can make it negative.


def stacked_modes(class_indices):
    """The mode of each Stacked MNIST image: its three digits as a number below 1,000.

    Args:
        class_indices: Integer array `(num, 3)` in [0, 10), the digits that a classifier predicts
            for the three channels.

    Returns:
        An int64 array `(num,)` in [0, 1000): `100 a + 10 b + c`.

    Raises:
        InvalidArgument: If `class_indices` has another shape or range.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.stacked_modes([[0, 0, 7], [9, 1, 2]])  # [7, 912]
    ```

    Reference: Metz et al., 2017, https://arxiv.org/abs/1611.02163, section 3.3.1.
    """
    return _check_integers("class_indices", class_indices, (3,), 0, 9) @ np.array([100, 10, 1])


@dataclasses.dataclass(frozen=True, eq=False)
class Modes(Metric):
    """`modes`, `mode_kl` and `good_share` of points: see `mode_coverage`.

    Args:
        centers: Float array `(num_modes, 2)`, such as the `modes` of a toy distribution.
        radius: As for `assign_modes`.

    Example:
    ```python
    from tfgan_kit import data, metrics
    grid = data.toy.get("grid")
    points = metrics.Samples.of(grid.sample(2500), metrics.Pixels())
    metrics.Modes(grid.modes, 3 * grid.std)(points, points)["modes"].value  # 25.0
    ```
    """

    centers: np.ndarray
    radius: float

    def __call__(self, real, fake):
        assigned = assign_modes(fake.features.values, self.centers, self.radius)
        result = mode_coverage(assigned, len(self.centers))
        return {
            "modes": Measurement(float(result.num_hit), "higher", note=f"of {len(self.centers)}"),
            "mode_kl": Measurement(result.kl_to_uniform, "lower", note="nats"),
            "good_share": Measurement(result.good_share, "higher"),
        }


def _check_integers(name, values, width, low, high):
    """Integers in [low, high] of shape `(num, *width)`."""
    values = np.asarray(values)
    fits = values.size and values.shape[1:] == width and values.dtype.kind in "iu"
    if not fits or not low <= values.min() <= values.max() <= high:
        raise InvalidArgument(
            f"`{name}` must be integers from {low} to {high} of shape {('num', *width)}. "
            f"Received: {values.dtype.name} array of shape {values.shape}"
            + (f", values from {values.min()} to {values.max()}" if fits else "")
        )
    return values.astype(np.int64)
