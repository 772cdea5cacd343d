"""Images to features: one interface for every extractor, in batches, cached by content."""

import abc
import hashlib
import pathlib
import zipfile
import zlib
from typing import NamedTuple

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer

__all__ = ["FeatureExtractor", "Features", "extract", "hash_arrays"]

_BLOCK = 1024
# All that numpy and zipfile are seen to raise for files with flipped or missing bytes.
_UNREADABLE = (
    *(OSError, ValueError, KeyError, EOFError, TypeError, AttributeError),
    *(NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error),
)


class Features(NamedTuple):
    """What an extractor makes of images.

    Args:
        values: float64 array `(num, width)`, the features.
        logits: float64 array `(num, num_classes)`, or None where the extractor
            is no classifier.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.metrics import Features

    Features(np.zeros((10, 64)), None).values.shape  # (10, 64)
    ```
    """

    values: np.ndarray
    logits: np.ndarray | None = None


class FeatureExtractor(abc.ABC):
    """A function from images to features that knows its name and its weights.

    A subclass implements `call`. Two extractors with the same `fingerprint`
    must give the same features, since the cache on disk goes by it.

    Args:
        name: String, as it stands in the names of metrics:
            `frechet_<name>_distance`.
        fingerprint: String that changes with the weights and the settings, or
            None for features that must not be cached.
        note: String, one sentence that is printed beside the numbers. Defaults
            to an empty one.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    class Means(metrics.FeatureExtractor):
        def call(self, images):
            return images.mean(axis=(1, 2)), None

    extractor = Means("means", fingerprint="means-1")
    extractor(np.zeros((4, 8, 8, 3), "uint8")).values.shape  # (4, 3)
    ```
    """

    def __init__(self, name, fingerprint, note=""):
        self.name = name
        self.fingerprint = fingerprint
        self.note = note

    @abc.abstractmethod
    def call(self, images):
        """The features of one batch."""

    def __call__(self, images, batch_size=256):
        """The features of any number of images."""
        check_integer("batch_size", batch_size, 1)
        if not hasattr(images, "__len__"):
            raise InvalidArgument(
                f"`images` must be an array of images. Received: {type(images).__name__}"
            )
        if not len(images):
            raise InvalidArgument("`images` must hold at least one image. Received: none")
        batches = []
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size]
            _check_batch(batch)
            batches.append(self.call(batch))
        values, logits = zip(*batches, strict=True)
        features = Features(_join(values), None if logits[0] is None else _join(logits))
        if not np.isfinite(features.values).all():
            raise InvalidArgument(
                f"The extractor {self.name!r} must give finite features. Received: NaN or infinity"
            )
        return features

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r} {str(self.fingerprint)[:12]}>"


def extract(images, extractor, batch_size=256, cache_dir=None):
    """The features of images, read from disk where they were computed before.

    A cached file is found by the SHA-256 of the images' bytes, shape and dtype
    together with the extractor's fingerprint. It appears whole or not at all;
    one that cannot be read is computed anew.

    Args:
        images: uint8 array `(num, height, width, channels)`, float points
            `(num, width)`, or anything with a length and slices of these. An
            attribute `content_hash` spares the reading of all images to hash
            them.
        extractor: A `FeatureExtractor`.
        batch_size: Integer, 1 or more. Defaults to 256.
        cache_dir: String or `os.PathLike`, the folder of cached features, or
            None for none. Defaults to None.

    Returns:
        `Features`.

    Raises:
        InvalidArgument: As the extractor does.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    images = np.zeros((10, 8, 8, 1), "uint8")
    metrics.extract(images, metrics.Pixels(), cache_dir="cache").values.shape  # (10, 64)
    ```
    """
    if cache_dir is None or extractor.fingerprint is None:
        return extractor(images, batch_size)
    key = hashlib.sha256(f"{_content_hash(images)} {extractor.fingerprint}".encode()).hexdigest()
    path = pathlib.Path(cache_dir) / f"{extractor.name}-{key[:32]}.npz"
    cached = _read(path, len(images))
    if cached is not None:
        return cached
    features = extractor(images, batch_size)
    arrays = {"values": features.values, "logits": features.logits}
    with atomic_path(path) as temporary:
        np.savez(temporary, **{k: _smallest(v) for k, v in arrays.items() if v is not None})
    return features


def hash_arrays(arrays):
    """The SHA-256 of arrays' contents, shapes and dtypes."""
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(array)
    return digest.hexdigest()


def _content_hash(images):
    given = getattr(images, "content_hash", None)
    if given is not None:
        return given
    return hash_arrays(images[start : start + _BLOCK] for start in range(0, len(images), _BLOCK))


def _check_batch(batch):
    dtype = getattr(batch, "dtype", None)
    if dtype == np.uint8 and batch.ndim == 4:
        return
    if dtype is not None and dtype.kind == "f" and batch.ndim == 2:
        return
    raise InvalidArgument(
        "`images` must be uint8 of shape (num, height, width, channels), or float points of shape "
        f"(num, width). Received: {dtype or type(batch).__name__} of shape "
        f"{getattr(batch, 'shape', None)}; tfgan_kit.media.to_uint8 converts floats in [-1, 1]"
    )


def _join(batches):
    return np.concatenate([np.asarray(batch, dtype="float64") for batch in batches])


def _smallest(values):
    """As float32 where that loses nothing, as it does not for a float32 network."""
    small = values.astype("float32")
    return small if np.array_equal(small, values) else values


def _read(path, num):
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name].astype("float64") for name in file.files}
        features = Features(arrays["values"], arrays.get("logits"))
    except _UNREADABLE:
        return None
    return features if len(features.values) == num else None
