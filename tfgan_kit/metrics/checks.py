"""What every metric refuses: features that are not finite numbers, or do not fit each other."""

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["check_features", "check_pair"]

# Squares and cubes of larger ones overflow float64, and a metric would be NaN.
_LARGEST = float(np.finfo(np.float32).max)


def check_features(name, features, min_num=1):
    """Features as a NumPy array of finite numbers, one row a sample."""
    expected = f"`{name}` must be an array (num, width) of finite numbers, one row a sample"
    try:
        features = np.asarray(features)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(
            f"{expected}. Received: a {type(features).__name__} that is no array "
            f"({str(error).splitlines()[0]})"
        ) from error
    if features.dtype.kind not in "iuf":
        raise InvalidArgument(f"{expected}. Received: dtype {features.dtype.name}")
    if features.ndim != 2 or not features.shape[1]:
        raise InvalidArgument(f"{expected}. Received: shape {features.shape}")
    if len(features) < min_num:
        rows = "row" if min_num == 1 else "rows"
        raise InvalidArgument(
            f"`{name}` must have {min_num} {rows} or more, one a sample. "
            f"Received: shape {features.shape}"
        )
    if features.dtype not in (np.float32, np.float64):
        features = features.astype(np.float64)
    _check_finite(name, features)
    return features


def _check_finite(name, features):
    if not features.size:
        return
    low, high = features.min(), features.max()  # NaN goes through both.
    if low >= -_LARGEST and high <= _LARGEST:
        return
    bad = ~(np.abs(features) <= _LARGEST)
    row, column = np.argwhere(bad)[0]
    raise InvalidArgument(
        f"`{name}` must hold finite numbers within the range of float32. Received: "
        f"{features[row, column]} in row {row}, column {column} ({bad.sum()} such values in all)"
    )


def check_pair(real, fake, min_num=1):
    """Features of real and of generated samples, of one width."""
    real = check_features("real", real, min_num)
    fake = check_features("fake", fake, min_num)
    if real.shape[1] != fake.shape[1]:
        raise InvalidArgument(
            "`real` and `fake` must be features of one width. "
            f"Received: shapes {real.shape} and {fake.shape}"
        )
    return real, fake
