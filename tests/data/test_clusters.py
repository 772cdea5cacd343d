"""Clusters: planted groups are found, within classes too, and the same ones every time."""

import contextlib

import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.data import clusters
from tfgan_kit.data.readers.arrays import open_array


def groups(num_images=400, size=12, channels=1):
    """Images of four planted groups, numbers of the groups, and two classes of two groups each."""
    rng = np.random.default_rng(0)
    group = np.arange(num_images) % 4
    pixels = rng.integers(0, 40, (num_images, size, size, channels), dtype="uint8")
    half = size // 2
    for image, number in zip(pixels, group, strict=True):
        top, left = half * (number // 2), half * (number % 2)
        image[top : top + half, left : left + half] += 150
    return pixels, group, group // 2


@pytest.mark.parametrize(
    ("size", "channels"), [(12, 1), pytest.param(64, 3, marks=pytest.mark.slow)]
)
def test_planted_groups_are_found(size, channels):
    pixels, group, _ = groups(size=size, channels=channels)
    clusters = data.find_clusters(pixels, num=4)
    assert clusters.num == 4 and clusters.classes is None and clusters.labels.dtype == np.int32
    # Each cluster is one group, by whatever number.
    assert len({*zip(clusters.labels, group, strict=True)}) == 4
    np.testing.assert_allclose(clusters.shares, 0.25)
    again = data.find_clusters(pixels, num=4)
    np.testing.assert_array_equal(clusters.labels, again.labels)


def test_within_classes():
    pixels, group, classes = groups()
    clusters = data.find_clusters(_labelled(pixels, classes), num=2, within=True)
    assert clusters.classes == (0, 0, 1, 1)
    np.testing.assert_array_equal(np.array(clusters.classes)[clusters.labels], classes)
    assert len({*zip(clusters.labels, group, strict=True)}) == 4


def _labelled(pixels, labels):
    shape, read = pixels.shape, pixels.__getitem__
    return data.Source("groups", shape, read=read, fingerprint="0", labels=labels)


@pytest.mark.parametrize(("within", "steps"), [(False, [0]), (True, [0, 20, 20])])
def test_long_work_is_shown(within, steps, monkeypatch):
    shown = []

    @contextlib.contextmanager
    def bar(*arguments):
        shown.append(arguments)
        yield shown.append

    monkeypatch.setattr(clusters, "progress_bar", bar)
    pixels, _, classes = groups(num_images=40)
    data.find_clusters(open_array(pixels, "squares", classes), within=within)
    assert shown == [("Finding clusters in squares", 40), *steps]


def test_as_many_as_the_data_allow():
    pixels, _, classes = groups()
    assert data.find_clusters(pixels).num == 400 // 30
    assert data.find_clusters(pixels[:20]).num == 1
    assert data.find_clusters(_labelled(pixels, classes), within=True).num == 6
    # One class has 398 images, the other 2.
    uneven = _labelled(pixels, (np.arange(400) < 2).astype(int))
    assert data.find_clusters(uneven, num=5, within=True).classes == (0,) * 5 + (1,) * 2
    # Images that are all alike fill one cluster only.
    alike = data.find_clusters(np.zeros((100, 8, 8, 1), "uint8"), num=3)
    assert alike.num == 1 and (alike.labels == 0).all()


def test_wrong_arguments():
    pixels, _, _ = groups(40)
    with pytest.raises(ValueError, match="`num` must be at most 40.*Received: num=41"):
        data.find_clusters(pixels, num=41)
    for labels in (np.array([-1, 0]), np.zeros(3), np.array([], int), np.zeros((2, 2), int)):
        with pytest.raises(ValueError, match="`labels` must be cluster numbers from 0"):
            data.Clusters(labels)
    with pytest.raises(ValueError, match="`within` must be False.*has no labels"):
        data.find_clusters(pixels, within=True)
    with pytest.raises(ValueError, match="`num` must be None or a positive integer"):
        data.find_clusters(pixels, num=0)
