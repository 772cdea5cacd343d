"""Metrics of what samples show: classes, repetitions, patches, likeness and modes, as objects."""

import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.collapse import CollapseDetector
from tfgan_kit.metrics.diversity import ms_ssim_diversity
from tfgan_kit.metrics.feature_metrics import bootstrap_error
from tfgan_kit.metrics.measures import Measurement, Metric
from tfgan_kit.metrics.modes import assign_modes, mode_coverage
from tfgan_kit.metrics.sliced import sliced_wasserstein

__all__ = ["Classes", "Collapse", "Modes", "MsSsim", "Sliced"]


@dataclasses.dataclass(frozen=True)
class Classes(Metric):
    """`classes_hit` and `class_kl`: which classes there are; nothing without logits.

    Each sample counts for the class of its largest logit. A class is hit if its
    share is at least a fifth of its share among real images. `class_kl` is the
    Kullback–Leibler divergence, in nats, of the samples' classes from those of
    real images, each count one larger so that it is finite.

    Args:
        num_bootstrap: Integer, 0 or more, resamples for the standard error.
            Defaults to 0.
        seed: Integer, of the resampling. Defaults to 0.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    features = metrics.Features(np.zeros((4, 2)), np.eye(4))
    real = metrics.Samples(np.zeros((4, 2)), features, "classifier")
    metrics.Classes()(real, real)["classes_hit"].value  # 4.0
    ```
    """

    num_bootstrap: int = 0
    seed: int = 0

    def __call__(self, real, fake):
        if fake.features.logits is None:
            return {}
        num = fake.features.logits.shape[1]
        x, y = (each.features.logits.argmax(axis=1) for each in (real, fake))
        real_share, share = (np.bincount(each, minlength=num) / len(each) for each in (x, y))
        present = real_share > 0
        hit = np.count_nonzero(share[present] >= 0.2 * real_share[present])
        error = bootstrap_error(
            lambda i, j: _class_kl(x[i], y[j], num), (x, y), self.num_bootstrap, self.seed
        )
        return {
            "classes_hit": Measurement(
                float(hit), "higher", note=f"of {np.count_nonzero(present)} among real images"
            ),
            "class_kl": Measurement(_class_kl(x, y, num), "lower", error, "nats"),
        }


@dataclasses.dataclass(frozen=True)
class Collapse(Metric):
    """`diversity`, `effective_bins` and `repeated_share`: see `CollapseDetector`.

    Args:
        num: Integer, how many samples of each side it looks at. Defaults to
            1000.
        seed: Integer, of the bins. Defaults to 0.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    real = metrics.Samples.of(np.random.default_rng(0).normal(size=(99, 2)), metrics.Pixels())
    metrics.Collapse()(real, real)["diversity"].value  # 1.0
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


@dataclasses.dataclass(frozen=True)
class Sliced(Metric):
    """`sliced_wasserstein` and its levels: see `sliced_wasserstein`; of images only.

    Args:
        num: Integer, how many images of each side it looks at. Defaults to 2000.
        seed: Integer, of patches and directions. Defaults to 0.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 1), "uint8")
    real = metrics.Samples.of(pixels, metrics.Pixels())
    metrics.Sliced()(real, real)["sliced_wasserstein"].value  # 0.0
    ```
    """

    num: int = 2000
    seed: int = 0

    def __call__(self, real, fake):
        if fake.images.ndim != 4 or min(fake.images.shape[1:3]) < 7:
            return {}
        num = min(self.num, len(real), len(fake))
        result = sliced_wasserstein(real.images[:num], fake.images[:num], seed=self.seed)
        note = f"×1e3, {num:,} images, 7×7 patches"
        levels = {
            f"sliced_wasserstein_{side}": Measurement(value, "lower", note=note)
            for side, value in result.levels.items()
        }
        return {"sliced_wasserstein": Measurement(result.mean, "lower", note=note), **levels}


@dataclasses.dataclass(frozen=True)
class MsSsim(Metric):
    """`ms_ssim`: see `ms_ssim_diversity`; within the predicted classes if there are logits.

    Args:
        num_pairs: Integer. Defaults to 500.
        seed: Integer, of the pairs. Defaults to 0.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 1), "uint8")
    real = metrics.Samples.of(pixels, metrics.Pixels())
    metrics.MsSsim(num_pairs=4)(real, real)["ms_ssim"].better  # "floor"
    ```
    """

    num_pairs: int = 500
    seed: int = 0

    def __call__(self, real, fake):
        if fake.images.ndim != 4 or min(fake.images.shape[1:3]) < 11:
            return {}
        logits = fake.features.logits
        labels = None if logits is None else logits.argmax(axis=1)
        result = ms_ssim_diversity(fake.images, labels, self.num_pairs, self.seed)
        error = result.std / math.sqrt(result.num_pairs)
        within = "within a class" if labels is not None else "of any two"
        note = f"{result.num_pairs:,} pairs {within}, {result.num_scales} scales"
        return {"ms_ssim": Measurement(result.mean, "floor", error, note)}


@dataclasses.dataclass(frozen=True, eq=False)
class Modes(Metric):
    """`modes`, `mode_kl` and `good_share` of points, counted exactly: see `mode_coverage`.

    Args:
        centers: Float array `(num_modes, 2)`, such as the `modes` of a toy
            distribution.
        radius: Float above 0, how far a good sample is from its mode at most:
            three standard deviations in the literature.

    Example:

    ```python
    from tfgan_kit import data, metrics

    grid = data.toy.get("grid")
    points = metrics.Samples.of(grid.sample(2500), metrics.Pixels())
    metrics.Modes(grid.modes, 3 * grid.std)(points, points)["modes"].value  # 25.0
    ```
    """

    centers: np.ndarray
    radius: float

    def __call__(self, real, fake):
        assigned = assign_modes(fake.features.values, self.centers, self.radius)
        result = mode_coverage(assigned, len(self.centers))
        return {
            "modes": Measurement(float(result.num_hit), "higher", note=f"of {len(self.centers)}"),
            "mode_kl": Measurement(result.kl_to_uniform, "lower", note="nats"),
            "good_share": Measurement(result.good_share, "higher"),
        }


def _class_kl(real, fake, num_classes):
    p, q = (np.bincount(each, minlength=num_classes) + 1.0 for each in (fake, real))
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())
