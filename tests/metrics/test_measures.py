"""Samples, and the results of metrics."""

import dataclasses
import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.callbacks import MetricMonitor
from tfgan_kit.metrics import Features, Measurement, Samples, suite
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (10, 4, 4, 1), dtype="uint8")


def test_samples_of_images_have_their_features_from_the_cache(pixels, tmp_path):
    samples = Samples.of(pixels, metrics.Pixels(), cache_dir=tmp_path)
    assert len(samples) == 10 and samples.extractor == "pixels"
    assert samples.images is pixels
    np.testing.assert_allclose(samples.features.values, pixels.reshape(10, -1) / 255)
    assert samples.features.logits is None
    (path,) = tmp_path.iterdir()
    np.savez(path, values=np.zeros((10, 3)))
    again = Samples.of(pixels, metrics.Pixels(), cache_dir=tmp_path)
    assert again.features.values.shape == (10, 3)


def test_names_are_those_of_the_monitor(pixels):
    for name in ("pixels", "random"):
        assert Samples.of(pixels, name).extractor == name
        assert MetricMonitor(pixels, extractor=name).extractor.name == name
    samples = Samples.of(pixels, lambda images: images.mean(axis=(1, 2)))
    assert samples.features.values.shape == (10, 1)
    with pytest.raises(InvalidArgument, match="`extractor` must be one of .*did you mean 'pixels'"):
        Samples.of(pixels, "pixel")


def test_a_custom_metric(pixels):
    class Brightness(metrics.Metric):
        def __call__(self, real, fake):
            return {"brightness": Measurement(fake.images.mean() / real.images.mean(), "floor")}

    samples = Samples.of(pixels, metrics.Pixels())
    assert Brightness()(samples, samples)["brightness"].value == 1
    with pytest.raises(TypeError):
        metrics.Metric()


BETTER = {
    "lower": "frechet_mine_distance kernel_mine_distance class_kl class_frechet class_frechet_0 "
    "class_frechet_1 class_frechet_2 repeated_share "
    "sliced_wasserstein sliced_wasserstein_16",
    "higher": "precision recall density coverage mine_score classes_hit "
    "class_agreement class_agreement_0 class_agreement_1 class_agreement_2",
    "floor": "class_diversity class_diversity_0 class_diversity_1 class_diversity_2 "
    "diversity effective_bins ms_ssim",
}


def test_every_metric_gives_the_same_finite_floats_with_a_direction():
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (2, 60, 16, 16, 1), dtype="uint8")
    values, logits = generator.normal(size=(2, 60, 4)), generator.normal(size=(2, 60, 3))
    labels = {"labels": np.arange(60) % 3, "classes": range(3)}
    sides = [Samples(images[i], Features(values[i], logits[i]), "mine", **labels) for i in (0, 1)]
    names = {"lower": [], "higher": [], "floor": []}
    for kind in suite.METRICS.table.values():
        first, second = kind()(*sides), kind()(*sides)
        for name, measurement in first.items():
            names[measurement.better].append(name)
            assert type(measurement.value) is float and math.isfinite(measurement.value)
            assert math.isnan(measurement.error) or measurement.error >= 0
            assert second[name].value == measurement.value
            np.testing.assert_equal(second[name].error, measurement.error)
    assert {better: " ".join(each) for better, each in names.items()} == BETTER


def test_metrics_without_what_they_need_are_empty():
    points = np.random.default_rng(0).normal(size=(60, 2))
    samples = Samples.of(points, metrics.Pixels())
    found = {name for name, kind in suite.METRICS.table.items() if kind()(samples, samples)}
    assert found == {"frechet", "kernel", "coverage", "collapse"}


def test_samples_have_labels_and_predicted_labels(pixels):
    extractor = metrics.ModelFeatures(lambda images: (images[:, 0, 0], images[:, 0, :2, 0]))
    assert Samples.of(pixels, extractor, np.arange(10)).predicted_labels is None
    extractor.classes = [4, 7]
    samples = Samples.of(pixels, extractor, np.arange(10))
    expected = np.where(pixels[:, 0, 0, 0] >= pixels[:, 0, 1, 0], 4, 7)
    np.testing.assert_array_equal(samples.predicted_labels, expected)
    np.testing.assert_array_equal(samples.labels, np.arange(10))
    assert samples.class_name(0) == "0"
    named = dataclasses.replace(samples, class_names=["cat", "dog"])
    assert [named.class_name(label) for label in (0, 1, 2, -1)] == ["cat", "dog", "2", "-1"]
    with pytest.raises(InvalidArgument, match="`labels`"):
        Samples.of(pixels, extractor, np.arange(9))
