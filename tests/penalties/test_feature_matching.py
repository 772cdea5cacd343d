"""Feature matching against NumPy and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import penalties, training
from tfgan_kit.training import precision

REAL, FAKE = np.random.default_rng(0).normal(size=(2, 5, 4, 4, 1))


def network(dtype):
    return keras.Sequential(
        [
            keras.Input((4, 4, 1), dtype=dtype),
            layers.Conv2D(3, 2, activation="tanh", dtype=dtype),
            layers.Conv2D(1, 3, dtype=dtype),
        ]
    )


def by_numpy(discriminator, real, fake):
    """From the definition of a convolution: features of 3x3 places, by the kernel of 2x2."""
    kernel, bias = discriminator.get_weights()[:2]
    kernel, means = kernel.reshape(4, 3), []
    for images in (real, fake):
        shifted = [images[:, i : i + 3, j : j + 3, 0] for i in (0, 1) for j in (0, 1)]
        means.append(np.tanh(np.stack(shifted, -1) @ kernel + bias).mean(axis=0))
    return np.sum((means[0] - means[1]) ** 2)


def value_and_gradients(discriminator, dtype):
    real, fake = tf.constant(REAL, dtype), tf.constant(FAKE, dtype)
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        values = penalties.FeatureMatching()(training.Critique(discriminator, real, fake))
        mean = tf.reduce_mean(values)
    return values, *tape.gradient(mean, [real, fake])


def test_each_example_has_the_batchs_value_and_fakes_the_gradient():
    discriminator = network("float64")
    values, of_real, of_fake = value_and_gradients(discriminator, "float64")
    np.testing.assert_allclose(values, np.full(5, by_numpy(discriminator, REAL, FAKE)), rtol=1e-6)
    assert of_real is None
    for seed in range(3):
        change = 1e-5 * np.random.default_rng(seed).normal(size=FAKE.shape)
        slope = by_numpy(discriminator, REAL, FAKE + change)
        slope -= by_numpy(discriminator, REAL, FAKE - change)
        assert float(np.sum(of_fake * change)) == pytest.approx(slope / 2, rel=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_lower_precision_is_near(policy):
    with precision.scope(policy):
        discriminator = network(None)
    values, _, of_fake = value_and_gradients(discriminator, "float32")
    assert values.dtype == tf.float32 and values.shape == (5,)
    np.testing.assert_allclose(values, by_numpy(discriminator, REAL, FAKE), rtol=0.05)
    assert np.all(np.isfinite(of_fake)) and np.any(of_fake)


def test_real_images_are_asked_for():
    critique = training.Critique(network("float32"), None, FAKE.astype("float32"))
    with pytest.raises(ValueError, match="`real_images` must be given"):
        penalties.FeatureMatching()(critique)
