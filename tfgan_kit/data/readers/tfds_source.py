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

import numpy as np

from tfgan_kit.data import spool
from tfgan_kit.data.readers import folder
from tfgan_kit.data.readers.arrays import choose_channels
from tfgan_kit.data.readers.tfds_records import LazyImages, Records, decode_all, import_tfds
from tfgan_kit.data.source import DataError, Source
from tfgan_kit.utils.errors import nearest_names

__all__ = ["is_tfds_name", "open_tfds"]

_SIZE_OF_MIXED = 64
_HOSTS = ("storage.googleapis.com", "github.com", "huggingface.co")


def is_tfds_name(name, data_dir=None):
    """Whether TensorFlow Datasets knows a name, or has prepared it before."""
    tfds = import_tfds()
    base = name.split("/")[0].split(":")[0]
    root = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
    return bool(base) and (
        (root / base).is_dir() or base in tfds.list_builders(with_community_datasets=False)
    )


def open_tfds(name, image_size=None, channels=None, on_error="raise", split="train", data_dir=None):
    """Open a data set of TensorFlow Datasets, preparing it if it is not yet."""
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
    label_key = _find_label(builder.info)
    records = Records(builder, split, image_key, label_key, name)
    if records.is_random_access and math.prod(shape) > spool.MAX_BYTES_IN_MEMORY:
        read = LazyImages(records, shape, on_error)
        labels, skipped = read.labels, read.skipped
    else:
        pixels, labels, skipped = decode_all(records, shape, on_error)
        spool.advise_random(pixels)
        shape, read = pixels.shape, pixels.__getitem__
    return Source(
        records.name,
        shape,
        read,
        fingerprint=_hash(builder, split, split_info, shape),
        labels=labels,
        class_names=builder.info.features[label_key].names if label_key else None,
        skipped=skipped,
    )


def _find_builder(name, data_dir):
    tfds = import_tfds()
    data_dir = None if data_dir is None else os.path.expanduser(data_dir)
    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = [*tfds.list_builders(with_community_datasets=False), "digits"]
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
    # TensorFlow Datasets tries ten times with growing pauses, which takes minutes, and has
    # no public option for it: this is a name of its version 4.9.10.
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
    tfds = import_tfds()
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
