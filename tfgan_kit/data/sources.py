"""Any source of images behind one call: a name, a path or an array."""

import numbers
import os
import pathlib

import numpy as np

from tfgan_kit.data.readers import folder
from tfgan_kit.data.readers.array_files import open_array_file
from tfgan_kit.data.readers.arrays import open_array
from tfgan_kit.data.readers.digits import open_digits
from tfgan_kit.data.readers.tfds_source import is_tfds_name, open_tfds
from tfgan_kit.data.source import DataError, Source
from tfgan_kit.utils.errors import nearest_names

__all__ = ["open_source"]

_MAX_IMAGE_SIZE = 4096


def open_source(
    source, image_size=None, channels=None, on_error="raise", split="train", data_dir=None
):
    """Open images, wherever they are, to read them by number.

    | `source` | what it opens |
    |---|---|
    | `"digits"` | the 1,797 digits of scikit-learn, 28×28 unless `image_size` says otherwise |
    | `"mnist"`, `"celeb_a"`, `"name/config"` | a data set of TensorFlow Datasets |
    | a folder | PNG, JPEG, BMP, WebP and GIF files, flat or one folder per class |
    | a file | `.npz`, `.npy` or IDX, the last two also gzipped |
    | an array | `(N, H, W)`, `(N, H, W, C)` or `(N, C, H, W)` |

    A string with a separator or a suffix, or that exists, is a path; `"digits"`
    never is (write `"./digits"` for a folder of that name).

    Images are cut to their middle square and resized with antialiasing where
    `image_size` asks for it or sizes differ, and kept as uint8. At most 1 GiB
    is decoded ahead; what is larger is decoded as it is read.

    Args:
        source: String, `os.PathLike` or NumPy array, as in the table; or a
            `Source`, which is returned as it is.
        image_size: Integer in [1, 4096], side in pixels; or None to keep the
            images' own size if all are squares of one size, and else take the
            largest power of two that the shortest side allows, from 16 to 64.
            Arrays and array files keep their size. Defaults to None.
        channels: 1 for grey, 3 for RGB, or None for grey if every image is, and
            else RGB. Defaults to None.
        on_error: `"raise"` or `"skip"`, what to do about an unreadable image.
            Skipped ones are counted in one warning and listed in
            `source.skipped`. Defaults to `"raise"`.
        split: String, the split of a TensorFlow data set. Defaults to
            `"train"`.
        data_dir: String or `os.PathLike`, where TensorFlow Datasets keeps what
            it has prepared, or None for its default. Defaults to None.

    Returns:
        A `Source`.

    Raises:
        DataError: If there is nothing there, or what is there cannot be used.
        InvalidArgument: If another argument is out of range.

    Example:

    ```python
    from tfgan_kit import data

    source = data.open_source("digits")
    len(source), source.image_shape  # 1797, (28, 28, 1)
    ```
    """
    _check_arguments(image_size, channels, on_error)
    if isinstance(source, Source):
        return _check_opened(source, image_size, channels)
    if _is_tfds(source, data_dir):
        return open_tfds(source, image_size, channels, on_error, split, data_dir)
    if split != "train":
        raise DataError(
            f"`split` chooses among the splits of a TensorFlow data set, and {_describe(source)} "
            f"has none. Received: split={split!r}"
        )
    if isinstance(source, np.ndarray):
        return open_array(source, "array", None, image_size, channels)
    if isinstance(source, str) and source == "digits":
        return open_digits(image_size, channels)
    return _open_path(pathlib.Path(source).expanduser(), image_size, channels, on_error)


def _check_arguments(image_size, channels, on_error):
    is_integer = isinstance(image_size, numbers.Integral) and not isinstance(image_size, bool)
    if image_size is not None and not (is_integer and 1 <= image_size <= _MAX_IMAGE_SIZE):
        raise DataError(
            f"`image_size` must be None or an integer in [1, {_MAX_IMAGE_SIZE}]. "
            f"Received: image_size={image_size!r}"
        )
    if isinstance(channels, bool) or channels not in (None, 1, 3):
        raise DataError(f"`channels` must be None, 1 or 3. Received: channels={channels!r}")
    if on_error not in ("raise", "skip"):
        raise DataError(f"`on_error` must be 'raise' or 'skip'. Received: on_error={on_error!r}")


def _check_opened(source, image_size, channels):
    height, width, stored = source.image_shape
    if image_size not in (None, height) or image_size not in (None, width):
        raise DataError(
            f"{source.name} is already opened with {height}×{width} pixels. "
            f"Received: image_size={image_size}"
        )
    if channels not in (None, stored):
        raise DataError(
            f"{source.name} is already opened with {stored} channels. Received: channels={channels}"
        )
    return source


def _describe(source):
    return "an array" if isinstance(source, np.ndarray) else repr(source)


def _is_tfds(source, data_dir):
    if not isinstance(source, (str, os.PathLike, np.ndarray)):
        raise DataError(
            "`source` must be a name, a path, a NumPy array or an opened Source. "
            f"Received: {type(source).__name__}"
        )
    if not isinstance(source, str) or source == "digits":
        return False
    if not source.strip() or "\0" in source:
        raise DataError(f"`source` must be a name or a path. Received: {source!r}")
    if source[0] in "~." or "\\" in source or os.path.exists(source):
        return False
    parts = source.split("/")
    if len(parts) == 1:
        return not pathlib.PurePath(source.split(":")[0]).suffix
    # "name/config" has a separator too, so the names themselves must tell.
    return len(parts) == 2 and all(parts) and _may_be_config(parts[0], source, data_dir)


def _may_be_config(folder_name, source, data_dir):
    return not os.path.exists(folder_name) and is_tfds_name(source, data_dir)


def _open_path(path, image_size, channels, on_error):
    if path.is_dir():
        return folder.open_folder(path, image_size, channels, on_error)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder.{_advise_siblings(path)}")
    if not path.is_file():
        raise DataError(f"{path}: expected a file or a folder. Found: neither")
    if path.suffix.lower() in folder.SUFFIXES:
        raise DataError(f"{path}: is a single image. Give the folder that holds the images instead")
    return open_array_file(path, image_size, channels)


def _advise_siblings(path):
    if not path.parent.is_dir():
        return f" There is no folder {path.parent} either"
    near = nearest_names(path.name, os.listdir(path.parent))
    return (
        f" Did you mean {' or '.join(str(path.with_name(name)) for name in near)}?" if near else ""
    )
