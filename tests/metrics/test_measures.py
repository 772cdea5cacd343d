"""Samples, and what a metric gives."""

import dataclasses
import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import Features, Measurement, Samples
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (10, 4, 4, 1), dtype="uint8")


def test_samples_of_images_carry_their_features(pixels):
    samples = Samples.of(pixels, metrics.Pixels())
    assert len(samples) == 10 and samples.extractor == "pixels"
    assert samples.images is pixels
    np.testing.assert_allclose(samples.features.values, pixels.reshape(10, -1) / 255)
    assert samples.features.logits is None


def test_samples_use_the_cache(pixels, tmp_path):
    first = Samples.of(pixels, metrics.Pixels(), cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    np.savez(path, values=np.zeros((10, 3)))
    again = Samples.of(pixels, metrics.Pixels(), cache_dir=tmp_path)
    assert again.features.values.shape == (10, 3) and first.features.values.shape == (10, 16)


def test_samples_refuse_what_the_extractor_refuses(pixels):
    with pytest.raises(InvalidArgument, match="`images`"):
        Samples.of(pixels.astype("float32"), metrics.Pixels())


@pytest.mark.parametrize("num, left", [(4, 4), (10, 10), (99, 10), (1, 1)])
@pytest.mark.parametrize("with_logits", [False, True])
def test_take_keeps_rows_together(pixels, num, left, with_logits):
    logits = np.arange(30.0).reshape(10, 3) if with_logits else None
    samples = Samples(pixels, Features(np.arange(20.0).reshape(10, 2), logits), "mine")
    taken = samples.take(num)
    assert len(taken) == left and taken.extractor == "mine"
    np.testing.assert_array_equal(taken.images, pixels[:left])
    np.testing.assert_array_equal(taken.features.values, samples.features.values[:left])
    if with_logits:
        np.testing.assert_array_equal(taken.features.logits, logits[:left])
    else:
        assert taken.features.logits is None
    assert len(samples) == 10


def test_samples_and_measurements_cannot_be_changed(pixels):
    samples = Samples.of(pixels, metrics.Pixels())
    with pytest.raises(dataclasses.FrozenInstanceError):
        samples.extractor = "other"
    measurement = Measurement(1.5, "lower")
    with pytest.raises(dataclasses.FrozenInstanceError):
        measurement.value = 2.0


def test_measurement_without_an_error_or_note():
    measurement = Measurement(1.5, "lower")
    assert math.isnan(measurement.error) and measurement.note == ""


def test_a_metric_of_ones_own(pixels):
    class Brightness(metrics.Metric):
        def __call__(self, real, fake):
            return {"brightness": Measurement(fake.images.mean() / real.images.mean(), "floor")}

    samples = Samples.of(pixels, metrics.Pixels())
    assert Brightness()(samples, samples)["brightness"].value == 1
    with pytest.raises(TypeError):
        metrics.Metric()


def every_metric():
    return [
        metrics.Frechet(num_bootstrap=2),
        metrics.Kernel(num_subsets=3),
        metrics.Coverage(),
        metrics.Score(),
        metrics.Classes(),
        metrics.Collapse(),
        metrics.Sliced(),
        metrics.MsSsim(num_pairs=10),
    ]


def test_every_metric_gives_finite_floats_and_a_direction():
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (2, 60, 16, 16, 1), dtype="uint8")
    values, logits = generator.normal(size=(2, 60, 4)), generator.normal(size=(2, 60, 3))
    real, fake = (Samples(pixels[i], Features(values[i], logits[i]), "mine") for i in (0, 1))
    names = []
    for metric in every_metric():
        first, second = metric(real, fake), metric(real, fake)
        assert first
        for name, measurement in first.items():
            names.append(name)
            assert type(measurement.value) is float and math.isfinite(measurement.value)
            assert math.isnan(measurement.error) or measurement.error >= 0
            assert measurement.better in ("lower", "higher", "floor")
            # The same samples, the same numbers.
            assert second[name].value == measurement.value
            np.testing.assert_equal(second[name].error, measurement.error)
    assert len(names) == len(set(names)), "no metric writes over another's number"


def test_points_without_logits_leave_out_what_needs_them():
    points = np.random.default_rng(0).normal(size=(60, 2))
    samples = Samples.of(points, metrics.Pixels())
    found = [bool(metric(samples, samples)) for metric in every_metric()]
    assert found == [True, True, True, False, False, True, False, False]
