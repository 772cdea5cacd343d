"""Within each class: how far generated images are from real ones, and how varied they are."""

import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.frechet import frechet_distance
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.standard_error import bootstrap_error

__all__ = ["ClassDiversity", "ClassFrechet", "by_class", "mean_distance"]

_WIDE = 256


@dataclasses.dataclass(frozen=True)
class ClassFrechet(Metric):
    """`class_frechet`: mean of the Fréchet distances within each class.

    Also `class_frechet_<label>` for each class: the distance between as many real and generated
    images of it. It is larger for few images, by a lot if they are fewer than the features, so that
    only the value of real images says what is small. Needs `labels` of both sides.

    Args:
        min_num: Integer of at least 2; classes with fewer real images, or with fewer than half as
            many generated ones, are left out. Defaults to 20.
        num_bootstrap: Non-negative integer, a tenth of it are resamples of each class for the
            standard error; none for features wider than 256. Defaults to 0: no standard error.
        seed: Integer, seed of the resampling. Defaults to 0.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    sets, labels = np.random.default_rng(0).normal(size=(2, 99, 2)), np.arange(99) % 3
    real, fake = (metrics.Samples.of(each, "pixels", labels) for each in sets)
    metrics.ClassFrechet(min_num=20)(real, fake)["class_frechet"].value  # near 0
    ```

    Reference: Intra-FID, Miyato and Koyama, 2018, https://arxiv.org/abs/1802.05637, section 4.
    """

    min_num: int = 20
    num_bootstrap: int = 0
    seed: int = 0

    def __call__(self, real, fake):
        def measure(x, y):
            num = self.num_bootstrap // 10 if x.shape[1] <= _WIDE else 0
            error = bootstrap_error(
                lambda i, j: frechet_distance(x[i], y[j]), (x, y), num, self.seed
            )
            return frechet_distance(x, y), error

        return _rows("class_frechet", real, fake, self.min_num, measure, "lower")


@dataclasses.dataclass(frozen=True)
class ClassDiversity(Metric):
    """`class_diversity`: mean distance between two images of a class, relative to real images.

    Also `class_diversity_<label>` for each class. 1 for real images, near 0 if conditioning gives
    one picture a class. Needs `labels` of both sides.

    Args:
        min_num: As for `ClassFrechet`. Defaults to 10.
        num: Integer, maximum number of images of each class and side. Defaults to 1000.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    points, labels = np.random.default_rng(0).normal(size=(99, 2)), np.arange(99) % 3
    real, fake = (metrics.Samples.of(each, "pixels", labels) for each in (points, points / 2))
    metrics.ClassDiversity()(real, fake)["class_diversity"].value  # 0.5
    ```

    Reference: the collapse is that of Shahbazi et al., 2022, https://arxiv.org/abs/2201.06578.
    """

    min_num: int = 10
    num: int = 1000

    def __call__(self, real, fake):
        def measure(x, y):
            return _relative_diversity(x[: self.num], y[: self.num])

        return _rows("class_diversity", real, fake, self.min_num, measure, "floor")


def by_class(real, real_labels, fake, fake_labels, min_num):
    """Yield label, real and as many generated rows of each class that has enough of them."""
    real_labels, fake_labels = np.asarray(real_labels), np.asarray(fake_labels)
    for label in np.unique(real_labels):
        x, y = real[real_labels == label], fake[fake_labels == label]
        # Half as many, so that the draw of labels hardly decides which classes are measured.
        if len(x) >= min_num and len(y) >= max(2, min_num / 2):
            num = min(len(x), len(y))
            yield int(label), x[:num], y[:num]


def _relative_diversity(real, fake):
    """Mean distance between two rows, generated over real, and its standard error."""
    (x, x_error), (y, y_error) = map(mean_distance, (real, fake))
    return (y / x, math.hypot(y_error, x_error * y / x) / x) if x else (math.nan, math.nan)


def mean_distance(values):
    """The mean over all pairs, and its standard error (Hoeffding, 1948)."""
    from scipy.spatial.distance import pdist, squareform

    means = squareform(pdist(values)).sum(axis=1) / (len(values) - 1)
    return float(means.mean()), float(2 * means.std(ddof=1) / math.sqrt(len(values)))


def _rows(name, real, fake, min_num, measure, better):
    """The mean of `measure` of all classes, and one row for each."""
    if real.labels is None or fake.labels is None:
        return {}
    rows, bounds = {}, (0, math.inf)
    sides = real.features.values, real.labels, fake.features.values, fake.labels
    for label, x, y in by_class(*sides, min_num):
        value, error = measure(x, y)
        if not math.isnan(value):
            rows[label] = Measurement(value, better, error, f"{len(x):,} images", bounds)
    if not rows:
        return {name: Measurement(math.nan, better, note=f"no class has {min_num} images")}
    worst = (max if better == "lower" else min)(rows, key=lambda label: rows[label].value)
    note = f"worst class: {fake.class_name(worst)}, {rows[worst].value:.3g}"
    left_out = len(np.unique(real.labels)) - len(rows)
    note += f"; {left_out} with too few images left out" if left_out else ""
    mean = float(np.mean([each.value for each in rows.values()]))
    error = math.hypot(*(each.error for each in rows.values())) / len(rows)
    classes = {f"{name}_{label}": each for label, each in rows.items()}
    return {name: Measurement(mean, better, error, note, bounds), **classes}
