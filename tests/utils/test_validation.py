"""Checks of arguments: what they take, and the one sentence with which they refuse."""

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


@pytest.mark.parametrize("value", [0, 6, 1.0, "1", None, True, np.bool_(1), np.float64(2)])
def test_integers_out_of_bounds_are_refused(value):
    with pytest.raises(InvalidArgument, match="`k` must be an integer from 1 to 5. Received: k="):
        check_integer("k", value, 1, 5)


@pytest.mark.parametrize("value", [1, 5, np.int32(3), np.uint8(4)])
def test_integers_within_bounds_become_int(value):
    assert type(check_integer("k", value, 1, 5)) is int


@pytest.mark.parametrize(
    ("value", "arguments", "kind"),
    [
        (0, {"minimum": 1}, "a positive integer"),
        (-1, {"minimum": 0}, "a non-negative integer"),
        (1, {"minimum": 2}, "an integer of at least 2"),
        ("1", {}, "an integer"),
        (0, {"minimum": 1, "optional": True}, "None or a positive integer"),
    ],
)
def test_an_integer_is_described_in_plain_words(value, arguments, kind):
    with pytest.raises(InvalidArgument) as raised:
        check_integer("k", value, **arguments)
    assert str(raised.value) == f"`k` must be {kind}. Received: k={value!r}"


def test_an_optional_integer_may_be_none():
    assert check_integer("k", None, 1, optional=True) is None


@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "1", None, True])
def test_numbers_out_of_bounds_are_refused(value):
    with pytest.raises(InvalidArgument, match="`gamma` must be a positive number. Received"):
        check_number("gamma", value, above=0)


@pytest.mark.parametrize(
    ("value", "bounds", "kind"),
    [
        (1.0, {"minimum": 0, "below": 1}, r"a number in \[0, 1\)"),
        (0.6, {"minimum": 0, "maximum": 0.5}, r"a number in \[0, 0.5\]"),
        (0, {"above": 0, "below": 2}, r"a number in \(0, 2\)"),
        (-1, {"minimum": 0}, "a non-negative number"),
        (1, {"minimum": 2}, "a finite number of at least 2"),
        (np.nan, {}, "a finite number"),
    ],
)
def test_a_number_is_described_in_plain_words(value, bounds, kind):
    with pytest.raises(InvalidArgument, match=f"^`p` must be {kind}. Received: p="):
        check_number("p", value, **bounds)


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


@pytest.mark.parametrize("seed", [-1, 2**31, 0.5, "1", True])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(InvalidArgument, match=r"`seed` must be None or an integer in \[0, 2"):
        check_seed(seed)


def test_seeds_in_range_are_taken():
    assert check_seed(None) is None
    assert check_seed(np.int64(2**31 - 1)) == 2**31 - 1
