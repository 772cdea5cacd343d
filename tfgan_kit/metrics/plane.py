"""Divergences between two samples of points in the plane, by a grid."""

import collections
import math

import numpy as np
from scipy.special import digamma

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["Divergences", "grid_divergences"]

Divergences = collections.namedtuple("Divergences", "kl js")

# The sum of 2**-j / j below each count, which tends to log(2).
_HALVES = np.concatenate([[0, 0], np.cumsum(0.5 ** np.arange(1, 60) / np.arange(1, 60))])


def grid_divergences(real, fake, bins=30, low=0, high=1):
    """Kullback-Leibler and Jensen-Shannon divergence between two samples of points in the plane.

    The points are counted in the cells of a grid, and in one cell more for all outside it, NaN
    among them. `kl` is that of real from fake points, `sum p log(p / q)`; `js` is symmetric and at
    most log(2).

    Divergences of the raw shares would be far above 0 for two samples of one distribution, and `kl`
    infinite if a cell had no fake points. So `log n` of a count is replaced by the digamma
    function: of `n` in a cell's own sample, of `n + 1` in the other one. Two samples of one
    distribution then give 0 on average; what falls below 0 is returned as 0. An empty cell
    counts as 0.56 points, so that `kl` is a lower bound where fake points are missing.

    Args:
        real: Float array `(num, 2)`.
        fake: Float array `(num, 2)`. Of unequal samples, only the first points of the longer one
            are compared.
        bins: Positive integer, cells of each side of the grid. Defaults to 30.
        low: Float, smallest coordinate in the grid. Defaults to 0.
        high: Float, largest coordinate in the grid. Defaults to 1.

    Returns:
        A named tuple of `kl` and `js`, floats in nats.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:
    ```python
    from tfgan_kit import metrics
    from tfgan_kit.data import toy

    ring = toy.get("gan_lab_ring")
    metrics.grid_divergences(ring.sample(2000, seed=1), ring.sample(2000, seed=2)).js  # 0.0
    ```

    Reference: Zhang and Grabchak, 2014, https://doi.org/10.1162/NECO_a_00646; Grassberger, 2003,
    https://arxiv.org/abs/physics/0307138.
    """
    bins = check_integer("bins", bins, 1)
    low, high = check_number("low", low), check_number("high", high)
    if low >= high:
        raise InvalidArgument(
            f"`low` must be less than `high`. Received: low={low:g}, high={high:g}"
        )
    real, fake = _check_points("real", real), _check_points("fake", fake)
    num = min(len(real), len(fake))
    kl, js = _estimates(*(_counts(each[:num], bins, low, high) for each in (real, fake)))
    return Divergences(float(max(kl, 0)), float(np.clip(js, 0, math.log(2))))


def _estimates(real, fake):
    """`kl` and `js` of the counts of two samples of one size, by chance below 0."""
    kl = real @ (_log(real) - digamma(fake + 1)) / real.sum() + 1 / real.sum()
    both = real + fake
    # In place of `log(both / 2)`: the mean of the digamma function of 1 more than half of the
    # others, drawn by chance, as the same cell of one sample would have them.
    middle = _log(both) - _HALVES[np.minimum(both, len(_HALVES) - 1)]
    js = (real @ _log(real) + fake @ _log(fake) - both @ middle) / both.sum()
    return kl, js


def _log(counts):
    return digamma(np.maximum(counts, 1))  # A cell of 0 is multiplied by 0.


def _counts(points, bins, low, high):
    inside = ((points >= low) & (points <= high)).all(axis=1)
    cells = ((points[inside] - low) * (bins / (high - low))).astype("int64")
    cells = np.minimum(cells, bins - 1) @ [1, bins]
    counts = np.bincount(cells, minlength=bins**2 + 1)
    counts[-1] = len(points) - len(cells)
    return counts


def _check_points(name, points):
    points = np.asarray(points)
    if points.dtype.kind not in "iuf" or points.shape[1:] != (2,) or not len(points):
        raise InvalidArgument(
            f"`{name}` must be an array (num, 2) of numbers, with at least one point. "
            f"Received: shape {points.shape}, dtype {points.dtype.name}"
        )
    return points.astype("float64")
