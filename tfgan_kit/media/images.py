"""Images as people look at them: uint8 pixels, grids, PNG files and animations."""

import math

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path

__all__ = ["label_image", "scale_up", "tile", "to_float", "to_uint8", "write_image"]


def to_float(images):
    """Turn pixels 0 to 255 into float32 in [-1, 1], the range of a tanh generator."""
    return (np.asarray(images, dtype="float32") - 127.5) / 127.5


def to_uint8(images):
    """Turn float images in [-1, 1] into pixels 0 to 255, rounded and clipped."""
    pixels = np.rint(np.asarray(images, dtype="float32") * 127.5 + 127.5)
    return np.clip(np.nan_to_num(pixels), 0, 255).astype("uint8")


def tile(images, columns=None, padding=2, background=255):
    """Lay images out as one picture, row by row."""
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise InvalidArgument(
            "`images` must have shape (num, height, width, 1 or 3) with num 1 or more. "
            f"Received: shape {images.shape}"
        )
    if images.dtype != np.uint8:
        raise InvalidArgument(
            "`images` must be uint8; tfgan_kit.media.images.to_uint8 converts floats in [-1, 1]. "
            f"Received: dtype {images.dtype}"
        )
    num, height, width, channels = images.shape
    columns = min(math.ceil(math.sqrt(num)) if columns is None else columns, num)
    if columns < 1:
        raise InvalidArgument(f"`columns` must be 1 or more. Received: columns={columns}")
    rows = math.ceil(num / columns)
    grid = np.full(
        (rows * (height + padding) + padding, columns * (width + padding) + padding, channels),
        background,
        dtype="uint8",
    )
    for index, image in enumerate(images):
        top = padding + index // columns * (height + padding)
        left = padding + index % columns * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid


def scale_up(picture, min_side):
    """Enlarge a small picture by a whole factor, so that pixels stay sharp squares."""
    factor = max(1, math.ceil(min_side / max(picture.shape[:2])))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def label_image(picture, text, height=24):
    """Write a line of text on a white strip below a picture, as large as fits in."""
    from PIL import ImageDraw, ImageFont

    picture = np.asarray(picture)
    strip = np.full((height, *picture.shape[1:]), 255, dtype="uint8")
    canvas = _to_pil(np.concatenate([picture, strip]))
    sizes = range(max(8, round(height * 0.6)), 5, -1)
    fonts = (ImageFont.load_default(size=size) for size in sizes)
    font = next((font for font in fonts if font.getlength(text) <= picture.shape[1]), None)
    ImageDraw.Draw(canvas).text(
        (picture.shape[1] / 2, picture.shape[0] + height / 2),
        text,
        fill=0 if canvas.mode == "L" else (0, 0, 0),
        anchor="mm",
        font=font or ImageFont.load_default(size=sizes[-1]),
    )
    return np.asarray(canvas).reshape(picture.shape[0] + height, *picture.shape[1:])


def write_image(path, picture):
    """Write one picture, whole or not at all; the suffix says the format."""
    from PIL import Image

    Image.init()
    suffix = str(path)[str(path).rfind(".") :].lower() if "." in str(path) else ""
    if Image.EXTENSION.get(suffix) not in Image.SAVE:
        raise InvalidArgument(
            f"`path` must end in an image format such as .png or .jpg. Received: {path}"
        )
    with atomic_path(path) as temporary:
        _to_pil(picture).save(temporary)


def _to_pil(picture):
    from PIL import Image

    picture = np.asarray(picture)
    return Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
