"""Modes of a distribution that is known: which of them are generated, and how evenly."""

from typing import NamedTuple

import numpy as np

from tfgan_kit.metrics import neighbours
from tfgan_kit.metrics.checks import check_features
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["ModeCoverage", "assign_modes", "mode_coverage", "stacked_modes"]


class ModeCoverage(NamedTuple):
    """What `mode_coverage` gives."""

    num_hit: int
    num_modes: int
    kl_to_uniform: float
    good_share: float
    counts: np.ndarray


def assign_modes(points, modes, radius):
    """The mode that each sample belongs to, if any is near enough.

    For mixtures of Gaussians, such as the ring of 8 and the grid of 25, the papers
    call a sample good within three standard deviations of a mean: pass `3 * std`.

    Args:
        points: Float array `(num, width)`, the samples.
        modes: Float array `(num_modes, width)`, the means.
        radius: Float, 0 or more, in the units of the points. How far a sample may
            be from its mode, inclusive.

    Returns:
        An int64 array `(num,)`: the index of the nearest mode, the smaller one of
        two equally near, or -1 where it is farther than `radius`.

    Raises:
        InvalidArgument: If `points` and `modes` are no features of one width, or
            `radius` is no number of 0 or more.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics import modes

    means = np.array([[0.0, 0.0], [4.0, 0.0]])
    modes.assign_modes(np.array([[0.1, 0.0], [3.9, 0.2], [2.0, 0.0]]), means, radius=0.3)
    # [0, 1, -1]
    ```

    Reference: Srivastava et al., 2017 (VEEGAN), https://arxiv.org/abs/1705.07761, section 4.1.
    """
    points, modes = check_features("points", points), check_features("modes", modes)
    if points.shape[1] != modes.shape[1]:
        raise InvalidArgument(
            "`points` and `modes` must have one width. "
            f"Received: shapes {points.shape} and {modes.shape}"
        )
    is_number = isinstance(radius, (int, float, np.integer, np.floating))
    if not is_number or isinstance(radius, bool) or not radius >= 0:
        raise InvalidArgument(f"`radius` must be a number, 0 or more. Received: radius={radius!r}")
    distances, indices = neighbours.nearest(points, modes)
    return np.where(distances <= radius, indices, -1).astype(np.int64)


def mode_coverage(assignments, num_modes, min_count=1):
    """How many modes are generated, and how far their shares are from uniform.

    `kl_to_uniform = sum_m p_m log(num_modes p_m)`, with `p_m` the share of mode `m`
    among the samples that belong to a mode: 0 where all modes have equally many,
    `log(num_modes)` where all samples are in one.

    Args:
        assignments: Integer array `(num,)` in [-1, num_modes), `num` 1 or more: the
            mode of each sample, or -1 for none.
        num_modes: Integer, 1 or more.
        min_count: Integer, 1 or more, how many samples make a mode count as
            generated. Defaults to 1.

    Returns:
        A `ModeCoverage`. Without a sample that belongs to a mode there are no
        shares, and `kl_to_uniform` is infinite.

    Raises:
        InvalidArgument: If an argument is out of its range.

    Example:

    ```python
    from tfgan_kit.metrics import modes

    result = modes.mode_coverage([0, 0, 1, -1], num_modes=2)
    result.num_hit, result.good_share  # 2, 0.75
    ```

    Reference: Lin et al., 2018 (PacGAN), https://arxiv.org/abs/1712.04086, section 4.1;
    Srivastava et al., 2017 (VEEGAN), https://arxiv.org/abs/1705.07761.
    """
    num_modes = check_integer("num_modes", num_modes, minimum=1)
    min_count = check_integer("min_count", min_count, minimum=1)
    assignments = _check_integers("assignments", assignments, 1, -1, num_modes - 1)
    if not len(assignments):
        raise InvalidArgument("`assignments` must hold a sample or more. Received: shape (0,)")
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
    return float(max(divergence, 0.0))  # Rounding alone makes it negative.


def stacked_modes(class_indices):
    """The modes of Stacked MNIST: three digits in the channels of an image are one of 1,000.

    Args:
        class_indices: Integer array `(num, 3)` in [0, 10), the digits that a
            classifier sees in the three channels.

    Returns:
        An int64 array `(num,)` in [0, 1000): `100 a + 10 b + c`.

    Raises:
        InvalidArgument: If `class_indices` is no such array.

    Example:

    ```python
    from tfgan_kit.metrics import modes

    modes.stacked_modes([[0, 0, 7], [9, 1, 2]])  # [7, 912]
    ```

    Reference: Metz et al., 2017, https://arxiv.org/abs/1611.02163, section 3.3.1;
    Lin et al., 2018 (PacGAN), https://arxiv.org/abs/1712.04086, section 4.2.
    """
    class_indices = _check_integers("class_indices", class_indices, 2, 0, 9)
    if class_indices.shape[1] != 3:
        raise InvalidArgument(
            "`class_indices` must have shape (num, 3), a digit a channel. "
            f"Received: shape {class_indices.shape}"
        )
    return class_indices @ np.array([100, 10, 1])


def _check_integers(name, values, rank, low, high):
    expected = f"`{name}` must be an array of rank {rank} of integers from {low} to {high}"
    try:
        values = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(
            f"{expected}. Received: a {type(values).__name__} that is no array"
        ) from error
    if values.ndim != rank:
        raise InvalidArgument(f"{expected}. Received: shape {values.shape}")
    if values.size and values.dtype.kind not in "iu":
        raise InvalidArgument(f"{expected}. Received: dtype {values.dtype.name}")
    if values.size and not low <= values.min() <= values.max() <= high:
        raise InvalidArgument(
            f"{expected}. Received: integers from {values.min()} to {values.max()}"
        )
    return values.astype(np.int64)
