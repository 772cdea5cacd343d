"""Mean and covariance of features, gathered batch by batch."""

import os
import zipfile
import zlib

import numpy as np
from scipy.linalg import blas

from tfgan_kit.metrics.checks import check_features
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer

__all__ = ["GaussianStatistics"]

_KEYS = ("mean", "covariance", "num")
_BLOCK_VALUES = 2**22  # 32 MiB of float64: what is held beside the features.
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    MemoryError,
    NotImplementedError,
    zlib.error,
    zipfile.BadZipFile,
)


class GaussianStatistics:
    """Mean and covariance of features, exact however they are split into batches.

    Each block of rows is centred on its own mean and then merged with what was
    there, so that a large common offset takes no digits. Beside the features only
    the sum of squares `(width, width)` and one block of 32 MiB are in memory.

    With means `a`, `b` of `n`, `m` rows, and sums of squares `A`, `B` around them:
    `mean = a + (b - a) m / (n + m)` and
    `sum = A + B + (b - a) (b - a)^T n m / (n + m)`.

    Attributes:
        num: Integer, how many rows it has seen.
        width: Integer, how many numbers a row has, or None before the first row.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics.statistics import GaussianStatistics

    features = np.random.default_rng(0).normal(size=(100, 8))
    statistics = GaussianStatistics()
    for batch in np.split(features, 10):
        statistics.update(batch)
    statistics.mean.shape, statistics.covariance.shape  # (8,), (8, 8)
    statistics.save("real.npz")
    GaussianStatistics.load("real.npz").num  # 100
    ```

    Reference: Chan, Golub, LeVeque, 1979, "Updating Formulae and a Pairwise
    Algorithm for Computing Sample Variances",
    http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/CS-TR-79-773.pdf, equation 2.1.
    """

    def __init__(self):
        self.num = 0
        self._mean = None
        self._squares = None  # Sum of squares; its upper triangle alone is kept.

    def __repr__(self):
        return f"{type(self).__name__}(num={self.num}, width={self.width})"

    @classmethod
    def from_features(cls, features):
        """Statistics of one array of features.

        Args:
            features: Array `(num, width)` of floats or integers, 1 row or more.

        Returns:
            A `GaussianStatistics`.

        Raises:
            InvalidArgument: If `features` is not such an array.
        """
        statistics = cls()
        statistics.update(features)
        return statistics

    @classmethod
    def from_moments(cls, mean, covariance, num):
        """Statistics of a mean and a covariance that are known already.

        Args:
            mean: Array `(width,)` of floats.
            covariance: Array `(width, width)` of floats, symmetric and positive
                semi-definite, normalised by `num - 1`.
            num: Integer, 2 or more, how many rows they were taken from.

        Returns:
            A `GaussianStatistics`, which can be updated further.

        Raises:
            InvalidArgument: If shapes do not fit, values are not finite, or the
                covariance is not symmetric.
        """
        num = check_integer("num", num, minimum=2)
        mean, covariance = np.asarray(mean), np.asarray(covariance)
        if mean.ndim != 1 or covariance.shape != (mean.size, mean.size):
            raise InvalidArgument(
                "`mean` and `covariance` must have shapes (width,) and (width, width). "
                f"Received: shapes {mean.shape} and {covariance.shape}"
            )
        mean = check_features("mean", mean[np.newaxis])[0].astype(np.float64)
        covariance = _check_covariance(covariance)
        statistics = cls()
        statistics.num = num
        statistics._mean = mean
        statistics._squares = np.asfortranarray(covariance * (num - 1))
        return statistics

    @property
    def width(self):
        return None if self._mean is None else self._mean.size

    @property
    def mean(self):
        """Float64 array `(width,)`; a copy."""
        self._check_num("mean", 1)
        return self._mean.copy()

    @property
    def covariance(self):
        """Float64 array `(width, width)`, normalised by `num - 1`; a copy."""
        self._check_num("covariance", 2)
        upper = self._squares / (self.num - 1)
        return np.triu(upper) + np.triu(upper, 1).T

    def _check_num(self, what, min_num):
        if self.num < min_num:
            rows = "row" if min_num == 1 else "rows"
            raise InvalidArgument(
                f"A {what} of features needs {min_num} {rows} or more. "
                f"Received: `GaussianStatistics` of {self.num}"
            )

    def update(self, features):
        """Take in a batch of features.

        Args:
            features: Array `(batch, width)` of floats or integers, of any batch
                size from 1, and of one width in all calls.

        Raises:
            InvalidArgument: If `features` is not such an array, holds NaN or Inf,
                or has another width than before. The statistics stay as they were.
        """
        features = check_features("features", features)
        width = features.shape[1]
        if self._mean is None:
            self._mean = np.zeros(width)
            self._squares = np.zeros((width, width), order="F")
        elif width != self.width:
            raise InvalidArgument(
                f"`features` must have the width of those before, {self.width}. "
                f"Received: shape {features.shape}"
            )
        num_rows = max(1, _BLOCK_VALUES // width)
        for start in range(0, len(features), num_rows):
            self._merge(features[start : start + num_rows])

    def _merge(self, block):
        num = len(block)
        total = self.num + num
        # The last row stands for the distance between both means, so that one
        # product of matrices adds all that the formula asks for.
        rows = np.empty((num + 1, self.width))
        rows[:num] = block
        mean = rows[:num].mean(axis=0)
        rows[:num] -= mean
        step = mean - self._mean
        np.multiply(step, np.sqrt(self.num * num / total), out=rows[num])
        self._squares = blas.dsyrk(1.0, rows.T, beta=1.0, c=self._squares, overwrite_c=1)
        self._mean += step * (num / total)
        self.num = total

    def save(self, path):
        """Write mean, covariance and number of rows to a `.npz` file, whole or not at all.

        Args:
            path: String or `os.PathLike`, the file to write. Missing parent folders
                are made.

        Raises:
            InvalidArgument: If fewer than 2 rows were seen.
        """
        arrays = {"mean": self.mean, "covariance": self.covariance, "num": np.int64(self.num)}
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Args:
            path: String or `os.PathLike`, a `.npz` file with `mean`, `covariance` and
                `num`. Pickled objects are refused.

        Returns:
            A `GaussianStatistics`.

        Raises:
            InvalidArgument: If the file is missing, truncated, corrupted, or holds
                something else.
        """
        expected = "`path` must be a file written by GaussianStatistics.save"
        name = os.fspath(path)
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                missing = [key for key in _KEYS if key not in arrays]
                if missing:
                    raise InvalidArgument(
                        f"{expected}. Received: {name}, which has no `{missing[0]}` but "
                        f"{', '.join(arrays.files) or 'nothing'}"
                    )
                mean, covariance, num = (arrays[key] for key in _KEYS)
        except InvalidArgument:
            raise
        except (*_BROKEN, AttributeError, TypeError) as error:
            reason = first_line(error)
            raise InvalidArgument(
                f"{expected}. Received: {name}, which is missing, broken or foreign ({reason})"
            ) from error
        try:
            return cls.from_moments(mean, covariance, num.item() if num.ndim == 0 else num)
        except InvalidArgument as error:
            raise InvalidArgument(f"{expected}. Received: {name}, where {error}") from error


def _check_covariance(covariance):
    covariance = check_features("covariance", covariance).astype(np.float64)
    gap = np.abs(covariance - covariance.T).max()
    if gap > 1e-6 * np.abs(covariance).max():
        raise InvalidArgument(
            "`covariance` must be symmetric. Received: values that differ from their mirrored "
            f"ones by up to {gap:g}"
        )
    if covariance.diagonal().min() < 0:
        raise InvalidArgument(
            "`covariance` must have a diagonal of 0 or more. "
            f"Received: {covariance.diagonal().min():g}"
        )
    return (covariance + covariance.T) / 2
