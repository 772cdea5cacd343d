"""One function that opens any source of images: a name, a path or an array."""

import os

from tfgan_kit.data import readers
from tfgan_kit.data.readers.reader import Request
from tfgan_kit.data.source import DataError, Source
from tfgan_kit.utils.errors import nearest_names

__all__ = ["open_source"]


def open_source(
    source,
    image_size=None,
    channels=None,
    on_error="raise",
    split=None,
    data_dir=None,
    value_range=None,
    attributes=None,
):
    """Open images, to read them by number.

    | `source` | what it opens |
    |---|---|
    | `"digits"` | the 1,797 digits of scikit-learn, 28×28 by default |
    | `"mnist"`, `"celeb_a"`, `"name/config"` | a data set from TensorFlow Datasets |
    | a folder | image files, flat or in one folder per class, also below train/ and test/ |
    | a picture | crops of one image file, at up to 4,096 places |
    | another file | `.npz`, `.npy` or IDX, the last two also gzipped |
    | an array | `(N, H, W)`, `(N, H, W, C)` or `(N, C, H, W)` |

    A string that exists as a path, or has a suffix, is a path. `"digits"` is always the data set;
    use `"./digits"` for a folder of that name.

    One picture is reduced so that its shorter side has at most 512 pixels, or 4 crops if that is
    more. Its crops have a side of 96, 64 or 32 pixels, the largest of which two fit in that side.

    Of a folder, each image is read once, however many links lead to it, in every format that the
    installed Pillow reads; one line says what was left out. Images that are all in one folder have
    no classes. Several attributes of each image come from a table or from nested folders: see
    `attributes`.

    If `image_size` is given or sizes differ, images are cropped to their middle square and resized
    with antialiasing. Up to 1 GiB is decoded in advance; larger data is decoded as it is read.

    Args:
        source: String, `os.PathLike` or NumPy array, as in the table; or a `Source`, which is
            returned.
        image_size: Integer in [1, 4096], side in pixels; of one picture, that of its crops. None
            keeps the size of arrays, array files and images that are squares of one size, and
            otherwise takes the largest power of two, from 16 to 64, that three quarters of the
            images reach; a warning counts those that are enlarged. Defaults to None.
        channels: 1 for grey, 3 for RGB, or None for grey if every image is grey and RGB otherwise.
            Defaults to None.
        on_error: `"raise"` or `"skip"`, what happens with an unreadable image. One warning counts
            those skipped, and `source.skipped` lists them. Defaults to `"raise"`.
        split: String, the split of a TensorFlow data set, or of a folder that contains folders
            named train, test, val, valid or validation. Defaults to None: `"train"` where there
            are splits.
        data_dir: String or `os.PathLike`, the folder of TensorFlow Datasets, or None for its
            default. Defaults to None.
        value_range: Pair of numbers, the values of black and white in the data, such as `(0, 16)`.
            Values a little outside are clipped with a warning. Defaults to None: uint8 and booleans
            have their own; floats fill [0, 1], [-1, 1] or [0, 255], and larger integers [0, 255] or
            [0, 65535], which is decided from the whole array. Of images that are decoded as they
            are read, 64 spread over all are looked at.
        attributes: String or `os.PathLike`, where the attributes of a folder's images are: a table
            (.csv with a line of names, a column of file names and one for each attribute; or .json
            like `{"1.png": {"hair": "black", "smile": null}}`), of which `"table.csv:hair,smile"`
            takes some; `"folders"`, each level of folders is one; or `"none"`. An empty cell is a
            value that is not given. Defaults to None: attributes.csv or attributes.json in the
            folder, else nested folders of which most combinations occur, such as `black/yes/1.png`.

    Returns:
        A `Source`; it shows the range in its `repr`.

    Raises:
        DataError: If the source does not exist or cannot be used.
        InvalidArgument: If another argument is out of range.

    Example:

    ```python
    from tfgan_kit import data

    source = data.open_source("digits")
    len(source), source.image_shape  # 1797, (28, 28, 1)
    ```
    """
    options = image_size, channels, on_error, split, data_dir, value_range, attributes
    request = Request(source, *options)
    if isinstance(source, Source):
        return _check_opened(request)
    for reader in readers.READERS:
        if reader.recognises(request):
            if split is not None and not reader.has_splits:
                raise DataError(
                    "`split` only works with a TensorFlow data set or a folder with train/ and "
                    f"test/ in it. Received: split={split!r}"
                )
            if attributes not in (None, "none") and not reader.has_attributes:
                raise DataError(
                    "`attributes` (--attributes) only works with a folder of images. "
                    f"Received: {attributes}"
                )
            return reader.open(request)
    raise _unknown(request)


def _check_opened(request):
    source = request.source
    if request.split is not None:
        raise DataError(f"{source.name} is already opened. Received: split={request.split!r}")
    height, width, channels = source.image_shape
    if request.image_size is not None and (height, width) != (request.image_size,) * 2:
        raise DataError(
            f"{source.name} is already opened with {height}×{width} pixels. "
            f"Received: image_size={request.image_size}"
        )
    if request.channels not in (None, channels):
        raise DataError(
            f"{source.name} is already opened with {channels} channels. "
            f"Received: channels={request.channels}"
        )
    if request.value_range not in (None, source.value_range):
        raise DataError(
            f"{source.name} is already opened with the range {source.value_range}. "
            f"Received: value_range={request.value_range}"
        )
    return source


def _unknown(request):
    source, path = request.source, request.path
    if path is None:
        received = repr(source) if isinstance(source, str) else type(source).__name__
        advice = ""
        if hasattr(source, "element_spec"):
            advice = ". `fit` takes a tf.data.Dataset as it is"
        elif hasattr(source, "__array__") or isinstance(source, (list, tuple)):
            advice = ". numpy.stack makes an array of a list of images, numpy.asarray of a tensor"
        return DataError(
            "`source` must be a name, a path, a NumPy array or a Source. "
            f"Received: {received}{advice}"
        )
    advice = ""
    if not path.parent.is_dir():
        advice = f". The folder {path.parent} does not exist either"
    elif near := nearest_names(path.name, os.listdir(path.parent)):
        advice = f". Did you mean {' or '.join(str(path.with_name(name)) for name in near)}?"
    return DataError(f"There is no such file or folder: {path}{advice}")
