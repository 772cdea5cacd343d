"""An array of images, in memory or memory-mapped, as a source."""

import hashlib
import math

import numpy as np

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels import convert, ranges
from tfgan_kit.data.readers.reader import Reader
from tfgan_kit.data.source import DataError, Source

__all__ = ["READER", "choose_channels", "clean_labels", "open_array", "refuse_objects"]

_IMAGES_PER_BLOCK = 256
_NUM_HASHED = 4096


def _is_array(request):
    return isinstance(request.source, np.ndarray)


def _open(request):
    options = request.image_size, request.channels, None, request.value_range
    return open_array(request.source, "array", None, *options)


READER = Reader(_is_array, _open)


def open_array(
    array, name, labels=None, image_size=None, channels=None, class_names=None, value_range=None
):
    """Open an array of images."""
    refuse_objects(array.dtype, name)
    originals = convert.channels_last(array, name)
    # Without opacity, which is white almost everywhere.
    found = ranges.find_range(originals[..., :3], name, value_range)
    num, height, width, stored_channels = originals.shape
    channels = choose_channels(channels, stored_channels)
    side = (image_size, image_size) if image_size else (height, width)
    shape = (num, *side, channels)

    def read(indices):
        images = ranges.to_pixels(np.asarray(originals[indices]), found)
        images = convert.to_channels(images, channels)
        return convert.to_squares(images, image_size) if image_size else images

    is_ready = array.dtype == np.uint8 and shape == originals.shape and found == (0, 255)
    if not is_ready and math.prod(shape) <= spool.MAX_BYTES_IN_MEMORY:
        read = _convert_once(read, shape, name).__getitem__
    else:
        spool.advise_random(array)
    return Source(
        name,
        shape,
        read,
        fingerprint=lambda: _hash(array, shape, labels, value_range),
        labels=labels,
        class_names=class_names,
        value_range=found,
    )


def refuse_objects(dtype, name):
    """Refuse an array of Python objects, which is stored as pickles."""
    if dtype.hasobject:
        raise DataError(
            f"{name} must be an array of numbers. Found: dtype {dtype}, which is stored as "
            "pickles; pickles can run any code"
        )


def choose_channels(wanted, stored):
    """The number of channels: as wanted, else as stored, without opacity."""
    return wanted or (1 if stored == 1 else 3)


def clean_labels(labels, num_images, name):
    """Labels as int64 of shape `(num_images,)`, and their class names if they were strings."""
    refuse_objects(labels.dtype, name)
    cleaned, names, kind = labels, None, labels.dtype.kind
    if labels.shape == (num_images, 1):
        cleaned = labels[:, 0]
    elif labels.ndim == 2 and kind in "biuf" and _is_one_hot(labels):
        cleaned = labels.argmax(axis=1)
    if cleaned.shape == (num_images,) and kind in "US":
        names, cleaned = np.unique(cleaned.astype(str), return_inverse=True)
        return cleaned.astype("int64"), names.tolist()
    # NaN is not equal to itself.
    is_whole = kind in "biuf" and bool((cleaned == np.rint(cleaned)).all())
    if cleaned.shape == (num_images,) and is_whole and cleaned.min(initial=0) >= 0:
        return cleaned.astype("int64"), None
    raise DataError(
        f"{name} must be {num_images} labels, one per image: whole numbers from 0, names or "
        f"one-hot rows. Found: shape {labels.shape}, dtype {labels.dtype}"
        + (f", beginning with {labels.flat[0]}" if labels.size else "")
    )


def _is_one_hot(rows):
    return rows.shape[1] > 1 and bool(((rows != 0).sum(axis=1) == 1).all() and rows.max() == 1)


def _convert_once(read, shape, name):
    blocks = np.array_split(np.arange(shape[0]), math.ceil(shape[0] / _IMAGES_PER_BLOCK))
    converted = np.empty(shape, "uint8")
    results = workers.in_order(read, blocks, f"Converting {name}", total=len(blocks))
    for block, images in zip(blocks, results, strict=True):
        converted[block] = images
    return converted


def _hash(array, shape, labels, value_range):
    digest = hashlib.sha256(repr((array.shape, array.dtype.str, shape)).encode())
    count = len(array)
    if array.nbytes > spool.MAX_BYTES_IN_MEMORY:
        count = min(count, _NUM_HASHED)
    indices = np.linspace(0, len(array) - 1, count).astype("int64")
    for block in np.array_split(indices, math.ceil(count / _IMAGES_PER_BLOCK)):
        digest.update(np.ascontiguousarray(array[block]))
    if labels is not None:
        digest.update(np.ascontiguousarray(labels, dtype="int64"))
    if value_range is not None:
        digest.update(repr(value_range).encode())
    return digest.hexdigest()
