"""The drift penalty against its formula."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import penalties, training

REAL = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


def test_it_is_the_square_of_real_logits_alone():
    discriminator = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    with tf.GradientTape() as tape:
        critique = training.Critique(discriminator, REAL, 100 + REAL)
        value = penalties.Drift()(critique)
        loss = penalties.Drift(weight=0.5).loss(critique, 0)
    logits = discriminator(REAL).numpy()[:, 0]
    np.testing.assert_allclose(value, logits**2, rtol=1e-5)
    assert float(loss) == pytest.approx(0.5 * np.mean(logits**2), rel=1e-5)
    kernel, _ = tape.gradient(loss, discriminator.trainable_variables)
    np.testing.assert_allclose(kernel[:, 0], (logits[:, None] * REAL).mean(axis=0), rtol=1e-4)


def test_logits_of_any_rank_are_summed():
    discriminator = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(1, 2)])
    images = np.ones((2, 4, 4, 1), "float32")
    critique = training.Critique(discriminator, images, images)
    value = penalties.Drift()(critique)
    np.testing.assert_allclose(value, np.sum(critique.real_logits**2, axis=(1, 2, 3)), rtol=1e-6)
