"""Which values of an image are black and white: as stated, or decided from the data."""

import math
import warnings

import numpy as np

from tfgan_kit.data.source import DataError
from tfgan_kit.media.images import find_extremes

__all__ = ["RangeError", "advise", "find_range", "rescale", "to_pixels"]

_KNOWN_FLOATS = (0, 1), (-1, 1), (0, 255)
_KNOWN_INTEGERS = (0, 255), (0, 65535)
# Bicubic and Lanczos resizing go beyond the range at sharp edges; rounding by less.
_OVERSHOOT = 0.1
_ROUNDING = 1e-3
# Known ranges of which less than this share is used are doubted.
_SHARE = 1 / 8
_NUM_SAMPLED = 64


class RangeError(DataError):
    """Values that the range of all images does not explain."""


def find_range(array, name, stated=None, unit=1):
    """The values of black and white; `unit` is one level of the array in the file's own values."""
    kind = array.dtype.kind
    if kind not in "biuf":
        raise DataError(f"{name} must contain numbers. Received: dtype {array.dtype}")
    if stated is None and kind == "b":
        return 0, 1
    if stated is None and array.dtype == np.uint8 and _is_bright(array):
        return 0, 255 * unit
    low, high = _finite_extremes(array, name)
    if stated is not None:
        _check_inside(low, high, stated, name)
        black, white = stated
    else:
        black, white = _guess(low, high, kind, name, unit)
    if _overshoots(low, high, black, white):
        warnings.warn(
            f"{name}: values from {low:g} to {high:g} are clipped to {black:g} to {white:g}",
            stacklevel=2,
        )
    # A dark data set of uint8 is what it says it is.
    is_sure = stated is not None or (array.dtype == np.uint8 and unit == 1)
    if not is_sure and 0 < high < (black + white) / 2:
        warnings.warn(
            f"{name} is dark: its range is taken as {black * unit:g} to {white * unit:g}, and no "
            f"value is above {high * unit:g}. If another value is white: {advise(0, high * unit)}",
            stacklevel=2,
        )
    return black * unit, white * unit


def _guess(low, high, kind, name, unit):
    known = _KNOWN_FLOATS if kind == "f" else _KNOWN_INTEGERS
    slack = _OVERSHOOT if kind == "f" else 0
    for black, white in known:
        share = _SHARE * (white - black)
        is_used = low <= black + share if black < 0 else high >= black + share
        # Black images are black in any range.
        if low == high == 0 or (is_used and _is_inside(low, high, black, white, slack)):
            return black, white
    high = high * unit - unit // 2
    # Of more than eight bits: the largest number of as many.
    proposed = 2 ** int(high).bit_length() - 1 if kind != "f" and high > 255 else high
    ranges = " nor ".join(f"{black} to {white}" for black, white in known)
    raise DataError(
        f"The range of {name} is not known: its values from {low:g} to {high:g} fill neither "
        f"{ranges}. {advise(min(low, 0), proposed)}"
    )


def to_pixels(array, value_range):
    """Convert values to uint8 pixels: black becomes 0, white 255."""
    if array.dtype.kind in "iu" and tuple(value_range) == (0, 255):
        return array.astype("uint8")
    black, white = value_range
    factor = 255 / (white - black)
    values = array.astype("float64") * factor - black * factor
    return np.clip(np.rint(values), 0, 255).astype("uint8")


def rescale(array, value_range, name):
    """The uint8 pixels of one image file, whose values are checked."""
    low, high = _finite_extremes(array, name)
    _check_inside(low, high, value_range, name)
    if _overshoots(low, high, *value_range):
        # One text for all files, so that Python shows it once.
        warnings.warn("Values a little outside the range of the images are clipped", stacklevel=2)
    return to_pixels(array, value_range)


def _is_bright(pixels):
    """Whether a sample, spread over all images, uses more than half of 0 to 255."""
    count = min(len(pixels), _NUM_SAMPLED)
    return pixels[np.linspace(0, len(pixels) - 1, count).astype("int64")].max() > 127


def _finite_extremes(array, name):
    low, high = find_extremes(array)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError(f"{name} must contain finite pixels. Received: NaN or infinity")
    return low, high


def _is_inside(low, high, black, white, slack):
    margin = slack * (white - black)
    return black - margin <= low and high <= white + margin


def _overshoots(low, high, black, white):
    return not _is_inside(low, high, black, white, _ROUNDING)


def _check_inside(low, high, stated, name):
    if not _is_inside(low, high, *stated, _OVERSHOOT):
        raise RangeError(
            f"{name} must contain values in its `value_range` (--range), "
            f"{stated[0]:g} to {stated[1]:g}. Received: values from {low:g} to {high:g}"
        )


def advise(black, white):
    """What to do if the range of images is not known."""
    return (
        f"State the values of black and white with value_range=({black:g}, {white:g}), "
        f"or --range {black:g} {white:g} of tfgan-kit train"
    )
