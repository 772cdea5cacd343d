"""Picture files as images of one shape, for what a trained generator is asked about."""

import pathlib
import warnings

import numpy as np
from PIL import Image

from tfgan_kit.data.pixels import decode
from tfgan_kit.data.source import DataError
from tfgan_kit.utils.text import count

__all__ = ["read_masks", "read_photos"]


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


def read_masks(files, image_shape, masks=None):
    """Read the holes of pictures: cropped and resized as `read_photos` does.

    Args:
        files: Sequence of paths of the pictures.
        image_shape: Tuple `(side, side, 1 or 3)`, in pixels.
        masks: Path of a picture that is transparent, or white, in the hole of all; or of a folder
            of such pictures, each of the name of its picture. Defaults to None: the pictures'
            own transparent parts.

    Returns:
        A boolean array `(num, side, side)`, true in the holes.

    Raises:
        DataError: If a mask is missing, unreadable or of another size than its picture, or if it is
            empty or covers the whole picture.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import data, media

    media.write_image("photo.png", np.zeros((16, 16, 3), "uint8"))
    hole = np.pad(np.full((4, 4, 1), 255, "uint8"), ((6, 6), (6, 6), (0, 0)))
    media.write_image("mask.png", hole)
    data.read_masks(["photo.png"], (16, 16, 1), "mask.png").sum()  # 16
    ```
    """
    found = []
    for file in map(pathlib.Path, files):
        path = file if masks is None else _mask_of(file, pathlib.Path(masks))
        sizes = [decode.read_header(each, str(each))[:2] for each in (path, file)]
        if sizes[0] != sizes[1]:
            (width, height), (own_width, own_height) = sizes
            raise DataError(
                f"The mask {path} has {width}×{height} pixels, and its picture {file} has "
                f"{own_width}×{own_height}. They must have the same size"
            )
        hole = decode.decode_mask(path, str(path), image_shape[0], masks is not None)
        if not hole.any():
            kind = "transparent" if masks is None else "transparent or white"
            more = ". Give the hole as a picture: --mask" if masks is None else ""
            raise DataError(f"{path} has no hole, since no part of it is {kind}{more}")
        if hole.all():
            raise DataError(f"{path} is a hole everywhere: some of the picture must be known")
        found.append(hole)
    return np.stack(found)


def _mask_of(file, masks):
    if not masks.is_dir():
        return _files_of(masks)[0]
    found = [each for each in _files_of(masks) if each.stem == file.stem]
    if len(found) != 1:
        raise DataError(
            f"{masks} must have one mask of the name of {file.name}. Received: {len(found)}"
        )
    return found[0]


def _files_of(path):
    if not path.exists():
        raise DataError(f"There is no file or folder {path}")
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if decode.is_picture_name(file))
    if not found:
        raise DataError(f"{path} contains no picture")
    return found
