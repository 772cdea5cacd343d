"""Picture files as images of one shape, for what a trained generator is asked about."""

import pathlib
import warnings

import numpy as np
from PIL import Image

from tfgan_kit.data.pixels import decode
from tfgan_kit.data.source import DataError
from tfgan_kit.utils.text import count

__all__ = ["read_photos"]


def read_photos(paths, image_shape):
    """Read picture files: upright, on white, cropped to their middle squares and resized.

    Args:
        paths: Sequence of strings or `os.PathLike`: picture files, or folders of them.
        image_shape: Tuple `(side, side, 1 or 3)`, in pixels.

    Returns:
        A list of the files' paths, and a uint8 array `(num, *image_shape)`. One warning counts the
        pictures that had another size.

    Raises:
        DataError: If a file cannot be read, there are none, or the shape is not a square.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import data, media

    media.write_image("photo.png", np.zeros((16, 16, 3), "uint8"))
    files, images = data.read_photos(["photo.png"], (16, 16, 1))
    images.shape  # (1, 16, 16, 1)
    ```
    """
    height, width, channels = image_shape
    if height != width:
        raise DataError(
            f"Pictures are read as squares, and the generator makes {width}×{height} pixels"
        )
    files = [file for path in map(pathlib.Path, paths) for file in _files_of(path)]
    images, num_resized = [], 0
    with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
        for file in files:
            header = decode.read_header(file, str(file))
            num_resized += (header.height, header.width) != (height, width)
            images.append(decode.decode_image(file, str(file), height, channels))
    if num_resized:
        warnings.warn(
            f"{count(num_resized, 'picture')} of {len(files)} cropped to the middle square and "
            f"resized to {width}×{height} pixels",
            stacklevel=2,
        )
    return files, np.stack(images)


def _files_of(path):
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if decode.is_picture_name(file))
    if not found:
        raise DataError(f"{path} contains no picture")
    return found
