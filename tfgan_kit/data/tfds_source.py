"""TensorFlow Datasets by name, as a source."""

import contextlib
import hashlib
import itertools
import math
import os
import pathlib
import shutil
import socket
import tempfile
import urllib.request
import warnings

import numpy as np

from tfgan_kit.data import decode, folder, spool, workers
from tfgan_kit.data.arrays import choose_channels
from tfgan_kit.data.source import DataError, Source
from tfgan_kit.errors import nearest_names

__all__ = ["is_tfds_name", "open_tfds"]

_SIZE_OF_MIXED = 64
_IMAGES_PER_BLOCK = 32
_RECORDS_PER_READ = 512
_HOSTS = ("storage.googleapis.com", "github.com", "huggingface.co")


def is_tfds_name(name, data_dir=None):
    """Whether TensorFlow Datasets knows a name, or has prepared it before.

    Args:
        name: String, `"name"`, `"name/config"` or `"name:version"`.
        data_dir: String or `os.PathLike`, where prepared data sets are, or None
            for the default of TensorFlow Datasets. Defaults to None.

    Returns:
        Boolean.

    Example:

    ```python
    from tfgan_kit.data import tfds_source

    tfds_source.is_tfds_name("mnist")  # True
    ```
    """
    tfds = _import_tfds()
    base = name.split("/")[0].split(":")[0]
    root = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
    return bool(base) and ((root / base).is_dir() or base in tfds.list_builders())


def open_tfds(name, image_size=None, channels=None, on_error="raise", split="train", data_dir=None):
    """Open a data set of TensorFlow Datasets, preparing it if it is not yet.

    What is prepared is used without a network. From the format `array_record`
    images are read by number; a data set in another format is streamed once, in
    its fixed order, into memory or an unlinked temporary file.

    Args:
        name: String, `"name"`, `"name/config"` or `"name:version"`.
        image_size: Integer, side to crop and resize to, or None: the images'
            own size if it is square and fixed, 64 if it is not fixed, else what
            `folder.choose_size` says. Defaults to None.
        channels: Integer, 1 or 3, or None for what the data set holds. Defaults
            to None.
        on_error: `"raise"`, or `"skip"` to leave out unreadable images, with
            one warning. Defaults to `"raise"`.
        split: String, for example `"train"` or `"train[:10%]"`. Defaults to
            `"train"`.
        data_dir: String or `os.PathLike`, or None for the default of TensorFlow
            Datasets. Defaults to None.

    Returns:
        A `Source`. The fingerprint hashes name, version, format, split, sizes
        and the shape of the images.

    Raises:
        DataError: If the name or the split is not known, the data set has no
            image, or cannot be downloaded.

    Example:

    ```python
    from tfgan_kit import data
    from tfgan_kit.data import tfds_source

    try:
        tfds_source.open_tfds("mnits")
    except data.DataError as error:
        print(error)  # did you mean "mnist"?
    ```
    """
    builder = _find_builder(name, data_dir)
    if not builder.is_prepared():
        builder = _prepare(builder, name, data_dir)
    split_info = _find_split(builder, name, split)
    image_key, feature = _find_image(builder.info.features, name)
    shape = (
        int(split_info.num_examples),
        *[image_size or _choose_size(feature.shape)] * 2,
        choose_channels(channels, feature.shape[-1]),
    )
    records = _Records(builder, split, image_key, _find_label(builder.info), name)
    fingerprint = _hash(builder, split, split_info, shape)
    class_names = getattr(records.label_feature, "names", None)
    if records.is_random_access and math.prod(shape) > spool.MAX_BYTES_IN_MEMORY:
        read = _LazyImages(records, shape, on_error)
        return Source(
            records.name, shape, read, fingerprint, records.read_labels, class_names, read.skipped
        )
    pixels, labels, skipped = _decode_all(records, shape, on_error)
    return Source(
        records.name, pixels.shape, pixels.__getitem__, fingerprint, labels, class_names, skipped
    )


def _import_tfds():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow_datasets as tfds
    return tfds


def _find_builder(name, data_dir):
    tfds = _import_tfds()
    data_dir = None if data_dir is None else os.path.expanduser(data_dir)
    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = [*tfds.list_builders(), "digits"]
        near = " or ".join(repr(near) for near in nearest_names(name.split("/")[0], known))
        advice = f"Did you mean {near}?" if near else "Give 'digits', a TFDS name or a path"
        raise DataError(
            f"`source` {name!r} is no data set of TensorFlow Datasets and no path. {advice}"
        ) from error
    except (ValueError, AssertionError, ImportError, OSError) as error:
        raise DataError(f"`source` {name!r} cannot be opened ({_first_line(error)})") from error


def _first_line(error):
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _prepare(builder, name, data_dir):
    tfds = _import_tfds()
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
        reason = _first_line(error)
        if isinstance(error, OSError) and not has_network:
            reason = "there is no network"
        raise DataError(
            f"`source` {name!r} is not prepared in {root} and could not be downloaded or prepared "
            f"({reason}). Without a network, give 'digits' or a local path"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if not existed and not any(root.iterdir()):
            root.rmdir()
    return tfds.builder(name, data_dir=root)


@contextlib.contextmanager
def _retries(has_network):
    # TensorFlow Datasets tries ten times with growing pauses, which takes minutes.
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
        raise DataError(f"{name}: expected `split` among {known}. Received: {split!r}") from error
    if not info.num_examples:
        raise DataError(f"{name}: `split` {split!r} holds no image")
    return info


def _find_image(features, name):
    tfds = _import_tfds()
    images = {
        key: feature
        for key, feature in features.items()
        if isinstance(feature, tfds.features.Image)
    }
    key = "image" if "image" in images else next(iter(images), None)
    if key is None or (key != "image" and len(images) > 1):
        found = ", ".join(features)
        raise DataError(f"{name}: expected one image feature. Found the features: {found}")
    if np.dtype(images[key].np_dtype) not in (np.dtype("uint8"), np.dtype("uint16")):
        raise DataError(
            f"{name}: expected uint8 or uint16 images. Found: {np.dtype(images[key].np_dtype)}"
        )
    return key, images[key]


def _find_label(info):
    tfds = _import_tfds()
    keys = [info.supervised_keys[1]] if info.supervised_keys else []
    for key in [*keys, "label"]:
        if isinstance(key, str) and isinstance(info.features.get(key), tfds.features.ClassLabel):
            return key
    return None


def _choose_size(shape):
    height, width = shape[:2]
    if height is None or width is None:
        return _SIZE_OF_MIXED
    return folder.choose_size([(width, height)])


def _hash(builder, split, split_info, shape):
    facts = (
        builder.info.full_name,
        builder.info.file_format.value,
        split,
        split_info.num_bytes,
        shape,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


class _Records:
    """The undecoded examples of a split, by number or as a stream."""

    def __init__(self, builder, split, image_key, label_key, name):
        self.name = f"{name}[{split}]" if "[" not in split else f"{name}:{split}"
        self.image_key = image_key
        self.label_key = label_key
        self.label_feature = builder.info.features[label_key] if label_key else None
        self.is_random_access = builder.info.file_format.value == "array_record"
        self._builder = builder
        self._split = split
        self._data_source = self._open_data_source() if self.is_random_access else None

    def _decoders(self, *keys):
        tfds = _import_tfds()
        decoders = {self.image_key: tfds.decode.SkipDecoding()} if self.image_key in keys else {}
        return tfds.decode.PartialDecoding(dict.fromkeys(keys, True), decoders=decoders)

    def _open_data_source(self, *keys):
        keys = keys or (self.image_key, *filter(None, [self.label_key]))
        return self._builder.as_data_source(self._split, decoders=self._decoders(*keys))

    def read(self, indices):
        return self._data_source.__getitems__([int(index) for index in indices])

    def stream(self):
        """Every example in its fixed order."""
        if self.is_random_access:
            for start in range(0, len(self._data_source), _RECORDS_PER_READ):
                stop = min(start + _RECORDS_PER_READ, len(self._data_source))
                yield from self.read(range(start, stop))
            return
        tfds = _import_tfds()
        keys = (self.image_key, *filter(None, [self.label_key]))
        config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
        dataset = self._builder.as_dataset(
            split=self._split,
            shuffle_files=False,
            decoders=self._decoders(*keys),
            read_config=config,
        )
        yield from dataset.as_numpy_iterator()

    @property
    def read_labels(self):
        if self.label_key is None:
            return None
        return self._read_labels

    def _read_labels(self):
        source = self._open_data_source(self.label_key)
        labels = []
        for start in range(0, len(source), _RECORDS_PER_READ):
            stop = min(start + _RECORDS_PER_READ, len(source))
            labels += [
                record[self.label_key] for record in source.__getitems__(list(range(start, stop)))
            ]
        return np.array(labels, "int64")


class _LazyImages:
    """Images decoded on each read; an unreadable one gives way to the next."""

    def __init__(self, records, shape, on_error):
        self.skipped = []
        self._records = records
        self._shape = shape
        self._on_error = on_error
        self._pool = workers.make_pool()

    def __call__(self, indices):
        records = self._records.read(indices)
        images = list(self._pool.map(self._decode, indices.tolist(), records))
        return np.stack(images) if images else np.empty((0, *self._shape[1:]), "uint8")

    def _decode(self, index, record):
        for _ in range(self._shape[0]):
            image = _decode_or_error(self._records, self._shape, index, record)
            if not isinstance(image, DataError):
                return image
            if self._on_error == "raise":
                raise image
            skipped = (f"{self._records.name} image {index}", str(image))
            if skipped not in self.skipped:
                self.skipped.append(skipped)
            index = (index + 1) % self._shape[0]
            record = self._records.read([index])[0]
        raise image


def _decode_or_error(records, shape, index, record):
    try:
        return decode.decode_image(
            bytes(record[records.image_key]), f"{records.name} image {index}", shape[1], shape[3]
        )
    except DataError as error:
        return error


def _decode_all(records, shape, on_error):
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
    return pixels[: len(labels)], labels if records.label_key else None, skipped


def _in_blocks(items):
    items = iter(items)
    while block := list(itertools.islice(items, _IMAGES_PER_BLOCK)):
        yield block
