"""The margins of the hinge loss."""

import numpy as np
import tensorflow as tf

from tfgan_kit import losses

LOSS = losses.Hinge()


def test_no_gradient_beyond_the_margins():
    sides = [tf.constant([[1.5], [7.0]]), tf.constant([[-1.5], [-7.0]])]
    with tf.GradientTape() as tape:
        tape.watch(sides)
        value = LOSS.discriminator_loss(*sides)
    assert float(value) == 0
    for gradient in tape.gradient(value, sides):
        np.testing.assert_array_equal(gradient, 0)


def test_equal_sides_cost_at_least_two():
    for logit, expected in ((-1, 2), (-0.5, 2), (0, 2), (1, 2), (1.5, 2.5), (-3, 4)):
        logits = np.full((3, 1), logit, "float32")
        assert float(LOSS.discriminator_loss(logits, logits)) == expected


def test_the_generators_gradient_is_constant():
    fake = tf.constant([[-1e4], [-1.0], [0.0], [1e4]])
    with tf.GradientTape() as tape:
        tape.watch(fake)
        value = LOSS.generator_loss(fake)
    np.testing.assert_array_equal(tape.gradient(value, fake), np.full((4, 1), -0.25))
