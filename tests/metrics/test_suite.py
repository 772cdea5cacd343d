"""Metrics by name."""

import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import suite
from tfgan_kit.utils.errors import InvalidArgument

NAMES = {
    "frechet": metrics.Frechet,
    "kernel": metrics.Kernel,
    "coverage": metrics.Coverage,
    "score": metrics.Score,
    "classes": metrics.Classes,
    "collapse": metrics.Collapse,
    "sliced": metrics.Sliced,
    "ms_ssim": metrics.MsSsim,
}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_its_metric_with_the_defaults(name):
    assert suite.get(name) == NAMES[name]()


def test_objects_and_functions_are_left():
    metric = metrics.Frechet(num_bootstrap=3)
    assert suite.get(metric) is metric
    assert suite.get(max) is max


@pytest.mark.parametrize(
    "wrong, near",
    [("frechett", "frechet"), ("Kernel", "kernel"), ("msssim", "ms_ssim"), ("class", "classes")],
)
def test_the_nearest_name_is_told(wrong, near):
    with pytest.raises(InvalidArgument, match=f"did you mean '{near}'") as raised:
        suite.get(wrong)
    assert all(name in str(raised.value) for name in NAMES)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("identifier", ["zzz", "", None, 3, ["frechet"], {"frechet": 1}])
def test_others_are_refused(identifier):
    with pytest.raises(InvalidArgument, match="`metric` must be one of.*Received: metric="):
        suite.get(identifier)


def test_a_class_in_place_of_an_object_is_refused():
    with pytest.raises(InvalidArgument, match="`metric`"):
        suite.get(metrics.Frechet)
