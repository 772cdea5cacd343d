"""Modes are counted as in the papers, and no share is NaN."""

import math

import numpy as np
import pytest

from tfgan_kit import data, metrics
from tfgan_kit.metrics import Samples, modes

ANGLES = 2 * np.pi * np.arange(8) / 8
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
STD = 0.01


def test_samples_of_a_ring_belong_to_their_own_mode():
    rng = np.random.default_rng(0)
    truth = rng.integers(8, size=4000)
    assigned = modes.assign_modes(RING[truth] + STD * rng.normal(size=(4000, 2)), RING, 3 * STD)
    assert assigned.dtype == np.int64
    good = assigned >= 0
    np.testing.assert_array_equal(assigned[good], truth[good])
    # Within 3 sigma in two dimensions: 1 - exp(-9 / 2) = 0.9889; five deviations are 0.0083.
    assert abs(good.mean() - (1 - np.exp(-4.5))) < 0.0083
    result = modes.mode_coverage(assigned, 8)
    # 2 n KL is chi-squared of 7 degrees about: 40 is beyond its 99.999th percentile.
    assert result.num_hit == 8 and 0 <= result.kl_to_uniform < 40 / (2 * good.sum())


def test_distance_at_the_radius_belongs_and_beyond_does_not():
    points = np.array([[0.25], [0.2500001], [1.0], [-0.25]])
    assert modes.assign_modes(points, [[0.0], [2.0]], 0.25).tolist() == [0, -1, -1, 0]
    assert modes.assign_modes([[1.0]], [[0.0], [2.0]], 1).tolist() == [0]
    assert modes.assign_modes([[0.0], [1e-9]], [[0.0]], 0).tolist() == [0, -1]


def test_coverage_by_hand():
    result = modes.mode_coverage([0, 0, 0, 1, -1], num_modes=4)
    expected = 0.75 * np.log(0.75 * 4) + 0.25 * np.log(0.25 * 4)
    assert result.kl_to_uniform == pytest.approx(expected, rel=1e-14)
    assert result.num_hit == 2 and result.num_modes == 4 and result.good_share == 0.8
    assert result.counts.tolist() == [3, 1, 0, 0]
    assert modes.mode_coverage([0, 0, 0, 1, -1], num_modes=4, min_count=2).num_hit == 1
    result = modes.mode_coverage([-1, -1], num_modes=5)
    assert result[:4] == (0, 5, np.inf, 0.0) and result.counts.tolist() == [0] * 5


@pytest.mark.parametrize("num_modes", [1, 2, 3, 7, 1000])
def test_divergence_is_zero_when_even_and_at_most_its_logarithm(num_modes):
    even = modes.mode_coverage(np.repeat(np.arange(num_modes), 7), num_modes)
    assert even.kl_to_uniform == pytest.approx(0, abs=1e-14) and even.kl_to_uniform >= 0
    assert even.num_hit == num_modes and even.good_share == 1
    collapsed = modes.mode_coverage(np.zeros(50, int), num_modes)
    assert collapsed.kl_to_uniform == pytest.approx(np.log(num_modes), abs=1e-15)
    assert collapsed.num_hit == 1


def test_stacked_digits_are_each_of_a_thousand_modes():
    digits = np.stack(np.meshgrid(*[np.arange(10)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    np.testing.assert_array_equal(modes.stacked_modes(digits), np.arange(1000))
    # 100 a + 10 b + c exceeds the range of uint8.
    assert modes.stacked_modes(np.array([[9, 8, 7]], np.uint8)).tolist() == [987]


def test_metric_of_some_modes_and_noise():
    grid = data.toy.get("grid")
    good = np.repeat(grid.modes[:5], 20, axis=0)
    fake = Samples.of(np.concatenate([good, np.full((100, 2), 77.0)]), metrics.Pixels())
    real = Samples.of(grid.sample(10), metrics.Pixels())
    found = metrics.Modes(grid.modes, 3 * grid.std)(real, fake)
    assert (found["modes"].value, found["good_share"].value) == (5, 0.5)
    np.testing.assert_allclose(found["mode_kl"].value, math.log(5))
    assert found["modes"].note == "of 25"
    assert [each.better for each in found.values()] == ["higher", "lower", "higher"]
