"""TFLite files: every kind gives the model's images, with builtin operations only."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import layers

from tfgan_kit import export
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture(scope="module")
def generator():
    """Large enough that weights outweigh the rest of a file."""
    keras.utils.set_random_seed(0)
    arguments = {"strides": 2, "padding": "same", "use_bias": False}
    model = keras.Sequential(
        [
            keras.Input((20,)),
            layers.Dense(4 * 4 * 32, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((4, 4, 32)),
            layers.Conv2DTranspose(64, 5, **arguments),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(1, 5, activation="tanh", **arguments),
        ]
    )
    # Images with as much contrast as trained ones.
    model.layers[-1].set_weights([10 * model.layers[-1].get_weights()[0]])
    return model


# Kind: largest error, size relative to float32 at most.
KINDS = {
    "none": (1e-5, 1.0),
    "float16": (5e-3, 0.56),
    "dynamic": (0.1, 0.35),
    "int8": (0.3, 0.35),
    "int16x8": (0.1, 0.35),
}


@pytest.mark.parametrize("quantize", KINDS)
def test_images_of_the_model(generator, quantize, tmp_path):
    error, share = KINDS[quantize]
    path = tmp_path / "generator.tflite"
    verification = export.to_tflite(generator, path, quantize, batch_size=1)
    assert verification.max_error < error
    assert verification.psnr > 25
    assert verification.bytes == path.stat().st_size < share * 4.3 * generator.count_params()
    assert verification.needs == ["ai_edge_litert"], "it ran without TensorFlow"
    assert verification.operations["TANH"] == 1 and "CUSTOM" not in verification.operations
    noise = np.random.default_rng(1).normal(size=(3, 20)).astype("float32")
    images = export.load(path).run(noise)
    assert np.abs(images - generator(noise, training=False)).max() < error


def test_named_signature_with_any_or_a_fixed_batch(generator, unproven, tmp_path):
    shapes = {}
    for batch_size in (None, 3):
        path = tmp_path / f"{batch_size}.tflite"
        export.to_tflite(generator, path, batch_size=batch_size)
        runner = Interpreter(str(path)).get_signature_runner("serving_default")
        assert list(runner.get_input_details()) == ["noise"]
        assert list(runner.get_output_details()) == ["images"]
        shapes[batch_size] = runner.get_input_details()["noise"]["shape_signature"].tolist()
        loaded = export.load(path)
        images = loaded.generate(7, seed=0)
        np.testing.assert_allclose(images[:2], loaded.generate(2, seed=0), atol=1e-6)
    assert shapes == {None: [-1, 20], 3: [3, 20]}


@pytest.mark.parametrize("quantize", KINDS)
def test_class_numbers(quantize, unproven, conditional_gan, check_labels, tmp_path):
    export.to_tflite(conditional_gan, tmp_path / "a.tflite", quantize, batch_size=2)
    check_labels(export.load(tmp_path / "a.tflite"), atol=KINDS[quantize][0])


def test_one_hot_labels(unproven, one_hot_generator, tmp_path):
    export.to_tflite(one_hot_generator, tmp_path / "a.tflite", "int8")
    noise = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
    labels = np.eye(3, dtype="float32")[[0, 1, 2, 1, 0]]
    images = export.load(tmp_path / "a.tflite").run(noise, labels)
    assert np.abs(images - one_hot_generator([noise, labels])).max() < 0.1


def test_calibration_noise_sets_the_ranges(generator, tmp_path):
    zeros = np.zeros((8, 20), "float32")
    with pytest.raises(InvalidArgument, match="PSNR"):
        export.to_tflite(generator, tmp_path / "bad.tflite", "int8", 1, calibration=zeros)
    assert list(tmp_path.iterdir()) == []


class Invert(layers.Layer):
    """Without a builtin operation of TFLite."""

    def call(self, inputs):
        return keras.ops.linalg.inv(inputs)


@pytest.mark.parametrize(
    "layer, message",
    [
        (layers.Rescaling(np.inf), "gives values that are not finite"),
        (Invert(), "builtin operations"),
    ],
)
def test_a_failed_export_leaves_the_old_file(layer, message, tmp_path):
    path = tmp_path / "generator.tflite"
    path.write_bytes(b"before")
    inputs = keras.Input((16,))
    model = keras.Model(inputs, layer(layers.Reshape((4, 4))(inputs))[..., None])
    with pytest.raises(InvalidArgument, match=message):
        export.to_tflite(model, path)
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["generator.tflite"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"quantize": "int4"}, "did you mean 'int8'"),
        ({"quantize": None}, "quantize=None"),
        ({"batch_size": 0}, "batch_size"),
        ({"calibration": 0}, "calibration=0"),
        ({"calibration": np.zeros((4, 3))}, r"\(num, 20\)"),
        ({"calibration": np.full((4, 20), np.nan)}, "finite noise"),
    ],
)
def test_invalid_arguments(generator, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidArgument, match=message):
        export.to_tflite(generator, **{"path": "generator.tflite", **arguments})
    assert list(tmp_path.iterdir()) == []
