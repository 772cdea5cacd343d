"""Standard errors of metrics."""

import math

import numpy as np

__all__ = ["bootstrap_error", "error_of_mean", "normal_interval", "share_interval"]


def bootstrap_error(statistic, sets, num_resamples, seed):
    """The bootstrap's standard error of a statistic of two sets."""
    if num_resamples < 2:
        return math.nan
    from scipy.stats import bootstrap
    from threadpoolctl import threadpool_limits

    # Many small problems: threads would wait for each other, and for other processes.
    with threadpool_limits(1, user_api="blas"):
        result = bootstrap(
            [np.arange(len(each)) for each in sets],
            statistic,
            n_resamples=num_resamples,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(seed),
        )
    return float(result.standard_error)


def error_of_mean(values):
    """The standard error of a mean; of a share by the rule of Agresti and Coull."""
    if values.dtype == bool:
        share, num = (values.sum() + 2) / (len(values) + 4), len(values) + 4
        return float(np.sqrt(share * (1 - share) / num))
    return float(np.std(values) / math.sqrt(len(values)))


def normal_interval(value, error, low=-math.inf, high=math.inf):
    """The 95 % interval of a normal distribution, cut at the limits of the value."""
    ends = np.clip([value - 1.96 * error, value + 1.96 * error], low, high)
    return tuple(map(float, ends))


def share_interval(share, num):
    """Wilson's 95 % interval of a share of `num` images."""
    from scipy.stats import binomtest

    found = binomtest(round(share * num), num).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
