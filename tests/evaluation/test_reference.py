"""Disjoint sets of real images, and an extractor that is trained once."""

import numpy as np
import pytest

from tfgan_kit import data, evaluation
from tfgan_kit.evaluation import reference


@pytest.fixture
def source(shapes_file):
    return data.open_source(shapes_file)


def test_sets_share_no_image_and_use_at_most_all(source):
    real, floor = reference.set_aside(source, 100, seed=1)
    assert len(set(real) | set(floor)) == 200
    np.testing.assert_array_equal(real, reference.set_aside(source, 100, seed=1)[0])
    assert not np.array_equal(real, reference.set_aside(source, 100, seed=2)[0])
    assert len(reference.set_aside(source, 10_000)[1]) == 120
    with pytest.raises(ValueError, match="Received: 60 images, 30 per set"):
        reference.set_aside(data.open_source(np.zeros((60, 16, 16), "uint8")), 100)


def test_classifier_is_trained_once(source, tmp_path, quick_judge, monkeypatch):
    steps = []
    first = reference.get_extractor("auto", source, tmp_path, on_step=lambda: steps.append(1))
    assert first.name == "classifier" and len(steps) == 40 and first.accuracy > 0.8
    monkeypatch.setattr(reference, "train_classifier", pytest.fail)
    assert reference.get_extractor("auto", source, tmp_path).fingerprint == first.fingerprint
    first.save(tmp_path / "mine.keras")
    loaded = reference.get_extractor(tmp_path / "mine.keras", source, tmp_path)
    assert isinstance(loaded, evaluation.Classifier) and loaded.fingerprint == first.fingerprint
    with pytest.raises(ValueError, match="Cannot read a classifier from .*gone.keras"):
        reference.get_extractor(tmp_path / "gone.keras", source, tmp_path)


@pytest.mark.slow
def test_damaged_classifier_is_trained_again(source, tmp_path, quick_judge):
    first = reference.get_extractor("classifier", source, tmp_path)
    (path,) = (tmp_path / "classifiers").glob("*.keras")
    path.write_bytes(path.read_bytes()[:1000])
    assert reference.get_extractor("classifier", source, tmp_path).fingerprint == first.fingerprint


def test_wrong_features_are_refused(tmp_path):
    unlabelled = data.open_source(np.zeros((100, 16, 16), "uint8"))
    with pytest.raises(ValueError, match="needs labelled images, but array has no labels"):
        reference.get_extractor("classifier", unlabelled, tmp_path)
    with pytest.raises(ValueError, match="did you mean 'random'"):
        reference.get_extractor("randon", unlabelled, tmp_path)


def test_pictures_have_a_content_hash(source):
    pictures = reference.Pictures(source, np.array([3, 1, 2]))
    np.testing.assert_array_equal(pictures[:2], source.read([3, 1]))
    other = reference.Pictures(source, np.array([3, 1, 4]))
    assert pictures.content_hash != other.content_hash
    assert pictures.content_hash == reference.Pictures(source, np.array([3, 1, 2])).content_hash
