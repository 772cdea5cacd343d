"""TFLite files: every kind gives the model's images, with builtin operations only."""

import statistics

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import layers

from tfgan_kit import export, latent, models
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.layers import DrawCluster
from tfgan_kit.models.conditioning import from_clusters
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture(scope="module")
def generator():
    """Large enough that weights outweigh the rest of a file."""
    keras.utils.set_random_seed(0)
    arguments = {"strides": 2, "padding": "same", "use_bias": False}
    dense, reshape = layers.Dense(4 * 4 * 32, use_bias=False), layers.Reshape((4, 4, 32))
    hidden = [dense, layers.BatchNormalization(), layers.LeakyReLU(), reshape]
    hidden += [layers.Conv2DTranspose(64, 5, **arguments), layers.BatchNormalization()]
    last = layers.Conv2DTranspose(1, 5, activation="tanh", **arguments)
    model = keras.Sequential([keras.Input((20,)), *hidden, layers.LeakyReLU(), last])
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
    assert ("TRANSPOSE_CONV" in verification.operations) == (quantize == "int16x8")
    noise = np.random.default_rng(1).normal(size=(3, 20)).astype("float32")
    images = export.load(path).run(noise)
    assert np.abs(images - generator(noise, training=False)).max() < error


def test_named_signature_with_any_or_a_fixed_batch(first_export, tflite_file, unproven, tmp_path):
    export.to_tflite(first_export[0], tmp_path / "fixed.tflite", batch_size=3)
    for path, shape in ((tflite_file, [-1, 6]), (tmp_path / "fixed.tflite", [3, 6])):
        runner = Interpreter(str(path)).get_signature_runner("serving_default")
        assert list(runner.get_input_details()) == ["noise"]
        assert list(runner.get_output_details()) == ["images"]
        assert runner.get_input_details()["noise"]["shape_signature"].tolist() == shape
        loaded = export.load(path)
        images = loaded.generate(7, seed=0)
        np.testing.assert_allclose(images[:2], loaded.generate(2, seed=0), atol=1e-6)


@pytest.mark.parametrize("quantize", KINDS)
def test_class_numbers(quantize, unproven, conditional_gan, check_labels, tmp_path):
    export.to_tflite(conditional_gan, tmp_path / "a.tflite", quantize, batch_size=2)
    check_labels(export.load(tmp_path / "a.tflite"), atol=KINDS[quantize][0])


@pytest.mark.parametrize("family", ["dcgan", pytest.param("residual", marks=pytest.mark.slow)])
@pytest.mark.parametrize("quantize", KINDS)
def test_networks_with_labels_and_a_transition(family, quantize, unproven, tmp_path):
    """Every class, and a factor that fades it in, in every kind."""
    arguments = {"latent_dim": 8, "width": 4, "num_classes": 3, "transition": (0, 4)}
    generator, _ = models.get(family)((16, 16, 1), **arguments)
    for weight in generator.weights:
        if "embedding" in weight.path or weight.name == "factor":
            values = 4 * np.random.default_rng(0).normal(size=weight.shape)
            weight.assign(0.75 if weight.name == "factor" else values)
    noise, labels = np.repeat(latent.sample(4, 8, seed=1), 3, axis=0), np.arange(12) % 3
    exportable = Exportable(generator, 3)
    export.to_tflite(exportable, tmp_path / "a.tflite", quantize, batch_size=1)
    loaded = export.load(tmp_path / "a.tflite")
    expected, made = exportable.images(noise, labels), loaded.run(noise, labels)
    apart = np.abs(expected[0::3] - expected[1::3]).mean()
    assert np.abs(made - expected).mean() < apart / 20
    assert np.abs(made - expected).max() < 2 * KINDS[quantize][0]
    assert loaded.num_classes == 3 and "CUSTOM" not in loaded.operations()


def test_every_one_of_1000_classes_is_calibrated_and_compared(tmp_path):
    noise, label = keras.Input((4,)), keras.Input((), dtype="int32")
    embedding = layers.Embedding(1000, 16)
    images = layers.Reshape((4, 4, 1))(embedding(label) + layers.Dense(16)(0.1 * noise))
    exportable = Exportable(keras.Model([noise, label], images), 1000)
    # Far from the others: clipped, if its range is not measured.
    embedding.embeddings.assign(np.r_[0.05 * np.ones((999, 16)), np.ones((1, 16))])
    verification = export.to_tflite(exportable, tmp_path / "a.tflite", "int8", batch_size=1)
    assert verification.max_error < 0.05
    embedding.embeddings.assign(0.05 * np.ones((1000, 16)))
    assert export.verify(exportable, tmp_path / "a.tflite").max_error > 0.9


CODES = np.random.default_rng(0).choice([-1.0, 1.0], (50, 64)).astype("float32")
RARE = [3, 20, 44]


def clustered(classes):
    """A generator of 50 clusters, three of them rare. Images are the code of their cluster."""
    shares = np.random.default_rng(1).uniform(0.2, 1, 50)
    shares[RARE] = 0.02
    noise, cluster = keras.Input((5,)), keras.Input((), dtype="int32")
    codes = layers.Embedding(50, 64, weights=[0.9 * CODES])(cluster)
    images = codes + layers.Dense(64, kernel_initializer="random_normal")(0.1 * noise)
    generator = keras.Model([noise, cluster], layers.Reshape((8, 8, 1))(images))
    return from_clusters(generator, 5, DrawCluster(shares, classes))


WITHIN = np.arange(50) % 3


@pytest.mark.parametrize(
    "quantize, classes", [*((kind, None) for kind in KINDS), ("int8", WITHIN), ("int16x8", WITHIN)]
)
def test_no_kind_loses_a_rare_cluster(quantize, classes, unproven, tmp_path):
    exportable = Exportable(clustered(classes), None if classes is None else 3)
    export.to_tflite(exportable, tmp_path / "a.tflite", quantize)
    # The last number goes through the normal distribution in equal steps of probability.
    num, quantile = 3_000, statistics.NormalDist().inv_cdf
    noise = latent.sample(num, 6, seed=5)
    noise[:, 5] = [quantile((each + 0.5) / num) for each in range(num)]
    labels = None if classes is None else np.arange(num) % 3

    def clusters(images):
        return (images.reshape(-1, 64) @ CODES.T).argmax(axis=1)

    expected = clusters(exportable.images(noise, labels))
    assert set(np.bincount(expected)[RARE]) <= {1, 2, 3}
    found = clusters(export.load(tmp_path / "a.tflite").run(noise, labels))
    # All but int16x8 choose the same; that rounds the noise to 1 / 8,000.
    assert (found != expected).sum() <= (6 if quantize == "int16x8" else 0)
    assert set(found) == set(range(50))


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


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda inputs: inputs * np.inf, "gives values that are not finite"),
        (keras.ops.linalg.inv, "builtin operations"),
    ],
)
def test_a_failed_export_leaves_the_old_file(function, message, tmp_path):
    path = tmp_path / "generator.tflite"
    path.write_bytes(b"before")
    inputs = keras.Input((16,))
    model = keras.Model(inputs, function(layers.Reshape((4, 4))(inputs))[..., None])
    with pytest.raises(InvalidArgument, match=message):
        export.to_tflite(model, path)
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["generator.tflite"]


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("quantize", "int4", "did you mean 'int8'"),
        ("batch_size", 0, "batch_size"),
        ("calibration", 0, "calibration=0"),
        ("calibration", np.zeros((4, 3)), r"\(num, 20\)"),
        ("calibration", np.full((4, 20), np.nan), "finite noise"),
    ],
)
def test_invalid_arguments(generator, name, value, message, tmp_path):
    with pytest.raises(InvalidArgument, match=message):
        export.to_tflite(generator, tmp_path / "generator.tflite", **{name: value})
    assert list(tmp_path.iterdir()) == []
