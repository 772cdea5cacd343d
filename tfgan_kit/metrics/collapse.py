"""Signs of a failing training, measured without labels from a few hundred samples."""

import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.checks import check_features
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.within_classes import by_class, mean_distance
from tfgan_kit.utils.errors import InvalidArgument

__all__ = [
    *("ADVICE", "Collapse", "CollapseDetector", "Signals"),
    *("diagnose", "find_alarms", "find_failures", "narrowest_classes"),
]

_NUM_BINS = 25
_NARROW_CLASS = 0.4
_FEWEST_OF_CLASS = 6
# What to try against each failure.
ADVICE = {
    "mode collapse": (
        "Try the recipe r3gan or wgan_gp, whose losses keep samples apart, or go back to the last "
        "healthy state with --on-collapse restore."
    ),
    "mode collapse within a class": (
        "Try a recipe that penalizes the discriminator's gradient (dcgan, r3gan), more images of "
        "the class, or training without labels (--unconditional)."
    ),
    "discriminator won": (
        "Try a recipe that penalizes the discriminator (r3gan, wgan_gp, dragan), more images, or "
        "in Python compile(augment=DiffAugment())."
    ),
    "generator dead": (
        "Try --precision float32, or the recipe tutorial, which has a lower learning rate; "
        "--on-collapse restore goes back to the last healthy state."
    ),
    "oscillating": (
        "Train on, since it often settles; if it stays, try a larger --batch-size, or the recipe "
        "tutorial, which has a lower learning rate."
    ),
}


@dataclasses.dataclass(frozen=True)
class Signals:
    """Measurements at one point of a training; NaN if unknown.

    Args:
        diversity: Float, mean pairwise distance of samples, relative to real images.
        effective_bins: Float, effective number of occupied bins, relative to real images.
        repeated_share: Float in [0, 1], samples that are almost equal to another one.
        drift: Float in [0, 1], samples in a different bin than in the previous measurement.
        saturation: Float in [0, 1], images that the discriminator classifies with 99 % certainty;
            the smaller share of real and generated. Defaults to NaN.
        generator_gradient: Float, norm of the generator's gradient. Defaults to NaN.
        discriminator_gradient: Float, norm of the discriminator's gradient. Defaults to NaN.
        lowest_class_diversity: Float, mean pairwise distance of samples of a class, relative to
            real images of it, where that is lowest. Defaults to NaN.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.Signals(1.0, 0.9, repeated_share=0.0, drift=0.1).saturation  # nan
    ```
    """

    diversity: float
    effective_bins: float
    repeated_share: float
    drift: float
    saturation: float = math.nan
    generator_gradient: float = math.nan
    discriminator_gradient: float = math.nan
    lowest_class_diversity: float = math.nan

    @classmethod
    def of(cls, record):
        """Signals from a dict that may lack some, or have more: the record of an epoch."""
        names = {field.name for field in dataclasses.fields(cls)}.intersection(record)
        return cls(**{name: record[name] for name in names})


class CollapseDetector:
    """Detects collapse by comparing features of few samples with those of real images.

    k-means divides the real features into 25 bins. Samples of a collapsed generator occupy few of
    them, are closer together than real images, or repeat.

    Args:
        real: Float array `(num, width)`, features of at least 50 real images.
        seed: Integer in [0, 2**31), seed of k-means. Defaults to 0.

    Attributes:
        histogram: Float64 array `(25,)`, shares of the latest samples in the bins, or None.

    Raises:
        InvalidArgument: If there are too few different rows.

    Example:
    ```python
    import numpy as np
    from tfgan_kit import metrics
    real, fake = np.random.default_rng(0).normal(size=(2, 256, 8))
    metrics.CollapseDetector(real).measure(np.repeat(fake[:5], 50, axis=0)).repeated_share  # 1.0
    ```

    Reference: Richardson and Weiss, 2018, https://arxiv.org/abs/1805.12462 (bins by k-means);
    Hill, 1973, https://doi.org/10.2307/1934352 (effective number, `exp(-sum(p log p))`).
    """

    def __init__(self, real, seed=0):
        from scipy.spatial.distance import pdist
        from sklearn.cluster import KMeans

        real = check_features("real", real, min_num=2 * _NUM_BINS)
        num_different = len(np.unique(real, axis=0))
        if num_different < _NUM_BINS:
            raise InvalidArgument(
                f"`real` must have at least {_NUM_BINS} different rows. Received: {num_different}"
            )
        self._bins = KMeans(_NUM_BINS, n_init=3, random_state=seed).fit(real)
        self._real_bins = _effective_number(self._histogram(real))
        self._real_distance = pdist(real).mean()
        self._real_neighbour = np.median(_neighbour_distances(real))
        self.histogram = None

    def measure(self, fake, **more):
        """`Signals` of features `(num, width)`, with values of other signals in `more`.

        Generate the samples from the same noise each time. If a value of `fake` is not finite, its
        signals are NaN.
        """
        from scipy.spatial.distance import pdist

        if not np.isfinite(fake).all():
            self.histogram = None
            return Signals(math.nan, math.nan, math.nan, math.nan, **more)
        fake = check_features("fake", fake, min_num=2)
        width = self._bins.n_features_in_
        if fake.shape[1] != width:
            raise InvalidArgument(
                f"`fake` must have the width of the real features, {width}. "
                f"Received: shape {fake.shape}"
            )
        own_distance = pdist(fake).mean()
        histogram = self._histogram(fake)
        last, self.histogram = self.histogram, histogram
        drift = math.nan if last is None else 0.5 * np.abs(histogram - last).sum()
        # Closer than real images ever are, and not only because all samples are similar,
        # as those of an untrained generator are.
        same = min(0.01 * self._real_neighbour, 0.05 * own_distance)
        return Signals(
            diversity=float(own_distance / self._real_distance),
            effective_bins=float(_effective_number(histogram) / self._real_bins),
            repeated_share=float(np.mean(_neighbour_distances(fake) < same)) if same > 0 else 0.0,
            drift=float(drift),
            **more,
        )

    def _histogram(self, values):
        # k-means requires the dtype that it was fitted with.
        assigned = self._bins.predict(values.astype(self._bins.cluster_centers_.dtype))
        return np.bincount(assigned, minlength=_NUM_BINS) / len(values)


def diagnose(history, warmup=5, patience=3):
    """Name the failures of a training.

    | name | condition; all but repeated samples must last for `patience` measurements |
    |---|---|
    | "mode collapse" | over half of the samples are repeated; or, after `warmup`, diversity or effective bins below 0.25 |
    | "mode collapse within a class" | after `warmup`, the lowest class diversity is below 0.4 |
    | "discriminator won" | it is 99 % certain of over 95 % of all images |
    | "generator dead" | samples or gradients are not finite, or the gradient's norm is below 1e-7 |
    | "oscillating" | after `warmup`, over 70 % of the samples change their bin |

    Args:
        history: Sequence of `Signals`, oldest first.
        warmup: Non-negative integer, number of first measurements to ignore. Defaults to 5.
        patience: Positive integer. Defaults to 3.

    Returns:
        A list of names; empty for a healthy training.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.diagnose([metrics.Signals(0.4, 0.2, repeated_share=0.9, drift=0.0)])
    # ["mode collapse"]
    ```
    """  # noqa: E501
    recent = history[-patience:]
    learned = list(history[max(warmup, len(history) - patience) :])

    def lasting(condition, signals):
        return len(signals) == patience and all(map(condition, signals))

    found = []
    if (history and history[-1].repeated_share > 0.5) or lasting(_is_narrow, learned):
        found.append("mode collapse")
    if lasting(lambda signals: signals.lowest_class_diversity < _NARROW_CLASS, learned):
        found.append("mode collapse within a class")
    if lasting(lambda signals: signals.saturation > 0.95, recent):
        found.append("discriminator won")
    if lasting(_is_dead, recent):
        found.append("generator dead")
    if lasting(lambda signals: signals.drift > 0.7, learned):
        found.append("oscillating")
    return found


def find_alarms(history, warmup=5, patience=3):
    """When each failure was diagnosed, and diagnosed again after it had disappeared.

    Args:
        history: As for `diagnose`.
        warmup: As for `diagnose`. Defaults to 5.
        patience: As for `diagnose`. Defaults to 3.

    Returns:
        A list of `(number, name)`; measurements are counted from 1.

    Example:
    ```python
    from tfgan_kit import metrics
    metrics.find_alarms([metrics.Signals(0.4, 0.2, repeated_share=0.9, drift=0.0)])
    # [(1, "mode collapse")]
    ```
    """
    return [(first, name) for first, _, name in find_failures(history, warmup, patience)]


def find_failures(history, warmup=5, patience=3):
    """When each failure was diagnosed, the first measurement without it or None, and its name."""
    failures, before = [], {}
    for number in range(1, len(history) + 1):
        found = diagnose(history[:number], warmup, patience)
        for name in [name for name in before if name not in found]:
            before.pop(name)[1] = number
        for name in found:
            if name not in before:
                before[name] = [number, None, name]
                failures.append(before[name])
    return [tuple(failure) for failure in failures]


def narrowest_classes(real, fake, labels):
    """The lowest diversity within a class, relative to real images, and those of narrow classes.

    Row `i` of both has label `i`. A class needs six rows; from two rows on it counts for all
    classes together, whose label is None.
    """
    found, all_real, all_fake = {}, 0.0, 0.0
    for label, x, y in by_class(real, labels, fake, labels, 2):
        distances = mean_distance(x)[0], mean_distance(y)[0]
        all_real, all_fake = all_real + distances[0], all_fake + distances[1]
        if len(x) >= _FEWEST_OF_CLASS and distances[0] > 0:
            found[label] = distances[1] / distances[0]
    if all_real > 0:
        found[None] = all_fake / all_real
    narrow = {label: value for label, value in found.items() if value < _NARROW_CLASS}
    return min(found.values(), default=math.nan), narrow


@dataclasses.dataclass(frozen=True)
class Collapse(Metric):
    """`diversity`, `effective_bins` and `repeated_share`: see `CollapseDetector`.

    Args:
        num: Integer, maximum number of samples of each side. Defaults to 1000.
        seed: Integer, seed of the bins. Defaults to 0.

    Example:
    ```python
    from tfgan_kit import data, metrics
    points = metrics.Samples.of(data.toy.get("grid").sample(99), metrics.Pixels())
    metrics.Collapse()(points, points)["diversity"].value  # 1.0
    ```
    """

    num: int = 1000
    seed: int = 0

    def __call__(self, real, fake):
        detector = CollapseDetector(real.features.values[: self.num], self.seed)
        signals = detector.measure(fake.features.values[: self.num])
        note = f"{min(self.num, len(fake)):,} samples"
        return {
            "diversity": Measurement(signals.diversity, "floor", note=note),
            "effective_bins": Measurement(signals.effective_bins, "floor", note=note),
            "repeated_share": Measurement(signals.repeated_share, "lower", note=note),
        }


def _is_narrow(signals):
    return signals.diversity < 0.25 or signals.effective_bins < 0.25


def _is_dead(signals):
    return math.isnan(signals.diversity) or (
        signals.generator_gradient < 1e-7 or math.isinf(signals.generator_gradient)
    )


def _effective_number(histogram):
    shares = histogram[histogram > 0]
    return math.exp(-(shares * np.log(shares)).sum())


def _neighbour_distances(values):
    from scipy.spatial.distance import pdist, squareform

    distances = squareform(pdist(values))
    np.fill_diagonal(distances, np.inf)
    return distances.min(axis=1)
