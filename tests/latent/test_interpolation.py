"""Walks have closed forms: arcs of equal steps, and the points themselves."""

import numpy as np
import pytest

from tfgan_kit import latent


@pytest.mark.parametrize("method", ["spherical", "linear"])
@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("shape", [(2, 5), (4, 7), (3, 2, 4)])
def test_passes_through_the_points_exactly(method, closed, shape):
    points = np.random.default_rng(0).normal(size=shape).astype("float32")
    walk = latent.interpolate(points, 6, method, closed)
    assert walk.dtype == np.float32 and walk.shape == (6 * (shape[0] - 1 + closed) + 1, *shape[1:])
    ends = np.concatenate([points, points[:1]]) if closed else points
    np.testing.assert_array_equal(walk[::6], ends)
    np.testing.assert_array_equal(latent.interpolate(points, 1, method, closed), ends)


def test_a_spherical_walk_is_an_arc_of_equal_steps():
    walk = latent.interpolate([[3, 0], [0, 3]], 6)
    angles = np.radians(np.arange(0, 91, 15))
    expected = 3 * np.stack([np.cos(angles), np.sin(angles)], 1)
    np.testing.assert_allclose(walk, expected, atol=1e-6)
    linear = latent.interpolate([[3, 0], [0, 3]], 2, "linear")
    np.testing.assert_allclose(linear, [[3, 0], [1.5, 1.5], [0, 3]])
    # A quarter turn of other axes of a long vector, and of lengths that differ.
    walk = latent.interpolate([[0, 0, 2, 0], [0, 4, 0, 0]], 2)
    np.testing.assert_allclose(walk[1], np.sqrt(0.5) * np.array([0, 4, 2, 0]), atol=1e-6)


def test_a_spherical_walk_keeps_the_length_of_noise():
    noise = latent.sample(2, 512, seed=0)
    lengths = np.linalg.norm(latent.interpolate(noise, 8), axis=1)
    assert lengths.min() > 0.99 * min(lengths[0], lengths[-1])
    middle = np.linalg.norm(latent.interpolate(noise, 2, "linear")[1])
    assert middle < 0.75 * lengths.min()


@pytest.mark.parametrize("angle", [0, 1e-12, 1e-7, 2e-6, 1e-3])
def test_nearly_parallel_vectors(angle):
    first = np.array([1.0, 0, 0])
    second = np.array([np.cos(angle), np.sin(angle), 0])
    walk = latent.interpolate([first, second], 4).astype("float64")
    turned = np.arange(5) / 4 * angle
    np.testing.assert_allclose(walk[:, 1], np.sin(turned), rtol=1e-6, atol=1e-20)
    np.testing.assert_allclose(walk[:, 0], 1, atol=1e-6)


@pytest.mark.parametrize("first, second", [([1, 2], [-1, -2]), ([0, 0], [1, 2]), ([0, 0], [0, 0])])
def test_without_an_angle_the_walk_is_straight(first, second):
    walk = latent.interpolate([first, second], 4)
    np.testing.assert_allclose(walk, np.linspace(first, second, 5), atol=1e-6)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"points": [[1, 2]]}, r"`points` must be finite, of shape \(k, ...\).*\(1, 2\)"),
        ({"points": [1, 2]}, r"`points` must be finite.*shape \(2,\)"),
        ({"points": [[1, np.nan], [1, 2]]}, "`points` must be finite"),
        ({"num": 0}, "`num` must be a positive integer. Received: num=0"),
        ({"method": "cubic"}, "`method` must be one of 'spherical', 'linear'"),
        ({"closed": 1}, "`closed` must be one of True, False"),
    ],
)
def test_wrong_arguments(wrong, message):
    with pytest.raises(ValueError, match=message):
        latent.interpolate(**{"points": [[1, 2], [3, 4]], "num": 2, **wrong})


def test_points_between_many_pairs_are_those_of_each_pair():
    first, second = latent.sample(12, 5, seed=0).reshape(2, 6, 5)
    times = np.array([0, 0.25, 0.5, 0.75, 1, 1.5])
    for method in ("spherical", "linear"):
        found = latent.between(first, second, times, method)
        for row in range(5):
            walk = latent.interpolate([first[row], second[row]], 4, method)
            np.testing.assert_allclose(found[row], walk[row], atol=1e-6)
    with pytest.raises(ValueError, match=r"must have one shape.*\(6, 5\), \(6, 5\) and \(2,\)"):
        latent.between(first, second, [0, 1])
