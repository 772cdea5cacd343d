"""A cluster is drawn by its share, within the class that was asked for."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import DrawCluster

NOISE = np.random.default_rng(0).normal(size=(20_000, 3)).astype("float32")


def test_each_cluster_by_its_share_and_the_noise_is_left():
    shares = np.array([5, 1, 3, 1])
    noise, clusters = DrawCluster(shares)(NOISE)
    np.testing.assert_array_equal(noise, NOISE[:, :2])
    # The largest standard deviation of a count is 71.
    assert np.abs(np.bincount(clusters) - 2000 * shares).max() < 4 * 71
    assert (np.diff(np.asarray(clusters)[np.argsort(NOISE[:, 2])]) >= 0).all()


def test_only_clusters_of_the_class_asked_for():
    layer = DrawCluster([2, 1, 3, 4], classes=[1, 0, 1, 2])
    labels = np.arange(len(NOISE)) % 3
    _, clusters = layer([NOISE, labels])
    np.testing.assert_array_equal(np.array([1, 0, 1, 2])[clusters], labels)
    shares = np.bincount(np.asarray(clusters)[labels == 1]) / (labels == 1).sum()
    np.testing.assert_allclose(shares, [0.4, 0, 0.6], atol=4 * 0.006)


def test_it_is_saved_with_its_model(tmp_path):
    noise, label = keras.Input((3,)), keras.Input((), dtype="int32")
    layer = DrawCluster([2, 1, 3], classes=[1, 0, 1])
    model = keras.Model([noise, label], layer([noise, label]))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    labels = np.ones(len(NOISE), "int32")
    for found, expected in zip(loaded([NOISE, labels]), model([NOISE, labels]), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 0],), "`shares` must be positive numbers"),
        (([],), "`shares` must be positive numbers"),
        (([1, 1], [0]), "one for each cluster, and `classes` as many"),
        (([1, 1], [0, 2]), "at least once. Received: none of class 1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        DrawCluster(*arguments)
