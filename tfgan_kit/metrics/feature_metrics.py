"""Metrics of features: distances, scores and manifolds, as objects."""

import dataclasses
import math

import numpy as np

from tfgan_kit.metrics.coverage import manifold_metrics
from tfgan_kit.metrics.distances import frechet_distance, inception_score, kernel_distance
from tfgan_kit.metrics.measures import Measurement, Metric

__all__ = ["Coverage", "Frechet", "Kernel", "Score", "bootstrap_error", "error_of_mean"]

_WIDE = 256


@dataclasses.dataclass(frozen=True)
class Frechet(Metric):
    """`frechet_<extractor>_distance`: see `frechet_distance`.

    Args:
        num_bootstrap: Integer, 0 or more, resamples of both sets for the standard
            error; a tenth of it for features wider than 256, which take long.
            Defaults to 0: none.
        seed: Integer, of the resampling. Defaults to 0.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    real = metrics.Samples.of(np.random.default_rng(0).normal(size=(50, 2)), metrics.Pixels())
    metrics.Frechet()(real, real)["frechet_pixels_distance"].value  # 0.0
    ```
    """

    num_bootstrap: int = 0
    seed: int = 0

    def __call__(self, real, fake):
        x, y = real.features.values, fake.features.values
        num = self.num_bootstrap if x.shape[1] <= _WIDE else self.num_bootstrap // 10
        error = bootstrap_error(lambda i, j: frechet_distance(x[i], y[j]), (x, y), num, self.seed)
        name = f"frechet_{real.extractor}_distance"
        note = f"error by {num} bootstrap resamples" if num else ""
        return {name: Measurement(frechet_distance(x, y), "lower", error, note)}


@dataclasses.dataclass(frozen=True)
class Kernel(Metric):
    """`kernel_<extractor>_distance`: see `kernel_distance`.

    The standard error is the subsets' standard deviation times the root of
    subset size over samples left out; NaN where none are.

    Args:
        num_subsets: Integer. Defaults to 100.
        subset_size: Integer; half of the samples where there are fewer than twice
            as many. Defaults to 1000.
        seed: Integer, of the subsets. Defaults to 0.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    real = metrics.Samples.of(np.random.default_rng(0).normal(size=(50, 2)), metrics.Pixels())
    metrics.Kernel(num_subsets=10)(real, real)["kernel_pixels_distance"].error >= 0  # True
    ```

    Reference: the error is that of subsampling: Politis and Romano, 1994,
    https://doi.org/10.1214/aos/1176325770.
    """

    num_subsets: int = 100
    subset_size: int = 1000
    seed: int = 0

    def __call__(self, real, fake):
        x, y = real.features.values, fake.features.values
        num = min(len(x), len(y))
        # A subset of everything would be the same each time, and say nothing of the error.
        size = min(self.subset_size, max(2, num // 2))
        result = kernel_distance(x, y, self.num_subsets, size, seed=self.seed)
        error = result.std * math.sqrt(size / (num - size)) if size < num else math.nan
        note = f"{self.num_subsets} subsets of {size:,}, standard deviation {result.std:.3g}"
        name = f"kernel_{real.extractor}_distance"
        return {name: Measurement(result.mean, "lower", error, note)}


@dataclasses.dataclass(frozen=True)
class Coverage(Metric):
    """`precision`, `recall`, `density` and `coverage`: see `manifold_metrics`.

    The standard errors are those of means over samples, the neighbourhoods
    being given; of shares by Agresti and Coull's rule, so that 0 of 50 is not
    certain.

    Args:
        k_precision_recall: Integer, 1 or more. Defaults to 3.
        k_density_coverage: Integer, 1 or more. Defaults to 5.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    real = metrics.Samples.of(np.random.default_rng(0).normal(size=(50, 2)), metrics.Pixels())
    metrics.Coverage()(real, real)["precision"].value  # 1.0
    ```
    """

    k_precision_recall: int = 3
    k_density_coverage: int = 5

    def __call__(self, real, fake):
        return self.measurements(self.manifold(real, fake))

    def manifold(self, real, fake):
        """The whole result, with a realism for each sample.

        Args:
            real: `Samples`.
            fake: `Samples`.

        Returns:
            A `Manifold`.
        """
        return manifold_metrics(
            real.features.values,
            fake.features.values,
            self.k_precision_recall,
            self.k_density_coverage,
        )

    def measurements(self, manifold):
        """The four numbers of a manifold.

        Args:
            manifold: A `Manifold`.

        Returns:
            A dict of names and `Measurement`s.
        """
        parts = {
            "precision": (manifold.fake_in_real, self.k_precision_recall),
            "recall": (manifold.real_in_fake, self.k_precision_recall),
            "density": (manifold.density_counts, self.k_density_coverage),
            "coverage": (manifold.real_covered, self.k_density_coverage),
        }
        return {
            name: Measurement(float(np.mean(v)), "higher", error_of_mean(v), f"k={k}")
            for name, (v, k) in parts.items()
        }


@dataclasses.dataclass(frozen=True)
class Score(Metric):
    """`<extractor>_score`: see `inception_score`; nothing without logits.

    It looks at the generated samples alone. The standard error is that of the
    mean over the splits.

    Args:
        splits: Integer, 1 or more; fewer where there are fewer than 10 samples a
            split. Defaults to 10.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import metrics

    real = metrics.Samples.of(np.zeros((50, 2)), metrics.Pixels())
    metrics.Score()(real, real)  # {}, since pixels classify nothing
    ```
    """

    splits: int = 10

    def __call__(self, real, fake):
        logits = fake.features.logits
        if logits is None:
            return {}
        splits = max(1, min(self.splits, len(logits) // 10))
        result = inception_score(logits, splits)
        error = result.std / math.sqrt(splits) if splits > 1 else math.nan
        name = f"{real.extractor}_score"
        return {name: Measurement(result.mean, "higher", error, f"{splits} splits")}


def bootstrap_error(statistic, sets, num_resamples, seed):
    """The bootstrap's standard error of a statistic of two sets."""
    if num_resamples < 2:
        return math.nan
    from scipy.stats import bootstrap
    from threadpoolctl import threadpool_limits

    # Many small problems: threads would wait for each other, and for whatever else runs.
    with threadpool_limits(1, user_api="blas"):
        result = bootstrap(
            [np.arange(len(each)) for each in sets],
            statistic,
            n_resamples=num_resamples,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(seed),
        )
    return float(result.standard_error)


def error_of_mean(values):
    """The standard error of a mean, or of a share."""
    if values.dtype == bool:
        share, num = (values.sum() + 2) / (len(values) + 4), len(values) + 4
        return float(np.sqrt(share * (1 - share) / num))
    return float(np.std(values) / math.sqrt(len(values)))
