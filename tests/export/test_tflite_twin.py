"""Layers for TFLite give the same outputs as Keras's own."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import models
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.tflite import convert
from tfgan_kit.export.tflite_twin import (
    BitwiseDrawCluster,
    ConstantEqualizedConv2D,
    CumulativeDrawCluster,
    FoldedNormalization,
    GatherEmbedding,
    OuterEinsumDense,
    ResizingUpSampling2D,
    SubpixelConv2DTranspose,
    tflite_twin,
)
from tfgan_kit.layers import DrawCluster, EqualizedConv2D
from tfgan_kit.models.conditioning import from_clusters
from tfgan_kit.runtime.loading import open_file
from tfgan_kit.utils.keras_compat import all_layers


def images(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def check_same(kind, twin, inputs, *arguments, **named):
    """Keras's layer and its twin give the same outputs, with the same weights."""
    outputs = []
    for each in (kind, twin):
        keras.utils.set_random_seed(3)
        outputs.append(each(*arguments, **named)(inputs).numpy())
    np.testing.assert_allclose(*outputs, atol=1e-6)


OTHERS = [
    {"kernel_size": (3, 5), "strides": 2},
    {"kernel_size": 4, "strides": 2, "activation": "tanh"},
    {"kernel_size": 4, "strides": 2, "use_bias": False},
    {"kernel_size": 4, "strides": 2, "padding": "valid"},
    {"kernel_size": 4, "strides": (2, 1)},
    {"kernel_size": 3, "strides": 2, "output_padding": 1},
    {"kernel_size": 2, "strides": 3},
]
EVERY = [{"kernel_size": k, "strides": s} for k in range(1, 8) for s in range(1, min(k, 4) + 1)]


@pytest.mark.parametrize("arguments", EVERY + OTHERS, ids=str)
def test_transposed_convolutions(arguments):
    arguments = {"filters": 2, "padding": "same", "bias_initializer": "uniform", **arguments}
    inputs = images((2, 5, 4, 3))
    check_same(layers.Conv2DTranspose, SubpixelConv2DTranspose, inputs, **arguments)


@pytest.mark.parametrize("resample", [None, "up", "down"])
def test_equalized_convolutions(resample):
    inputs = images((2, 4, 4, 3))
    check_same(EqualizedConv2D, ConstantEqualizedConv2D, inputs, 2, resample=resample)


def test_networks_that_grow_keep_their_images_in_int8(tmp_path):
    keras.utils.set_random_seed(0)
    exportable = Exportable(models.progressive((8, 8, 1), latent_dim=8, width=8)[0])
    noise = exportable.noise(64)
    (tmp_path / "a.tflite").write_bytes(convert(exportable, "int8", noise=noise))
    expected = exportable.images(noise)
    error = open_file(tmp_path / "a.tflite").run(noise) - expected
    assert np.square(error).mean() < 0.01 * np.square(expected).mean()


@pytest.mark.parametrize(
    "equation, output_shape, arguments",
    [
        ("bc,hwc->bhwc", (4, 5, 3), {}),
        ("bc,hwc->bhwc", (4, 5, 3), {"bias_axes": "hc", "activation": "tanh"}),
        ("bc,chw->bhwc", (4, 5, 3), {}),
        ("bc,wd->bdwc", (6, 5, 3), {}),
        ("bc,cd->bd", (7,), {"bias_axes": "d"}),
        ("...c,cd->...d", (7,), {}),
    ],
)
def test_einsum(equation, output_shape, arguments):
    arguments = {"bias_initializer": "uniform", **arguments}
    layer, twin = layers.EinsumDense, OuterEinsumDense
    check_same(layer, twin, images((2, 3)), equation, output_shape, **arguments)


def test_upsampling_and_embedding():
    for arguments in ({"size": 2}, {"size": (3, 1)}, {"size": 2, "interpolation": "bilinear"}):
        check_same(layers.UpSampling2D, ResizingUpSampling2D, images((2, 5, 4, 3)), **arguments)
    check_same(layers.Embedding, GatherEmbedding, np.array([[3, 0], [1, 1]]), 4, 5)


@pytest.mark.parametrize("kind", [CumulativeDrawCluster, BitwiseDrawCluster])
@pytest.mark.parametrize("shares", [[1], [1, 1], [5, 1, 3, 1, 0.001], [1] * 50])
def test_clusters(kind, shares):
    limits = DrawCluster(shares)._limits.ravel()
    around = [limits - np.float32(1e-6), limits + np.float32(1e-6)]
    numbers = np.float32([*limits, *np.ravel(around), -11, -0.0, 0, 9, 11])
    noise = np.stack([numbers[::-1], numbers], axis=1)
    for classes in (None, np.arange(len(shares)) % min(3, len(shares))):
        labels = np.arange(len(noise)) % min(3, len(shares))
        given = noise if classes is None else [noise, labels.astype("int32")]
        for found, expected in zip(
            kind(shares, classes)(given), DrawCluster(shares, classes)(given), strict=True
        ):
            np.testing.assert_array_equal(found, expected)


def with_statistics(model):
    """The model with random statistics, so that batch normalization changes its inputs."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.weights])
    return model


@pytest.mark.parametrize("size, num_classes", [(16, None), (56, None), (28, 3)])
def test_dcgan_loses_its_transposed_convolutions_and_normalizations(size, num_classes):
    networks = models.dcgan((size, size, 3), latent_dim=8, width=4, num_classes=num_classes)
    generator = with_statistics(networks[0])
    weights = [weight.copy() for weight in generator.get_weights()]
    twin = tflite_twin(generator)
    kinds = [type(layer) for layer in twin.layers]
    assert layers.Conv2DTranspose not in kinds
    assert kinds.count(layers.BatchNormalization) == 1, "the one after the dense layer"
    inputs = images((4, 8)) if num_classes is None else [images((4, 8)), np.array([0, 1, 2, 2])]
    expected = generator.predict(inputs, verbose=0)
    assert np.abs(expected - expected[:1]).max() > 0.01
    np.testing.assert_allclose(twin.predict(inputs, verbose=0), expected, atol=1e-5)
    for before, after in zip(weights, generator.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "convolution, normalization, folded",
    [
        ({}, {"epsilon": 0.1}, True),
        ({"use_bias": False}, {"scale": False, "center": False, "epsilon": 0.5}, True),
        ({"activation": "relu"}, {}, False),
        ({}, {"axis": 1}, False),
    ],
)
def test_folded_normalizations(convolution, normalization, folded):
    layer = layers.Conv2DTranspose(4, 4, 2, "same", bias_initializer="uniform", **convolution)
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), layer, layers.BatchNormalization(**normalization)]
    )
    twin = tflite_twin(with_statistics(model))
    inputs = images((2, 4, 4, 3))
    np.testing.assert_allclose(twin(inputs), model(inputs, training=False), atol=1e-5)
    assert isinstance(twin.layers[1], FoldedNormalization) == folded


@pytest.mark.parametrize(
    "branch, folded",
    [
        (lambda x, first, norm: norm(first(x)), 1),
        (lambda x, first, norm: norm(first(x)) + first(x), 0),
        (lambda x, first, norm: layers.Add()([norm(hidden := first(x)), hidden]), 0),
        (lambda x, first, norm: norm(first(x)) + norm(layers.UpSampling2D()(x)), 0),
        (lambda x, first, norm: norm(layers.ReLU()(first(x))), 0),
    ],
)
def test_only_a_normalization_between_two_layers_is_folded(branch, folded):
    inputs = keras.Input((4, 4, 2))
    arguments = {"use_bias": False, "kernel_initializer": "random_normal"}
    first = layers.Conv2DTranspose(2, 4, 2, "same", **arguments)
    outputs = branch(inputs, first, layers.BatchNormalization(name="norm"))
    model = with_statistics(keras.Model(inputs, outputs))
    twin = tflite_twin(model)
    given = images((2, 4, 4, 2))
    np.testing.assert_allclose(twin(given), model(given, training=False), atol=1e-5)
    assert sum(isinstance(layer, FoldedNormalization) for layer in twin.layers) == folded


@pytest.mark.parametrize("classes", [None, [0, 1, 0, 2]])
def test_a_generator_with_clusters_is_folded_as_well(classes):
    inner = with_statistics(models.dcgan((16, 16, 1), latent_dim=5, width=4, num_classes=4)[0])
    model = from_clusters(inner, 5, DrawCluster([1, 2, 3, 4], classes))
    twin = tflite_twin(model)
    kinds = [type(layer) for layer in all_layers(twin)]
    assert layers.Conv2DTranspose not in kinds and BitwiseDrawCluster in kinds
    assert kinds.count(layers.BatchNormalization) == 1
    inputs = images((8, 6)) if classes is None else [images((8, 6)), np.arange(8) % 3]
    expected = model.predict(inputs, verbose=0)
    np.testing.assert_allclose(twin.predict(inputs, verbose=0), expected, atol=1e-5)
    kinds = [type(layer) for layer in all_layers(tflite_twin(model, subpixel=False))]
    assert CumulativeDrawCluster in kinds and layers.Conv2DTranspose in kinds


def test_functional_and_nested():
    inner = keras.Sequential(
        [keras.Input((4, 4, 2)), layers.Conv2DTranspose(2, 4, 2, "same"), layers.ReLU()]
    )
    noise, labels = keras.Input((6,)), keras.Input((3,))
    hidden = layers.Reshape((4, 4, 2))(layers.Dense(32)(layers.Concatenate()([noise, labels])))
    outer = layers.Conv2DTranspose(2, 4, 2, "same")(hidden)
    model = keras.Model([noise, labels], layers.Add()([outer, inner(hidden), inner(hidden)]))
    twin = tflite_twin(model)
    inputs = [images((3, 6)), images((3, 3))]
    np.testing.assert_allclose(twin(inputs), model(inputs), atol=1e-6)


def test_models_that_need_no_copy_or_cannot_be_copied(scale_without_config):
    plain = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    assert tflite_twin(plain) is plain
    layer = layers.Conv2DTranspose(1, 4, 2, "same")
    odd = keras.Sequential([keras.Input((4, 4, 1)), scale_without_config(2.0), layer])
    assert tflite_twin(odd) is odd


@pytest.mark.parametrize(
    "quantize",
    [
        pytest.param("none", marks=pytest.mark.slow),
        "int8",
        pytest.param("int16x8", marks=pytest.mark.slow),
    ],
)
def test_files_of_a_residual_network(quantize, tmp_path):
    generator = with_statistics(models.get("residual")((16, 16, 1), latent_dim=8, width=4)[0])
    exportable = Exportable(generator)
    noise = exportable.noise(64)
    (tmp_path / "a.tflite").write_bytes(convert(exportable, quantize, 1, noise))
    loaded = open_file(tmp_path / "a.tflite")
    error = np.mean((loaded.run(noise) - exportable.images(noise)) ** 2)
    assert 10 * np.log10(4 / error) > (100 if quantize == "none" else 25)
    assert "TRANSPOSE_CONV" not in loaded.operations()
