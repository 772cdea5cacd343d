"""Checks of arguments: what they accept, and their one error message."""

import numpy as np
import pytest

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import (
    check_bool,
    check_choice,
    check_integer,
    check_number,
    check_seed,
)


@pytest.mark.parametrize(
    ("values", "arguments", "kind"),
    [
        (
            (0, 6, 1.0, "1", None, True, np.bool_(1), np.float64(2)),
            {"minimum": 1, "maximum": 5},
            "an integer from 1 to 5",
        ),
        ((0,), {"minimum": 1}, "a positive integer"),
        ((-1,), {"minimum": 0}, "a non-negative integer"),
        ((1,), {"minimum": 2}, "an integer of at least 2"),
        (("1",), {}, "an integer"),
        ((0,), {"minimum": 1, "optional": True}, "None or a positive integer"),
    ],
)
def test_other_integers_are_refused_in_plain_words(values, arguments, kind):
    for value in values:
        with pytest.raises(InvalidArgument) as raised:
            check_integer("k", value, **arguments)
        assert str(raised.value) == f"`k` must be {kind}. Received: k={value!r}"


def test_integers_within_bounds_become_int():
    for value in (1, 5, np.int32(3), np.uint8(4)):
        assert type(check_integer("k", value, 1, 5)) is int
    assert check_integer("k", None, 1, optional=True) is None


@pytest.mark.parametrize(
    ("values", "bounds", "kind"),
    [
        ((0, -1.0, np.nan, np.inf, "1", None, True), {"above": 0}, "a positive number"),
        ((1.0,), {"minimum": 0, "below": 1}, "a number in [0, 1)"),
        ((0.6,), {"minimum": 0, "maximum": 0.5}, "a number in [0, 0.5]"),
        ((0,), {"above": 0, "below": 2}, "a number in (0, 2)"),
        ((-1,), {"minimum": 0}, "a non-negative number"),
        ((1,), {"minimum": 2}, "a finite number of at least 2"),
        ((np.nan,), {}, "a finite number"),
    ],
)
def test_other_numbers_are_refused_in_plain_words(values, bounds, kind):
    for value in values:
        with pytest.raises(InvalidArgument) as raised:
            check_number("p", value, **bounds)
        assert str(raised.value) == f"`p` must be {kind}. Received: p={value!r}"


def test_numbers_within_bounds_become_float():
    assert type(check_number("gamma", np.float32(0.5), above=0)) is float
    assert check_number("coef0", 0, minimum=0) == 0.0
    assert check_number("share", 1, minimum=0, maximum=1) == 1.0


def test_a_choice_is_one_of_the_values_and_of_their_type():
    assert check_choice("mode", "min", ("min", "max")) == "min"
    with pytest.raises(InvalidArgument, match="`mode` must be one of 'min', 'max'. .*'mim'; did"):
        check_choice("mode", "mim", ("min", "max"))
    assert check_bool("flag", False) is False
    with pytest.raises(InvalidArgument, match="`flag` must be one of True, False. .*flag=1"):
        check_bool("flag", 1)


def test_seeds():
    assert check_seed(None) is None
    assert check_seed(np.int64(2**31 - 1)) == 2**31 - 1
    for seed in (-1, 2**31, 0.5, "1", True):
        with pytest.raises(InvalidArgument, match=r"`seed` must be None or an integer in \[0, 2"):
            check_seed(seed)
