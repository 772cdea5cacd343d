"""ScheduledAdam: Keras's Adam where nothing changes, NumPy's where it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.training.adam import PerVariableAdam, ScheduledAdam

RISING = keras.optimizers.schedules.CosineDecay(0.5, 10, alpha=0.9 / 0.5)
GRADIENTS = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")


def train(optimizer):
    variable = keras.Variable(np.ones(3, "float32"))
    optimizer.build([variable])
    step = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    values = []
    for gradient in GRADIENTS:
        step(tf.constant(gradient))
        values.append(variable.numpy())
    return np.array(values)


def test_a_number_is_kerass_adam():
    expected = train(keras.optimizers.Adam(0.01, beta_1=0.5, beta_2=0.9))
    np.testing.assert_array_equal(train(ScheduledAdam(0.01, beta_1=0.5, beta_2=0.9)), expected)


def test_a_schedule_is_the_formula_with_each_steps_value():
    first, second, value = np.zeros(3), np.zeros(3), np.ones(3)
    expected = []
    for step, gradient in enumerate(GRADIENTS.astype("float64")):
        # Cosine from 0.5 to 0.9 in 10 steps, then 0.9.
        beta_2 = 0.9 - 0.4 * 0.5 * (1 + np.cos(np.pi * min(step, 10) / 10))
        first = 0.5 * first + 0.5 * gradient
        second = beta_2 * second + (1 - beta_2) * gradient**2
        corrected = np.sqrt(1 - beta_2 ** (step + 1)) / (1 - 0.5 ** (step + 1))
        value = value - 0.01 * corrected * first / (np.sqrt(second) + 1e-7)
        expected.append(value)
    trained = train(ScheduledAdam(0.01, beta_1=0.5, beta_2=RISING))
    np.testing.assert_allclose(trained, expected, atol=2e-6)
    constant = train(keras.optimizers.Adam(0.01, beta_1=0.5, beta_2=0.5))
    assert np.abs(trained - constant).max() > 1e-3


def test_saves_and_comes_back():
    optimizer = ScheduledAdam(0.01, beta_1=0.5, beta_2=RISING)
    again = keras.optimizers.get(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    np.testing.assert_array_equal(train(again), train(optimizer))


@pytest.mark.parametrize("beta_2", [1.0, "0.9", True])
def test_wrong_beta_2_is_named(beta_2):
    with pytest.raises(ValueError, match="`beta_2` must be"):
        ScheduledAdam(beta_2=beta_2)


@pytest.mark.parametrize("beta_1", [0.0, 0.9])
def test_counts_of_each_variable(beta_1):
    """A variable that joins late is updated as it would be from the first step on."""
    adam = PerVariableAdam(0.01, beta_1=beta_1, beta_2=0.99)
    early, late = (keras.Variable(np.ones(3, "float32")) for _ in range(2))
    adam.build([early, late])
    for gradient in GRADIENTS[:6]:
        adam.apply([tf.constant(gradient)], [early])
    np.testing.assert_array_equal(late, np.ones(3))
    values = []
    for gradient in GRADIENTS:
        adam.apply([tf.constant(gradient)] * 2, [early, late])
        values.append(late.numpy())
    expected = train(keras.optimizers.Adam(0.01, beta_1=beta_1, beta_2=0.99))
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert np.abs(1 - values[0]).max() <= 0.01 * 1.0001
    assert adam.get_config()["beta_2"] == 0.99
