"""What the image networks have in common: sizes, widths and the checks of their arguments."""

import operator

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["check_flag", "check_integer", "check_shape", "stage_widths", "start"]

_SIZES = (16, 28, 32, 56, 64, 112, 128, 224, 256)
_MAX_GROWTH = 8


def check_shape(image_shape):
    """Refuse images that doubling a 4x4 or 7x7 plane does not lead to."""
    try:
        height, width, channels = (operator.index(side) for side in image_shape)
    except (TypeError, ValueError):
        height = width = channels = None
    if height != width or height not in _SIZES or channels not in (1, 3):
        raise InvalidArgument(
            "`image_shape` must be (size, size, channels) with a size of "
            f"{', '.join(map(str, _SIZES))} and 1 or 3 channels. "
            f"Received: image_shape={image_shape}"
        )
    return height, width, channels


def check_integer(name, value, low=1):
    """Refuse what is no integer, or too small."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise InvalidArgument(
            f"`{name}` must be an integer of {low} or more. Received: {name}={value!r}"
        )


def check_flag(name, value):
    """Refuse what is neither True nor False: the string "false" would be true."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"`{name}` must be True or False. Received: {name}={value!r}")


def start(size):
    """The plane that an image of a size is made from, and how often it is doubled.

    Args:
        size: Integer, a size that `check_shape` takes.

    Returns:
        A tuple of two integers: 4 or 7, and the number of doublings.

    Example:

    ```python
    from tfgan_kit.models import sizes

    sizes.start(28)  # (7, 2)
    ```
    """
    plane = 7 if size % 7 == 0 else 4
    return plane, (size // plane).bit_length() - 1


def stage_widths(width, stages):
    """Channels of planes of ever half the size: doubled each time, up to 8 times the first."""
    return [width * min(2**stage, _MAX_GROWTH) for stage in range(stages)]
