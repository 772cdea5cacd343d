"""Metrics by name, and each metric's numbers from its function."""

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import suite
from tfgan_kit.utils.errors import InvalidArgument


def test_every_name_is_a_metric_with_its_defaults():
    assert suite.get("frechet") == metrics.Frechet()
    for name, kind in suite.METRICS.table.items():
        assert suite.get(name) == kind() and isinstance(kind(), metrics.Metric)
    metric = metrics.Frechet(num_bootstrap=3)
    assert suite.get(metric) is metric and suite.get(max) is max


@pytest.mark.parametrize("identifier", ["frechett", None, {"frechet": 1}, metrics.Frechet])
def test_others_are_refused(identifier):
    with pytest.raises(InvalidArgument, match="`metric` must be one of.*Received: metric="):
        suite.get(identifier)


@pytest.fixture
def sides():
    """Real and generated images with features and logits that do not depend on them."""
    rng = np.random.default_rng(0)

    def draw(num, shift):
        images = rng.integers(0, 256, (num, 21, 21, 1), dtype="uint8")
        features = metrics.Features(rng.normal(size=(num, 4)) + shift, rng.normal(size=(num, 3)))
        return metrics.Samples(images, features, "mine")

    return draw(90, 0.0), draw(80, 0.4)


def test_metrics_are_their_functions(sides):
    real, fake = sides
    x, y, logits = real.features.values, fake.features.values, fake.features.logits
    kernel = metrics.kernel_distance(x, y, num_subsets=7, subset_size=40, seed=3)
    score = metrics.inception_score(logits, splits=4)
    sliced = metrics.sliced_wasserstein(real.images[:9], fake.images[:9], seed=3)
    levels = {f"sliced_wasserstein_{side}": value for side, value in sliced.levels.items()}
    signals = metrics.CollapseDetector(x[:70], seed=2).measure(y[:70])
    signals = {n: getattr(signals, n) for n in ("diversity", "effective_bins", "repeated_share")}
    precision = dict(zip(("precision", "recall"), metrics.precision_recall(x, y, 2), strict=True))
    density = dict(zip(("density", "coverage"), metrics.density_coverage(x, y, 4), strict=True))
    similar = metrics.ms_ssim_diversity(fake.images, logits.argmax(axis=1), 9, 5)
    found = {}
    for metric, values in (
        (metrics.Frechet(), {"frechet_mine_distance": metrics.frechet_distance(x, y)}),
        (metrics.Kernel(7, 40, 3), {"kernel_mine_distance": kernel.mean}),
        (metrics.Coverage(2, 4), precision | density),
        (metrics.Score(4), {"mine_score": score.mean}),
        (metrics.Collapse(70, 2), signals),
        (metrics.Sliced(9, 3), {"sliced_wasserstein": sliced.mean} | levels),
        (metrics.MsSsim(9, 5), {"ms_ssim": similar.mean}),
    ):
        measured = metric(real, fake)
        numbers = {name: each.value for name, each in measured.items()}
        assert numbers == pytest.approx(values, abs=1e-12)
        found |= measured
    np.testing.assert_allclose(found["mine_score"].error, score.std / 2)
    assert found["ms_ssim"].error == pytest.approx(similar.std / 3)
    notes = {
        "frechet_mine_distance": "",
        "kernel_mine_distance": f"7 subsets of 40, standard deviation {kernel.std:.3g}",
        "recall": "k=2",
        "density": "k=4",
        "mine_score": "4 splits",
        "diversity": "70 samples",
        "sliced_wasserstein": "×1e3, 9 images, 7×7 patches",
        "ms_ssim": "9 pairs within a class, 2 scales",
    }
    assert {name: found[name].note for name in notes} == notes
    assert np.isnan(found["frechet_mine_distance"].error)


def test_without_logits_pairs_are_of_any_two_images(sides):
    fake = sides[1]
    everything = metrics.Samples(fake.images, metrics.Features(fake.features.values), "mine")
    found = metrics.MsSsim(9, 5)(None, everything)["ms_ssim"]
    assert found.value == metrics.ms_ssim_diversity(fake.images, num_pairs=9, seed=5).mean
    assert found.note == "9 pairs of any two images, 2 scales"


def test_a_metric_uses_the_same_number_of_both_sides(sides):
    assert metrics.Collapse()(*sides)["diversity"].note == "80 samples"
    assert "80 images" in metrics.Sliced()(*sides)["sliced_wasserstein"].note


@pytest.mark.parametrize(
    ("metric", "side", "measured"),
    [(metrics.Sliced(), 6, False), (metrics.Sliced(), 7, True)]
    + [(metrics.MsSsim(3), 10, False), (metrics.MsSsim(3), 11, True)],
)
def test_images_smaller_than_a_window_are_not_measured(metric, side, measured):
    samples = metrics.Samples.of(np.zeros((4, side, side, 1), "uint8"), metrics.Pixels())
    assert bool(metric(samples, samples)) == measured
