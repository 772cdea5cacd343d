"""Neighbours are those of all distances computed one by one, whatever the blocks."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tfgan_kit.metrics import neighbours
from tfgan_kit.utils.errors import InvalidArgument

BLOCKS = [(40, 130), (64, 500), (1000, 30), (1024, 4096)]


@pytest.fixture(params=BLOCKS, ids=str)
def block_size(request, monkeypatch):
    set_blocks(monkeypatch, *request.param)


def set_blocks(monkeypatch, rows, columns):
    monkeypatch.setattr(neighbours, "_ROWS", rows)
    monkeypatch.setattr(neighbours, "_COLUMNS", columns)


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
    np.testing.assert_allclose(neighbours.kth_distances(x, [1, 3, 5]), expected, rtol=1e-13)


def test_equal_distances_and_duplicates_are_exact(block_size):
    x = lattice()
    distances = other_distances(x)
    assert (distances == 0).sum() > 1000  # Else this test says nothing.
    ks = [1, 4, 7, 40]
    expected = np.sort(distances, axis=1)[:, np.array(ks) - 1]
    np.testing.assert_array_equal(neighbours.kth_distances(x, ks), expected)


def test_first_of_equally_near_references_is_nearest(block_size):
    x, y = lattice(), lattice(150)[::-1]
    distances, indices = neighbours.nearest(x, y)
    np.testing.assert_array_equal(indices, cdist(x, y).argmin(axis=1))
    np.testing.assert_array_equal(distances, cdist(x, y).min(axis=1))
    distances, indices = neighbours.nearest(x, x, exclude_self=True)
    np.testing.assert_array_equal(indices, other_distances(x).argmin(axis=1))
    np.testing.assert_array_equal(distances, other_distances(x).min(axis=1))


@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1, 1e30])
@pytest.mark.parametrize("shift", [0, 1e6])
def test_results_are_the_same_bits_for_other_blocks(monkeypatch, scale, shift):
    x, y = points(90, 33) * scale + shift * scale, points(120, 33, 1) * scale + shift * scale
    x[5:20] = y[40:55]
    results = []
    for rows, columns in [(31, 57), (3, 50), *BLOCKS]:
        set_blocks(monkeypatch, rows, columns)
        nearest = neighbours.nearest(x, y)
        results.append((*nearest, neighbours.kth_distances(y, [1, 2, 90])))
    for result in results[1:]:
        for one, other in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(one, other)
    assert (results[0][0][5:20] == 0).all() and (results[0][0][20:] > 0).all()
    np.testing.assert_array_equal(results[0][1][5:20], np.arange(40, 55))


def test_near_duplicates_far_from_the_origin_are_told_apart_from_duplicates():
    # Squared norms of 1e12 in float64 leave differences of 1e-8 to rounding.
    x = points(300, 16) * 1e6
    y = x.copy()
    y[::2, 0] += 1e-7
    distances, indices = neighbours.nearest(y, x)
    np.testing.assert_array_equal(indices, np.arange(300))
    np.testing.assert_array_equal(distances, np.abs(y - x).max(axis=1))
    assert (distances[1::2] == 0).all() and (distances[::2] > 0).all()


def test_an_outlier_spoils_no_other_distance():
    x = points(200, 8)
    x[7] = 1e20
    expected = np.sort(other_distances(x), axis=1)[:, :3]
    np.testing.assert_allclose(neighbours.kth_distances(x, [1, 2, 3]), expected, rtol=1e-13)
    # Nor do the bounds of the others become coarse, which would make the search slow.
    (block,) = neighbours.blocks(x, x)
    assert np.delete(block.row_slack, 7).max() < 1e-11
    assert np.delete(block.column_slack, 7).max() < 1e-11


def test_bounds_hold_and_within_is_exact(block_size):
    x, y = np.concatenate([points(60, 5), lattice(60, 5)]), lattice(130, 5)
    squared = cdist(x, y, "sqeuclidean")
    limits = squared[5].copy()  # Row 5 is exactly at each limit.
    for block in neighbours.blocks(x, y):
        part = np.ix_(block.rows, block.columns)
        rows, columns = np.indices(block.lower.shape).reshape(2, -1)
        exact = block.squared(rows, columns).reshape(block.lower.shape)
        np.testing.assert_allclose(exact, squared[part], rtol=1e-14)
        assert (block.lower <= exact).all()
        assert (block.lower + block.row_slack[:, None] + block.column_slack >= exact).all()
        for strict, compare in ((False, np.less_equal), (True, np.less)):
            for limit in (limits[block.columns], np.full((len(block.rows), 1), 4.0)):
                np.testing.assert_array_equal(block.within(limit, strict), compare(exact, limit))


def test_blocks_hold_each_pair_once_in_the_order_asked_for(block_size):
    x, y, order = points(70, 2), points(110, 2, 1), np.random.default_rng(2).permutation(110)
    seen = np.zeros((70, 110), int)
    columns = []
    for block in neighbours.blocks(x, y, order):
        seen[np.ix_(block.rows, block.columns)] += 1
        columns += list(block.columns) if block.rows[0] == 0 else []
    assert (seen == 1).all() and columns == list(order)


def test_weights_scale_squared_distances(block_size):
    x, y = points(80, 4), points(150, 4, 1)
    weights = np.random.default_rng(2).uniform(0.1, 5, 150)
    found = neighbours.Smallest(80, 4, weights)
    for block in neighbours.blocks(x, y):
        found.update(block)
    expected = np.sort(cdist(x, y, "sqeuclidean") * weights, axis=1)[:, :4]
    np.testing.assert_allclose(found.values, expected, rtol=1e-13)


def test_own_reference_does_not_count_and_its_duplicates_do(block_size):
    y = points(100, 3)
    y[60] = y[20]
    own = np.array([20, 99, 60, 0])
    found = neighbours.smallest(y[own], y, 1, own)
    np.testing.assert_array_equal(found.indices[[0, 2], 0], [60, 20])
    np.testing.assert_array_equal(found.values[[0, 2], 0], 0)
    np.testing.assert_allclose(
        found.values[:, 0], other_distances(y)[own].min(axis=1) ** 2, rtol=1e-13
    )


def test_two_samples_of_width_one_and_all_equal_samples(block_size):
    np.testing.assert_array_equal(neighbours.kth_distances([[1.0], [4.0]], [1]), [[3], [3]])
    np.testing.assert_array_equal(neighbours.kth_distances(np.ones((50, 3)), [1, 49]), 0)
    distances, indices = neighbours.nearest(np.ones((50, 3)), np.ones((9, 3)))
    assert (distances == 0).all() and (indices == 0).all()


def test_blocks_of_a_single_pair(monkeypatch):
    set_blocks(monkeypatch, 1, 1)
    x = lattice(12, 2)
    expected = np.sort(other_distances(x), axis=1)[:, :3]
    np.testing.assert_array_equal(neighbours.kth_distances(x, [1, 2, 3]), expected)


def test_float32_features_give_float64_distances_of_the_same_numbers():
    x = points(100, 6).astype(np.float32)
    wide = neighbours.kth_distances(x.astype(np.float64), [2])
    narrow = neighbours.kth_distances(x, [2])
    assert narrow.dtype == np.float64
    np.testing.assert_array_equal(narrow, wide)


def test_inputs_are_not_changed():
    x, y = points(40, 3), points(50, 3, 1)
    copies = x.copy(), y.copy()
    neighbours.nearest(x, y)
    neighbours.kth_distances(x, [3])
    np.testing.assert_array_equal(x, copies[0])
    np.testing.assert_array_equal(y, copies[1])


def test_no_queries_have_no_neighbours():
    distances, indices = neighbours.nearest(np.zeros((0, 2)), np.zeros((3, 2)))
    assert distances.shape == indices.shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: neighbours.kth_distances(np.zeros((3, 2)), [3]), "`ks`"),
        (lambda: neighbours.kth_distances(np.zeros((3, 2)), [0]), "`ks`"),
        (lambda: neighbours.kth_distances(np.zeros((3, 2)), [1.0]), "`ks`"),
        (lambda: neighbours.kth_distances(np.zeros((3, 2)), []), "`ks`"),
        (lambda: neighbours.kth_distances(np.zeros((1, 2)), [1]), "`features`"),
        (lambda: neighbours.kth_distances(np.zeros(5), [1]), "`features`"),
        (lambda: neighbours.kth_distances(np.array([[0.0], [np.nan]]), [1]), "`features`"),
        (lambda: neighbours.nearest(np.zeros((3, 2)), np.zeros((3, 4))), "`queries`"),
        (lambda: neighbours.nearest(np.zeros((3, 2)), np.zeros((0, 2))), "`references`"),
        (lambda: neighbours.nearest(np.zeros((3, 2)), np.zeros((4, 2)), True), "`exclude_self`"),
        (lambda: neighbours.nearest(np.zeros((1, 2)), np.zeros((1, 2)), True), "`exclude_self`"),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(InvalidArgument, match=message) as caught:
        call()
    assert "Received: " in str(caught.value)
