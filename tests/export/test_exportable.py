"""What is exported: the right generator, its variables once, in float32."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import LATENT_DIM
from keras import layers

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.training import precision
from tfgan_kit.utils.errors import InvalidArgument


def conditional_generator(num_classes=3):
    noise, labels = keras.Input((LATENT_DIM,)), keras.Input((num_classes,))
    hidden = layers.Concatenate()([noise, labels])
    images = layers.Reshape((8, 8, 1))(layers.Dense(64, activation="tanh")(hidden))
    return keras.Model([noise, labels], images)


def test_average_is_taken_and_not_the_trained(make_gan, real_images):
    gan = make_gan(ema=0.9)
    gan.fit(real_images, batch_size=8, epochs=1, verbose=0)
    noise = Exportable(gan).noise(4)
    images = Exportable(gan).images(noise)
    np.testing.assert_allclose(images, gan.generate(4, seed=0), atol=1e-6)
    assert np.abs(images - Exportable(gan.generator).images(noise)).max() > 1e-4


def test_variables_once_each(make_networks):
    generator, _ = make_networks()
    exportable = Exportable(generator)
    assert len(exportable.variables) == len(generator.variables)


def test_half_precision_is_exported_in_float32():
    with precision.scope("mixed_bfloat16"):
        generator = keras.Sequential(
            [
                keras.Input((LATENT_DIM,)),
                layers.Dense(64),
                layers.BatchNormalization(),
                layers.Reshape((8, 8, 1)),
                layers.Activation("tanh", dtype="float32"),
            ]
        )
    exportable = Exportable(generator)
    noise = exportable.noise(16)
    rounded = generator(noise, training=False).numpy()
    images = exportable.images(noise)
    assert 0 < np.abs(images - rounded).max() < 0.05
    twin = exportable.model_in_float32()
    assert {layer.compute_dtype for layer in twin.layers} == {"float32"}
    np.testing.assert_array_equal(
        np.concatenate([weight.ravel() for weight in twin.get_weights()]),
        np.concatenate([weight.ravel() for weight in generator.get_weights()]),
    )


def test_labels_are_a_further_input():
    exportable = Exportable(conditional_generator())
    noise, labels = exportable.noise(6), exportable.labels(6)
    assert labels.sum(axis=1).tolist() == [1] * 6
    assert labels.argmax(axis=1).tolist() == [0, 1, 2, 0, 1, 2]
    names = [spec.name for spec in exportable.signature(2)]
    assert names == ["noise", "labels"]
    images = exportable.function(6)(tf.constant(noise), tf.constant(labels))["images"]
    np.testing.assert_allclose(images, exportable.images(noise, labels), atol=1e-6)


def many_inputs():
    inputs = [keras.Input((4,)) for _ in range(3)]
    return keras.Model(inputs, layers.Concatenate()(inputs))


def unbuilt():
    return keras.Sequential([layers.Dense(4)])


def text_in():
    inputs = keras.Input((4,), dtype="int32")
    return keras.Model(inputs, layers.Embedding(3, 2)(inputs))


@pytest.mark.parametrize(
    "model, message",
    [
        (lambda: "generator", "str"),
        (many_inputs, "3 inputs"),
        (unbuilt, "0 inputs"),
        (text_in, "int32"),
    ],
)
def test_other_things_are_refused(model, message):
    with pytest.raises(InvalidArgument, match=message):
        Exportable(model())


@pytest.mark.parametrize("order", ["reversed", "dict"])
def test_noise_is_found_by_its_name(order):
    noise, labels = keras.Input((6,), name="noise"), keras.Input((3,), name="labels")
    images = layers.Reshape((2, 2, 1))(layers.Dense(4)(layers.Concatenate()([noise, labels])))
    inputs = [labels, noise] if order == "reversed" else {"labels": labels, "noise": noise}
    model = keras.Model(inputs, images)
    exportable = Exportable(model)
    assert (exportable.latent_dim, exportable.label_shape) == (6, (3,))
    given = {"noise": exportable.noise(5), "labels": exportable.labels(5)}
    expected = model([given["labels"], given["noise"]] if order == "reversed" else given)
    np.testing.assert_allclose(exportable.images(*given.values()), expected, atol=1e-6)


def test_half_precision_that_cannot_be_made_again():
    class Scale(layers.Layer):
        def __init__(self, by):
            super().__init__()
            self.by = by

        def call(self, inputs):
            return self.by * inputs

    with precision.scope("mixed_bfloat16"):
        noise = keras.Input((4,))
        model = keras.Model(noise, layers.Reshape((2, 2, 1))(Scale(2.0)(noise)))
    with pytest.raises(InvalidArgument, match="cannot make it again in float32"):
        Exportable(model)
