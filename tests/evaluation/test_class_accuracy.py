"""The classification accuracy score: planted failures lower it, and results are kept."""

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.evaluation import ClassAccuracy, class_accuracy
from tfgan_kit.utils.errors import InvalidArgument


def squares(labels, num=60, seed=0, noise=60):
    """Images whose bright quarter is their class, with these labels."""
    shown = np.arange(num) % 3
    images = np.random.default_rng(seed).integers(0, noise, (num, 8, 8, 1), dtype="uint8")
    for image, each in zip(images, shown, strict=True):
        image[4 * (each // 2) :, 4 * (each % 2) :][:4, :4] += 180
    labels = shown if labels is None else np.asarray(labels)
    return metrics.Samples.of(images, metrics.Pixels(), labels)


def measured(fake, real=None, **more):
    found = ClassAccuracy(**{"steps": 60, **more})(real or squares(None, seed=1), fake)
    return {name: each.value for name, each in found.items()}, found


@pytest.mark.slow
def test_real_images_teach_the_classes_and_wrong_labels_do_not():
    names = [f"classification_accuracy{end}" for end in ("", "_0", "_1", "_2")]
    values, found = measured(squares(None))
    assert values == dict.fromkeys(names, 1.0)
    assert found[names[0]].note == "worst class: 0, 1; 60 images, 60 steps"
    assert found[names[1]].note == "20 images" and found[names[1]].interval[0] > 0.8
    # Two classes swapped: a classifier of these takes each for the other.
    values, found = measured(squares(np.array([1, 0, 2])[np.arange(60) % 3]))
    assert values == dict(zip(names, [1 / 3, 0, 0, 1], strict=True))


@pytest.mark.parametrize("labels", [None, np.zeros(60, int)], ids=["none", "one class"])
def test_without_labels_of_two_classes_there_is_nothing(labels):
    fake = squares(None)
    fake = metrics.Samples.of(fake.images, metrics.Pixels(), labels)
    assert ClassAccuracy(steps=1)(squares(None), fake) == {}


class Constant:
    """Stands for a classifier that was trained on these images."""

    def __init__(self, images, labels, seed, steps, callbacks):
        for _ in range(steps):
            callbacks[0].on_train_batch_end(0, {})

    def predict(self, images):
        return np.full(len(images), 1)


@pytest.fixture
def trained(monkeypatch):
    """The labels of each training, none of which takes place."""
    found = []
    monkeypatch.setattr(
        class_accuracy.classifier,
        "train_classifier",
        lambda *given, **more: found.append(given[1]) or Constant(*given, **more),
    )
    return found


def test_results_are_kept_for_the_same_images_labels_and_settings(trained, tmp_path, monkeypatch):
    advanced = []
    monkeypatch.setattr(class_accuracy, "STEPS", 3)
    settings = {"steps": None, "cache_dir": tmp_path, "advance": advanced.append}
    for _ in range(2):
        values, _ = measured(squares(None), **settings)
        assert values["classification_accuracy"] == 1 / 3
        assert values["classification_accuracy_1"] == 1
    assert sum(advanced) == 6 and len(trained) == 1, "once trained, once read"
    for change in ({"fake": squares(np.arange(60) % 2)}, {"seed": 1}, {"steps": 2}):
        measured(**{"fake": squares(None), **settings, **change})
    assert len(trained) == 4
    for path in tmp_path.iterdir():
        path.write_bytes(b"damaged")
    measured(squares(None), **settings)
    assert len(trained) == 5


def test_a_class_of_one_image_is_not_trained_on(trained):
    labels = np.arange(60) % 2
    labels[7] = 2
    _, found = measured(squares(labels))
    assert sorted(trained[0]) == [0] * 30 + [1] * 29
    assert found["classification_accuracy"].note.endswith("; 59 images, 60 steps")
    assert found["classification_accuracy_2"].value == 0


def test_wrong_settings_are_refused():
    with pytest.raises(InvalidArgument, match="`steps` must be"):
        measured(squares(None), steps=0)
