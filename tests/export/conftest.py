"""Small conditional generators for the tests of exports."""

import keras
import numpy as np
import pytest
from keras import layers

import tfgan_kit
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def one_hot_generator():
    """A plain Keras model from noise and one-hot labels of 3 classes."""
    noise, labels = keras.Input((6,)), keras.Input((3,))
    hidden = layers.Concatenate()([noise, labels])
    images = layers.Reshape((8, 8, 1))(layers.Dense(64, activation="tanh")(hidden))
    return keras.Model([noise, labels], images)


def conditional(shape, *last):
    """A network that multiplies its features by an embedding of the class number."""
    inputs, label = keras.Input(shape), keras.Input((), dtype="int32")
    embedding = layers.Embedding(3, 32, keras.initializers.RandomNormal(stddev=1.0))
    outputs = layers.Dense(32)(layers.Flatten()(inputs)) * embedding(label)
    for layer in last:
        outputs = layer(outputs)
    return keras.Model([inputs, label], outputs)


@pytest.fixture
def conditional_gan():
    upsampling = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")
    generator = conditional((6,), layers.Reshape((4, 4, 2)), upsampling)
    discriminator = conditional((8, 8, 1), layers.Dense(1))
    return tfgan_kit.GAN(generator, discriminator, latent_dim=6, num_classes=3)


@pytest.fixture
def check_labels(conditional_gan):
    """Checks that a loaded file gives the images of the conditional GAN."""

    def check(loaded, atol):
        assert (loaded.num_classes, loaded.label_shape) == (3, ())
        for labels in (None, 2, "2", [1], [0, 2, 1, 1, 0], np.array([[0], [2], [1], [1], [0]])):
            expected = conditional_gan.generate(5, seed=1, labels=labels)
            np.testing.assert_allclose(loaded.generate(5, 1, labels), expected, atol=atol)
        for labels in (3, -1, [0, 1, 3], [0, 1], 0.5, [0.0, 1.0], True, "cat", [[0, 1, 2]]):
            messages = set()
            for each in (loaded, conditional_gan):
                with pytest.raises(InvalidArgument, match="`labels` must be") as raised:
                    each.generate(3, labels=labels)
                messages.add(str(raised.value))
            assert len(messages) == 1

    return check


@pytest.fixture
def scale_without_config():
    """A layer that Keras cannot rebuild."""

    class Scale(layers.Layer):
        def __init__(self, by):
            super().__init__()
            self.by = by

        def call(self, inputs):
            return self.by * inputs

    return Scale
