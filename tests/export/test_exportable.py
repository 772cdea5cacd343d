"""What is exported: the right generator, in float32, with noise and labels as inputs."""

import keras
import numpy as np
import pytest
from conftest import assert_same
from keras import layers

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.runtime.keras_model import KerasGenerator
from tfgan_kit.training import precision
from tfgan_kit.utils.errors import InvalidArgument


def test_the_average_is_exported(make_gan):
    gan = make_gan(ema=0.9)
    gan.sampling_generator.set_weights([w + 0.1 for w in gan.generator.get_weights()])
    exportable = Exportable(gan)
    images = exportable.images(exportable.noise(4))
    np.testing.assert_allclose(images, gan.generate(4, seed=0), atol=1e-6)
    trained = Exportable(gan.generator).images(exportable.noise(4))
    assert np.abs(images - trained).max() > 1e-4


def test_a_saved_gan_takes_the_same_labels(conditional_gan, check_labels, tmp_path):
    conditional_gan.save(tmp_path / "gan.keras")
    check_labels(KerasGenerator(tmp_path / "gan.keras"), atol=1e-6)


def test_half_precision_becomes_float32():
    with precision.scope("mixed_bfloat16"):
        last = layers.Activation("tanh", dtype="float32")
        hidden = [layers.Dense(64), layers.BatchNormalization(), layers.Reshape((8, 8, 1))]
        generator = keras.Sequential([keras.Input((6,)), *hidden, last])
    exportable = Exportable(generator)
    noise = exportable.noise(16)
    rounded = generator(noise, training=False).numpy()
    assert 0 < np.abs(exportable.images(noise) - rounded).max() < 0.05
    assert {layer.compute_dtype for layer in exportable.model.layers} == {"float32"}
    assert_same(exportable.model.get_weights(), generator.get_weights())


def test_half_precision_that_cannot_be_rebuilt(scale_without_config):
    with precision.scope("mixed_bfloat16"):
        reshape = layers.Reshape((2, 2, 1))
        model = keras.Sequential([keras.Input((4,)), scale_without_config(2.0), reshape])
    with pytest.raises(InvalidArgument, match="cannot rebuild it in float32"):
        Exportable(model)


def test_labels_are_all_classes_in_turn(one_hot_generator, conditional_gan):
    labels = Exportable(one_hot_generator).labels(5)
    np.testing.assert_array_equal(labels, np.eye(3, dtype="float32")[[0, 1, 2, 0, 1]])
    labels = Exportable(conditional_gan).labels(5)
    assert labels.dtype == "int32" and labels.tolist() == [0, 1, 2, 0, 1]
    unknown = Exportable(conditional_gan.generator)
    assert unknown.labels(5).tolist() == [0] * 5
    assert Exportable(conditional_gan).class_shares is None
    conditional_gan.label_counts.assign([3, 0, 1])
    assert Exportable(conditional_gan).class_shares == [0.75, 0.0, 0.25]
    with pytest.raises(InvalidArgument, match="`class_shares` must be 3 non-negative numbers"):
        Exportable(conditional_gan.generator, 3, class_shares=[1, 2])
    names = [spec.name for spec in unknown.signature()]
    assert names == ["noise", "labels"]


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


def several(num, **arguments):
    inputs = [keras.Input((4,), **arguments) for _ in range(num)]
    return keras.Model(inputs, keras.ops.cast(sum(inputs), "float32"))


def diverged():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.Reshape((2, 2, 1))])
    model.set_weights([np.full(weight.shape, np.nan) for weight in model.get_weights()])
    return model


@pytest.mark.parametrize(
    "model, message",
    [
        (lambda: "generator", "str"),
        (lambda: keras.Sequential([layers.Dense(4)]), "0 inputs"),
        (lambda: several(3), "3 inputs"),
        (lambda: several(1, dtype="int32"), "int32"),
        (diverged, "2 of its 2 weights are not finite"),
    ],
)
def test_invalid_models(model, message):
    with pytest.raises(InvalidArgument, match=message):
        Exportable(model())
