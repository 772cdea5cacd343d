"""Multilayer perceptrons: numbers by hand and a GAN of points."""

import keras
import numpy as np
import pytest

import tfgan_kit
from tfgan_kit import models
from tfgan_kit.data import toy


def test_number_of_parameters():
    generator, discriminator = models.mlp()
    hidden = 2 * (128 * 128 + 128)
    assert generator.count_params() == (100 * 128 + 128) + hidden + (128 * 2 + 2)
    assert discriminator.count_params() == (2 * 128 + 128) + hidden + (128 + 1)
    generator, discriminator = models.mlp((3,), latent_dim=1, width=1, depth=1)
    assert generator.count_params() == (1 + 1) + (3 + 3)
    assert discriminator.count_params() == (3 + 1) + (1 + 1)


def test_outputs_equal_numpy():
    def by_hand(network, x):
        weights = network.get_weights()
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = x @ kernel + bias
            x = np.where(x > 0, x, 0.2 * x)
        return x @ weights[-2] + weights[-1]

    generator, discriminator = models.mlp([np.int64(2), 3], latent_dim=4, width=7, depth=2)
    noise = np.random.default_rng(0).standard_normal((5, 4)).astype("float32")
    points = np.asarray(generator(noise))
    np.testing.assert_allclose(points, by_hand(generator, noise).reshape(5, 2, 3), atol=1e-5)
    logits = by_hand(discriminator, points.reshape(5, 6))
    np.testing.assert_allclose(discriminator(points), logits, atol=1e-5)


@pytest.mark.parametrize("shape", [(), 2, None, (0,), (2.0,), "2", (None, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"`image_shape` must be a tuple .*Received: image_shape="):
        models.mlp(shape)


@pytest.mark.slow
def test_a_gan_learns_the_position_of_the_points():
    gan = tfgan_kit.GAN(*models.mlp((2,), latent_dim=4, width=32), latent_dim=4, seed=0)
    adam = {"learning_rate": 2e-3, "beta_1": 0.5}
    gan.compile(keras.optimizers.Adam(**adam), keras.optimizers.Adam(**adam))
    far = toy.from_points([[5.0, -3.0]], std=0.5)
    gan.fit(toy.batches(far, 64), steps_per_epoch=150, verbose=0)
    # Without training the mean is within 1 of the origin, 5.8 away. Seeds 0 to 3 end within 1.01.
    assert np.linalg.norm(gan.generate(500, seed=0).mean(axis=0) - [5, -3]) < 1.5
