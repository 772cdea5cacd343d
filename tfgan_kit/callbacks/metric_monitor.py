"""`MetricMonitor`: metrics of the generator in the logs of an epoch."""

import math

import keras
import numpy as np
import tensorflow as tf

from tfgan_kit import media, metrics
from tfgan_kit.metrics import extractors, suite
from tfgan_kit.training.batch import check_range, unpack
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer, check_seed

__all__ = ["MetricMonitor", "generate_samples", "take_real"]

_FEWEST = 50


class MetricMonitor(keras.callbacks.Callback):
    """Measure the generator during training, on samples from fixed noise (and fixed labels).

    The values go into `logs`, where `RunCheckpoint` and Keras's `ModelCheckpoint` and
    `EarlyStopping` read them: pass those after this callback, with a `mode`. Epochs without a
    measurement repeat the previous values.

    Args:
        real: Real images: a `tfgan_kit.data.Source`, an array (uint8, floats in [-1, 1], or
            points `(num, 2)`), or a `tf.data.Dataset` of them, with or without labels.
        metrics: Sequence of names or `Metric`s of `tfgan_kit.metrics`. Defaults to
            `("frechet", "coverage")`, which give `frechet_<extractor>_distance`, `precision`,
            `recall`, `density` and `coverage`.
        extractor: A `FeatureExtractor`, `"random"`, `"pixels"`, `"inception"`, a Keras model or a
            callable. Defaults to `"random"`, whose values only compare epochs.
        num_samples: Integer of at least 10, number of real and of generated images. Fréchet
            distances are larger with fewer samples. Defaults to 1000.
        every_epochs: Positive integer, epochs between measurements. Defaults to 1.
        seed: Integer in [0, 2**31), random seed for noise, labels and the choice of real images.
            Defaults to 0.

    Raises:
        InvalidArgument: If a number is out of range or a name is unknown.

    Example:

    ```python
    import keras
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    digits = data.open_source("digits")
    monitor = callbacks.MetricMonitor(digits, num_samples=100)
    best = keras.callbacks.EarlyStopping("frechet_random_distance", mode="min", patience=5)
    history = gan.fit(data.batches(digits).take(2), callbacks=[monitor, best])
    history.history["frechet_random_distance"]
    ```

    Reference: Binkowski et al., 2018, https://arxiv.org/abs/1801.01401, section 4.
    """

    def __init__(
        self,
        real,
        metrics=("frechet", "coverage"),
        extractor="random",
        num_samples=1000,
        every_epochs=1,
        seed=0,
    ):
        super().__init__()
        self.metrics = [suite.get(each) for each in metrics]
        self.extractor = extractors.get(extractor)
        self.num_samples = check_integer("num_samples", num_samples, 10)
        self.every_epochs = check_integer("every_epochs", every_epochs, 1)
        self.seed = check_seed(seed)
        self._given = real
        self._real = None
        self._last = {}

    @property
    def real(self):
        """`Samples` of the real images, read and extracted on first use."""
        if self._real is None:
            images, labels = take_real(self._given, self.num_samples, self.seed)
            self._real = metrics.Samples.of(images, self.extractor, labels)
        return self._real

    def on_epoch_end(self, epoch, logs=None):
        # A resumed run may begin at any epoch, and its first epoch needs values as well.
        if not self._last or (epoch + 1) % self.every_epochs == 0:
            self._last = self.measure()
        if logs is not None:
            logs.update(self._last)

    def measure(self):
        """Dict of the metrics' names and values for the generator as it is now."""
        # As many as real images: distances depend on both numbers.
        is_conditional = self.model.num_classes is not None and self.model.clusters is None
        labels = self.real.labels if is_conditional else None
        images = generate_samples(self.model, len(self.real), self.seed, labels)
        if not np.isfinite(images).all():
            # Only points can be infinite. Other callbacks decide whether training goes on.
            return dict.fromkeys(self._last, math.nan)
        fake = metrics.Samples.of(images, self.extractor, labels)
        found = {}
        for metric in self.metrics:
            found.update(metric(self.real, fake))
        return {name: measurement.value for name, measurement in found.items()}


def generate_samples(gan, num, seed, labels=None):
    """Generated images as uint8, or points, as metrics expect them."""
    return _to_pixels(gan.generate(num, seed=seed, labels=labels))


def take_real(real, num, seed):
    """Some real images as uint8, or points, and their labels or None."""
    if isinstance(real, tf.data.Dataset):
        return _first_of(real, num)
    is_source = hasattr(real, "read") and hasattr(real, "__len__")
    labels = real.labels if is_source else None
    if isinstance(real, tuple) and len(real) == 2:
        real, labels = map(np.asarray, real)
        if not labels.ndim or len(labels) != len(real):
            raise InvalidArgument(
                "`real` must have one label for each image. "
                f"Received: {len(real)} images, labels of shape {labels.shape}"
            )
    elif isinstance(real, list):
        real = np.asarray(real)
    if not (is_source or isinstance(real, np.ndarray)) or not len(real):
        raise InvalidArgument(
            "`real` must be an opened source, an array, a tuple (images, labels) or a "
            f"tf.data.Dataset of real images. Received: {type(real).__name__}"
        )
    chosen = np.random.default_rng(seed).permutation(len(real))[:num]
    if is_source:
        images = real.read(chosen)
    else:
        chosen = np.sort(chosen)
        images = _to_pixels(_check(real[chosen]))
    return _once(images, None if labels is None else labels[chosen])


def _first_of(dataset, num):
    images, labels, count = [], [], 0
    for batch in dataset:
        pixels, numbers, _ = unpack(batch)
        images.append(pixels.numpy())
        labels.extend([] if numbers is None else [numbers.numpy()])
        count += len(images[-1])
        if count >= num:
            break
    if not images:
        raise InvalidArgument("`real` must have at least one batch. Received: an empty dataset")
    images = _to_pixels(_check(np.concatenate(images)[:num]))
    return _once(images, np.concatenate(labels)[:num] if labels else None)


def _once(images, labels):
    """Without copies, whose neighbourhoods are empty; with them if too few would be left."""
    first = sorted({each.tobytes(): at for at, each in reversed([*enumerate(images)])}.values())
    if not _FEWEST <= len(first) < len(images):
        return images, labels
    return images[first], None if labels is None else labels[first]


def _check(real):
    """Raise an error for anything but uint8 pixels, floats in [-1, 1] and points."""
    is_float = real.dtype.kind == "f"
    is_images = real.ndim == 4 and (real.dtype == np.uint8 or is_float)
    if not is_images and not (real.ndim == 2 and is_float):
        raise InvalidArgument(
            "`real` must be images (num, height, width, channels), uint8 or floats in [-1, 1], "
            f"or float points (num, width). Received: {real.dtype} of shape {real.shape}"
        )
    if is_images:
        check_range(real)
    return real


def _to_pixels(samples):
    if samples.ndim == 2:
        return samples.astype("float32")
    return samples if samples.dtype == np.uint8 else media.to_uint8(samples)
