"""A loss of one's own: both sides defined, saved and found again."""

import keras
import numpy as np
import pytest
from keras import ops

from tfgan_kit import losses
from tfgan_kit.losses import adversarial


@keras.saving.register_keras_serializable(package="tests")
class Tempered(losses.AdversarialLoss):
    generator_uses_real = True

    def __init__(self, temperature=1.0):
        self.temperature = temperature

    def discriminator_loss(self, real_logits, fake_logits):
        return ops.mean(fake_logits - real_logits) / self.temperature

    def generator_loss(self, fake_logits, real_logits=None):
        return -self.discriminator_loss(real_logits, fake_logits)

    def get_config(self):
        return {"temperature": self.temperature}


def test_a_loss_of_ones_own_is_saved_and_found():
    config = keras.saving.serialize_keras_object(Tempered(4.0))
    loss = losses.get(config)
    assert type(loss) is Tempered and loss.temperature == 4
    assert float(loss.generator_loss(np.ones((2, 1)), np.zeros((2, 1)))) == -0.25


def test_the_generator_uses_no_real_images_unless_a_loss_says_so():
    assert losses.AdversarialLoss.generator_uses_real is False
    assert Tempered.generator_uses_real is True


@pytest.mark.parametrize("side", ["discriminator_loss", "generator_loss"])
def test_a_loss_must_define_both_sides(side):
    def value(self, *logits):
        return 0.0

    half = type("Half", (losses.AdversarialLoss,), {side: value})
    missing = {"discriminator_loss", "generator_loss"} - {side}
    with pytest.raises(TypeError, match=missing.pop()):
        half()


def test_the_default_config_is_empty():
    class Plain(losses.AdversarialLoss):
        def discriminator_loss(self, real_logits, fake_logits):
            return ops.mean(real_logits)

        def generator_loss(self, fake_logits, real_logits=None):
            return ops.mean(fake_logits)

    assert Plain().get_config() == {}
    assert type(Plain.from_config({})) is Plain


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("float16", "float32"),
        ("bfloat16", "float32"),
        ("int32", "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
    ],
)
def test_at_least_float32(given, expected):
    logits = ops.cast([[-3], [5]], given)
    result = adversarial.at_least_float32(logits)
    assert result.dtype == expected
    np.testing.assert_array_equal(result, [[-3], [5]])
    assert (result is logits) == (given == expected)
    assert adversarial.at_least_float32([1.5, 2.5]).shape == (2,)
