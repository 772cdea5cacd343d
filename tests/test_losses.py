"""Losses against hand-computed values, Keras's cross-entropy and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfgan_kit import losses

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.25], [1.0]], "float32")


def softplus(x):
    return np.log1p(np.exp(np.float64(x)))


def test_values_by_hand():
    discriminator = softplus(-REAL).mean() + softplus(FAKE).mean()
    for name, generator in (
        ("non_saturating", softplus(-FAKE).mean()),
        ("minimax", -softplus(FAKE).mean()),
    ):
        loss = losses.get(name)
        assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(discriminator, rel=1e-6)
        assert float(loss.generator_loss(FAKE)) == pytest.approx(generator, rel=1e-6)


def test_non_saturating_is_the_tutorials_cross_entropy():
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    expected = entropy(np.ones_like(REAL), REAL) + entropy(np.zeros_like(FAKE), FAKE)
    loss = losses.NonSaturating()
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(float(expected), rel=1e-6)
    expected = entropy(np.ones_like(FAKE), FAKE)
    assert float(loss.generator_loss(FAKE)) == pytest.approx(float(expected), rel=1e-6)


def test_minimax_is_one_game():
    loss = losses.Minimax()
    of_fakes = loss.discriminator_loss(REAL, FAKE) - losses.Minimax().discriminator_loss(
        REAL, np.full_like(FAKE, -1e9)
    )
    assert float(loss.generator_loss(FAKE)) == pytest.approx(-float(of_fakes), rel=1e-6)


def test_minimax_saturates_and_non_saturating_does_not():
    sure_fake = tf.constant([[-20.0]])
    slopes = {}
    for name in ("non_saturating", "minimax"):
        with tf.GradientTape() as tape:
            tape.watch(sure_fake)
            value = losses.get(name).generator_loss(sure_fake)
        slopes[name] = float(tape.gradient(value, sure_fake)[0, 0])
    assert slopes["non_saturating"] == pytest.approx(-1, abs=1e-6)
    assert slopes["minimax"] == pytest.approx(-np.exp(-20.0), rel=1e-4)


@pytest.mark.parametrize("name", ["non_saturating", "minimax"])
def test_gradients_by_finite_differences(name):
    loss = losses.get(name)

    def total(real, fake):
        return loss.discriminator_loss(real, fake) + 3 * loss.generator_loss(fake)

    real, fake = tf.constant(REAL, "float64"), tf.constant(FAKE, "float64")
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        value = total(real, fake)
    for which, gradient in enumerate(tape.gradient(value, [real, fake])):
        for index in range(3):
            step = np.zeros((3, 1))
            step[index] = 1e-6
            ahead = [t + step if which == i else t for i, t in enumerate((real, fake))]
            behind = [t - step if which == i else t for i, t in enumerate((real, fake))]
            slope = (total(*ahead) - total(*behind)) / 2e-6
            assert float(gradient[index, 0]) == pytest.approx(float(slope), rel=1e-6)


@pytest.mark.parametrize("name", ["non_saturating", "minimax"])
def test_extreme_logits_stay_finite(name):
    extreme = ops.convert_to_tensor([[1e4], [-1e4]])
    loss = losses.get(name)
    assert np.isfinite(float(loss.discriminator_loss(extreme, extreme)))
    assert np.isfinite(float(loss.generator_loss(extreme)))


def test_get_takes_none_name_config_and_object():
    assert isinstance(losses.get(None), losses.NonSaturating)
    minimax = losses.get("minimax")
    assert losses.get(minimax) is minimax
    config = keras.saving.serialize_keras_object(minimax)
    assert isinstance(losses.get(config), losses.Minimax)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [("non_saturatin", "did you mean 'non_saturating'"), (3, "Received: loss=3"), ([], "Received")],
)
def test_get_refuses_the_rest(wrong, message):
    with pytest.raises(ValueError, match=message):
        losses.get(wrong)


def test_a_loss_must_define_both_sides():
    class Half(losses.AdversarialLoss):
        def generator_loss(self, fake_logits):
            return fake_logits

    with pytest.raises(TypeError, match="discriminator_loss"):
        Half()
