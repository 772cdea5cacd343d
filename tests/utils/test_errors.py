"""Advice in errors: the nearest names."""

import pytest

from tfgan_kit.utils.errors import did_you_mean, first_line, nearest_names


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("fashon_mnist", ["mnist", "fashion_mnist", "cifar10"], ["fashion_mnist", "mnist"]),
        ("TUTORIAL", ["dcgan", "tutorial"], ["tutorial"]),
        ("run-a", ["Run-A", "other"], ["Run-A"]),
        ("xyz", ["dcgan"], []),
        (None, ["dcgan"], []),
        (["dcgan"], {"dcgan": 1}, ["dcgan"]),
    ],
)
def test_nearest_names(name, known, expected):
    assert nearest_names(name, known) == expected


def test_nearest_names_returns_at_most_count_best_first():
    known = [f"mnist{i}" for i in range(9)]
    assert len(nearest_names("mnist", known)) == 3
    assert nearest_names("mnist4", iter(known), count=1) == ["mnist4"]


def test_did_you_mean_ends_a_message_or_is_empty():
    assert did_you_mean("hinj", ["minimax", "hinge"]) == "; did you mean 'hinge'?"
    assert did_you_mean("xyz", ["minimax", "hinge"]) == did_you_mean(None, []) == ""


@pytest.mark.parametrize(
    "text, line",
    [
        ("one", "one"),
        ("\n  first\nsecond", "first"),
        ("", "OSError"),
        ("A could not be deserialized\n\nconfig={}.\n\nException encountered: no x", "no x"),
        (" \n", "OSError"),
        ("Exception encountered when calling A.call().\n\n\x1b[1mWhy 10\x1b[0m\n\nArgs", "Why 10"),
    ],
)
def test_first_line_of_a_library(text, line):
    assert first_line(OSError(text)) == line
