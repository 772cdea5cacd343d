"""Predicted classes, by closed forms."""

import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import Features, Samples


def make(classes, num_classes=4):
    """Samples with these predicted classes."""
    values = np.zeros((len(classes), 2))
    return Samples(values, Features(values, np.eye(num_classes)[classes]), "classifier")


def test_classes_of_the_same_samples_and_classes_that_no_real_image_has():
    samples = make([0, 1, 2, 2])
    found = metrics.Classes()(samples, samples)
    assert found["classes_hit"].value == 3 and found["classes_hit"].note.startswith("of 3 ")
    assert found["class_kl"].value == 0
    found = metrics.Classes()(make([0, 0, 1, 1]), make([0, 2, 3, 3]))
    assert found["classes_hit"].value == 1


def test_class_kl_closed_form():
    real, fake = make([0] * 30 + [1] * 50 + [2] * 20), make([0] * 8 + [1] * 2)
    # One is added to each of the four counts.
    p, q = np.array([9, 3, 1, 1]) / 14, np.array([31, 51, 21, 1]) / 104
    found = metrics.Classes()(real, fake)
    np.testing.assert_allclose(found["class_kl"].value, (p * np.log(p / q)).sum())
    assert math.isnan(found["class_kl"].error)


@pytest.mark.parametrize("num_of_last, hit", [(0, 3), (4, 3), (5, 4), (6, 4)])
def test_a_class_is_hit_from_a_fifth_of_its_share(num_of_last, hit):
    """Classes of 25 % each; the last has `num_of_last` of 100 samples, and a fifth is 5 %."""
    rest = 100 - num_of_last
    fake = make([3] * num_of_last + [index % 3 for index in range(rest)])
    found = metrics.Classes()(make(np.arange(100) % 4), fake)
    assert found["classes_hit"].value == hit
    assert found["classes_hit"].note == "of 4 among real images"


def test_class_kl_error_is_the_true_spread():
    def draw(seed, **more):
        generator = np.random.default_rng(seed)
        real = make(generator.choice(4, 300))
        fake = make(generator.choice(4, 300, p=[0.4, 0.3, 0.2, 0.1]))
        return metrics.Classes(**more)(real, fake)["class_kl"]

    true = np.std([draw(seed).value for seed in range(100)])
    errors = [draw(seed, num_bootstrap=100).error for seed in range(200, 205)]
    # 100 draws and 100 resamples determine a standard deviation to 7 % each; each set
    # represents the distribution, whose divergence it determines to a third.
    assert true / 1.5 < np.median(errors) < 1.5 * true
