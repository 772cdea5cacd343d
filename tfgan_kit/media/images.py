"""Images as uint8 pixels, grids of them, and picture files."""

import math
import pathlib

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer

__all__ = [
    "label_image",
    "scale_up",
    "tile",
    "to_float",
    "to_uint8",
    "write_grid",
    "write_image",
]

_BLOCK_BYTES = 2**26


def to_float(images):
    """Convert pixels from 0 to 255 into float32 in [-1, 1], the range of a tanh generator.

    Args:
        images: Array of any shape, values in [0, 255].

    Returns:
        A float32 NumPy array of the same shape, `(images - 127.5) / 127.5`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.to_float(np.array([0, 255], "uint8"))  # [-1., 1.]
    ```

    Reference: https://www.tensorflow.org/tutorials/generative/dcgan.
    """
    return (np.asarray(images, dtype="float32") - 127.5) / 127.5


def to_uint8(images):
    """Convert float images in [-1, 1] into pixels from 0 to 255, rounded and clipped.

    Args:
        images: Array or tensor of any shape. Values outside [-1, 1] are clipped, NaN becomes 0.

    Returns:
        A uint8 NumPy array of the same shape.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.to_uint8(np.array([-1.0, 0.0, 1.0]))  # [0, 128, 255]
    ```
    """
    pixels = np.rint(np.asarray(images, dtype="float32") * 127.5 + 127.5)
    return np.clip(np.nan_to_num(pixels), 0, 255).astype("uint8")


def tile(images, columns=None, padding=2, background=255):
    """Arrange images in a grid, row by row.

    Args:
        images: uint8 array of shape `(num, height, width, 1 or 3)`.
        columns: Positive integer, images in a row. Defaults to None: the square root of `num`,
            rounded up.
        padding: Integer, pixels between images and around them. Defaults to 2.
        background: Integer in [0, 255], grey level of the padding and of empty places. Defaults
            to 255.

    Returns:
        A uint8 NumPy array of shape `(grid_height, grid_width, channels)`.

    Raises:
        InvalidArgument: If `images` has a different dtype or shape or is empty, or if `columns`
            is below 1.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.tile(np.zeros((16, 28, 28, 1), "uint8")).shape  # (122, 122, 1)
    ```
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise InvalidArgument(
            "`images` must have shape (num, height, width, 1 or 3) with a positive num. "
            f"Received: shape {images.shape}"
        )
    if images.dtype != np.uint8:
        raise InvalidArgument(
            "`images` must be uint8; tfgan_kit.media.to_uint8 converts floats in [-1, 1]. "
            f"Received: dtype {images.dtype}"
        )
    num, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(num)) if columns is None else check_integer("columns", columns, 1)
    columns = min(columns, num)
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
    """Enlarge a small picture by an integer factor, so that pixels stay sharp squares.

    Args:
        picture: uint8 array of shape `(height, width, channels)`.
        min_side: Integer, pixels, minimum length of the longer side.

    Returns:
        A uint8 NumPy array of shape `(k * height, k * width, channels)`, with the smallest
        factor `k` that is enough.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.scale_up(np.zeros((28, 28, 1), "uint8"), 100).shape  # (112, 112, 1)
    ```
    """
    factor = max(1, math.ceil(min_side / max(picture.shape[:2])))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def label_image(picture, text, height=24):
    """Write a line of text on a white strip below a picture, in the largest letters that fit.

    Args:
        picture: uint8 array of shape `(height, width, 1 or 3)`.
        text: String, one line.
        height: Integer, pixels, height of the strip. Defaults to 24.

    Returns:
        A uint8 NumPy array, `height` pixels taller than `picture`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.label_image(np.zeros((96, 96, 1), "uint8"), "epoch 3").shape  # (120, 96, 1)
    ```
    """
    from PIL import ImageDraw, ImageFont

    picture = np.asarray(picture)
    strip = np.full((height, *picture.shape[1:]), 255, dtype="uint8")
    canvas = to_pil(np.concatenate([picture, strip]))
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
    """Write a picture atomically, in the format of the path's suffix.

    Args:
        path: String or `os.PathLike`, for example `"grid.png"`.
        picture: uint8 array of shape `(height, width, 1 or 3)`.

    Raises:
        InvalidArgument: If Pillow cannot write that format.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.write_image("black.png", np.zeros((28, 28, 1), "uint8"))
    ```
    """
    check_image_path(path)
    with atomic_path(path) as temporary:
        to_pil(picture).save(temporary)


def check_image_path(path, name="`path`", formats=" or .jpg"):
    """Raise an error for the path of a picture that cannot be written."""
    from PIL import Image

    Image.init()
    if Image.EXTENSION.get(pathlib.Path(path).suffix.lower()) not in Image.SAVE:
        raise InvalidArgument(
            f"{name} must end in an image format such as .png{formats}. Received: {path}"
        )


def write_grid(path, images, columns=None, scale=None, min_side=480):
    """Write images as one grid; a small one is enlarged by an integer factor, pixels stay sharp.

    Args:
        path: As for `write_image`.
        images: Array of shape `(num, height, width, 1 or 3)`: uint8, or floats in [-1, 1].
        columns: As for `tile`. Defaults to None: the square root of `num`, rounded up.
        scale: Positive integer, the factor; 1 writes the images' own pixels. Defaults to None:
            the smallest for which the longer side of the grid has `min_side` pixels.
        min_side: Integer, pixels, if `scale` is None. Defaults to 480.

    Raises:
        InvalidArgument: As `tile` and `write_image`, or if `scale` is below 1 or too large.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.write_grid("grid.png", np.zeros((16, 28, 28, 1)))  # 488x488 pixels
    ```
    """
    from PIL import Image

    check_integer("scale", scale, 1, optional=True)
    images = np.asarray(images)
    grid = tile(images if images.dtype == np.uint8 else to_uint8(images), columns)
    side = min_side if scale is None else scale * max(grid.shape[:2])
    limit = 2 * Image.MAX_IMAGE_PIXELS  # Larger pictures are not opened, by Pillow among others.
    if scale is not None and scale**2 * grid[..., 0].size > limit:
        raise InvalidArgument(
            f"`scale` must be at most {math.isqrt(limit // grid[..., 0].size)} for a grid of "
            f"{grid.shape[1]}×{grid.shape[0]} pixels. Received: scale={scale}"
        )
    write_image(path, scale_up(grid, side))


def to_pil(picture):
    """A Pillow image of a uint8 array `(height, width, 1 or 3)`."""
    from PIL import Image

    picture = np.asarray(picture)
    return Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)


def find_extremes(array):
    """The least and the greatest value as floats, block by block; NaN if there is one."""
    rows = max(1, _BLOCK_BYTES // max(1, array[:1].nbytes))
    blocks = (array[start : start + rows] for start in range(0, len(array), rows))
    low, high = zip(*((block.min(), block.max()) for block in blocks), strict=True)
    return float(np.min(low)), float(np.max(high))
