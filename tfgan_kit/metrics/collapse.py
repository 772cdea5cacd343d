"""Signs of a training that goes wrong, from a few hundred samples and without labels."""

import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.checks import check_features
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["CollapseDetector", "Signals", "diagnose", "find_alarms"]

_NUM_BINS = 25


@dataclasses.dataclass(frozen=True)
class Signals:
    """What one look at a training shows; NaN where something could not be measured.

    Args:
        diversity: Float, the mean pairwise distance of samples over that of real
            images; near 1 when healthy.
        effective_bins: Float, the effective number of bins of the real
            distribution that samples fall into, over that of real images; near
            1 when healthy.
        repeated_share: Float in [0, 1], samples that are all but equal to
            another.
        drift: Float in [0, 1], the share of samples that would have to change
            their bin to make the last look's histogram into this one's, from the
            same noise. NaN at the first look.
        saturation: Float in [0, 1], the smaller of the shares of real and of
            generated images of which the discriminator is 99 % sure. Defaults to
            NaN.
        generator_gradient: Float, the norm of the generator loss's gradient.
            Defaults to NaN.
        discriminator_gradient: Float, that of the discriminator's. Defaults to
            NaN.

    Example:

    ```python
    from tfgan_kit.metrics.collapse import Signals

    Signals(diversity=1.0, effective_bins=0.9, repeated_share=0.0, drift=0.1).saturation  # nan
    ```
    """

    diversity: float
    effective_bins: float
    repeated_share: float
    drift: float
    saturation: float = math.nan
    generator_gradient: float = math.nan
    discriminator_gradient: float = math.nan


class CollapseDetector:
    """Compares samples with real images in a feature space, cheaply.

    The real features are cut into bins by k-means. Samples of a collapsed
    generator fall into few of them, lie nearer to each other than real images
    do, or are the same sample again and again.

    Args:
        real: Float array `(num, width)`, features of real images; 50 rows or
            more.
        seed: Integer in [0, 2**31), of k-means. Defaults to 0.

    Attributes:
        histogram: Float64 array, the shares of the last look's samples in the
            bins, or None before the first look. Set it to go on from an earlier
            one.

    Raises:
        InvalidArgument: If there are too few rows, or too few different ones.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    generator = np.random.default_rng(0)
    detector = metrics.CollapseDetector(generator.normal(size=(256, 8)))
    signals = detector.measure(np.repeat(generator.normal(size=(5, 8)), 50, axis=0))
    signals.repeated_share  # 1.0
    ```

    Reference: bins by k-means: Richardson and Weiss, 2018 (NDB),
    https://arxiv.org/abs/1805.12462. The effective number of bins is
    `exp(-sum(p log p))`, Hill's of order 1, https://doi.org/10.2307/1934352.
    """

    def __init__(self, real, seed=0):
        from scipy.spatial.distance import pdist
        from sklearn.cluster import KMeans

        real = check_features("real", real, min_num=2 * _NUM_BINS)
        if len(np.unique(real, axis=0)) < _NUM_BINS:
            raise InvalidArgument(
                f"`real` must hold {_NUM_BINS} different rows or more, to compare samples with. "
                f"Received: {len(np.unique(real, axis=0))}"
            )
        self._bins = KMeans(_NUM_BINS, n_init=3, random_state=seed).fit(real)
        self._real_bins = _effective_number(self._histogram(real))
        self._real_distance = pdist(real).mean()
        self._real_neighbour = np.median(_neighbour_distances(real))
        self.histogram = None

    def measure(self, fake, **more):
        """Look at samples, which should come from the same noise each time.

        Args:
            fake: Float array `(num, width)`, features of samples; 2 rows or
                more. What is not finite makes all signals NaN.
            **more: `saturation`, `generator_gradient` and
                `discriminator_gradient` of `Signals`, where they are known.

        Returns:
            `Signals`.
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
                f"Received: {fake.shape[1]}"
            )
        own_distance = pdist(fake).mean()
        histogram = self._histogram(fake)
        last, self.histogram = self.histogram, histogram
        drift = math.nan if last is None else 0.5 * np.abs(histogram - last).sum()
        # Nearer than real images ever are, and not only because all samples are alike still,
        # as those of a new generator are.
        same = min(0.01 * self._real_neighbour, 0.05 * own_distance)
        return Signals(
            diversity=float(own_distance / self._real_distance),
            effective_bins=float(_effective_number(histogram) / self._real_bins),
            repeated_share=float(np.mean(_neighbour_distances(fake) < same)) if same > 0 else 0.0,
            drift=float(drift),
            **more,
        )

    def _histogram(self, values):
        # k-means wants the dtype that it was fitted with.
        assigned = self._bins.predict(values.astype(self._bins.cluster_centers_.dtype))
        return np.bincount(assigned, minlength=_NUM_BINS) / len(values)


def diagnose(history, warmup=5, patience=3):
    """Name what is wrong with a training.

    | name | what is seen |
    |---|---|
    | "mode collapse" | more than half of the samples are repeated: at once; or, after the warm-up, diversity or effective bins below 0.25 in `patience` looks running |
    | "discriminator won" | it is 99 % sure of over 95 % of all images in `patience` looks running |
    | "generator dead" | samples or gradients are not finite, or the gradient's norm is below 1e-7: `patience` looks running |
    | "oscillating" | after the warm-up, over 70 % of the samples change their bin from look to look, `patience` looks running |

    Before the warm-up is over a healthy generator, too, makes one shape only.

    Args:
        history: Sequence of `Signals`, one a look, oldest first.
        warmup: Integer, 0 or more, looks at the beginning that may show little
            diversity. Defaults to 5.
        patience: Integer, 1 or more. Defaults to 3.

    Returns:
        A list of names, empty where all is well.

    Example:

    ```python
    from tfgan_kit.metrics.collapse import Signals, diagnose

    diagnose([Signals(diversity=0.4, effective_bins=0.2, repeated_share=0.9, drift=0.0)])
    # ["mode collapse"]
    ```
    """  # noqa: E501
    recent = history[-patience:]
    learned = list(history[max(warmup, len(history) - patience) :])

    def lasting(condition, looks):
        return len(looks) == patience and all(map(condition, looks))

    found = []
    if (history and history[-1].repeated_share > 0.5) or lasting(_is_narrow, learned):
        found.append("mode collapse")
    if lasting(lambda look: look.saturation > 0.95, recent):
        found.append("discriminator won")
    if lasting(_is_dead, recent):
        found.append("generator dead")
    if lasting(lambda look: look.drift > 0.7, learned):
        found.append("oscillating")
    return found


def find_alarms(history, warmup=5, patience=3):
    """When each thing that is wrong was first seen, and seen again after it was gone.

    Args:
        history: Sequence of `Signals`, one a look, oldest first.
        warmup: As for `diagnose`. Defaults to 5.
        patience: As for `diagnose`. Defaults to 3.

    Returns:
        A list of `(look, name)`, looks counted from 1.

    Example:

    ```python
    from tfgan_kit.metrics.collapse import Signals, find_alarms

    find_alarms([Signals(diversity=0.4, effective_bins=0.2, repeated_share=0.9, drift=0.0)])
    # [(1, "mode collapse")]
    ```
    """
    alarms, before = [], []
    for look in range(1, len(history) + 1):
        found = diagnose(history[:look], warmup, patience)
        alarms.extend((look, name) for name in found if name not in before)
        before = found
    return alarms


def _is_narrow(look):
    return look.diversity < 0.25 or look.effective_bins < 0.25


def _is_dead(look):
    return math.isnan(look.diversity) or (
        look.generator_gradient < 1e-7 or math.isinf(look.generator_gradient)
    )


def _effective_number(histogram):
    shares = histogram[histogram > 0]
    return math.exp(-(shares * np.log(shares)).sum())


def _neighbour_distances(values):
    from scipy.spatial.distance import pdist, squareform

    distances = squareform(pdist(values))
    np.fill_diagonal(distances, np.inf)
    return distances.min(axis=1)
