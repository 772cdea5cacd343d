"""Fréchet distance, kernel distance and inception score, as functions of features."""

import typing

import numpy as np
import scipy.linalg
from scipy import special

from tfgan_kit.metrics.checks import check_features, check_pair
from tfgan_kit.metrics.statistics import GaussianStatistics
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = [
    "InceptionScore",
    "KernelDistance",
    "frechet_distance",
    "inception_score",
    "kernel_distance",
]

_BLOCK_VALUES = 2**23  # 64 MiB of float64: what a part of a kernel matrix may take.


def frechet_distance(real, fake):
    """Fréchet distance between two Gaussians fitted to features; of Inception features, the FID.

    `|m_r - m_f|^2 + Tr C_r + Tr C_f - 2 Tr (C_r C_f)^(1/2)`, with means `m` and
    covariances `C` normalised by `num - 1`. The last trace is the sum of the
    singular values of `A^T B`, where `C_r = A A^T` and `C_f = B B^T`. `A` is a
    Cholesky factor, with pivoting where the rank is not full, or the centred features
    where they are fewer than their width. Both are exact for covariances without full rank.

    Args:
        real: Array `(num, width)` of floats or integers with 2 rows or more, or a
            `GaussianStatistics` of 2 rows or more.
        fake: The same of generated samples, of the same width.

    Returns:
        A float, 0 or more; 0 where the means and covariances agree, up to a rounding
        of about 1e-12 times the traces.

    Raises:
        InvalidArgument: If one of them has fewer than 2 rows, is not finite, has
            another width, or has a covariance that is not positive semi-definite.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics.distances import frechet_distance

    features = np.random.default_rng(0).normal(size=(100, 8))
    frechet_distance(features, features)  # 0.0, up to rounding
    frechet_distance(features, features + 1)  # 8.0: 1 for each of 8 columns
    ```

    Reference: Heusel et al., 2017, https://arxiv.org/abs/1706.08500, equation 6;
    Dowson, Landau, 1982, https://doi.org/10.1016/0047-259X(82)90077-X.
    """
    real_mean, real_factor = _mean_and_factor("real", real)
    fake_mean, fake_factor = _mean_and_factor("fake", fake)
    if real_mean.size != fake_mean.size:
        raise InvalidArgument(
            "`real` and `fake` must be features of one width. "
            f"Received: widths {real_mean.size} and {fake_mean.size}"
        )
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
    # Without pivoting it takes a fifth of the time, and fails without full rank.
    lower, failed = scipy.linalg.lapack.dpotrf(covariance.T, lower=1, clean=1)
    if not failed:
        return lower
    variances = covariance.diagonal().copy()
    lower, pivots, rank, _ = scipy.linalg.lapack.dpstrf(covariance.T, lower=1, overwrite_a=1)
    factor = np.zeros((len(variances), rank))
    # Behind its rank LAPACK leaves what it did not use.
    factor[pivots - 1] = np.tril(lower[:, :rank])
    gap = np.abs(np.einsum("ij,ij->i", factor, factor) - variances).max()
    if gap > 1e-6 * variances.max():
        raise InvalidArgument(
            f"The covariance of `{name}` must be positive semi-definite. "
            f"Received: one whose Cholesky factor misses its diagonal by {gap:g}"
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
    # Rounding moves each by `eps` of the largest, so its root by that over twice the root.
    if squared[0] > 0:
        roots = np.sqrt(squared)
        error = np.finfo(np.float64).eps * squared[-1] * (0.5 / roots).sum()
        if error < 1e-9 * roots.sum():
            return scale * roots.sum()
    # Roots of values near 0 would be rounding alone. This takes five times as long.
    return scale * scipy.linalg.svdvals(matrix, overwrite_a=True, check_finite=False).sum()


class KernelDistance(typing.NamedTuple):
    """What `kernel_distance` returns."""

    mean: float
    std: float


def kernel_distance(
    real, fake, num_subsets=100, subset_size=1000, degree=3, gamma=None, coef0=1.0, seed=0
):
    """Unbiased squared maximum mean discrepancy of features; of Inception features, the KID.

    The kernel is `k(x, y) = (gamma x.y + coef0)^degree`, and a subset of `m` real
    and `m` generated samples gives
    `sum_(i!=j) [k(x_i, x_j) + k(y_i, y_j)] / (m (m - 1)) - 2 sum_ij k(x_i, y_j) / m^2`.

    Subsets are drawn without replacement by `np.random.RandomState(seed)`, first
    the real and then the generated rows of each. torch-fidelity draws the same
    ones where `real` is its first input and `seed` its `rng_seed`, and gives the
    same value.

    Where all subsets together have more pairs than the whole sets, the kernel is
    computed once for the whole sets, and each subset takes its sums from it.

    Args:
        real: Array `(num_real, width)` of floats or integers.
        fake: Array `(num_fake, width)` of floats or integers.
        num_subsets: Integer, 1 or more. Defaults to 100.
        subset_size: Integer, 2 or more, samples of each side in a subset, or None
            for 1,000 or as many as there are. Defaults to 1000.
        degree: Integer, 1 or more, of the polynomial. Defaults to 3.
        gamma: Float above 0, factor of the inner product, or None for `1 / width`.
            Defaults to None.
        coef0: Float, 0 or more, what is added to it. Defaults to 1.0.
        seed: Integer from 0 to 2^32 - 1. Defaults to 0.

    Returns:
        A `KernelDistance`, mean and standard deviation over the subsets.

    Raises:
        InvalidArgument: If features are not finite or differ in width, there are
            fewer samples than `subset_size`, or a number is out of its range.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics.distances import kernel_distance

    real, fake = np.random.default_rng(0).normal(size=(2, 200, 8))
    kernel_distance(real, fake, num_subsets=10, subset_size=100).mean  # about 0
    ```

    Reference: Bińkowski et al., 2018, https://arxiv.org/abs/1801.01401, section 3.1.
    """
    real, fake = check_pair(real, fake, min_num=2)
    num_subsets = check_integer("num_subsets", num_subsets, minimum=1)
    subset_size = _check_subset_size(subset_size, len(real), len(fake))
    degree = check_integer("degree", degree, minimum=1)
    gamma = 1 / real.shape[1] if gamma is None else check_number("gamma", gamma, above=0)
    coef0 = check_number("coef0", coef0, minimum=0)
    random = np.random.RandomState(check_integer("seed", seed, 0, 2**32 - 1))

    def kernel(x, y):
        inner = x @ y.T
        inner *= gamma
        inner += coef0
        power = inner.copy()
        for _ in range(degree - 1):
            power *= inner
        return power

    draws = []
    for _ in range(num_subsets):
        of_real = random.choice(len(real), subset_size, replace=False)
        draws.append((of_real, random.choice(len(fake), subset_size, replace=False)))
    pairs_in_all = (len(real) + len(fake)) ** 2 / 2
    compute = _sums_of_whole if pairs_in_all < num_subsets * 2 * subset_size**2 else _sums_of_each
    within, across = compute(kernel, real, fake, draws)
    values = within / (subset_size * (subset_size - 1)) - 2 * across / subset_size**2
    return KernelDistance(float(values.mean()), float(values.std()))


def _check_subset_size(subset_size, num_real, num_fake):
    least = min(num_real, num_fake)
    if subset_size is None:
        return min(1000, least)
    subset_size = check_integer("subset_size", subset_size, minimum=2)
    if subset_size > least:
        raise InvalidArgument(
            "`subset_size` must be at most the number of samples of either side, or None for as "
            f"many as there are. Received: subset_size={subset_size}, {num_real} real and "
            f"{num_fake} generated samples"
        )
    return subset_size


def _sums_of_each(kernel, real, fake, draws):
    """Sums of the kernel over each subset, computed from its own rows."""
    sums = []
    for of_real, of_fake in draws:
        x, y = real[of_real].astype(np.float64), fake[of_fake].astype(np.float64)
        k_xx, k_yy = kernel(x, x), kernel(y, y)
        within = k_xx.sum() - k_xx.trace() + k_yy.sum() - k_yy.trace()
        sums.append((within, kernel(x, y).sum()))
    return np.transpose(sums)


def _sums_of_whole(kernel, real, fake, draws):
    """The same, each kernel value computed once: `s^T K t` with `s`, `t` 1 for drawn rows."""
    x, y = real.astype(np.float64, copy=False), fake.astype(np.float64, copy=False)
    of_x, of_y = np.zeros((len(draws), len(x))), np.zeros((len(draws), len(y)))
    for subset, (of_real, of_fake) in enumerate(draws):
        of_x[subset, of_real] = 1
        of_y[subset, of_fake] = 1
    within = _symmetric_sums(kernel, x, of_x) + _symmetric_sums(kernel, y, of_y)
    across = np.zeros(len(draws))
    num_rows = max(1, _BLOCK_VALUES // len(y))
    for start in range(0, len(x), num_rows):
        rows = slice(start, start + num_rows)
        across += np.einsum("sj,sj->s", of_x[:, rows] @ kernel(x[rows], y), of_y)
    return within, across


def _symmetric_sums(kernel, x, drawn):
    sums = np.zeros(len(drawn))
    num_rows = max(1, min(_BLOCK_VALUES // len(x), len(x) // 8))
    for start in range(0, len(x), num_rows):
        rows, behind = slice(start, start + num_rows), slice(start + num_rows, None)
        square = kernel(x[rows], x[rows])
        np.fill_diagonal(square, 0)
        sums += np.einsum("sj,sj->s", drawn[:, rows] @ square, drawn[:, rows])
        if start + num_rows < len(x):
            beside = drawn[:, rows] @ kernel(x[rows], x[behind])
            sums += 2 * np.einsum("sj,sj->s", beside, drawn[:, behind])
    return sums


class InceptionScore(typing.NamedTuple):
    """What `inception_score` returns."""

    mean: float
    std: float


def inception_score(logits, splits=10, shuffle_seed=2020):
    """How sure a classifier is of each image, and how evenly the classes appear.

    `exp(E_x KL(p(c|x) || p(c)))` of each split, with `p(c)` the mean of `p(c|x)`
    over that split. Split `i` of `n` holds the rows from `i num // n` on. The
    order, the splits and the default seed are torch-fidelity's, whose value this
    is; the first papers did not shuffle.

    Args:
        logits: Array `(num, num_classes)` of floats or integers, logits or
            log-probabilities, finite.
        splits: Integer from 1 to `num`. Defaults to 10.
        shuffle_seed: Integer from 0 to 2^32 - 1 of the permutation of the rows,
            or None for the order that they have. Defaults to 2020.

    Returns:
        An `InceptionScore`, mean and standard deviation over the splits.

    Raises:
        InvalidArgument: If `logits` is not finite or no such array, or there are
            more splits than rows.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics.distances import inception_score

    inception_score(np.zeros((100, 10))).mean  # 1.0: it is never sure
    ```

    Reference: Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 4.
    """
    logits = check_features("logits", logits)
    num = len(logits)
    splits = check_integer("splits", splits, 1, num)
    order = np.arange(num)
    if shuffle_seed is not None:
        shuffle_seed = check_integer("shuffle_seed", shuffle_seed, 0, 2**32 - 1)
        order = np.random.RandomState(shuffle_seed).permutation(num)
    scores = [
        _split_score(logits[order[i * num // splits : (i + 1) * num // splits]])
        for i in range(splits)
    ]
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)))


def _split_score(logits):
    log_p = logits.astype(np.float64)
    log_p -= log_p.max(axis=1, keepdims=True)
    p = np.exp(log_p)
    totals = p.sum(axis=1, keepdims=True)
    p /= totals
    log_p -= np.log(totals)
    # H(c) - E H(c|x) is the mean divergence, and has no log of a class that never appears.
    log_p *= p
    divergence = special.entr(p.mean(axis=0)).sum() + log_p.sum() / len(p)
    return np.exp(max(0.0, divergence))
