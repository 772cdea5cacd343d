"""Small conditional generators for the tests of exports."""

import keras
import numpy as np
import pytest
from keras import layers

import tfgan_kit


@pytest.fixture
def one_hot_generator():
    """A plain Keras model from noise and one-hot labels of 3 classes."""
    noise, labels = keras.Input((6,)), keras.Input((3,))
    hidden = layers.Concatenate()([noise, labels])
    images = layers.Reshape((8, 8, 1))(layers.Dense(64, activation="tanh")(hidden))
    return keras.Model([noise, labels], images)


@pytest.fixture
def conditional_gan():
    """A GAN of 3 classes, whose generator embeds the class number."""
    noise, label = keras.Input((6,)), keras.Input((), dtype="int32")
    embedding = layers.Embedding(3, 32, keras.initializers.RandomNormal(stddev=1.0))
    hidden = layers.Multiply()([layers.Dense(32)(noise), embedding(label)])
    hidden = layers.Reshape((4, 4, 2))(hidden)
    images = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")(hidden)
    generator = keras.Model([noise, label], images)
    pictures = keras.Input((8, 8, 1))
    hidden = layers.Flatten()(layers.Concatenate()([pictures, layers.RepeatVector(8)(
        layers.Embedding(3, 8)(label))[..., None]]))  # fmt: skip
    discriminator = keras.Model([pictures, label], layers.Dense(1)(hidden))
    return tfgan_kit.GAN(generator, discriminator, latent_dim=6, num_classes=3)


@pytest.fixture
def check_labels(conditional_gan):
    """Checks that a loaded file gives the images of the conditional GAN."""

    def check(loaded, atol):
        assert (loaded.num_classes, loaded.label_shape) == (3, ())
        for labels in (None, 2, [0, 2, 1, 1, 0]):
            expected = conditional_gan.generate(5, seed=1, labels=labels)
            np.testing.assert_allclose(loaded.generate(5, 1, labels), expected, atol=atol)
        with pytest.raises(ValueError, match="`labels` must be class numbers from 0 to 2"):
            loaded.generate(2, labels=[0, 3])

    return check
