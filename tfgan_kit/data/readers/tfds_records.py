"""The examples of a prepared TensorFlow data set, decoded with Pillow."""

import itertools
import math
import threading
import warnings

import numpy as np

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels import decode
from tfgan_kit.data.source import DataError

__all__ = ["LazyImages", "Records", "decode_all", "import_tfds"]

_IMAGES_PER_BLOCK = 32
_RECORDS_PER_READ = 512


def import_tfds():
    """Import TensorFlow Datasets, which takes seconds, when it is first needed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow_datasets as tfds
    return tfds


class Records:
    """The undecoded examples of a prepared split, by number or as a stream."""

    def __init__(self, builder, split, image_key, label_key, name):
        self.name = f"{name}[{split}]" if "[" not in split else f"{name}:{split}"
        self.image_key = image_key
        self.label_key = label_key
        self.is_random_access = builder.info.file_format.value == "array_record"
        self._builder = builder
        self._split = split
        self._data_source = self._open_data_source() if self.is_random_access else None

    def _open_data_source(self):
        tfds = import_tfds()
        decoders = {self.image_key: tfds.decode.SkipDecoding()}
        return self._builder.as_data_source(self._split, decoders=decoders)

    def read(self, indices):
        """The examples of these numbers, from a random-access format."""
        return self._data_source.__getitems__([int(index) for index in indices])

    def stream(self):
        """Yield every example in its fixed order."""
        if not self.is_random_access:
            yield from self._open_stream().as_numpy_iterator()
            return
        num_records = len(self._data_source)
        for start in range(0, num_records, _RECORDS_PER_READ):
            yield from self.read(range(start, min(start + _RECORDS_PER_READ, num_records)))

    def _open_stream(self):
        tfds = import_tfds()
        keys = filter(None, (self.image_key, self.label_key))
        decoders = tfds.decode.PartialDecoding(
            dict.fromkeys(keys, True), decoders={self.image_key: tfds.decode.SkipDecoding()}
        )
        config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
        return self._builder.as_dataset(
            split=self._split, shuffle_files=False, decoders=decoders, read_config=config
        )

    def read_labels(self):
        """The classes of all examples."""
        if self.label_key is None:
            return None
        return np.array([record[self.label_key] for record in self.stream()], "int64")


class LazyImages:
    """Images decoded on each read; an unreadable one gives way to the next."""

    def __init__(self, records, shape, on_error):
        self.skipped = []
        self._records = records
        self._shape = shape
        self._on_error = on_error
        self._labels = None
        self._replaced = {}
        self._lock = threading.Lock()
        self._pool = workers.make_pool()

    def __call__(self, indices):
        records = self._records.read(indices)
        images = list(self._pool.map(self._decode, indices.tolist(), records))
        return np.stack(images) if images else np.empty((0, *self._shape[1:]), "uint8")

    def labels(self):
        """The classes of all images, those of the replacements included."""
        labels = self._records.read_labels()
        with self._lock:
            for index, label in self._replaced.items() if labels is not None else ():
                labels[index] = label
            self._labels = labels
        return labels

    def _decode(self, first, record):
        index = first
        for _ in range(self._shape[0]):
            image = _decode_or_error(self._records, self._shape, index, record)
            if not isinstance(image, DataError):
                self._note_label(first, index, record)
                return image
            if self._on_error == "raise":
                raise image
            self._note_skipped((f"{self._records.name} image {index}", str(image)))
            index = (index + 1) % self._shape[0]
            record = self._records.read([index])[0]
        raise image

    def _note_skipped(self, entry):
        with self._lock:
            if entry not in self.skipped:
                self.skipped.append(entry)

    def _note_label(self, first, index, record):
        if index == first or self._records.label_key is None:
            return
        with self._lock:
            self._replaced[first] = record[self._records.label_key]
            if self._labels is not None:
                self._labels[first] = self._replaced[first]


def _decode_or_error(records, shape, index, record):
    try:
        return decode.decode_image(
            bytes(record[records.image_key]), f"{records.name} image {index}", shape[1], shape[3]
        )
    except DataError as error:
        return error


def decode_all(records, shape, on_error):
    """Decode every image once, into memory or an unlinked temporary file."""

    def decode_block(block):
        return [
            (_decode_or_error(records, shape, index, record), record.get(records.label_key))
            for index, record in block
        ]

    blocks = _in_blocks(enumerate(records.stream()))
    num_blocks = math.ceil(shape[0] / _IMAGES_PER_BLOCK)
    pixels = spool.allocate(shape, "uint8", records.name)
    labels, skipped = [], []
    results = workers.in_order(decode_block, blocks, f"Decoding {records.name}", num_blocks)
    for image, label in itertools.chain.from_iterable(results):
        if isinstance(image, DataError):
            if on_error == "raise":
                raise image
            skipped.append((f"{records.name} image {len(labels) + len(skipped)}", str(image)))
            continue
        pixels[len(labels)] = image
        labels.append(label)
    if len(labels) + len(skipped) != shape[0] or not labels:
        raise DataError(
            f"{records.name}: expected {shape[0]} images. Found: {len(labels)} readable, "
            f"{len(skipped)} unreadable"
        )
    if skipped:
        warnings.warn(
            f"{records.name}: left out {len(skipped)} of {shape[0]} images that cannot be read. "
            f"First: {skipped[0][1]}",
            stacklevel=2,
        )
    labels = np.array(labels, "int64") if records.label_key else None
    return pixels[: len(pixels) - len(skipped)], labels, skipped


def _in_blocks(items):
    items = iter(items)
    while block := list(itertools.islice(items, _IMAGES_PER_BLOCK)):
        yield block
