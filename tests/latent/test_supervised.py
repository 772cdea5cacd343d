"""Directions of quantities that are known functions of the points."""

import numpy as np
import pytest

from tfgan_kit import latent

POINTS = latent.sample(3000, 4, seed=0)
AXES = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]


@pytest.mark.parametrize("method, tolerance", [("regression", 1e-6), ("means", 0.05)])
def test_quantities(method, tolerance):
    values = POINTS @ AXES[:2].T * [3, -0.1] + [5, 7]
    found = latent.supervised(POINTS, values, method)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, AXES[:2] * [[1], [-1]], atol=tolerance)
    np.testing.assert_allclose(
        latent.supervised(POINTS, values[:, 0], method), found[:1], atol=1e-6
    )


@pytest.mark.parametrize("method", ["regression", "means"])
def test_two_classes_on_both_sides_of_a_plane(method):
    labels = (POINTS @ AXES[0] > 0.5).astype(int) + 3
    expected = np.stack([-AXES[0], AXES[0]])
    np.testing.assert_allclose(latent.supervised(POINTS, labels, method), expected, atol=0.06)


def test_three_classes():
    """Around three corners of a triangle: each lies away from the other two."""
    corners = 4 * np.array([[0, 1], [0.75**0.5, -0.5], [-(0.75**0.5), -0.5]]) @ AXES[:2]
    labels = np.arange(3000) % 3
    points = POINTS + corners[labels]
    for method in ("regression", "means"):
        found = latent.supervised(points, labels, method)
        np.testing.assert_allclose(found, corners / 4, atol=0.3 if method == "regression" else 0.05)


def test_regression_leaves_out_what_changes_along():
    """The second axis varies with the first: only the means go along both."""
    points = POINTS.copy()
    points[:, 1] = points[:, 0]
    points[:, 1] += 0.5 * POINTS[:, 1]
    values = points[:, 0]
    np.testing.assert_allclose(latent.supervised(points, values), [[1, 0, 0, 0]], atol=1e-5)
    found = latent.supervised(points, values, "means")
    np.testing.assert_allclose(found, [[0.707, 0.707, 0, 0]], atol=0.05)


def test_what_does_not_change_has_no_direction():
    np.testing.assert_array_equal(latent.supervised(POINTS, np.ones(3000)), np.zeros((1, 4)))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"points": POINTS[0]}, r"`points` must have shape \(num, length\)"),
        ({"values": np.ones(5)}, "`values` must be as many as the 3000 points. Received: 5"),
        ({"values": np.ones((3000, 1, 1))}, r"`values` \(num,\) or \(num, k\)"),
        ({"values": np.full(3000, 7)}, "at least two classes. Received: class 7 alone"),
        ({"method": "svm"}, "`method` must be one of 'regression', 'means'"),
    ],
)
def test_wrong_arguments(wrong, message):
    with pytest.raises(ValueError, match=message):
        latent.supervised(**{"points": POINTS, "values": POINTS[:, 0], **wrong})
