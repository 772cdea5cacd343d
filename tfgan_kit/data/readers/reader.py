"""What a reader is: it recognises one kind of image source, and opens it."""

import dataclasses
import os
import pathlib
import typing

from tfgan_kit.data.source import Source
from tfgan_kit.utils.validation import check_choice, check_integer, check_value_range

__all__ = ["Reader", "Request"]

_MAX_IMAGE_SIZE = 4096


@dataclasses.dataclass(frozen=True)
class Request:
    """The arguments of `open_source`, checked."""

    source: object
    image_size: int | None = None
    channels: int | None = None
    on_error: str = "raise"
    split: str | None = None
    data_dir: str | os.PathLike | None = None
    value_range: tuple | None = None
    attributes: str | os.PathLike | None = None

    def __post_init__(self):
        check_integer("image_size", self.image_size, 1, _MAX_IMAGE_SIZE, optional=True)
        check_choice("channels", self.channels, (None, 1, 3))
        check_choice("on_error", self.on_error, ("raise", "skip"))
        object.__setattr__(self, "value_range", check_value_range(self.value_range))

    @property
    def path(self):
        """The source as a path; None if it is not a path, or is blank."""
        if not isinstance(self.source, (str, os.PathLike)) or not str(self.source).strip():
            return None
        return pathlib.Path(os.path.expanduser(self.source))


class Reader(typing.NamedTuple):
    """Two functions of a `Request`, and whether the sources have splits, and attributes."""

    recognises: typing.Callable[[Request], bool]
    open: typing.Callable[[Request], Source]
    has_splits: bool = False
    has_attributes: bool = False
