"""Hinge against hand-computed values and what its margins mean."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import losses

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.25], [-0.5]], "float32")


def test_values_by_hand():
    loss = losses.Hinge()
    # (0 + 2 + 0.5) / 3 for real images, (0 + 1.25 + 0.5) / 3 for fakes.
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(4.25 / 3)
    assert float(loss.generator_loss(FAKE)) == pytest.approx(3.25 / 3)


def test_equals_the_papers_form_with_minima():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(scale=2, size=(2, 100, 1))
    expected = -np.minimum(0, -1 + real).mean() - np.minimum(0, -1 - fake).mean()
    value = losses.hinge_discriminator_loss(real, fake)
    assert float(value) == pytest.approx(expected, rel=1e-12)


def test_nothing_is_learnt_beyond_the_margins():
    sides = [tf.constant([[1.5], [7.0]]), tf.constant([[-1.5], [-7.0]])]
    with tf.GradientTape() as tape:
        tape.watch(sides)
        value = losses.hinge_discriminator_loss(*sides)
    assert float(value) == 0
    for gradient in tape.gradient(value, sides):
        np.testing.assert_array_equal(gradient, 0)


def test_equal_sides_cost_two_at_best():
    for logit, expected in ((-1, 2), (-0.5, 2), (0, 2), (1, 2), (1.5, 2.5), (-3, 4)):
        logits = np.full((3, 1), logit, "float32")
        assert float(losses.hinge_discriminator_loss(logits, logits)) == expected


def test_the_generators_slope_is_the_same_everywhere():
    fake = tf.constant([[-1e4], [-1.0], [0.0], [1e4]])
    with tf.GradientTape() as tape:
        tape.watch(fake)
        value = losses.hinge_generator_loss(fake)
    np.testing.assert_array_equal(tape.gradient(value, fake), np.full((4, 1), -0.25))
