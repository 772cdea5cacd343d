"""Encoded images, which are decoded all at once or each time they are read.

An encoded image is a pair: its name in messages, and a path or bytes.
"""

import itertools
import math
import threading
import warnings

import numpy as np

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels import decode, ranges
from tfgan_kit.data.source import DataError

__all__ = ["LazyImages", "decode_all", "find_range", "stop", "warn_of_skipped"]

_IMAGES_PER_BLOCK = 32
_NUM_SAMPLED = 64


def decode_all(encoded, shape, name, on_error, value_range=None):
    """Decode every image once: returns pixels, the indices kept and `(name, reason)` skipped."""

    def decode_block(block):
        return [(name, _decode_or_error(name, file, shape, value_range)) for name, file in block]

    pixels = spool.allocate(shape, "uint8", name)
    kept, skipped = [], []
    num_blocks = math.ceil(shape[0] / _IMAGES_PER_BLOCK)
    results = workers.in_order(decode_block, _in_blocks(encoded), f"Decoding {name}", num_blocks)
    for index, (image_name, image) in enumerate(itertools.chain.from_iterable(results)):
        if not isinstance(image, DataError):
            pixels[len(kept)] = image
            kept.append(index)
        elif on_error == "raise":
            raise stop(image) from image
        else:
            skipped.append((str(image_name), str(image)))
    if len(kept) + len(skipped) != shape[0] or not kept:
        raise DataError(
            f"{name} must contain {shape[0]} images, of which at least one is readable. "
            f"Found: {len(kept)} readable, {len(skipped)} unreadable"
        )
    return pixels[: len(kept)], kept, skipped


def stop(error):
    """The error of an unreadable image that is not skipped."""
    return DataError(
        f'{error}. Remove it, or leave out unreadable images with on_error="skip" '
        "(train --on-error skip)"
    )


def warn_of_skipped(name, skipped, num_images):
    """One warning for all images that were skipped."""
    if skipped:
        warnings.warn(
            f"{name}: left out {len(skipped)} of {num_images} images that are unreadable. "
            f"The first: {skipped[0][1]}",
            stacklevel=2,
        )


def find_range(pixels, name, stated, are_deep):
    """The range of encoded images: as stated, or 0 to 255 or 65535 if they are not almost black."""
    return stated or ranges.find_range(pixels, name, unit=257 if are_deep else 1)


def _in_blocks(items):
    items = iter(items)
    while block := list(itertools.islice(items, _IMAGES_PER_BLOCK)):
        yield block


def _decode_or_error(name, file, shape, value_range):
    try:
        return decode.decode_image(file, name, shape[1], shape[3], value_range)
    except ranges.RangeError:
        raise  # Not of one image, but of what was stated about all.
    except DataError as error:
        return error


class LazyImages:
    """Images that are decoded on each read; the next readable one replaces an unreadable one."""

    def __init__(self, fetch, shape, on_error, skipped, read_labels, value_range=None):
        self.skipped = skipped
        self._fetch = fetch
        self._shape = shape
        self._on_error = on_error
        self._read_labels = read_labels
        self._value_range = value_range
        self._labels = None
        self._unreadable = set()
        self._replacements = {}
        self._lock = threading.Lock()
        self._pool = workers.make_pool()

    def __call__(self, indices):
        encoded = self._fetch(indices.tolist())
        images = list(self._pool.map(self._decode, indices.tolist(), encoded))
        return np.stack(images) if images else np.empty((0, *self._shape[1:]), "uint8")

    def labels(self):
        """The labels of all images; a replaced image has that of its replacement."""
        labels = self._read_labels()
        if labels is None:
            return None
        with self._lock:
            for index, replacement in self._replacements.items():
                labels[index] = labels[replacement]
            self._labels = labels
        return labels

    def sample(self):
        """A few images, spread over all."""
        count = min(self._shape[0], _NUM_SAMPLED)
        return self(np.linspace(0, self._shape[0] - 1, count).astype("int64"))

    def _decode(self, first, encoded):
        for offset in range(self._shape[0]):
            index = (first + offset) % self._shape[0]
            if index in self._unreadable:
                continue
            name, file = encoded if offset == 0 else self._fetch([index])[0]
            image = _decode_or_error(name, file, self._shape, self._value_range)
            if not isinstance(image, DataError):
                if offset:
                    self._replace(first, index)
                return image
            if self._on_error == "raise":
                raise stop(image) from image
            self._skip(index, str(name), str(image))
        raise DataError(f"{encoded[0]} is unreadable, and so is every other image")

    def _skip(self, index, name, reason):
        with self._lock:
            if index not in self._unreadable:
                self._unreadable.add(index)
                self.skipped.append((name, reason))

    def _replace(self, index, replacement):
        with self._lock:
            self._replacements[index] = replacement
            if self._labels is not None:
                self._labels[index] = self._labels[replacement]
