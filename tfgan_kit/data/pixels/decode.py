"""One encoded image as square pixels, with Pillow."""

import functools
import io
import os
import struct
import typing
import zlib

import numpy as np
from PIL import Image, ImageOps

from tfgan_kit.data.pixels import ranges
from tfgan_kit.data.source import DataError
from tfgan_kit.utils.errors import first_line

__all__ = [
    "BROKEN",
    "Header",
    "decode_image",
    "decode_mask",
    "decode_picture",
    "fit_square",
    "is_picture_name",
    "read_header",
]

# Pillow recognises files by content, and would start Ghostscript for a PostScript file named .png.
# The others here it cannot draw without another program or plugin, or soon no more.
_NOT_DRAWN = ("BUFR", "EPS", "GRIB", "HDF5", "IM", "IPTC", "MPEG", "WMF")

# What parsers raise for damaged files.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class Header(typing.NamedTuple):
    """The size and kind of an image that is not yet decoded."""

    width: int
    height: int
    is_grey: bool
    is_animated: bool
    is_deep: bool


@functools.cache
def _suffixes_and_formats():
    """What the installed Pillow reads as images; formats that it only guesses come last."""
    known = Image.registered_extensions().items()
    known = {key: name for key, name in known if name in Image.OPEN and name not in _NOT_DRAWN}
    formats = sorted(set(known.values()), key=lambda name: (Image.OPEN[name][1] is None, name))
    return frozenset(known), tuple(formats)


def is_picture_name(path):
    """Whether a path has the suffix of an image that Pillow reads."""
    return os.path.splitext(path)[1].lower() in _suffixes_and_formats()[0]


def read_header(file, name):
    """Read the header of an image without decoding it."""
    with _open(file, name) as image:
        try:
            return Header(*image.size, _is_grey(image), _is_animated(image), _is_deep(image))
        except (*BROKEN, *_BOMB) as error:
            raise _unreadable(name, error) from error


def decode_image(file, name, size, channels, value_range=None):
    """Decode an image: upright, on white, cropped to a square, resized."""
    flat = _decode(file, name, size, channels, value_range)
    return np.asarray(fit_square(flat, size)).reshape(size, size, channels)


def decode_picture(file, name, size, channels, value_range=None):
    """Decode a whole image: upright, on white, its shorter side reduced to `size` or less."""
    flat = _decode(file, name, size, channels, value_range)
    scale = size / min(flat.size)
    if scale < 1:
        sides = [round(scale * side) for side in flat.size]
        flat = flat.resize(sides, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(flat).reshape(*flat.size[::-1], channels)


def _decode(file, name, size, channels, value_range):
    with _open(file, name) as image:
        try:
            _shrink_while_decoding(image, size)
            image.load()
            upright = _turn_upright(image)
            return _flatten(upright, name, value_range).convert("L" if channels == 1 else "RGB")
        except DataError:
            raise
        except (*BROKEN, *_BOMB) as error:
            raise _unreadable(name, error) from error


def decode_mask(file, name, size, of_white):
    """Where an image is transparent, or `of_white` if nothing is: booleans of a square."""
    with _open(file, name) as image:
        try:
            image.load()
            upright = _turn_upright(image)
            if upright.has_transparency_data:
                alpha = upright.convert("RGBA").getchannel("A")
                return np.asarray(fit_square(alpha, size)) < 128
            grey = np.asarray(fit_square(upright.convert("L"), size))
            return (grey >= 128) & of_white
        except (*BROKEN, *_BOMB) as error:
            raise _unreadable(name, error) from error


def fit_square(image, size):
    """Crop a Pillow image to its middle square and resize it with antialiasing."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    if width != height:
        image = image.crop((left, top, left + side, top + side))
    if side != size:
        image = image.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image


def _open(file, name):
    if isinstance(file, bytes):
        num_bytes, file = len(file), io.BytesIO(file)
    else:
        if not os.path.isfile(file):
            raise DataError(f"{name} is not a regular file, or is a broken link")
        num_bytes = os.path.getsize(file)
    if not num_bytes:
        raise DataError(f"{name} is empty (0 bytes)")
    try:
        image = Image.open(file, formats=_suffixes_and_formats()[1])
    except (*BROKEN, *_BOMB) as error:
        raise _unreadable(name, error) from error
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        image.close()
        raise _bomb(name)
    return image


def _unreadable(name, error):
    if isinstance(error, _BOMB):
        return _bomb(name)
    if isinstance(error, Image.UnidentifiedImageError):
        return DataError(f"{name} is not a PNG, JPEG or other image that Pillow reads")
    return DataError(f"{name} is unreadable or truncated ({first_line(error)})")


def _bomb(name):
    return DataError(
        f"{name} is refused as a decompression bomb: it declares more than "
        f"{Image.MAX_IMAGE_PIXELS} pixels, the limit in PIL.Image.MAX_IMAGE_PIXELS"
    )


def _is_grey(image):
    if image.mode in ("P", "PA"):
        palette = np.array(image.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
        return bool((palette == palette[:, :1]).all())
    return image.mode in ("1", "L", "LA", "La") or _is_deep(image)


def _is_deep(image):
    """Whether pixels have more than eight bits, which Pillow reads of grey images only."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _is_animated(image):
    try:
        # The second image of a JPEG of several is a smaller copy.
        return image.format != "MPO" and getattr(image, "is_animated", False)
    except BROKEN:
        return False  # Only the first frame counts, when it is decoded.


def _shrink_while_decoding(image, size):
    # A JPEG can be decoded at a half, a quarter or an eighth. The antialiasing needs twice the
    # final size.
    scale = 2 * size / min(image.size)
    if scale < 1:
        image.draft(None, tuple(int(np.ceil(side * scale)) for side in image.size))


def _turn_upright(image):
    try:
        return ImageOps.exif_transpose(image)
    except BROKEN:
        return image  # Damaged metadata of good pixels.


def _flatten(image, name, value_range):
    if _is_deep(image):
        return _from_deep(image, name, value_range)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    image = image if image.mode in ("L", "RGB") else image.convert("RGB")
    if value_range is None:
        return image
    return Image.fromarray(ranges.rescale(np.asarray(image), value_range, name))


def _from_deep(image, name, value_range):
    # `convert("L")` would clip everything above 255 to white.
    pixels = np.asarray(image)
    if value_range is None and image.mode == "F":
        raise ranges.RangeError(f"{name} has float pixels. {ranges.advise(0, 1)}")
    black, white = value_range or (0, 65535)
    if "transparency" in image.info:
        pixels = np.where(pixels == image.info["transparency"], white, pixels)
    return Image.fromarray(ranges.rescale(pixels, (black, white), name))
