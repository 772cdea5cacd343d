"""Standard errors have their closed form."""

import math

import numpy as np
import pytest
from scipy import stats

from tfgan_kit import evaluation, metrics
from tfgan_kit.metrics.standard_error import bootstrap_error, error_of_mean, share_interval


def test_bootstrap_error_of_a_mean_is_its_closed_form():
    x = np.random.default_rng(0).normal(size=400)
    y = 3 * np.random.default_rng(1).normal(size=100)
    error = bootstrap_error(lambda i, j: x[i].mean() - y[j].mean(), (x, y), 400, seed=0)
    # 400 resamples determine the error to 1 / sqrt(800) = 3.5 %; four times that is allowed.
    np.testing.assert_allclose(error, np.sqrt(x.var() / 400 + y.var() / 100), rtol=0.14)
    again = bootstrap_error(lambda i, j: x[i].mean() - y[j].mean(), (x, y), 400, seed=0)
    other = bootstrap_error(lambda i, j: x[i].mean() - y[j].mean(), (x, y), 400, seed=1)
    assert again == error != other


@pytest.mark.parametrize("num", [0, 1])
def test_fewer_than_two_resamples_call_nothing(num):
    assert math.isnan(bootstrap_error(None, (np.zeros(3), np.zeros(3)), num, 0))


def test_error_of_a_share_is_never_zero():
    # Agresti and Coull: two more of each kind.
    for share, num in ((np.zeros(50, bool), 50), (np.arange(60) < 20, 60)):
        wider = (share.sum() + 2) / (num + 4)
        expected = math.sqrt(wider * (1 - wider) / (num + 4))
        assert error_of_mean(share) == pytest.approx(expected)
    values = np.random.default_rng(0).normal(size=60)
    assert error_of_mean(values) == pytest.approx(values.std() / math.sqrt(60))


@pytest.mark.parametrize("hits, num", [(0, 100), (1, 151), (30, 40), (50, 50)])
def test_interval_of_a_share_is_wilsons(hits, num):
    """The ends solve `(p - share)**2 = z**2 p (1 - p) / num`; Wilson, 1927, equation 4."""
    share, z = hits / num, stats.norm.ppf(0.975)
    roots = np.roots([num + z**2, -(2 * hits + z**2), num * share**2])
    low, high = share_interval(share, num)
    np.testing.assert_allclose([low, high], sorted(roots.real), atol=1e-8)
    assert 0 <= low <= share <= high <= 1


def test_no_interval_leaves_the_range_of_its_metric():
    """The figures of a generator that does everything right, and of one that does all wrong."""
    rng = np.random.default_rng(0)
    real = samples(rng.normal(size=(60, 12)), np.arange(60) % 12)
    wrong = samples(9 + 0.01 * rng.normal(size=(60, 12)), np.zeros(60, int))
    for fake in (real, wrong):
        found = evaluation.evaluate(real, real, fake, train=real.features.values, seed=1)
        rows = {row.name: row for row in found.rows if not math.isnan(row.error)}
        shares = {"precision", "recall", "coverage", "class_agreement", "copied_share"}
        assert shares | {"density", "class_kl", "frechet_x_distance", "x_score"} <= set(rows)
        for name, row in rows.items():
            low, high = row.interval
            assert low <= row.value <= high, name
            assert low >= (-math.inf if name in ("kernel_x_distance", "copying_z") else 0), name
            assert high <= (1 if name in shares else math.inf), name
        assert rows["x_score"].interval[0] >= 1 and rows["x_score"].interval[1] <= 12


def samples(values, labels):
    features = metrics.Features(values, 50 * np.eye(12)[labels])
    return metrics.Samples(values, features, "x", labels=np.arange(60) % 12, classes=range(12))


def test_metrics_leave_the_global_random_state(normal):
    np.random.seed(3)
    expected = np.random.uniform()
    np.random.seed(3)
    metrics.Frechet(num_bootstrap=3)(normal(20, 0), normal(20, 1))
    metrics.Kernel()(normal(20, 0), normal(20, 1))
    metrics.inception_score(np.zeros((20, 3)))
    assert np.random.uniform() == expected
