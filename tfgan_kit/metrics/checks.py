"""Checks of the arrays that metrics take."""

import zipfile
import zlib

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["UNREADABLE", "check_features", "check_labels", "check_pair", "check_same_width"]

# Squares and cubes of larger values overflow float64, and a metric would be NaN.
_LARGEST = float(np.finfo(np.float32).max)
# What NumPy, Keras and zipfile raise for damaged files.
UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError),
    *(MemoryError, zipfile.BadZipFile, zlib.error),
)


def check_features(name, features, min_num=1):
    """Features as a NumPy array of finite numbers, one row per sample."""
    features = np.asarray(features)
    if features.dtype.kind not in "iuf" or features.ndim != 2 or not features.shape[1]:
        raise InvalidArgument(
            f"`{name}` must be an array (num, width) of numbers, one row per sample. "
            f"Received: shape {features.shape}, dtype {features.dtype.name}"
        )
    if len(features) < min_num:
        raise InvalidArgument(
            f"`{name}` must have at least {min_num} {'row' if min_num == 1 else 'rows'}. "
            f"Received: shape {features.shape}"
        )
    if features.dtype not in (np.float32, np.float64):
        features = features.astype(np.float64)
    # NaN propagates through both.
    if len(features) and not -_LARGEST <= features.min() <= features.max() <= _LARGEST:
        bad = ~(np.abs(features) <= _LARGEST)
        row, column = np.argwhere(bad)[0]
        raise InvalidArgument(
            f"`{name}` must contain finite numbers in the range of float32. Received: "
            f"{features[row, column]} in row {row}, column {column} ({bad.sum()} such values)"
        )
    return features


def check_same_width(**features):
    """Raise if two arrays of features differ in width."""
    (first, x), (second, y) = features.items()
    if x.shape[-1] != y.shape[-1]:
        raise InvalidArgument(
            f"`{first}` and `{second}` must have the same width. "
            f"Received: shapes {x.shape} and {y.shape}"
        )


def check_pair(real, fake, min_num=1):
    """Features of real and of generated samples, of the same width."""
    real = check_features("real", real, min_num)
    fake = check_features("fake", fake, min_num)
    check_same_width(real=real, fake=fake)
    return real, fake


def check_labels(labels, num):
    """Labels as an integer array, one per image."""
    labels = np.asarray(labels)
    if labels.shape != (num,) or labels.dtype.kind not in "iu":
        raise InvalidArgument(
            f"`labels` must be integers of shape ({num},), one per image. "
            f"Received: shape {labels.shape}, dtype {labels.dtype.name}"
        )
    return labels
