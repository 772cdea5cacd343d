"""Layers' outputs with gradients, of networks of floats and of pixels, with labels or without."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import latent, models


def test_are_the_layers_outputs():
    network = keras.Sequential([keras.Input((2, 2, 1)), layers.Conv2D(3, 1, name="first")])
    network.add(layers.Flatten(name="flat"))
    images = np.random.default_rng(0).uniform(-1, 1, (2, 2, 2, 1)).astype("float32")
    found = latent.layer_features(network)(images)
    kernel, bias = network.get_weights()
    np.testing.assert_allclose(found, images @ kernel[0, 0] + bias, atol=1e-6)
    first, flat = latent.layer_features(network, ["first", "flat"])(images)
    np.testing.assert_array_equal(np.reshape(first, (2, -1)), flat)


@pytest.mark.parametrize("build", [models.dcgan, models.style])
def test_conditional_discriminators_need_no_labels(build):
    _, discriminator = build((16, 16, 1), latent_dim=4, width=2, num_classes=3)
    features = latent.layer_features(discriminator)
    alone, other = np.zeros((1, 16, 16, 1)), np.ones((1, 16, 16, 1))
    together = features(np.concatenate([alone, other]))
    for one, two in zip(features(alone), together, strict=True):
        np.testing.assert_allclose(one[0], two[0], atol=1e-5)
    with pytest.raises(ValueError, match="`layers` must not depend on labels"):
        latent.layer_features(discriminator, [discriminator.layers[-1].name])


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_network_of_pixels_has_gradients(dtype):
    pixels = keras.Input((8, 8, 1), dtype=dtype)
    x = layers.Rescaling(0.01, dtype="float32")(pixels)
    network = keras.Model(pixels, layers.Conv2D(3, 3, strides=2)(x))
    images = tf.constant(np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1)), "float32")
    features = latent.layer_features(network, pixels=True)
    with tf.GradientTape() as tape:
        floats = images / 127.5 - 1
        tape.watch(floats)
        found = features(floats)
    np.testing.assert_allclose(found, network(tf.cast(images, "uint8")), atol=1e-4)
    assert np.abs(tape.gradient(found, floats)).max() > 0


@pytest.mark.parametrize("names", [[], ["no"]])
def test_wrong_layers(names):
    network = models.dcgan((16, 16, 1), latent_dim=4, width=2)[1]
    with pytest.raises(ValueError, match="`layers` must be names of layers, at least one of conv"):
        latent.layer_features(network, names)
