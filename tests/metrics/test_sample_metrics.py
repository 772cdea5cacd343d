"""Metrics of what samples show, by closed forms and the functions that they stand for."""

import math

import numpy as np
import pytest

from tfgan_kit import data, metrics
from tfgan_kit.metrics import Features, Samples
from tfgan_kit.utils.errors import InvalidArgument


def make(classes, num_classes=4):
    """Samples of these predicted classes."""
    classes = np.asarray(classes)
    values = np.zeros((len(classes), 2))
    return Samples(values, Features(values, np.eye(num_classes)[classes]), "classifier")


def make_images(seed=0, num=60, side=16, channels=1, logits=None):
    shape = (num, side, side, channels)
    images = np.random.default_rng(seed).integers(0, 256, shape, dtype="uint8")
    return Samples(images, Features(images.reshape(num, -1) / 255, logits), "pixels")


# ---- classes


def test_classes_of_the_same_samples():
    samples = make([0, 1, 2, 2])
    found = metrics.Classes()(samples, samples)
    assert found["classes_hit"].value == 3 and found["classes_hit"].note.startswith("of 3 ")
    assert found["class_kl"].value == 0
    assert found["classes_hit"].better == "higher" and found["class_kl"].better == "lower"


def test_class_kl_closed_form():
    real, fake = make([0] * 30 + [1] * 50 + [2] * 20), make([0] * 8 + [1] * 2)
    # One is added to each of the four counts.
    p, q = np.array([9, 3, 1, 1]) / 14, np.array([31, 51, 21, 1]) / 104
    found = metrics.Classes()(real, fake)
    np.testing.assert_allclose(found["class_kl"].value, (p * np.log(p / q)).sum())
    assert math.isnan(found["class_kl"].error)


def test_class_kl_of_one_class_only_approaches_the_log_of_their_number():
    real, fake = make(np.arange(4000) % 4), make([2] * 40_000)
    np.testing.assert_allclose(
        metrics.Classes()(real, fake)["class_kl"].value, math.log(4), rtol=1e-3
    )


@pytest.mark.parametrize("num_of_last, hit", [(0, 3), (4, 3), (5, 4), (6, 4)])
def test_a_class_is_hit_from_a_fifth_of_its_share(num_of_last, hit):
    """Classes of 25 % each; the last has `num_of_last` of 100 samples, and a fifth is 5 %."""
    rest = 100 - num_of_last
    fake = make([3] * num_of_last + [index % 3 for index in range(rest)])
    found = metrics.Classes()(make(np.arange(100) % 4), fake)
    assert found["classes_hit"].value == hit
    assert found["classes_hit"].note == "of 4 among real images"


def test_classes_that_no_real_image_has_do_not_count():
    found = metrics.Classes()(make([0, 0, 1, 1]), make([0, 2, 3, 3]))
    assert found["classes_hit"].value == 1


def test_the_largest_logit_counts_whatever_its_size():
    logits = np.array([[-1e3, -1e4], [1e-9, 0]])
    samples = Samples(np.zeros((2, 2)), Features(np.zeros((2, 2)), logits), "classifier")
    assert metrics.Classes()(samples, samples)["classes_hit"].value == 1


def test_class_kl_error_is_the_true_spread():
    def draw(seed, **more):
        generator = np.random.default_rng(seed)
        real = make(generator.choice(4, 300))
        fake = make(generator.choice(4, 300, p=[0.4, 0.3, 0.2, 0.1]))
        return metrics.Classes(**more)(real, fake)["class_kl"]

    true = np.std([draw(seed).value for seed in range(100)])
    errors = [draw(seed, num_bootstrap=100).error for seed in range(200, 205)]
    # 100 draws and 100 resamples know a standard deviation to 7 % each; each set stands for the
    # distribution, whose divergence it knows to a third.
    assert true / 1.5 < np.median(errors) < 1.5 * true


def test_classes_without_logits_are_nothing():
    assert metrics.Classes()(make_images(0), make_images(1)) == {}


# ---- collapse


def test_collapse_is_the_detector():
    generator = np.random.default_rng(0)
    real, fake = (Samples.of(generator.normal(size=(120, 3)), metrics.Pixels()) for _ in range(2))
    signals = metrics.CollapseDetector(real.features.values[:100], seed=2).measure(
        fake.features.values[:100]
    )
    found = metrics.Collapse(num=100, seed=2)(real, fake)
    assert {name: each.value for name, each in found.items()} == {
        "diversity": signals.diversity,
        "effective_bins": signals.effective_bins,
        "repeated_share": signals.repeated_share,
    }
    assert [each.better for each in found.values()] == ["floor", "floor", "lower"]
    assert found["diversity"].note == "100 samples"
    assert metrics.Collapse()(real, fake)["diversity"].note == "120 samples"


def test_collapse_of_repeated_samples():
    generator = np.random.default_rng(0)
    real = Samples.of(generator.normal(size=(120, 3)), metrics.Pixels())
    fake = Samples.of(np.repeat(generator.normal(size=(3, 3)), 40, axis=0), metrics.Pixels())
    assert metrics.Collapse()(real, fake)["repeated_share"].value == 1
    assert metrics.Collapse()(real, real)["repeated_share"].value == 0


# ---- images


def test_sliced_is_the_function():
    real, fake = make_images(0, num=12), make_images(1, num=9)
    found = metrics.Sliced(num=8, seed=3)(real, fake)
    expected = metrics.sliced_wasserstein(real.images[:8], fake.images[:8], seed=3)
    assert found["sliced_wasserstein"].value == expected.mean
    levels = {f"sliced_wasserstein_{side}": value for side, value in expected.levels.items()}
    assert {name: each.value for name, each in found.items() if name[-1].isdigit()} == levels
    assert "8 images" in found["sliced_wasserstein"].note
    # Of equally many on both sides, as far as there are so many.
    assert "9 images" in metrics.Sliced()(real, fake)["sliced_wasserstein"].note
    assert {each.better for each in found.values()} == {"lower"}


@pytest.mark.parametrize("side, measured", [(6, False), (7, True)])
def test_sliced_needs_a_patch(side, measured):
    samples = make_images(num=4, side=side)
    assert bool(metrics.Sliced()(samples, samples)) == measured


@pytest.mark.parametrize("side, measured", [(10, False), (11, True)])
def test_ms_ssim_needs_a_window(side, measured):
    samples = make_images(num=4, side=side)
    assert bool(metrics.MsSsim(num_pairs=3)(samples, samples)) == measured


def test_ms_ssim_is_the_function_of_generated_images():
    real, fake = make_images(0), make_images(1, channels=3)
    found = metrics.MsSsim(num_pairs=40, seed=5)(real, fake)
    expected = metrics.ms_ssim_diversity(fake.images, None, 40, 5)
    (measurement,) = found.values()
    assert list(found) == ["ms_ssim"] and measurement.better == "floor"
    assert measurement.value == expected.mean
    np.testing.assert_allclose(measurement.error, expected.std / math.sqrt(40))
    assert measurement.note == "40 pairs of any two, 1 scales"


def test_ms_ssim_pairs_stay_within_a_predicted_class():
    logits = np.eye(3)[np.arange(60) % 3]
    fake = make_images(1, logits=logits)
    (measurement,) = metrics.MsSsim(num_pairs=30)(make_images(0), fake).values()
    expected = metrics.ms_ssim_diversity(fake.images, np.arange(60) % 3, 30, 0)
    assert measurement.value == expected.mean and "within a class" in measurement.note


def test_ms_ssim_of_one_image_repeated_is_one():
    same = np.repeat(make_images(num=1).images, 5, axis=0)
    fake = Samples.of(same, metrics.Pixels())
    np.testing.assert_allclose(metrics.MsSsim()(fake, fake)["ms_ssim"].value, 1, rtol=1e-6)


def test_points_are_no_images():
    points = Samples.of(np.zeros((20, 2)), metrics.Pixels())
    assert metrics.Sliced()(points, points) == metrics.MsSsim()(points, points) == {}


# ---- modes


@pytest.fixture
def grid():
    return data.toy.get("grid")


def test_modes_of_the_grid_itself(grid):
    points = Samples.of(grid.sample(2500), metrics.Pixels())
    found = metrics.Modes(grid.modes, 3 * grid.std)(points, points)
    assert found["modes"].value == 25 and found["modes"].note == "of 25"
    # Within three standard deviations of a plane Gaussian: 1 - exp(-4.5) = 0.989, known to
    # sqrt(0.989 · 0.011 / 2500) = 0.002.
    assert abs(found["good_share"].value - (1 - math.exp(-4.5))) < 0.008
    # 25 shares of 2,500 samples: about 24 / 2 / 2500 = 0.005.
    assert 0 < found["mode_kl"].value < 0.02
    assert [each.better for each in found.values()] == ["higher", "lower", "higher"]


def test_modes_of_half_of_the_grid_and_noise(grid):
    good = np.repeat(grid.modes[:5], 20, axis=0)
    fake = Samples.of(np.concatenate([good, np.full((100, 2), 77.0)]), metrics.Pixels())
    real = Samples.of(grid.sample(10), metrics.Pixels())
    found = metrics.Modes(grid.modes, 3 * grid.std)(real, fake)
    assert (found["modes"].value, found["good_share"].value) == (5, 0.5)
    np.testing.assert_allclose(found["mode_kl"].value, math.log(5))


def test_modes_that_nobody_hits(grid):
    fake = Samples.of(np.full((9, 2), 77.0), metrics.Pixels())
    found = metrics.Modes(grid.modes, 0.1)(fake, fake)
    assert found["modes"].value == found["good_share"].value == 0
    assert found["mode_kl"].value == math.inf


def test_modes_refuse_features_of_another_width(grid):
    samples = make_images(num=4)
    with pytest.raises(InvalidArgument, match="width"):
        metrics.Modes(grid.modes, 0.1)(samples, samples)
