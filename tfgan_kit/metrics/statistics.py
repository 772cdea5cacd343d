"""Mean and covariance of features, accumulated batch by batch."""

import os

import numpy as np
from scipy.linalg import blas

from tfgan_kit.metrics.checks import UNREADABLE, check_features
from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer

__all__ = ["GaussianStatistics"]

_BLOCK_VALUES = 2**22  # 32 MiB of float64: the memory used in addition to the features.


class GaussianStatistics:
    """Mean and covariance of features, exact for any split into batches.

    Blocks are merged by `mean = a + (b - a) m / (n + m)` and
    `sum = A + B + (b - a) (b - a)^T n m / (n + m)`, with means `a`, `b` of `n`, `m` rows and sums
    of squares `A`, `B` around them, so that a large common offset costs no precision.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    statistics = metrics.GaussianStatistics()
    for batch in np.random.default_rng(0).normal(size=(10, 20, 8)):
        statistics.update(batch)
    statistics.num, statistics.mean.shape, statistics.covariance.shape  # 200, (8,), (8, 8)
    ```

    Reference: Chan, Golub and LeVeque, 1979,
    http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/CS-TR-79-773.pdf, equation 2.1.
    """

    def __init__(self):
        self.num = 0
        self._mean = None
        self._squares = None  # Sum of squares; only its upper triangle.

    @classmethod
    def from_features(cls, features):
        """Statistics of one array of features `(num, width)`."""
        statistics = cls()
        statistics.update(features)
        return statistics

    @classmethod
    def from_moments(cls, mean, covariance, num):
        """Statistics with a known mean, covariance and number of rows."""
        num = check_integer("num", num, minimum=2)
        mean, covariance = np.asarray(mean), np.asarray(covariance)
        if mean.ndim != 1 or covariance.shape != (mean.size, mean.size):
            raise InvalidArgument(
                "`mean` and `covariance` must have shapes (width,) and (width, width). "
                f"Received: shapes {mean.shape} and {covariance.shape}"
            )
        mean = check_features("mean", mean[np.newaxis])[0].astype(np.float64)
        covariance = check_features("covariance", covariance).astype(np.float64)
        gap = np.abs(covariance - covariance.T).max()
        if gap > 1e-6 * np.abs(covariance).max():
            raise InvalidArgument(
                f"`covariance` must be symmetric. Received: asymmetry of up to {gap:g}"
            )
        covariance = (covariance + covariance.T) / 2
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

    def _check_num(self, name, min_num):
        if self.num < min_num:
            raise InvalidArgument(
                f"The {name} of features needs at least {min_num} "
                f"{'row' if min_num == 1 else 'rows'}. Received: {self.num}"
            )

    def update(self, features):
        """Add features `(batch, width)`; after an error the statistics are unchanged."""
        features = check_features("features", features)
        width = features.shape[1]
        if self._mean is None:
            self._mean = np.zeros(width)
            self._squares = np.zeros((width, width), order="F")
        elif width != self.width:
            raise InvalidArgument(
                f"`features` must have the width of earlier batches, {self.width}. "
                f"Received: shape {features.shape}"
            )
        num_rows = max(1, _BLOCK_VALUES // width)
        for start in range(0, len(features), num_rows):
            self._merge(features[start : start + num_rows])

    def _merge(self, block):
        num = len(block)
        total = self.num + num
        # The last row represents the distance between both means, so that one matrix
        # product adds all terms of the formula.
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
        """Write mean, covariance and number of rows to a `.npz` file."""
        arrays = {"mean": self.mean, "covariance": self.covariance, "num": np.int64(self.num)}
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path):
        """Read a file that `save` wrote; raise InvalidArgument if it is damaged."""
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls.from_moments(arrays["mean"], arrays["covariance"], int(arrays["num"]))
        except UNREADABLE as error:
            raise InvalidArgument(
                "`path` must be a file written by GaussianStatistics.save. "
                f"Received: {os.fspath(path)} ({first_line(error)})"
            ) from error
