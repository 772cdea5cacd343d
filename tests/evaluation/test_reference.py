"""Disjoint sets of real images, and an extractor that is trained once."""

import numpy as np
import pytest

from tfgan_kit import data, evaluation, metrics
from tfgan_kit.evaluation import reference
from tfgan_kit.metrics import extractors
from tfgan_kit.utils.errors import InvalidArgument


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
        reference.set_aside(data.open_source(source.read(np.arange(60))), 100)


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


def test_each_picture_counts_once(source, tmp_path):
    """Whatever the number of its copies; other data has the sets that it had before."""
    images = source.read(np.arange(240))
    assert reference.distinct(source, np.arange(240)).tolist() == list(range(240))
    expected = np.random.default_rng(3).permutation(240)
    np.testing.assert_array_equal(
        np.concatenate(reference.set_aside(source, 60, 3)), expected[:120]
    )
    repeated = data.open_source(np.concatenate([images[:130]] * 3))
    for cache_dir in (None, tmp_path, tmp_path):
        with pytest.warns(UserWarning, match="260 of the 390 images of array are exact copies"):
            real, floor = reference.set_aside(repeated, 1000, cache_dir=cache_dir)
        assert len(real) == len(floor) == 65
        assert len({*(real % 130), *(floor % 130)}) == 130
    few = data.open_source(np.concatenate([images[:90]] * 3))
    with pytest.raises(ValueError, match="Received: 270 images, 180 of them copies, 45 per set"):
        reference.set_aside(few, 1000)


def test_auto_falls_back_to_what_can_be_had(source, tmp_path, monkeypatch):
    """Photos without labels and without a connection; labels that no classifier learns from."""
    inception = metrics.Inception(weights=None)

    def offline():
        raise InvalidArgument("Cannot load the weights of InceptionV3")

    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (100, 16, 16, 3), "uint8")
    labelled = data.Source("few", photos.shape, photos.__getitem__, "1", labels=[0] * 99 + [1])
    for each in (data.open_source(photos), labelled):
        monkeypatch.setitem(extractors.EXTRACTORS.table, "inception", lambda: inception)
        assert reference.get_extractor("auto", each, tmp_path) is inception
        monkeypatch.setitem(extractors.EXTRACTORS.table, "inception", offline)
        with pytest.warns(UserWarning, match="Random features are used.*InceptionV3"):
            assert reference.get_extractor("auto", each, tmp_path).name == "random"
    with pytest.raises(InvalidArgument, match="Cannot load"):
        reference.get_extractor("inception", each, tmp_path)


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
