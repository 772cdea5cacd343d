"""Words around numbers."""

import keras
import pytest

from tfgan_kit import recipes
from tfgan_kit.utils.text import count, in_list, in_words, level, minutes, shorten

COSINE = keras.optimizers.schedules.CosineDecay(0.5, 2000, alpha=0.1)


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
        (in_list(7), "7"),
        (in_list("big red, one"), '"big red, one"'),
        (level({"level": 2.0, "resolution": 16.0}), "16x16"),
        (level({"level": 1.4, "resolution": 28.0}), "14x14, fading in 28x28 (40 %)"),
        (level({"level": 1.4}), ""),
        (in_words(2e-4), "0.0002"),
        (in_words(1e6), "1,000,000"),
        (in_words("hinge"), "hinge"),
        (in_words(float("inf")), "inf"),
        (
            in_words(keras.saving.serialize_keras_object(COSINE)),
            "0.5, cosine decay: decay steps 2,000, alpha 0.1",
        ),
        (
            in_words(recipes.get("dcgan").learning_rate),
            "0.002, falls as 1 / (1 + images / 100,000)",
        ),
        (in_words(recipes.get("dcgan").penalties), "r1: gamma 0.5, interval 8"),
        (in_words({"module": "m", "class_name": "Own", "config": {"x": [1, 2]}}), "own: x 1, 2"),
    ],
)
def test_numbers_in_words(text, expected):
    assert text == expected
