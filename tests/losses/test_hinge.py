"""The margins of the hinge loss."""

import tensorflow as tf

from tfgan_kit import losses


def test_no_gradient_beyond_the_margins():
    sides = [tf.constant([[1.5], [7.0]]), tf.constant([[-1.5], [-7.0]])]
    with tf.GradientTape() as tape:
        tape.watch(sides)
        value = losses.Hinge().discriminator_loss(*sides)
    assert float(value) == 0
    assert not any(gradient.numpy().any() for gradient in tape.gradient(value, sides))
