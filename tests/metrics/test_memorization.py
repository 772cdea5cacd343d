"""New draws are not called copies, and copies are detected, down to one in ten."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from tfgan_kit.metrics import closest_pairs, memorization

WIDTH = 16


def draws(num, seed, width=WIDTH):
    """A mixture of four Gaussians."""
    means = 3 * np.random.default_rng(99).normal(size=(4, width))
    rng = np.random.default_rng(seed)
    return means[rng.integers(4, size=num)] + rng.normal(size=(num, width))


TRAIN, FAKE, HELDOUT = draws(2000, 0), draws(1000, 1), draws(1500, 2)


def with_copies(share, noise=0.0):
    fake = FAKE.copy()
    num = round(share * len(fake))
    fake[:num] = TRAIN[100 : 100 + num] + noise * draws(num, 5)
    return fake


def assert_no_nan(result):
    for value in dataclasses.astuple(result):
        assert not np.isnan(value).any()


@pytest.fixture(params=[HELDOUT, None], ids=["held out", "leave one out"])
def heldout(request):
    return request.param


def test_new_draws_are_not_copies(heldout):
    result = memorization(TRAIN, FAKE, heldout)
    assert result.leave_one_out == (heldout is None)
    # A normal deviate of 3 has a probability of 0.3 %, and the seed is fixed.
    assert abs(result.z) < 3 and 0.001 < result.p_value < 0.999
    # Of 1000 samples 10 are expected; the deviation is 3.2 of these and up to 3.2 of the quantile.
    assert abs(result.copied_share - 0.01) < 0.018
    # Two training images can be each other's nearest, at the same distance.
    assert 0.01 <= result.expected_share < 0.012
    assert abs(result.median_ratio - 1) < 0.05
    assert_no_nan(result)


def test_z_of_new_draws_is_standard_normal():
    results = [
        memorization(draws(150, 3 * s, 4), draws(100, 3 * s + 1, 4), draws(120, 3 * s + 2, 4)).z
        for s in range(200)
    ]
    # Five standard errors of the mean and of the deviation; sharing the training images
    # makes the deviation larger than 1 by some percent.
    assert abs(np.mean(results)) < 5 / np.sqrt(200)
    assert 1 - 5 / np.sqrt(400) < np.std(results) < 1.15 + 5 / np.sqrt(400)


@pytest.mark.parametrize("noise", [0, 1e-6, 0.02])
def test_one_copy_in_ten_is_detected(heldout, noise):
    result = memorization(TRAIN, with_copies(0.1, noise), heldout)
    assert 0.1 <= result.copied_share < 0.13
    assert result.copied_share > 5 * result.expected_share
    fakes, trains = closest_pairs(result, 100)
    assert sorted(fakes) == list(range(100))
    np.testing.assert_array_equal(trains, fakes + 100)


def test_a_generator_that_only_copies(heldout):
    result = memorization(TRAIN, with_copies(1.0), heldout)
    assert result.z < -10 and result.p_value < 1e-20
    assert result.copied_share == 1 and result.median_ratio == 0
    assert (result.fake_distances == 0).all()
    np.testing.assert_array_equal(result.nearest_train, np.arange(100, 1100))


def test_poor_samples_are_not_copies():
    result = memorization(TRAIN, FAKE + 3 * draws(1000, 7), HELDOUT)
    assert result.z > 10 and result.p_value > 0.999 and result.copied_share == 0
    assert result.median_ratio > 2


@pytest.mark.parametrize("ties", [False, True])
def test_z_is_the_mann_whitney_test_of_scipy(ties):
    rng = np.random.default_rng(0)
    draw = (lambda n: rng.integers(0, 3, (n, 2)).astype(float)) if ties else rng.random
    train, fake, heldout = (draw(n).reshape(n, -1) for n in (8, 60, 70))
    result = memorization(train, fake, heldout)
    options = {"alternative": "less", "use_continuity": False, "method": "asymptotic"}
    test = stats.mannwhitneyu(result.fake_distances, result.heldout_distances, **options)
    assert result.p_value == pytest.approx(test.pvalue, rel=1e-9)
    assert result.z == pytest.approx(stats.norm.ppf(test.pvalue), rel=1e-9)
    assert ties == (len(np.unique(result.fake_distances)) < 60)


def test_distances_are_those_of_full_matrices():
    result = memorization(TRAIN, FAKE, HELDOUT)
    distances = cdist(FAKE, TRAIN)
    np.testing.assert_array_equal(result.nearest_train, distances.argmin(axis=1))
    np.testing.assert_allclose(result.fake_distances, distances.min(axis=1), rtol=1e-13)
    expected = cdist(HELDOUT, TRAIN).min(axis=1)
    np.testing.assert_allclose(result.heldout_distances, expected, rtol=1e-13)
    near = np.sort(expected)[14]  # 1 % of 1500 are 15.
    assert result.copied_share == np.mean(distances.min(axis=1) <= near * (1 + 1e-13))


def test_left_out_images_are_a_random_part_of_the_training_images():
    distances = cdist(TRAIN, TRAIN)
    np.fill_diagonal(distances, np.inf)
    expected = np.sort(distances.min(axis=1))
    every = memorization(TRAIN, draws(2500, 3)).heldout_distances
    np.testing.assert_allclose(np.sort(every), expected, rtol=1e-13)
    part = memorization(TRAIN, FAKE, seed=1).heldout_distances
    assert len(part) == 1000
    positions = np.searchsorted(expected * (1 + 1e-12), part)
    np.testing.assert_allclose(part, expected[positions], rtol=1e-12)
    np.testing.assert_array_equal(part, memorization(TRAIN, FAKE, seed=1).heldout_distances)
    assert (part != memorization(TRAIN, FAKE, seed=2).heldout_distances).any()


@pytest.mark.parametrize("share", [0.005, 0.3, 1.0])
def test_duplicates_among_the_training_images(share):
    num = round(share * 1000)
    train = np.concatenate([TRAIN[: 2000 - num], TRAIN[:num]])
    new, copied = memorization(train, FAKE), memorization(train, train[100:1100])
    assert_no_nan(new)
    assert_no_nan(copied)
    # A share of duplicates is at distance 0; of 1000 drawn from 2000, five deviations are 0.056.
    assert abs(new.expected_share - max(share, 0.01)) < 0.06
    assert new.copied_share < 0.03 and new.z > -3
    assert copied.copied_share == 1
    # Where all training images are duplicates, copies are as near as these.
    assert copied.z < -10 if share < 1 else copied.z == 0


def test_all_training_images_equal():
    result = memorization(np.ones((20, 3)), np.ones((10, 3)))
    assert (result.z, result.p_value, result.median_ratio) == (0, 0.5, 1)
    assert result.copied_share == result.expected_share == 1
    away = memorization(np.ones((20, 3)), np.zeros((10, 3)))
    assert away.median_ratio == np.inf and away.z > 3 and away.copied_share == 0
    assert_no_nan(result)
    assert_no_nan(away)


def test_closest_pairs_are_in_order():
    fake = with_copies(0.01)
    result = memorization(TRAIN, fake, HELDOUT)
    fakes, trains = closest_pairs(result)
    assert len(fakes) == len(trains) == 16
    np.testing.assert_array_equal(fakes[:10], np.arange(10))
    distances = np.linalg.norm(fake[fakes] - TRAIN[trains], axis=1)
    assert (np.diff(distances) >= 0).all()
    np.testing.assert_allclose(distances, np.sort(result.fake_distances)[:16], rtol=1e-13)
    assert len(closest_pairs(result, 5000)[0]) == 1000
