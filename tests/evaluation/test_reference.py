"""What a judgement needs: disjoint sets, an extractor that is trained once, a cache."""

import numpy as np
import pytest

from tfgan_kit import data, evaluation
from tfgan_kit.evaluation import reference


@pytest.fixture
def source(shapes_file):
    return data.open_source(shapes_file)


def test_sets_share_no_image(source):
    chosen = reference.set_aside(source, 100, seed=1)
    assert len(set(chosen.real) | set(chosen.floor)) == 200
    again = reference.set_aside(source, 100, seed=1)
    np.testing.assert_array_equal(chosen.real, again.real)
    assert not np.array_equal(chosen.real, reference.set_aside(source, 100, seed=2).real)


def test_number_is_cut_to_half_of_the_data(source):
    assert len(reference.set_aside(source, 10_000).floor) == 120
    with pytest.raises(ValueError, match="Received: 60 images, 30 a set"):
        reference.set_aside(data.open_source(np.zeros((60, 16, 16), "uint8")), 100)


def test_classifier_is_trained_once(source, tmp_path, quick_judge, monkeypatch):
    steps = []
    first = reference.get_extractor("auto", source, tmp_path, on_step=lambda: steps.append(1))
    assert first.name == "classifier" and len(steps) == 40 and first.accuracy > 0.8
    monkeypatch.setattr(reference, "train_classifier", pytest.fail)
    assert reference.get_extractor("auto", source, tmp_path).fingerprint == first.fingerprint


@pytest.mark.slow
def test_broken_classifier_is_trained_anew(source, tmp_path, quick_judge):
    first = reference.get_extractor("classifier", source, tmp_path)
    (path,) = (tmp_path / "classifiers").glob("*.keras")
    path.write_bytes(path.read_bytes()[:1000])
    assert reference.get_extractor("classifier", source, tmp_path).fingerprint == first.fingerprint


def test_classifier_from_a_file(source, tmp_path, quick_judge):
    first = reference.get_extractor("classifier", source, tmp_path)
    first.save(tmp_path / "mine.keras")
    loaded = reference.get_extractor(tmp_path / "mine.keras", source, tmp_path)
    assert isinstance(loaded, evaluation.Classifier) and loaded.fingerprint == first.fingerprint
    with pytest.raises(ValueError, match="Cannot read a classifier from .*gone.keras"):
        reference.get_extractor(tmp_path / "gone.keras", source, tmp_path)


def test_what_cannot_be_is_refused(tmp_path):
    unlabelled = data.open_source(np.zeros((100, 16, 16), "uint8"))
    with pytest.raises(ValueError, match="needs labelled images, and array has no labels"):
        reference.get_extractor("classifier", unlabelled, tmp_path)
    with pytest.raises(ValueError, match="did you mean 'random'"):
        reference.get_extractor("randon", unlabelled, tmp_path)


def test_pictures_know_their_content(source):
    pictures = reference.Pictures(source, np.array([3, 1, 2]))
    np.testing.assert_array_equal(pictures[:2], source.read([3, 1]))
    other = reference.Pictures(source, np.array([3, 1, 4]))
    assert pictures.content_hash != other.content_hash
    assert pictures.content_hash == reference.Pictures(source, np.array([3, 1, 2])).content_hash
