"""Metrics of features: the functions' values, and errors as large as the true spread."""

import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import Features, Samples
from tfgan_kit.metrics.feature_metrics import bootstrap_error
from tfgan_kit.utils.errors import InvalidArgument


def make(values, logits=None, name="mine"):
    values = np.asarray(values, dtype="float64")
    return Samples(values, Features(values, logits), name)


def normal(num, seed, width=4, shift=0.0):
    return make(np.random.default_rng(seed).normal(size=(num, width)) + shift)


# ---- Fréchet


def test_frechet_is_the_function_and_its_name_has_the_extractor():
    real, fake = normal(200, 0), normal(150, 1, shift=0.5)
    (name,), (measurement,) = zip(*metrics.Frechet()(real, fake).items(), strict=True)
    assert name == "frechet_mine_distance"
    x, y = real.features.values, fake.features.values
    assert measurement.value == metrics.frechet_distance(x, y)
    assert measurement.better == "lower"
    assert math.isnan(measurement.error) and measurement.note == ""


def test_frechet_error_is_the_true_spread():
    """Bootstrap of one pair of sets against 80 fresh pairs."""

    def draw(seed, **more):
        real, fake = normal(200, 2 * seed), normal(200, 2 * seed + 1, shift=0.7)
        return metrics.Frechet(**more)(real, fake)["frechet_mine_distance"]

    true = np.std([draw(seed).value for seed in range(1, 81)])
    for seed in (100, 101, 102):
        measurement = draw(seed, num_bootstrap=60)
        # 60 resamples know a standard deviation to 9 %, 80 draws to 8 %, and one set stands for
        # the distribution; a factor of 1.6 either way is several times all of that.
        assert true / 1.6 < measurement.error < 1.6 * true
        assert "60" in measurement.note


def test_wide_features_get_a_tenth_of_the_resamples():
    real, fake = normal(20, 0, width=257), normal(20, 1, width=257)
    wide = metrics.Frechet(num_bootstrap=40)(real, fake)["frechet_mine_distance"]
    assert wide.note == "error by 4 bootstrap resamples" and wide.error > 0
    few = metrics.Frechet(num_bootstrap=9)(real, fake)["frechet_mine_distance"]
    assert math.isnan(few.error)


def test_bootstrap_error_of_a_mean_is_its_closed_form():
    x = np.random.default_rng(0).normal(size=400)
    y = 3 * np.random.default_rng(1).normal(size=100)
    error = bootstrap_error(lambda i, j: x[i].mean() - y[j].mean(), (x, y), 400, seed=0)
    # 400 resamples know the error to 1 / sqrt(800) = 3.5 %; four times that is allowed.
    np.testing.assert_allclose(error, np.sqrt(x.var() / 400 + y.var() / 100), rtol=0.14)
    again = bootstrap_error(lambda i, j: x[i].mean() - y[j].mean(), (x, y), 400, seed=0)
    other = bootstrap_error(lambda i, j: x[i].mean() - y[j].mean(), (x, y), 400, seed=1)
    assert again == error != other


@pytest.mark.parametrize("num", [0, 1])
def test_no_bootstrap_calls_nothing(num):
    assert math.isnan(bootstrap_error(None, (np.zeros(3), np.zeros(3)), num, 0))


def test_bootstrap_error_of_a_constant_is_zero():
    assert bootstrap_error(lambda i, j: 1.0, (np.zeros(5), np.zeros(5)), 10, 0) == 0


def test_bootstrap_leaves_the_global_random_state():
    np.random.seed(3)
    expected = np.random.uniform()
    np.random.seed(3)
    metrics.Frechet(num_bootstrap=3)(normal(20, 0), normal(20, 1))
    metrics.Kernel()(normal(20, 0), normal(20, 1))
    metrics.Score()(normal(20, 0), make(np.zeros((20, 2)), np.zeros((20, 3))))
    assert np.random.uniform() == expected


# ---- kernel


def test_kernel_is_the_function_and_its_name_has_the_extractor():
    real, fake = normal(120, 0), normal(150, 1, shift=0.5)
    found = metrics.Kernel(num_subsets=7, subset_size=40, seed=3)(real, fake)
    (measurement,) = found.values()
    assert list(found) == ["kernel_mine_distance"] and measurement.better == "lower"
    expected = metrics.kernel_distance(
        real.features.values, fake.features.values, num_subsets=7, subset_size=40, seed=3
    )
    assert measurement.value == expected.mean
    assert "7 subsets of 40" in measurement.note and f"{expected.std:.3g}" in measurement.note


@pytest.mark.parametrize("num, subset_size", [(600, 60), (300, 150), (300, 280)])
@pytest.mark.parametrize("shift", [0.0, 0.5], ids=["alike", "apart"])
def test_kernel_error_is_the_true_spread(num, subset_size, shift):
    def draw(seed):
        metric = metrics.Kernel(num_subsets=25, subset_size=subset_size)
        real, fake = normal(num, 2 * seed), normal(num, 2 * seed + 1, shift=shift)
        return metric(real, fake)["kernel_mine_distance"]

    found = [draw(seed) for seed in range(30)]
    true = np.std([each.value for each in found])
    error = np.median([each.error for each in found])
    # 30 draws know the spread to 13 %. Where both are alike, the distance is a degenerate
    # U-statistic, whose spread shrinks with 1 / num instead of 1 / sqrt(num): the error is too
    # large there by up to sqrt(num / subset size), and errs on the safe side.
    largest = 2.5 * (math.sqrt(num / subset_size) if shift == 0 else 1)
    assert true / 2.5 < error < largest * true


@pytest.mark.parametrize("num", [50, 1000])
def test_kernel_error_is_never_zero_where_subsets_are_the_whole(num):
    """The default subset is of 1,000: as many as `MetricMonitor` looks at."""
    measurement = metrics.Kernel()(normal(num, 0), normal(num, 1))["kernel_mine_distance"]
    assert math.isfinite(measurement.value)
    # What cannot be told is NaN, not a certainty (rounding aside).
    assert math.isnan(measurement.error) or measurement.error > 1e-6


# ---- precision, recall, density, coverage


def test_coverage_is_the_function():
    real, fake = normal(90, 0), normal(80, 1, shift=0.4)
    found = metrics.Coverage()(real, fake)
    x, y = real.features.values, fake.features.values
    precision, recall = metrics.precision_recall(x, y, k=3)
    density, covered = metrics.density_coverage(x, y, k=5)
    expected = {"precision": precision, "recall": recall, "density": density, "coverage": covered}
    assert {name: each.value for name, each in found.items()} == pytest.approx(expected, abs=1e-12)
    assert {each.better for each in found.values()} == {"higher"}
    notes = {name: each.note for name, each in found.items()}
    assert notes == {"precision": "k=3", "recall": "k=3", "density": "k=5", "coverage": "k=5"}


def test_coverage_of_other_neighbours():
    real, fake = normal(90, 0), normal(80, 1, shift=0.4)
    found = metrics.Coverage(k_precision_recall=7, k_density_coverage=2)(real, fake)
    x, y = real.features.values, fake.features.values
    assert found["recall"].value == metrics.precision_recall(x, y, k=7).recall
    assert found["coverage"].value == metrics.density_coverage(x, y, k=2).coverage
    assert found["precision"].note == "k=7" and found["density"].note == "k=2"


def test_coverage_errors_of_shares_are_binomial():
    real, fake = normal(90, 0), normal(60, 1, shift=1.0)
    metric = metrics.Coverage()
    found, manifold = metric(real, fake), metric.manifold(real, fake)
    for name, num in (("precision", 60), ("recall", 90), ("coverage", 90)):
        share = found[name].value
        assert 0 < share < 1, "or this says nothing"
        # Agresti and Coull: two more of each kind.
        wider = (share * num + 2) / (num + 4)
        expected = math.sqrt(wider * (1 - wider) / (num + 4))
        np.testing.assert_allclose(found[name].error, expected)
    counts = manifold.density_counts
    np.testing.assert_allclose(found["density"].error, counts.std() / math.sqrt(60))
    assert found == metric.measurements(manifold)


def test_coverage_errors_are_the_spread_over_samples_of_a_given_side():
    """Precision and density for given real images, recall for given samples."""
    metric = metrics.Coverage()
    real, fake = normal(150, 0), normal(150, 1, shift=0.8)
    fresh_fake = [metric(real, normal(150, seed, shift=0.8)) for seed in range(10, 70)]
    fresh_real = [metric(normal(150, seed), fake) for seed in range(10, 70)]
    for name, draws in (
        ("precision", fresh_fake),
        ("density", fresh_fake),
        ("recall", fresh_real),
    ):
        true = np.std([each[name].value for each in draws])
        error = np.median([each[name].error for each in draws])
        # 60 draws know a standard deviation to 9 %; four times that is allowed.
        assert true / 1.4 < error < 1.4 * true, name


def test_coverage_needs_more_samples_than_neighbours():
    with pytest.raises(InvalidArgument, match="k_precision_recall"):
        metrics.Coverage()(normal(50, 0), normal(3, 1))


# ---- score


def test_score_is_the_function_and_looks_at_samples_alone():
    logits = np.random.default_rng(0).normal(size=(200, 5)) * 3
    fake = make(np.zeros((200, 2)), logits)
    found = metrics.Score(splits=4)(make(np.zeros((7, 2)), name="judge"), fake)
    (measurement,) = found.values()
    expected = metrics.inception_score(logits, splits=4)
    assert list(found) == ["judge_score"] and measurement.better == "higher"
    assert measurement.value == expected.mean
    np.testing.assert_allclose(measurement.error, expected.std / 2)


@pytest.mark.parametrize("num, splits", [(100, 10), (99, 9), (25, 2), (19, 1), (3, 1), (1, 1)])
def test_score_has_fewer_splits_of_few_samples(num, splits):
    logits = np.random.default_rng(0).normal(size=(num, 5))
    real = make(np.zeros((5, 2)))
    (measurement,) = metrics.Score()(real, make(np.zeros((num, 2)), logits)).values()
    assert measurement.value == metrics.inception_score(logits, splits).mean
    assert measurement.note == f"{splits} splits"
    assert math.isnan(measurement.error) == (splits == 1)


def test_score_error_is_the_true_spread():
    def draw(seed):
        logits = 3 * np.random.default_rng(seed).normal(size=(500, 4))
        (measurement,) = metrics.Score()(normal(5, 0), make(np.zeros((500, 2)), logits)).values()
        return measurement

    found = [draw(seed) for seed in range(60)]
    true = np.std([each.value for each in found])
    error = np.median([each.error for each in found])
    # Ten splits know their standard deviation to 24 %, the median over 60 draws much better;
    # 60 draws know the spread to 9 %.
    assert true / 1.4 < error < 1.4 * true


def test_score_without_logits_is_nothing():
    assert metrics.Score()(normal(20, 0), normal(20, 1)) == {}


@pytest.mark.parametrize("metric", [metrics.Frechet(), metrics.Kernel(), metrics.Coverage()])
def test_features_of_other_widths_are_refused(metric):
    with pytest.raises(InvalidArgument, match="width"):
        metric(normal(20, 0), normal(20, 1, width=3))


@pytest.mark.parametrize(
    "metric", [metrics.Frechet(num_bootstrap=3), metrics.Kernel(num_subsets=2)]
)
def test_two_samples_and_width_one(metric):
    (measurement,) = metric(normal(2, 0, width=1), normal(2, 1, width=1)).values()
    assert math.isfinite(measurement.value)
