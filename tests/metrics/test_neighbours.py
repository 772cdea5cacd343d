"""Neighbours equal those of all distances computed one by one, for any block size."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tfgan_kit.metrics import neighbours

BLOCKS = [(40, 130), (64, 500), (1000, 30), (1024, 4096)]


def kth_distances(features, ks):
    """Distances of each point to its k-th nearest other points."""
    features = np.asarray(features)
    found = neighbours.smallest(features, features, max(ks), np.arange(len(features)))
    return np.sqrt(found.values[:, np.array(ks) - 1])


def set_blocks(monkeypatch, rows, columns):
    monkeypatch.setattr(neighbours, "_ROWS", rows)
    monkeypatch.setattr(neighbours, "_COLUMNS", columns)


@pytest.fixture(params=BLOCKS, ids=str)
def block_size(request, monkeypatch):
    set_blocks(monkeypatch, *request.param)


def other_distances(features):
    distances = cdist(features, features)
    np.fill_diagonal(distances, np.inf)
    return distances


def points(num, width, seed=0):
    return np.random.default_rng(seed).normal(size=(num, width))


def lattice(num=400, width=3):
    """Few places, so duplicates and equal distances abound; all squares are exact."""
    return np.random.default_rng(1).integers(0, 4, (num, width)).astype(float)


@pytest.mark.parametrize("width", [1, 2, 64])
def test_kth_distances_are_the_sorted_ones(block_size, width):
    x = points(500, width)
    expected = np.sort(other_distances(x), axis=1)[:, [0, 2, 4]]
    np.testing.assert_allclose(kth_distances(x, [1, 3, 5]), expected, rtol=1e-13)


def test_equal_distances_and_duplicates_are_exact(block_size):
    x = lattice()
    distances = other_distances(x)
    assert (distances == 0).sum() > 1000
    ks = [1, 4, 7, 40]
    expected = np.sort(distances, axis=1)[:, np.array(ks) - 1]
    np.testing.assert_array_equal(kth_distances(x, ks), expected)


def test_first_of_equally_near_references_is_nearest(block_size):
    x, y = lattice(), lattice(150)[::-1]
    distances, indices = neighbours.nearest(x, y)
    np.testing.assert_array_equal(indices, cdist(x, y).argmin(axis=1))
    np.testing.assert_array_equal(distances, cdist(x, y).min(axis=1))
    # The own reference is excluded, but not its duplicates.
    own = np.random.default_rng(0).permutation(len(x))
    found = neighbours.smallest(x[own], x, 1, own)
    np.testing.assert_array_equal(found.indices[:, 0], other_distances(x)[own].argmin(axis=1))
    np.testing.assert_array_equal(found.values[:, 0], other_distances(x)[own].min(axis=1) ** 2)


@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1, 1e30])
@pytest.mark.parametrize("shift", [0, 1e6])
def test_results_are_the_same_bits_for_other_blocks(monkeypatch, scale, shift):
    x, y = points(90, 33) * scale + shift * scale, points(120, 33, 1) * scale + shift * scale
    x[5:20] = y[40:55]
    results = []
    for rows, columns in [(31, 57), (3, 50), *BLOCKS]:
        set_blocks(monkeypatch, rows, columns)
        nearest = neighbours.nearest(x, y)
        results.append((*nearest, kth_distances(y, [1, 2, 90])))
    for result in results[1:]:
        for one, other in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(one, other)
    assert (results[0][0][5:20] == 0).all() and (results[0][0][20:] > 0).all()
    np.testing.assert_array_equal(results[0][1][5:20], np.arange(40, 55))


def test_near_duplicates_far_from_the_origin_differ_from_duplicates():
    # Squared norms of 1e12 in float64 leave differences of 1e-8 to rounding.
    x = points(300, 16) * 1e6
    y = x.copy()
    y[::2, 0] += 1e-7
    distances, indices = neighbours.nearest(y, x)
    np.testing.assert_array_equal(indices, np.arange(300))
    np.testing.assert_array_equal(distances, np.abs(y - x).max(axis=1))
    assert (distances[1::2] == 0).all() and (distances[::2] > 0).all()


def test_an_outlier_does_not_affect_other_distances():
    x = points(200, 8)
    x[7] = 1e20
    expected = np.sort(other_distances(x), axis=1)[:, :3]
    np.testing.assert_allclose(kth_distances(x, [1, 2, 3]), expected, rtol=1e-13)
    # Nor do the bounds of the others become coarse, which would make the search slow.
    (block,) = neighbours.blocks(x, x)
    assert np.delete(block.row_slack, 7).max() < 1e-11
    assert np.delete(block.column_slack, 7).max() < 1e-11


def test_blocks_hold_each_pair_once_with_valid_bounds(block_size):
    x, y = np.concatenate([points(60, 5), lattice(60, 5)]), lattice(130, 5)
    squared = cdist(x, y, "sqeuclidean")
    limits = squared[5].copy()  # Row 5 is exactly at each limit.
    order, seen, in_order = np.random.default_rng(2).permutation(130), np.zeros((120, 130)), []
    for block in neighbours.blocks(x, y, order):
        part = np.ix_(block.rows, block.columns)
        seen[part] += 1
        in_order += list(block.columns) if block.rows[0] == 0 else []
        rows, columns = np.indices(block.lower.shape).reshape(2, -1)
        exact = block.squared(rows, columns).reshape(block.lower.shape)
        np.testing.assert_allclose(exact, squared[part], rtol=1e-14)
        assert (block.lower <= exact).all()
        assert (block.lower + block.row_slack[:, None] + block.column_slack >= exact).all()
        for strict, compare in ((False, np.less_equal), (True, np.less)):
            for limit in (limits[block.columns], np.full((len(block.rows), 1), 4.0)):
                np.testing.assert_array_equal(block.within(limit, strict), compare(exact, limit))
    assert (seen == 1).all() and in_order == list(order)
