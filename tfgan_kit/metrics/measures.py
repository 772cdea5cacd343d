"""What a metric is: an object that compares two sets of samples and returns named numbers."""

import abc
import dataclasses
import math

import numpy as np

from tfgan_kit.metrics import extractors
from tfgan_kit.metrics.checks import check_labels
from tfgan_kit.metrics.features import Features, extract
from tfgan_kit.metrics.standard_error import normal_interval, share_interval
from tfgan_kit.utils.text import shorten

__all__ = ["Measurement", "Metric", "Samples"]


@dataclasses.dataclass(frozen=True, eq=False)
class Samples:
    """A set of real or generated images and their features.

    Args:
        images: uint8 array `(num, height, width, channels)`, or float points `(num, 2)`.
        features: `Features` of the images.
        extractor: String, name of the extractor.
        fingerprint: String, hash of the extractor's weights, or None. Defaults to None.
        labels: Integer array `(num,)`, the classes of real images or the classes that images were
            generated for, or None. Defaults to None.
        classes: Sequence of integers, the label of each logit of a classifier of the data's own
            classes, or None. Defaults to None.
        class_names: Sequence of strings, the names of classes 0, 1, ..., or None. Defaults to None.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    samples = metrics.Samples.of(np.zeros((10, 8, 8, 1), "uint8"), "pixels")
    len(samples)  # 10
    ```
    """

    images: np.ndarray
    features: Features
    extractor: str
    fingerprint: str | None = None
    labels: np.ndarray | None = None
    classes: tuple | None = None
    class_names: tuple | None = None

    @classmethod
    def of(cls, images, extractor, labels=None, cache_dir=None):
        """Extract the features of images; arguments as for `Samples` and `extract`.

        `extractor` is a name as well, a Keras model or a callable, as for `MetricMonitor`.
        """
        extractor = extractors.get(extractor)
        labels = None if labels is None else check_labels(labels, len(images))
        features = extract(images, extractor, cache_dir=cache_dir)
        return cls(
            images, features, extractor.name, extractor.fingerprint, labels, extractor.classes
        )

    def __len__(self):
        return len(self.images)

    @property
    def predicted_labels(self):
        """Integer array `(num,)`, the labels that the classifier predicts, or None."""
        if self.classes is None:
            return None
        return np.asarray(self.classes)[self.features.logits.argmax(axis=1)]

    def class_name(self, label):
        """The name of a class, shortened, or its number as a string."""
        names = self.class_names or ()
        return shorten(names[label] if 0 <= label < len(names) else label)


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One number of a metric.

    Args:
        value: Float.
        better: `"lower"`, `"higher"`, or `"floor"` if the value of real images is best.
        error: Float, the standard error, or NaN if it is unknown. Defaults to NaN.
        note: String, how it was computed. Defaults to an empty string.
        bounds: Tuple of floats, the smallest and the largest possible value. Defaults to infinity
            on both sides.
        num: Positive integer if the value is the share of so many images, or None. Defaults to
            None.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.Measurement(0.0, "lower", num=100).interval  # (0.0, 0.037)
    ```
    """

    value: float
    better: str
    error: float = math.nan
    note: str = ""
    bounds: tuple = (-math.inf, math.inf)
    num: int | None = None

    @property
    def interval(self):
        """Tuple of floats, the 95 % interval: Wilson's of a share, otherwise a normal one."""
        if self.num is not None:
            return share_interval(self.value, self.num)
        return normal_interval(self.value, self.error, *self.bounds)


class Metric(abc.ABC):
    """Compares real and generated `Samples`. A subclass is a dataclass of its settings.

    Calling it returns a dict from names to `Measurement`s; an empty one if the samples lack what
    it needs, such as labels.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    class Brightness(metrics.Metric):
        def __call__(self, real, fake):
            ratio = fake.images.mean() / real.images.mean()
            return {"brightness": metrics.Measurement(ratio, better="floor")}
    real = metrics.Samples.of(np.full((10, 8, 8, 1), 100, "uint8"), metrics.Pixels())
    Brightness()(real, real)["brightness"].value  # 1.0
    ```
    """

    @abc.abstractmethod
    def __call__(self, real, fake):
        """Compare two `Samples`."""
