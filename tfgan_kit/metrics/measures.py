"""What a metric is: an object that turns two sets of samples into named numbers."""

import abc
import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.features import Features, extract

__all__ = ["Measurement", "Metric", "Samples"]


@dataclasses.dataclass(frozen=True, eq=False)
class Samples:
    """A set of images, real or generated, and what an extractor makes of them.

    Args:
        images: uint8 array `(num, height, width, channels)`, or float points
            `(num, 2)`.
        features: `Features` of these images.
        extractor: String, the extractor's name.
        fingerprint: String, the hash of the extractor's weights, or None where it
            is not known. Defaults to None.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    samples = metrics.Samples.of(np.zeros((10, 8, 8, 1), "uint8"), metrics.Pixels())
    len(samples)  # 10
    ```
    """

    images: np.ndarray
    features: Features
    extractor: str
    fingerprint: str | None = None

    @classmethod
    def of(cls, images, extractor, cache_dir=None):
        """Extract the features of images.

        Args:
            images: uint8 array `(num, height, width, channels)`, or float points
                `(num, 2)`.
            extractor: A `FeatureExtractor`.
            cache_dir: As for `extract`. Defaults to None.

        Returns:
            `Samples`.
        """
        features = extract(images, extractor, cache_dir=cache_dir)
        return cls(images, features, extractor.name, extractor.fingerprint)

    def __len__(self):
        return len(self.images)

    def take(self, num):
        """The first of them.

        Args:
            num: Integer, how many at the most.

        Returns:
            `Samples`.
        """
        features = Features(*(None if a is None else a[:num] for a in self.features))
        return dataclasses.replace(self, images=self.images[:num], features=features)


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One number of a metric.

    Args:
        value: Float.
        better: `"lower"`, `"higher"`, or `"floor"` where the value of real
            images is best.
        error: Float, the standard error, or NaN where there is none. Defaults to
            NaN.
        note: String, how it was computed, as far as that can vary. Defaults to
            an empty one.

    Example:

    ```python
    from tfgan_kit import metrics

    metrics.Measurement(12.5, "lower").error  # nan
    ```
    """

    value: float
    better: str
    error: float = math.nan
    note: str = ""


class Metric(abc.ABC):
    """A comparison of generated samples with real ones.

    A subclass is a small dataclass of its settings.

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
        """Measure."""
