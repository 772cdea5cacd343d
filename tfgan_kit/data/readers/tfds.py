"""TensorFlow Datasets by name, as a source."""

import contextlib
import hashlib
import math
import os
import pathlib
import shutil
import socket
import tempfile
import urllib.request
import warnings

import numpy as np

from tfgan_kit.data import spool
from tfgan_kit.data.readers import encoded
from tfgan_kit.data.readers.arrays import choose_channels
from tfgan_kit.data.readers.folder import choose_size
from tfgan_kit.data.readers.reader import Reader
from tfgan_kit.data.source import DataError, Source
from tfgan_kit.utils.errors import first_line, nearest_names

__all__ = ["READER", "import_tfds"]

_SIZE_OF_MIXED = 64
_RECORDS_PER_READ = 512
_HOSTS = ("storage.googleapis.com", "github.com", "huggingface.co")


def import_tfds():
    """Import TensorFlow Datasets, which takes seconds, only when it is needed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow_datasets as tfds
    return tfds


def _is_name(request):
    name = request.source
    if not isinstance(name, str) or request.path is None or name[0] in "~." or "\\" in name:
        return False
    base, *config = name.split("/")
    if not config:
        return not pathlib.PurePath(name.split(":")[0]).suffix
    # "name/config" could also be a path.
    is_config = len(config) == 1 and base and config[0] and not os.path.exists(base)
    return bool(is_config) and _is_known(base.split(":")[0], request.data_dir)


def _is_known(base, data_dir):
    tfds = import_tfds()
    root = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
    return (root / base).is_dir() or base in tfds.list_builders(with_community_datasets=False)


def _open(request):
    name, split, stated = request.source, request.split or "train", request.value_range
    builder = _find_builder(name, request.data_dir)
    if not builder.is_prepared():
        builder = _prepare(builder, name)
    split_info = _find_split(builder, name, split)
    image_key, feature = _find_image(builder.info.features, name)
    label_key = _find_label(builder.info)
    shape = (
        int(split_info.num_examples),
        *[request.image_size or _choose_size(feature.shape)] * 2,
        choose_channels(request.channels, feature.shape[-1]),
    )
    are_deep = np.dtype(feature.np_dtype) == np.uint16
    records = _Records(builder, split, image_key, label_key, name)
    if records.is_random_access and math.prod(shape) > spool.MAX_BYTES_IN_MEMORY:
        skipped = []
        read = encoded.LazyImages(
            records.fetch, shape, request.on_error, skipped, records.read_labels, stated
        )
        labels, pixels = read.labels, read.sample()
    else:
        pixels, labels, skipped = _decode_all(records, shape, request.on_error, stated)
        spool.advise_random(pixels)
        shape, read = pixels.shape, pixels.__getitem__
    return Source(
        records.name,
        shape,
        read,
        fingerprint=_hash(builder, split, split_info, shape, stated),
        labels=labels,
        class_names=builder.info.features[label_key].names if label_key else None,
        skipped=skipped,
        value_range=encoded.find_range(pixels, records.name, stated, are_deep),
    )


READER = Reader(_is_name, _open, has_splits=True)


class _Records:
    """The undecoded examples of a prepared split, by number or as a stream."""

    def __init__(self, builder, split, image_key, label_key, name):
        self.name = f"{name}[{split}]" if "[" not in split else f"{name}:{split}"
        self.is_random_access = builder.info.file_format.value == "array_record"
        self._builder = builder
        self._split = split
        self._image_key = image_key
        self._label_key = label_key
        self._decoders = {image_key: import_tfds().decode.SkipDecoding()}
        if self.is_random_access:
            self._data_source = builder.as_data_source(split, decoders=self._decoders)

    def fetch(self, indices):
        """Encoded images by number, from a random-access format."""
        records = self._data_source.__getitems__(indices)
        return [self._encoded(i, record) for i, record in zip(indices, records, strict=True)]

    def stream(self):
        """Yield each encoded image with its label, in a fixed order."""
        for index, record in enumerate(self._records()):
            yield self._encoded(index, record), record.get(self._label_key)

    def read_labels(self):
        """The labels of all examples, or None."""
        if self._label_key is None:
            return None
        return np.array([record[self._label_key] for record in self._records()], "int64")

    def _encoded(self, index, record):
        return f"{self.name} image {index}", bytes(record[self._image_key])

    def _records(self):
        if not self.is_random_access:
            yield from self._open_stream().as_numpy_iterator()
            return
        num_records = len(self._data_source)
        for start in range(0, num_records, _RECORDS_PER_READ):
            indices = range(start, min(start + _RECORDS_PER_READ, num_records))
            yield from self._data_source.__getitems__(list(indices))

    def _open_stream(self):
        tfds = import_tfds()
        keys = filter(None, (self._image_key, self._label_key))
        return self._builder.as_dataset(
            split=self._split,
            shuffle_files=False,
            decoders=tfds.decode.PartialDecoding(
                dict.fromkeys(keys, True), decoders=self._decoders
            ),
            read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
        )


def _decode_all(records, shape, on_error, value_range):
    labels = []

    def images():
        for image, label in records.stream():
            labels.append(label)
            yield image

    pixels, kept, skipped = encoded.decode_all(images(), shape, records.name, on_error, value_range)
    encoded.warn_of_skipped(records.name, skipped, shape[0])
    has_labels = labels[0] is not None
    return pixels, np.array(labels, "int64")[kept] if has_labels else None, skipped


def _find_builder(name, data_dir):
    tfds = import_tfds()
    data_dir = None if data_dir is None else os.path.expanduser(data_dir)
    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = [*tfds.list_builders(with_community_datasets=False), "digits"]
        near = " or ".join(repr(near) for near in nearest_names(name.split("/")[0], known))
        advice = f"Did you mean {near}?" if near else "Use 'digits', a TFDS name or a path"
        raise DataError(
            f"`source` {name!r} is neither a TensorFlow Datasets name nor a path. {advice}"
        ) from error
    except (ValueError, AssertionError, ImportError, OSError) as error:
        raise DataError(f"`source` {name!r} cannot be opened ({first_line(error)})") from error


def _prepare(builder, name):
    """Download and prepare in a temporary folder, so that a failure leaves nothing behind."""
    tfds = import_tfds()
    final = pathlib.Path(builder.data_dir)
    root = final.parents[len(builder.info.full_name.split("/")) - 1]
    existed = root.exists()
    root.mkdir(parents=True, exist_ok=True)
    temporary = pathlib.Path(tempfile.mkdtemp(prefix=".preparing-", dir=root))
    config = tfds.download.DownloadConfig(manual_dir=root / "downloads" / "manual")
    has_network = _has_network()
    try:
        with _retries(has_network):
            draft = tfds.builder(name, data_dir=temporary)
            draft.download_and_prepare(file_format="array_record", download_config=config)
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft.data_dir, final)
    except Exception as error:
        reason = first_line(error)
        if isinstance(error, OSError) and not has_network:
            reason = "there is no network"
        raise DataError(
            f"`source` {name!r} is not prepared in {root} and could not be downloaded or prepared "
            f"({reason}). Without a network, use 'digits' or a local path"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if not existed and not any(root.iterdir()):
            root.rmdir()
    return tfds.builder(name, data_dir=root)


@contextlib.contextmanager
def _retries(has_network):
    # TensorFlow Datasets tries ten times with growing pauses, which takes minutes, and has
    # no public option for it; this is a name in its version 4.9.10.
    from tensorflow_datasets.core.download import downloader

    retries = downloader.MAX_RETRIES
    if not has_network:
        downloader.MAX_RETRIES = 0
    try:
        yield
    finally:
        downloader.MAX_RETRIES = retries


def _has_network():
    if urllib.request.getproxies():
        return True
    for host in _HOSTS:
        with contextlib.suppress(OSError), socket.create_connection((host, 443), timeout=3):
            return True
    return False


def _find_split(builder, name, split):
    try:
        info = builder.info.splits[split]
    except (KeyError, ValueError) as error:
        known = ", ".join(builder.info.splits)
        raise DataError(
            f"`split` of {name} must be one of {known}. Received: split={split!r}"
        ) from error
    if not info.num_examples:
        raise DataError(f"`split` {split!r} of {name} contains no images")
    return info


def _find_image(features, name):
    tfds = import_tfds()
    images = {
        key: feature
        for key, feature in features.items()
        if isinstance(feature, tfds.features.Image)
    }
    key = "image" if "image" in images else next(iter(images), None)
    if key is None or (key != "image" and len(images) > 1):
        raise DataError(f"{name} must have one image feature. Found: {', '.join(features)}")
    dtype = np.dtype(images[key].np_dtype)
    if dtype not in (np.dtype("uint8"), np.dtype("uint16")):
        raise DataError(f"{name} must have uint8 or uint16 images. Found: {dtype}")
    return key, images[key]


def _find_label(info):
    tfds = import_tfds()
    keys = [info.supervised_keys[1]] if info.supervised_keys else []
    features = dict(info.features.items())
    for key in [*keys, "label"]:
        if isinstance(key, str) and isinstance(features.get(key), tfds.features.ClassLabel):
            return key
    return None


def _choose_size(shape):
    height, width = shape[:2]
    if height is None or width is None:
        return _SIZE_OF_MIXED
    return choose_size([(width, height)])


def _hash(builder, split, split_info, shape, value_range):
    facts = (
        builder.info.full_name,
        builder.info.file_format.value,
        split,
        split_info.num_bytes,
        shape,
        *([] if value_range is None else [value_range]),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()
