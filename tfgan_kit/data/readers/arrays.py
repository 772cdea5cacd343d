"""An array of images, in memory or memory-mapped, as a source."""

import hashlib
import math

import numpy as np

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels.convert import (
    find_layout,
    find_scale,
    to_channels,
    to_pixels,
    to_squares,
)
from tfgan_kit.data.source import DataError, Source

__all__ = ["choose_channels", "clean_labels", "open_array"]

_IMAGES_PER_BLOCK = 256
_NUM_HASHED = 4096


def open_array(array, name, labels=None, image_size=None, channels=None, class_names=None):
    """Open an array of images."""
    if array.dtype.hasobject:
        raise DataError(
            f"{name}: expected an array of numbers. Received: dtype {array.dtype}; such arrays are "
            "refused, for their pickles can run any code and their images can differ in shape"
        )
    layout = find_layout(array.shape, name)
    scale = find_scale(array, name)
    num, height, width, stored_channels = layout.shape
    channels = choose_channels(channels, stored_channels)
    side = (image_size, image_size) if image_size else (height, width)
    shape = (num, *side, channels)

    def read(indices):
        images = to_pixels(layout.channels_last(np.asarray(array[indices])), scale)
        images = to_channels(images, channels)
        return to_squares(images, image_size) if image_size else images

    is_ready = array.dtype == np.uint8 and shape == layout.shape
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


def choose_channels(wanted, stored):
    """How many channels images get: as wanted, else as stored, without opacity."""
    return wanted or (1 if stored == 1 else 3)


def clean_labels(labels, num_images):
    """Labels as int64 of shape `(num_images,)`, or None where they are none."""
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
