"""Kernel distances against loops and by hand, and the error against the true spread."""

import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import kernel, kernel_distance


def by_loops(real, fake, degree=3, gamma=None, coef0=1.0):
    gamma = gamma or 1 / real.shape[1]

    def kernel(x, y):
        return (gamma * sum(a * b for a, b in zip(x, y, strict=True)) + coef0) ** degree

    num = len(real)
    within = across = 0.0
    for i in range(num):
        for j in range(num):
            across += kernel(real[i], fake[j])
            if i != j:
                within += kernel(real[i], real[j]) + kernel(fake[i], fake[j])
    return within / (num * (num - 1)) - 2 * across / num**2


def test_kernel_distance_by_hand():
    # k(x, y) = (xy + 1)^3. Real 0 and 1: k = 1; generated 2 and 3: k = 343.
    # Across: 1 + 1 + 27 + 64 = 93. So 1 + 343 - 93 / 2.
    value = kernel_distance([[0.0], [1.0]], [[2.0], [3.0]], num_subsets=3, subset_size=2)
    assert value.mean == pytest.approx(297.5, rel=1e-12)
    assert value.std == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"degree": 1}, {"degree": 2, "gamma": 0.3}, {"degree": 4, "coef0": 0.0}]
)
@pytest.mark.parametrize("width", [1, 4])
def test_kernel_distance_of_whole_sets_by_loops(width, options, correlated):
    real, fake = correlated(9, width, 0), correlated(9, width, 1)
    value = kernel_distance(real, fake, num_subsets=2, subset_size=9, **options)
    assert value.mean == pytest.approx(by_loops(real, fake, **options), rel=1e-9)


@pytest.mark.parametrize("num_subsets", [1, 40])
def test_subsets_are_those_of_the_seed(num_subsets, correlated):
    # One subset of 7 has fewer pairs than the sets, forty have more: both ways are taken.
    real, fake = correlated(30, 3, 0), correlated(41, 3, 1)
    random = np.random.RandomState(5)
    expected = []
    for _ in range(num_subsets):
        of_real = random.choice(30, 7, replace=False)
        expected.append(by_loops(real[of_real], fake[random.choice(41, 7, replace=False)]))
    value = kernel_distance(real, fake, num_subsets=num_subsets, subset_size=7, seed=5)
    assert value.mean == pytest.approx(np.mean(expected), rel=1e-9)
    assert value.std == pytest.approx(np.std(expected), rel=1e-9, abs=1e-12)


def test_blocks_of_the_kernel_do_not_matter(monkeypatch, correlated):
    real, fake = correlated(50, 3, 0), correlated(37, 3, 1)
    random = np.random.RandomState(0)
    draws = [(random.choice(50, 20, False), random.choice(37, 20, False)) for _ in range(6)]

    def cubic(x, y):
        return (x @ y.T + 1) ** 3

    expected = kernel._sums_of_each(cubic, real, fake, draws)
    for block in (1, 100, 333, 10**6):
        monkeypatch.setattr(kernel, "_BLOCK_VALUES", block)
        sums = kernel._sums_of_whole(cubic, real, fake, draws)
        np.testing.assert_allclose(sums, expected, rtol=1e-10)


def test_kernel_distance_is_unbiased():
    # Both sets of one distribution: 400 subsets of 5 from 4,000 rows hardly overlap, so the
    # mean is 0 within 4 of its standard errors.
    random = np.random.default_rng(3)
    real, fake = random.normal(size=(2, 4000, 4))
    value = kernel_distance(real, fake, num_subsets=400, subset_size=5)
    assert abs(value.mean) < 4 * value.std / 20
    shifted = kernel_distance(real, fake + 1, num_subsets=400, subset_size=5)
    assert shifted.mean > 10 * shifted.std / 20


def test_default_subset_size(correlated):
    real, fake = correlated(30, 3, 0), correlated(20, 3, 1)
    found = kernel_distance(real, fake, subset_size=None)
    assert found == kernel_distance(real, fake, subset_size=20)
    assert kernel._check_subset_size(None, 1500) == 1000


@pytest.mark.parametrize("num, subset_size", [(600, 60), (300, 150), (300, 280)])
@pytest.mark.parametrize("shift", [0.0, 0.5], ids=["alike", "apart"])
def test_kernel_error_is_the_true_spread(num, subset_size, shift, normal):
    def draw(seed):
        metric = metrics.Kernel(num_subsets=25, subset_size=subset_size)
        real, fake = normal(num, 2 * seed), normal(num, 2 * seed + 1, shift=shift)
        return metric(real, fake)["kernel_mine_distance"]

    found = [draw(seed) for seed in range(30)]
    true = np.std([each.value for each in found])
    error = np.median([each.error for each in found])
    # 30 draws determine the spread to 13 %. For equal distributions the distance is a
    # degenerate U-statistic, whose spread shrinks with 1 / num instead of 1 / sqrt(num): the
    # error is then too large by up to sqrt(num / subset size).
    largest = 2.5 * (math.sqrt(num / subset_size) if shift == 0 else 1)
    assert true / 2.5 < error < largest * true


@pytest.mark.parametrize("num", [50, 1000])
def test_kernel_error_is_not_zero_for_subsets_as_large_as_the_set(num, normal):
    """The default subset has 1,000 samples, as many as `MetricMonitor` uses."""
    measurement = metrics.Kernel()(normal(num, 0), normal(num, 1))["kernel_mine_distance"]
    assert math.isfinite(measurement.value)
    # An unknown error is NaN, not 0.
    assert math.isnan(measurement.error) or measurement.error > 1e-6
