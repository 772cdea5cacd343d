"""Metrics by name."""

import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import suite
from tfgan_kit.utils.errors import InvalidArgument


def test_every_name_is_a_metric_with_its_defaults():
    assert suite.get("frechet") == metrics.Frechet()
    for name, kind in suite.METRICS.table.items():
        assert suite.get(name) == kind() and isinstance(kind(), metrics.Metric)
    metric = metrics.Frechet(num_bootstrap=3)
    assert suite.get(metric) is metric and suite.get(max) is max


@pytest.mark.parametrize("wrong, near", [("frechett", "frechet"), ("msssim", "ms_ssim")])
def test_the_nearest_name_is_suggested(wrong, near):
    with pytest.raises(InvalidArgument, match=f"did you mean '{near}'") as raised:
        suite.get(wrong)
    assert all(name in str(raised.value) for name in suite.METRICS.table)


@pytest.mark.parametrize("identifier", ["zzz", None, 3, {"frechet": 1}, metrics.Frechet])
def test_others_are_refused(identifier):
    with pytest.raises(InvalidArgument, match="`metric` must be one of.*Received: metric="):
        suite.get(identifier)
