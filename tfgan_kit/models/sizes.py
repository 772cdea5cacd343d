"""Image sizes and channel widths that the image networks share."""

import operator

from tfgan_kit.utils.errors import InvalidArgument

_SIZES = (16, 28, 32, 56, 64, 112, 128, 224, 256)
_MAX_GROWTH = 8


class ImpossibleShape(InvalidArgument):
    """An image shape that the image networks cannot make."""


def nearest(size):
    """The sizes that the image networks can make next to this one, and all of them, as texts."""
    below = max((each for each in _SIZES if each <= size), default=_SIZES[0])
    above = min((each for each in _SIZES if each >= size), default=_SIZES[-1])
    return " or ".join(map(str, sorted({below, above}))), ", ".join(map(str, _SIZES))


def check_shape(image_shape):
    """An image shape that doubling a 4x4 or 7x7 plane leads to, as a tuple."""
    try:
        height, width, channels = (operator.index(side) for side in image_shape)
    except (TypeError, ValueError):
        height = width = channels = None
    if height != width or height not in _SIZES or channels not in (1, 3):
        raise ImpossibleShape(
            "`image_shape` must be (size, size, channels) with a size of "
            f"{', '.join(map(str, _SIZES))} and 1 or 3 channels. "
            f"Received: image_shape={image_shape}"
        )
    return height, width, channels


def start(size):
    """The size of the smallest plane, 4 or 7, and the number of doublings from it to `size`."""
    plane = 7 if size % 7 == 0 else 4
    return plane, (size // plane).bit_length() - 1


def stage_widths(width, stages):
    """Channels of each stage: doubled at each halving of the size, up to 8 times `width`."""
    return [width * min(2**stage, _MAX_GROWTH) for stage in range(stages)]
