"""What the image networks have in common: sizes, widths and the checks of their arguments."""

import operator

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["check_flag", "check_integer", "check_shape", "stage_widths", "start"]

_SIZES = (16, 28, 32, 56, 64, 112, 128, 224, 256)
_MAX_GROWTH = 8


def check_shape(image_shape):
    """Refuse images that doubling a 4x4 or 7x7 plane does not lead to.

    Args:
        image_shape: Sequence `(size, size, channels)`. The size is one of 16, 28,
            32, 56, 64, 112, 128, 224, 256; channels is 1 (grey) or 3 (RGB).

    Returns:
        A tuple of three integers.

    Raises:
        InvalidArgument: If it is anything else.

    Example:

    ```python
    from tfgan_kit.models import sizes

    sizes.check_shape([28, 28, 1])  # (28, 28, 1)
    ```
    """
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
    """Refuse what is no integer, or too small.

    Args:
        name: String, the argument's name.
        value: What the user gave.
        low: Integer, the smallest that will do. Defaults to 1.

    Raises:
        InvalidArgument: If it is not an integer of `low` or more.

    Example:

    ```python
    from tfgan_kit.models import sizes

    sizes.check_integer("width", 64)
    ```
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise InvalidArgument(
            f"`{name}` must be an integer of {low} or more. Received: {name}={value!r}"
        )


def check_flag(name, value):
    """Refuse what is neither True nor False: the string "false" would be true.

    Args:
        name: String, the argument's name.
        value: What the user gave.

    Raises:
        InvalidArgument: If it is not a boolean.

    Example:

    ```python
    from tfgan_kit.models import sizes

    sizes.check_flag("minibatch_stddev", True)
    ```
    """
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
    """Channels of planes of ever half the size: doubled each time, up to 8 times the first.

    Args:
        width: Integer, the channels of the largest plane.
        stages: Integer, how many planes.

    Returns:
        A list of integers, those of the largest plane first.

    Example:

    ```python
    from tfgan_kit.models import sizes

    sizes.stage_widths(64, stages=5)  # [64, 128, 256, 512, 512]
    ```
    """
    return [width * min(2**stage, _MAX_GROWTH) for stage in range(stages)]
