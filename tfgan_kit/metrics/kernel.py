"""Kernel distance of features."""

import collections
import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.checks import check_pair
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["Kernel", "KernelDistance", "kernel_distance"]

_BLOCK_VALUES = 2**23  # 64 MiB of float64: the limit for a part of a kernel matrix.

KernelDistance = collections.namedtuple("KernelDistance", "mean std")


def kernel_distance(
    real, fake, num_subsets=100, subset_size=1000, degree=3, gamma=None, coef0=1.0, seed=0
):
    """Unbiased squared maximum mean discrepancy of features; the KID for Inception features.

    A subset of `m` real and generated samples gives, with `k(x, y) = (gamma x.y + coef0)^degree`,
    `sum_(i!=j) [k(x_i, x_j) + k(y_i, y_j)] / (m (m - 1)) - 2 sum_ij k(x_i, y_j) / m^2`.
    The subsets are those of torch-fidelity with `real` as its first input.

    Args:
        real: Array `(num_real, width)` of numbers.
        fake: Array `(num_fake, width)` of numbers.
        num_subsets: Positive integer. Defaults to 100.
        subset_size: Integer, at least 2, samples of each side, drawn without replacement; or None:
            at most 1,000. Defaults to 1000.
        degree: Positive integer. Defaults to 3.
        gamma: Positive float, or None: `1 / width`. Defaults to None.
        coef0: Non-negative float. Defaults to 1.0.
        seed: Integer in [0, 2**32). Defaults to 0.

    Returns:
        A named tuple of `mean` and `std` over the subsets.

    Raises:
        InvalidArgument: If features are not finite or differ in width, there are fewer samples
            than `subset_size`, or a number is out of range.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    real, fake = np.random.default_rng(0).normal(size=(2, 200, 8))
    metrics.kernel_distance(real, fake, num_subsets=10, subset_size=100).mean  # about 0
    ```

    Reference: Bińkowski et al., 2018, https://arxiv.org/abs/1801.01401, section 3.1.
    """
    real, fake = check_pair(real, fake, min_num=2)
    num_subsets = check_integer("num_subsets", num_subsets, minimum=1)
    subset_size = _check_subset_size(subset_size, min(len(real), len(fake)))
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
    # If the subsets have more pairs than the whole sets, each kernel value is computed once.
    num_pairs = (len(real) + len(fake)) ** 2 / 2
    compute = _sums_of_whole if num_pairs < num_subsets * 2 * subset_size**2 else _sums_of_each
    within, across = compute(kernel, real, fake, draws)
    values = within / (subset_size * (subset_size - 1)) - 2 * across / subset_size**2
    return KernelDistance(float(values.mean()), float(values.std()))


def _check_subset_size(subset_size, largest):
    if subset_size is None:
        return min(1000, largest)
    if check_integer("subset_size", subset_size, minimum=2) > largest:
        raise InvalidArgument(
            "`subset_size` must be at most the number of samples of the smaller side, "
            f"{largest}, or None. Received: subset_size={subset_size}"
        )
    return subset_size


def _sums_of_each(kernel, real, fake, draws):
    """Sums of the kernel within and across the sides of each subset."""
    sums = []
    for of_real, of_fake in draws:
        x, y = real[of_real].astype(np.float64), fake[of_fake].astype(np.float64)
        k_xx, k_yy = kernel(x, x), kernel(y, y)
        within = k_xx.sum() - k_xx.trace() + k_yy.sum() - k_yy.trace()
        sums.append((within, kernel(x, y).sum()))
    return np.transpose(sums)


def _sums_of_whole(kernel, real, fake, draws):
    """The same, with each kernel value computed once: `s^T K t`, `s` and `t` 1 for drawn rows."""
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
        rows, after = slice(start, start + num_rows), slice(start + num_rows, None)
        square = kernel(x[rows], x[rows])
        np.fill_diagonal(square, 0)
        sums += np.einsum("sj,sj->s", drawn[:, rows] @ square, drawn[:, rows])
        if start + num_rows < len(x):
            right = drawn[:, rows] @ kernel(x[rows], x[after])
            sums += 2 * np.einsum("sj,sj->s", right, drawn[:, after])
    return sums


@dataclasses.dataclass(frozen=True)
class Kernel(Metric):
    """`kernel_<extractor>_distance`: see `kernel_distance`.

    The standard error is that of subsampling, `std * sqrt(subset_size / (num - subset_size))`.

    Args:
        num_subsets: Positive integer. Defaults to 100.
        subset_size: Integer, at least 2; at most half of the samples are used. Defaults to 1000.
        seed: Integer, seed of the subsets. Defaults to 0.

    Example:
    ```python
    from tfgan_kit import data, metrics
    points = metrics.Samples.of(data.toy.get("grid").sample(99), metrics.Pixels())
    metrics.Kernel(num_subsets=10)(points, points)["kernel_pixels_distance"].error >= 0  # True
    ```

    Reference: Politis and Romano, 1994, https://doi.org/10.1214/aos/1176325770.
    """

    num_subsets: int = 100
    subset_size: int = 1000
    seed: int = 0

    def __call__(self, real, fake):
        x, y = real.features.values, fake.features.values
        num = min(len(x), len(y))
        # Subsets of all samples would be equal, and would not show the error.
        size = min(self.subset_size, max(2, num // 2))
        result = kernel_distance(x, y, self.num_subsets, size, seed=self.seed)
        error = result.std * math.sqrt(size / (num - size)) if size < num else math.nan
        note = f"{self.num_subsets} subsets of {size:,}, standard deviation {result.std:.3g}"
        name = f"kernel_{real.extractor}_distance"
        return {name: Measurement(result.mean, "lower", error, note)}
