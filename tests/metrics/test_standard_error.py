"""Standard errors have their closed form."""

import math

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics.standard_error import bootstrap_error, error_of_mean


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


def test_metrics_leave_the_global_random_state(normal):
    np.random.seed(3)
    expected = np.random.uniform()
    np.random.seed(3)
    metrics.Frechet(num_bootstrap=3)(normal(20, 0), normal(20, 1))
    metrics.Kernel()(normal(20, 0), normal(20, 1))
    metrics.inception_score(np.zeros((20, 3)))
    assert np.random.uniform() == expected
