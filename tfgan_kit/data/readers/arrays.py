"""An array of images, in memory or memory-mapped, as a source."""

import hashlib
import math

import numpy as np

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels import convert
from tfgan_kit.data.readers.reader import Reader
from tfgan_kit.data.source import DataError, Source

__all__ = ["READER", "choose_channels", "clean_labels", "open_array", "refuse_objects"]

_IMAGES_PER_BLOCK = 256
_NUM_HASHED = 4096


def _is_array(request):
    return isinstance(request.source, np.ndarray)


def _open(request):
    return open_array(request.source, "array", None, request.image_size, request.channels)


READER = Reader(_is_array, _open)


def open_array(array, name, labels=None, image_size=None, channels=None, class_names=None):
    """Open an array of images."""
    refuse_objects(array.dtype, name)
    originals = convert.channels_last(array, name)
    scale = convert.find_scale(array, name)
    num, height, width, stored_channels = originals.shape
    channels = choose_channels(channels, stored_channels)
    side = (image_size, image_size) if image_size else (height, width)
    shape = (num, *side, channels)

    def read(indices):
        images = convert.to_pixels(np.asarray(originals[indices]), scale)
        images = convert.to_channels(images, channels)
        return convert.to_squares(images, image_size) if image_size else images

    is_ready = array.dtype == np.uint8 and shape == originals.shape
    if not is_ready and math.prod(shape) <= spool.MAX_BYTES_IN_MEMORY:
        read = _convert_once(read, shape, name).__getitem__
    else:
        spool.advise_random(array)
    return Source(
        name,
        shape,
        read,
        fingerprint=lambda: _hash(array, shape, labels),
        labels=labels,
        class_names=class_names,
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


def clean_labels(labels, num_images):
    """Labels as int64 of shape `(num_images,)`; None if they are not whole numbers, one each."""
    if labels is None or labels.shape not in ((num_images,), (num_images, 1)):
        return None
    labels = labels.reshape(-1)
    if labels.dtype.kind == "f" and not (labels == np.rint(labels)).all():
        return None
    return labels.astype("int64") if labels.dtype.kind in "biuf" else None


def _convert_once(read, shape, name):
    blocks = np.array_split(np.arange(shape[0]), math.ceil(shape[0] / _IMAGES_PER_BLOCK))
    converted = np.empty(shape, "uint8")
    results = workers.in_order(read, blocks, f"Converting {name}", total=len(blocks))
    for block, images in zip(blocks, results, strict=True):
        converted[block] = images
    return converted


def _hash(array, shape, labels):
    digest = hashlib.sha256(repr((array.shape, array.dtype.str, shape)).encode())
    count = len(array)
    if array.nbytes > spool.MAX_BYTES_IN_MEMORY:
        count = min(count, _NUM_HASHED)
    indices = np.linspace(0, len(array) - 1, count).astype("int64")
    for block in np.array_split(indices, math.ceil(count / _IMAGES_PER_BLOCK)):
        digest.update(np.ascontiguousarray(array[block]))
    if labels is not None:
        digest.update(np.ascontiguousarray(labels, dtype="int64"))
    return digest.hexdigest()
