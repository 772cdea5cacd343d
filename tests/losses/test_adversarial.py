"""User-defined losses: both methods, saving, and casts of logits."""

import keras
import numpy as np
import pytest
from keras import ops

from tfgan_kit import losses


@keras.saving.register_keras_serializable(package="tests")
class Tempered(losses.AdversarialLoss):
    generator_uses_real = True

    def __init__(self, temperature=1.0):
        self.temperature = temperature

    def discriminator_loss(self, real_logits, fake_logits):
        return ops.mean(fake_logits - real_logits) / self.temperature

    def generator_loss(self, fake_logits, real_logits=None):
        return -self.discriminator_loss(real_logits, fake_logits)


def test_a_user_defined_loss_is_saved_and_loaded():
    config = keras.saving.serialize_keras_object(Tempered(4.0))
    loss = losses.get(config)
    assert type(loss) is Tempered and loss.temperature == 4
    assert float(loss.generator_loss(np.ones((2, 1)), np.zeros((2, 1)))) == -0.25


@pytest.mark.parametrize("side", ["discriminator_loss", "generator_loss"])
def test_a_loss_must_define_both_methods_and_has_defaults(side):
    methods = dict.fromkeys(["discriminator_loss", "generator_loss"], lambda self, *logits: 0.0)
    plain = type("Plain", (losses.AdversarialLoss,), methods)
    assert plain.generator_uses_real is False and plain.boundary == 0
    assert plain().get_config() == {}
    del methods[side]
    with pytest.raises(TypeError, match=side):
        type("Half", (losses.AdversarialLoss,), methods)()
