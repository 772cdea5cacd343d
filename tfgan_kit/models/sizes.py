"""Image sizes and channel widths that the image networks share."""

import operator

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

_SIZES = (16, 28, 32, 56, 64, 112, 128, 224, 256)
_MAX_GROWTH = 8
# The sizes of networks that grow from a 4x4 or 7x7 plane.
GROWING = tuple(sorted(plane << level for plane in (4, 7) for level in range(9))[:-1])


class ImpossibleShape(InvalidArgument):
    """An image shape that networks of these `sizes` cannot make."""

    def __init__(self, image_shape, sizes):
        self.sizes = sizes
        super().__init__(
            "`image_shape` must be (size, size, channels) with a size of "
            f"{', '.join(map(str, sizes))} and 1 or 3 channels. "
            f"Received: image_shape={image_shape}"
        )

    def nearest(self, size):
        """The sizes next to this one, and all of them, as texts."""
        below = max((each for each in self.sizes if each <= size), default=self.sizes[0])
        above = min((each for each in self.sizes if each >= size), default=self.sizes[-1])
        return " or ".join(map(str, sorted({below, above}))), ", ".join(map(str, self.sizes))


def check_shape(image_shape, sizes=_SIZES):
    """An image shape of one of these sizes, which doubling a 4x4 or 7x7 plane leads to."""
    try:
        height, width, channels = (operator.index(side) for side in image_shape)
    except (TypeError, ValueError):
        height = width = channels = None
    if height != width or height not in sizes or channels not in (1, 3):
        raise ImpossibleShape(image_shape, sizes)
    return height, width, channels


def start(size):
    """The size of the smallest plane, 4 or 7, and the number of doublings from it to `size`."""
    plane = 7 if size % 7 == 0 else 4
    return plane, (size // plane).bit_length() - 1


def stage_widths(width, stages):
    """Channels of each stage: doubled at each halving of the size, up to 8 times `width`."""
    return [width * min(2**stage, _MAX_GROWTH) for stage in range(stages)]


def is_sequence(value):
    """Whether it is a list, tuple or array."""
    return hasattr(value, "__len__") and not isinstance(value, str)


def per_stage(name, value, stages):
    """One positive integer per stage, from one for all or a sequence."""
    if not is_sequence(value):
        return [check_integer(name, value, 1)] * stages
    if len(value) != stages:
        raise InvalidArgument(
            f"`{name}` must be a positive integer or one for each of the {stages} stages of this "
            f"image size. Received: {name}={value!r}"
        )
    return [check_integer(f"{name}[{stage}]", each, 1) for stage, each in enumerate(value)]
