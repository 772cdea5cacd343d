"""What every metric refuses: features that are no finite numbers, or do not fit each other."""

import numbers

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["check_features", "check_integer", "check_number", "check_pair"]

# Squares and cubes of larger ones overflow float64, and a metric would be NaN.
_LARGEST = float(np.finfo(np.float32).max)


def check_features(name, features, min_num=1):
    """Features as a NumPy array of finite numbers, one row a sample.

    Float32 and float64 are returned as they are, without a copy, since a copy of
    50,000 rows of width 2,048 takes 0.8 GB: whoever computes with them converts
    a part at a time to float64. Other numbers become float64 here.

    Args:
        name: String, what messages call the argument.
        features: Array or tensor `(num, width)` of floats or integers, with a
            width of 1 or more.
        min_num: Integer, 1 or more, how many rows are needed. Defaults to 1.

    Returns:
        A float32 or float64 `np.ndarray` `(num, width)`.

    Raises:
        InvalidArgument: If `features` has another rank, too few rows, no columns,
            values that are no real numbers, or NaN, Inf or values beyond the range
            of float32.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.utils import validation as checks

    checks.check_features("real", np.zeros((10, 4), "float32")).dtype  # float32
    checks.check_features("real", [[1, 2], [3, 4]]).dtype  # float64
    ```
    """
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
    """Features of real and of generated samples, of one width.

    Args:
        real: Array or tensor `(num_real, width)` of floats or integers.
        fake: Array or tensor `(num_fake, width)` of floats or integers.
        min_num: Integer, 1 or more, how many rows each needs. Defaults to 1.

    Returns:
        A tuple of two float32 or float64 arrays, `(num_real, width)` and
        `(num_fake, width)`, as `check_features` gives them.

    Raises:
        InvalidArgument: If one of them is refused by `check_features`, or if their
            widths differ.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.utils import validation as checks

    real, fake = checks.check_pair(np.zeros((10, 4)), np.ones((5, 4)))
    ```
    """
    real = check_features("real", real, min_num)
    fake = check_features("fake", fake, min_num)
    if real.shape[1] != fake.shape[1]:
        raise InvalidArgument(
            "`real` and `fake` must be features of one width. "
            f"Received: shapes {real.shape} and {fake.shape}"
        )
    return real, fake


def check_integer(name, value, minimum, maximum=None):
    """An argument that must be an integer within bounds.

    Args:
        name: String, what messages call the argument.
        value: What was given. Booleans are refused.
        minimum: Integer, the least that is allowed.
        maximum: Integer, the most that is allowed, or None for no bound. Defaults
            to None.

    Returns:
        The value as an `int`.

    Raises:
        InvalidArgument: If `value` is no integer or out of bounds.

    Example:

    ```python
    from tfgan_kit.utils import validation as checks

    checks.check_integer("num_subsets", 100, minimum=1)  # 100
    ```
    """
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if is_integer and value >= minimum and (maximum is None or value <= maximum):
        return int(value)
    bounds = f"{minimum} or more" if maximum is None else f"from {minimum} to {maximum}"
    raise InvalidArgument(f"`{name}` must be an integer, {bounds}. Received: {name}={value!r}")


def check_number(name, value, minimum=-np.inf, above=-np.inf):
    """An argument that must be a finite number within bounds.

    Args:
        name: String, what messages call the argument.
        value: What was given. Booleans are refused.
        minimum: Float, the least that is allowed. Defaults to minus infinity.
        above: Float that the value must exceed. Defaults to minus infinity.

    Returns:
        The value as a `float`.

    Raises:
        InvalidArgument: If `value` is no finite number or out of bounds.

    Example:

    ```python
    from tfgan_kit.utils import validation as checks

    checks.check_number("gamma", 0.5, above=0)  # 0.5
    ```
    """
    is_number = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if is_number and np.isfinite(value) and value >= minimum and value > above:
        return float(value)
    bounds = "" if minimum == -np.inf else f", {minimum} or more"
    bounds += "" if above == -np.inf else f", above {above}"
    raise InvalidArgument(f"`{name}` must be a finite number{bounds}. Received: {name}={value!r}")
