"""Wasserstein against hand-computed values and SciPy's distance."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from tfgan_kit import losses

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.25], [1.0]], "float32")


def test_values_by_hand():
    loss = losses.Wasserstein()
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(-1.75 / 3 - 1.5 / 3)
    assert float(loss.generator_loss(FAKE)) == pytest.approx(1.75 / 3)


def test_the_best_critic_of_points_on_a_line_gives_scipys_distance():
    rng = np.random.default_rng(0)
    real = rng.uniform(3, 5, (50, 1))
    fake = rng.normal(0, 0.3, (30, 1))
    # Every real point lies to the right, so D(x) = x is the best 1-Lipschitz critic.
    distance = scipy.stats.wasserstein_distance(real.ravel(), fake.ravel())
    assert fake.max() < real.min()
    assert -float(losses.wasserstein_discriminator_loss(real, fake)) == pytest.approx(distance)
    # Another 1-Lipschitz critic gives less.
    worse = losses.wasserstein_discriminator_loss(np.sin(real), np.sin(fake))
    assert -float(worse) < distance


def test_only_differences_of_the_critic_count():
    shifted = losses.wasserstein_discriminator_loss(np.float64(REAL) + 7, np.float64(FAKE) + 7)
    value = losses.wasserstein_discriminator_loss(np.float64(REAL), np.float64(FAKE))
    assert float(shifted) == pytest.approx(float(value), rel=1e-12)
    assert float(losses.wasserstein_discriminator_loss(REAL, REAL)) == 0


def test_slopes_are_one_over_the_number_of_logits():
    real, fake = tf.constant(REAL), tf.constant([[9.0], [-9.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        discriminator = losses.wasserstein_discriminator_loss(real, fake)
        generator = losses.wasserstein_generator_loss(fake)
    np.testing.assert_allclose(tape.gradient(discriminator, real), -1 / 3 * np.ones((3, 1)))
    np.testing.assert_array_equal(tape.gradient(discriminator, fake), 0.5 * np.ones((2, 1)))
    np.testing.assert_array_equal(tape.gradient(generator, fake), -0.5 * np.ones((2, 1)))
