"""Words around numbers."""

import pytest

from tfgan_kit.utils.text import count, minutes, shorten


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (count(1, "epoch"), "1 epoch"),
        (count(0, "step"), "0 steps"),
        (count(1797, "image"), "1,797 images"),
        (count(1, "class"), "1 class"),
        (count(2, "class"), "2 classes"),
        (minutes(0.239783), "14 seconds"),
        (minutes(1 / 60), "1 second"),
        (minutes(1), "1 minute"),
        (minutes(1.5), "1.5 minutes"),
        (minutes(90.23978), "90.24 minutes"),
        (minutes(2000), "2000 minutes"),
        (shorten("a cat"), "a cat"),
        (shorten("a\n cat" + 34 * "x"), "a cat" + 34 * "x"),
        (shorten(200 * "x"), 39 * "x" + "…"),
        (shorten(7), "7"),
    ],
)
def test_numbers_in_words(text, expected):
    assert text == expected
