"""From images to features: the interface of all extractors, in batches, cached by content."""

import abc
import hashlib
import json
import pathlib
from typing import NamedTuple

import keras
import numpy as np

from tfgan_kit.metrics.checks import UNREADABLE
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.keras_compat import all_layers
from tfgan_kit.utils.validation import check_integer

__all__ = ["FeatureExtractor", "Features", "extract", "hash_arrays", "hash_model"]

_BLOCK = 1024


class Features(NamedTuple):
    """Features of images, and logits if the extractor is a classifier.

    Args:
        values: float64 array `(num, width)`, the features.
        logits: float64 array `(num, num_classes)` or None. Defaults to None.

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
    """A function from images to `Features`. A subclass implements `call` for one batch.

    A classifier of the data's own classes sets `classes` to the labels of its logits.

    Args:
        name: String, part of the names of metrics: `frechet_<name>_distance`.
        fingerprint: String, the cache key, which must change with weights and settings; or None to
            disable the cache.
        note: String, one sentence that is printed with the numbers. Defaults to an empty string.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    class Means(metrics.FeatureExtractor):
        def call(self, images):
            return images.mean(axis=(1, 2)), None
    Means("means", "means-1")(np.zeros((4, 8, 8, 3), "uint8")).values.shape  # (4, 3)
    ```
    """

    classes = None

    def __init__(self, name, fingerprint, note=""):
        self.name = name
        self.fingerprint = fingerprint
        self.note = note

    @abc.abstractmethod
    def call(self, images):
        """The features of one batch, and its logits or None."""

    def __call__(self, images, batch_size=256, advance=None):
        """The `Features` of any number of images; calls `advance(num)` after each batch."""
        check_integer("batch_size", batch_size, 1)
        if not len(images):
            raise InvalidArgument("`images` must contain at least one image. Received: none")
        batches = []
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size]
            _check_batch(batch)
            batches.append(self.call(batch))
            if advance is not None:
                advance(len(batch))
        values, logits = zip(*batches, strict=True)
        features = Features(_join(values), None if logits[0] is None else _join(logits))
        if not np.isfinite(features.values).all():
            raise InvalidArgument(
                f"The extractor {self.name!r} must return finite features. Received: NaN or inf"
            )
        return features


def extract(images, extractor, batch_size=256, cache_dir=None, advance=None):
    """Compute the features of images, or read them from the cache.

    Args:
        images: uint8 array `(num, height, width, channels)`, float points `(num, width)`, or an
            object with a length and slices of these. If it has an attribute `content_hash`, the
            images are not read to compute the cache key.
        extractor: A `FeatureExtractor`.
        batch_size: Positive integer. Defaults to 256.
        cache_dir: String or `os.PathLike`, or None to disable the cache. Defaults to None.
        advance: Callable of the size of each batch, for a progress bar. Defaults to None.

    Returns:
        `Features`.

    Raises:
        InvalidArgument: If the extractor does not accept the images.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    images = np.zeros((10, 8, 8, 1), "uint8")
    metrics.extract(images, metrics.Pixels(), cache_dir="cache").values.shape  # (10, 64)
    ```
    """
    if cache_dir is None or extractor.fingerprint is None:
        return extractor(images, batch_size, advance)
    key = hashlib.sha256(f"{_content_hash(images)} {extractor.fingerprint}".encode()).hexdigest()
    path = pathlib.Path(cache_dir) / f"{extractor.name}-{key[:32]}.npz"
    cached = _read(path, len(images))
    if cached is not None:
        return cached
    features = extractor(images, batch_size, advance)
    arrays = {"values": features.values, "logits": features.logits}
    with atomic_path(path) as temporary:
        np.savez(temporary, **{k: _smallest(v) for k, v in arrays.items() if v is not None})
    return features


def hash_arrays(arrays):
    """The SHA-256 of the contents, shapes and dtypes of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(array)
    return digest.hexdigest()


def hash_model(model):
    """The SHA-256 of a model's weights and configuration, independent of layer names."""
    try:
        config = json.dumps(keras.saving.serialize_keras_object(model)["config"], sort_keys=True)
    except (NotImplementedError, TypeError):  # A subclass that cannot be serialized.
        config = " ".join(type(layer).__name__ for layer in model.layers)
    # Keras numbers layer names per process, so that they carry no information.
    for place, layer in enumerate(all_layers(model)):
        config = config.replace(f'"{layer.name}"', f'"layer {place}"')
    return hash_arrays([np.frombuffer(config.encode(), "uint8"), *model.get_weights()])


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
    """As float32 if the conversion is exact, as for the outputs of a float32 network."""
    small = values.astype("float32")
    return small if np.array_equal(small, values) else values


def _read(path, num):
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name].astype("float64") for name in file.files}
        features = Features(arrays["values"], arrays.get("logits"))
    except UNREADABLE:
        return None
    return features if len(features.values) == num else None
