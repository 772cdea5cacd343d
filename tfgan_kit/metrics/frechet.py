"""Fréchet distance of features."""

import dataclasses
import math

import numpy as np
import scipy.linalg

from tfgan_kit.metrics.checks import check_features, check_same_width
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.standard_error import bootstrap_error
from tfgan_kit.metrics.statistics import GaussianStatistics
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Frechet", "frechet_distance"]

_WIDE = 256


def frechet_distance(real, fake):
    """Fréchet distance between Gaussians fitted to features; the FID for Inception features.

    `|m_r - m_f|^2 + Tr C_r + Tr C_f - 2 Tr (C_r C_f)^(1/2)`, with means `m` and covariances `C`
    normalised by `num - 1`. The last trace is computed as the sum of the singular values of
    `A^T B`, where `C_r = A A^T` and `C_f = B B^T`, so that full rank is not needed.

    Args:
        real: Array `(num, width)` with at least 2 rows, or `GaussianStatistics`.
        fake: The same for generated samples, of the same width.

    Returns:
        A non-negative float. Rounding is about 1e-12 times the traces.

    Raises:
        InvalidArgument: If an argument has fewer than 2 rows, non-finite values, a different
            width, or a covariance that is not positive semi-definite.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    features = np.random.default_rng(0).normal(size=(100, 8))
    metrics.frechet_distance(features, features + 1)  # 8.0: 1 for each of 8 columns
    ```

    Reference: Heusel et al., 2017, https://arxiv.org/abs/1706.08500, equation 6.
    """
    real_mean, real_factor = _mean_and_factor("real", real)
    fake_mean, fake_factor = _mean_and_factor("fake", fake)
    check_same_width(real=real_mean, fake=fake_mean)
    traces = np.vdot(real_factor, real_factor) + np.vdot(fake_factor, fake_factor)
    product = real_factor.T @ fake_factor
    del real_factor, fake_factor
    step = real_mean - fake_mean
    return max(0.0, float(step @ step + traces - 2 * _nuclear_norm(product)))


def _mean_and_factor(name, features):
    """The mean, and `A` `(width, rank)` with `A A^T` the covariance."""
    if not isinstance(features, GaussianStatistics):
        features = check_features(name, features, min_num=2)
        num, width = features.shape
        if num < width:
            rows = features.astype(np.float64)
            mean = rows.mean(axis=0)
            rows -= mean
            rows /= np.sqrt(num - 1)
            return mean, rows.T
        features = GaussianStatistics.from_features(features)
    return features.mean, _factor(name, features.covariance)


def _factor(name, covariance):
    # Without pivoting it takes a fifth of the time, but fails without full rank.
    lower, failed = scipy.linalg.lapack.dpotrf(covariance.T, lower=1, clean=1)
    if not failed:
        return lower
    variances = covariance.diagonal().copy()
    lower, pivots, rank, _ = scipy.linalg.lapack.dpstrf(covariance.T, lower=1, overwrite_a=1)
    factor = np.zeros((len(variances), rank))
    # LAPACK leaves unused values in the columns after the rank.
    factor[pivots - 1] = np.tril(lower[:, :rank])
    gap = np.abs(np.einsum("ij,ij->i", factor, factor) - variances).max()
    if gap > 1e-6 * variances.max():
        raise InvalidArgument(
            f"The covariance of `{name}` must be positive semi-definite. "
            f"Received: a matrix whose Cholesky factor misses its diagonal by {gap:g}"
        )
    return factor


def _nuclear_norm(matrix):
    """The sum of the singular values."""
    scale = np.abs(matrix).max(initial=0)
    if scale == 0:
        return 0.0
    matrix = matrix / scale
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    squared = scipy.linalg.eigvalsh(matrix @ matrix.T, overwrite_a=True, check_finite=False)
    # Rounding changes each by `eps` of the largest, so its root by that over twice the root.
    if squared[0] > 0:
        roots = np.sqrt(squared)
        error = np.finfo(np.float64).eps * squared[-1] * (0.5 / roots).sum()
        if error < 1e-9 * roots.sum():
            return scale * roots.sum()
    # Roots of values near 0 would be only rounding. This takes five times as long.
    return scale * scipy.linalg.svdvals(matrix, overwrite_a=True, check_finite=False).sum()


@dataclasses.dataclass(frozen=True)
class Frechet(Metric):
    """`frechet_<extractor>_distance`: see `frechet_distance`.

    Args:
        num_bootstrap: Non-negative integer, resamples for the standard error; a tenth of it for
            features wider than 256. Defaults to 0: no standard error.
        seed: Integer, seed of the resampling. Defaults to 0.

    Example:
    ```python
    from tfgan_kit import data, metrics
    points = metrics.Samples.of(data.toy.get("grid").sample(99), metrics.Pixels())
    metrics.Frechet()(points, points)["frechet_pixels_distance"].value  # 0.0
    ```
    """

    num_bootstrap: int = 0
    seed: int = 0

    def __call__(self, real, fake):
        x, y = real.features.values, fake.features.values
        num = self.num_bootstrap if x.shape[1] <= _WIDE else self.num_bootstrap // 10
        error = bootstrap_error(lambda i, j: frechet_distance(x[i], y[j]), (x, y), num, self.seed)
        name = f"frechet_{real.extractor}_distance"
        note = f"error from {num} bootstrap resamples" if num else ""
        distance = frechet_distance(x, y)
        return {name: Measurement(distance, "lower", error, note, (0, math.inf))}
