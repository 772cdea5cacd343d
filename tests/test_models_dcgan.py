"""The DCGAN family against the tutorial's networks, written out by hand."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import models

SIZES = (16, 28, 32, 56, 64, 112, 128, 224, 256)


def tutorial_networks():
    """The networks of TensorFlow's DCGAN tutorial."""
    up = {"strides": (2, 2), "padding": "same", "use_bias": False}
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 256)),
            layers.Conv2DTranspose(128, (5, 5), **{**up, "strides": (1, 1)}),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(64, (5, 5), **up),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(1, (5, 5), **up, activation="tanh"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, (5, 5), strides=(2, 2), padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(128, (5, 5), strides=(2, 2), padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


def without_names(network):
    return [
        (type(layer).__name__, {k: v for k, v in layer.get_config().items() if k != "name"})
        for layer in network.layers
    ]


def test_28x28_is_the_tutorial_layer_by_layer():
    ours, tutorials = models.dcgan(), tutorial_networks()
    assert [network.count_params() for network in ours] == [2_330_944, 212_865]
    for network, expected in zip(ours, tutorials, strict=True):
        assert without_names(network) == without_names(expected)
        assert network.input_shape == expected.input_shape


def test_28x28_computes_what_the_tutorials_does():
    ours, tutorials = models.dcgan(), tutorial_networks()
    noise = np.random.default_rng(0).standard_normal((3, 100)).astype("float32")
    images = np.random.default_rng(1).uniform(-1, 1, (3, 28, 28, 1)).astype("float32")
    for network, expected, inputs in zip(ours, tutorials, (noise, images), strict=True):
        expected.set_weights(network.get_weights())
        np.testing.assert_allclose(network(inputs), expected(inputs), atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_every_size_builds(size):
    # Grey for every other size: channels change the outermost layers alone.
    channels = 3 if SIZES.index(size) % 2 else 1
    generator, discriminator = models.dcgan((size, size, channels), latent_dim=4)
    assert generator.input_shape == (None, 4)
    assert generator.output_shape == discriminator.input_shape == (None, size, size, channels)
    assert discriminator.output_shape == (None, 1)
    planes = [layer.output.shape for layer in generator.layers if "conv" in layer.name]
    assert [plane[1] for plane in planes[1:]] == [
        planes[0][1] * 2**k for k in range(1, len(planes))
    ]
    assert planes[0][1] in (4, 7)
    assert max(plane[-1] for plane in planes) <= 512


@pytest.mark.parametrize("shape", [(16, 16, 1), (16, 16, 3), (28, 28, 3), (32, 32, 1), (64, 64, 3)])
def test_images_are_in_range_and_get_a_logit(shape):
    generator, discriminator = models.dcgan(shape, latent_dim=5)
    noise = 50 * np.random.default_rng(0).standard_normal((3, 5)).astype("float32")
    images = np.asarray(generator(noise))
    assert images.shape == (3, *shape) and images.dtype == np.float32
    assert np.abs(images).max() <= 1 and images.min() < 0 < images.max()
    logits = np.asarray(discriminator(images))
    assert logits.shape == (3, 1) and np.isfinite(logits).all()


@pytest.mark.parametrize("shape", [[16, 16, 1], np.array([16, 16, 1]), (np.int64(16),) * 2 + (1,)])
def test_other_sequences_of_integers_are_taken(shape):
    generator, _ = models.dcgan(shape, latent_dim=2)
    assert generator.output_shape == (None, 16, 16, 1)


@pytest.mark.parametrize(
    "shape",
    [(8, 8, 1), (512, 512, 3), (30, 30, 1), (28, 32, 1), (28, 28, 2), (28, 28), 28, None]
    + [(28.5, 28.5, 1), ("28", "28", "1"), "281", (28, 28, 1, 1), (None, None, 1), (0, 0, 1)],
)
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match=r"`image_shape` must be .*16, 28, 32.*Received: image_sh"):
        models.dcgan(shape)


@pytest.mark.parametrize("latent_dim", [0, -1, 1.5, "100", None, True])
def test_wrong_latent_dim_is_named(latent_dim):
    with pytest.raises(ValueError, match="`latent_dim` must be an integer of 1 or more. Received"):
        models.dcgan((16, 16, 1), latent_dim=latent_dim)
