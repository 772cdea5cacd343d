"""Checks of arguments. Each returns the value or raises one clear `InvalidArgument`."""

import math
import numbers

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument, did_you_mean

__all__ = [
    "check_bool",
    "check_choice",
    "check_integer",
    "check_number",
    "check_seed",
    "check_shares",
    "check_value_range",
]


def check_integer(name, value, minimum=None, maximum=None, optional=False):
    """An integer within bounds; None as well where it is `optional`."""
    if optional and value is None:
        return None
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if (
        is_integer
        and (minimum is None or value >= minimum)
        and (maximum is None or value <= maximum)
    ):
        return int(value)
    raise InvalidArgument(
        f"`{name}` must be {'None or ' if optional else ''}{_kind_of_integer(minimum, maximum)}. "
        f"Received: {name}={value!r}"
    )


def check_number(name, value, minimum=-math.inf, above=-math.inf, maximum=math.inf, below=math.inf):
    """A finite number within bounds, as a float."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if is_number and math.isfinite(value) and minimum <= value <= maximum and above < value < below:
        return float(value)
    kind = _kind_of_number(minimum, above, maximum, below)
    raise InvalidArgument(f"`{name}` must be {kind}. Received: {name}={value!r}")


def check_choice(name, value, choices):
    """One of a few values; 1 is not True."""
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return value
    raise InvalidArgument(
        f"`{name}` must be one of {', '.join(map(repr, choices))}. Received: {name}={value!r}"
        + (did_you_mean(value, choices) if isinstance(value, str) else "")
    )


def check_bool(name, value):
    """True or False."""
    return check_choice(name, value, (True, False))


def check_seed(seed):
    """A random seed: an integer in [0, 2**31) or None."""
    try:
        return check_integer("seed", seed, 0, 2**31 - 1, optional=True)
    except InvalidArgument:
        raise InvalidArgument(
            f"`seed` must be None or an integer in [0, 2**31). Received: seed={seed!r}"
        ) from None


def check_shares(name, shares, num_classes):
    """The share of each class as a list of floats, not necessarily of sum 1; or None."""
    if shares is None:
        return None
    try:
        given = [float(each) for each in shares]
    except (TypeError, ValueError):
        given = []
    valid = all(0 <= each < math.inf for each in given) and 0 < sum(given) < math.inf
    if len(given) == num_classes and valid:
        return given
    raise InvalidArgument(
        f"`{name}` must be {num_classes} non-negative numbers, not all 0. Received: {name}={shares}"
    )


def check_value_range(value_range):
    """The values of black and white as a pair of floats, or None."""
    if value_range is None:
        return None
    try:
        black, white = map(float, value_range)
        if math.isfinite(black) and math.isfinite(white) and black < white:
            return black, white
    except (TypeError, ValueError):
        pass
    raise InvalidArgument(
        "`value_range` (--range) must be two numbers, the values of black and white, the first "
        f"one smaller. Received: {value_range}"
    )


def _kind_of_integer(minimum, maximum):
    if maximum is not None:
        return f"an integer from {minimum} to {maximum}"
    named = {None: "an integer", 0: "a non-negative integer", 1: "a positive integer"}
    return named.get(minimum, f"an integer of at least {minimum}")


def _kind_of_number(minimum, above, maximum, below):
    low, high = max(minimum, above), min(maximum, below)
    if high == math.inf:
        if low == 0:
            return "a positive number" if above == 0 else "a non-negative number"
        return "a finite number" + (f" of at least {low:g}" if low > -math.inf else "")
    opening, closing = "(" if above >= minimum else "[", ")" if below <= maximum else "]"
    return f"a number in {opening}{low:g}, {high:g}{closing}"
