"""Distance and diversity within each class against closed forms; planted collapse of a class."""

import math

import numpy as np
import pytest

from tfgan_kit.metrics import ClassDiversity, ClassFrechet, frechet_distance
from tfgan_kit.metrics.within_classes import by_class

NAMES = ["cat", "dog", "emu"]


def values(found):
    return {name: measured.value for name, measured in found.items()}


@pytest.fixture
def classes(make_samples):
    """40 points of each of three classes, scaled and shifted by class, and their labels."""

    def make(seed=0, scales=(1, 1, 1), shifts=(0, 0, 0), num=40, labels=None, width=3):
        labels = np.repeat(np.arange(3), num) if labels is None else np.asarray(labels)
        points = np.random.default_rng(seed).normal(size=(len(labels), width)) + 9 * labels[:, None]
        centers = 9 * labels[:, None] + np.array(shifts)[labels, None]
        points = centers + (points - 9 * labels[:, None]) * np.array(scales)[labels, None]
        return make_samples(points, labels=labels, class_names=NAMES)

    return make


def test_distances_are_those_of_each_class(classes):
    # A shift by 2 in each of three columns adds 3 · 2²; the classes are far apart, which must not
    # matter.
    found = ClassFrechet()(classes(), classes(shifts=(0, 2, 1)))
    expected = {"class_frechet_0": 0, "class_frechet_1": 12, "class_frechet_2": 3}
    assert values(found) == pytest.approx({"class_frechet": 5, **expected}, abs=1e-9)
    assert found["class_frechet"].note == "worst class: dog, 12"
    assert found["class_frechet_0"].note == "40 images"
    assert {each.better for each in found.values()} == {"lower"}


def test_diversity_is_relative_to_real_images(classes):
    found = ClassDiversity()(classes(), classes(scales=(1, 0.5, 0)))
    expected = {"class_diversity_0": 1, "class_diversity_1": 0.5, "class_diversity_2": 0}
    assert values(found) == pytest.approx({"class_diversity": 0.5, **expected})
    assert found["class_diversity"].note == "worst class: emu, 0"
    # One picture a class, and pictures of all classes for each label.
    assert ClassDiversity()(classes(), classes(scales=(0, 0, 0)))["class_diversity"].value == 0
    mixed = classes(labels=np.tile(np.arange(3), 40))
    mixed.labels.sort()
    assert ClassDiversity()(classes(), mixed)["class_diversity"].value > 3


@pytest.mark.parametrize("metric", [ClassDiversity(), ClassFrechet(num_bootstrap=200)], ids=str)
def test_standard_errors_are_those_of_many_draws(classes, metric):
    drawn = [metric(classes(seed), classes(seed + 1000)) for seed in range(60)]
    for name in drawn[0].keys() if metric == ClassDiversity() else ["class_frechet"]:
        spread = np.std([found[name].value for found in drawn], ddof=1)
        error = np.median([found[name].error for found in drawn])
        # Of 60 draws a deviation is known to 9 %; the bootstrap repeats rows, and is too wide.
        assert 0.7 < error / spread < (1.35 if metric == ClassDiversity() else 2), name
    low, high = drawn[0][
        "class_frechet" if metric != ClassDiversity() else "class_diversity"
    ].interval
    assert 0 <= low < high


def test_both_sides_have_as_many_images_of_a_class(classes):
    fake = classes(seed=1, labels=np.repeat(np.arange(3), [50, 30, 25]))
    x, y = classes().features.values, fake.features.values
    found = ClassFrechet()(classes(), fake)
    assert found["class_frechet_0"].value == frechet_distance(x[:40], y[:40])
    assert found["class_frechet_1"].value == frechet_distance(x[40:70], y[50:80])
    notes = [found[f"class_frechet_{label}"].note for label in range(3)]
    assert notes == ["40 images", "30 images", "25 images"]


def test_classes_of_too_few_images_are_left_out_and_said(classes):
    # Real images decide; of generated ones half as many are enough, but not fewer.
    real = classes(labels=np.repeat(np.arange(3), [20, 19, 20]))
    fake = classes(labels=np.repeat(np.arange(3), [10, 40, 9]))
    found = ClassFrechet()(real, fake)
    assert list(found) == ["class_frechet", "class_frechet_0"]
    assert found["class_frechet"].note.endswith("; 2 with too few images left out")
    nothing = ClassFrechet(min_num=41)(classes(), classes())
    assert list(nothing) == ["class_frechet"] and math.isnan(nothing["class_frechet"].value)
    assert nothing["class_frechet"].note == "no class has 41 images"
    # All real images of a class are the same.
    found = ClassDiversity()(classes(scales=(0, 1, 1)), classes())
    assert list(found) == ["class_diversity", "class_diversity_1", "class_diversity_2"]


def test_wide_features_have_no_standard_error(classes):
    wide = [classes(seed, num=20, width=257) for seed in (0, 1)]
    assert math.isnan(ClassFrechet(num_bootstrap=100)(*wide)["class_frechet"].error)


@pytest.mark.parametrize("metric", [ClassDiversity(), ClassFrechet()], ids=str)
def test_without_labels_there_is_nothing(classes, normal, metric):
    assert metric(classes(), normal(120, 0, width=3)) == {}
    assert metric(normal(120, 0, width=3), classes()) == {}


def test_rows_and_labels_may_be_lists(classes):
    (found,) = by_class(np.eye(4), [5, 5, 7, 5], np.eye(4), [5, 7, 5, 7], 2)
    assert found[0] == 5 and len(found[1]) == len(found[2]) == 2
