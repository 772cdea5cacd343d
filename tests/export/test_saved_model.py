"""SavedModels: TensorFlow Serving's layout, the model's images, every weight once."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgan_kit
from tfgan_kit import export, latent, models
from tfgan_kit.export import publishing
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.layers import DrawCluster
from tfgan_kit.media import images
from tfgan_kit.models.conditioning import from_clusters
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture(scope="module")
def served(first_export, tmp_path_factory):
    """A GAN and the SavedModel made from it."""
    generator, _ = first_export
    discriminator = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=6)
    folder = tmp_path_factory.mktemp("served")
    path = export.to_saved_model(gan, folder / "gan").path
    assert path == str(folder / "gan" / "1")
    return gan, path


@pytest.mark.slow
def test_loads_with_tensorflow_alone(served, tmp_path):
    gan, path = served
    code = f"""
import numpy as np, sys, tensorflow as tf
signatures = tf.saved_model.load({path!r}).signatures
out = signatures["generate"](num=tf.constant(5), seed=tf.constant([3, 0]))["images"]
np.save({str(tmp_path / "images.npy")!r}, out)
assert "tfgan_kit" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    drawn = np.load(tmp_path / "images.npy")
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn, gan.generate(5, seed=3), atol=1e-5)


def test_signatures(served):
    gan, path = served
    signatures = tf.saved_model.load(path).signatures
    assert sorted(signatures) == ["generate", "generate_png", "serving_default"]
    noise = np.random.default_rng(0).normal(size=(3, gan.latent_dim)).astype("float32")
    served = signatures["serving_default"](noise=tf.constant(noise))["images"]
    np.testing.assert_allclose(served, gan.predict(noise, verbose=0), atol=1e-5)
    seed = tf.constant([7, 0])
    few = signatures["generate"](num=tf.constant(2), seed=seed)["images"]
    many = signatures["generate"](num=tf.constant(9), seed=seed)["images"]
    np.testing.assert_allclose(few, many[:2], atol=1e-6)
    files = signatures["generate_png"](num=tf.constant(9), seed=seed)["png"]
    pixels = np.stack([tf.io.decode_png(file).numpy() for file in files])
    assert np.abs(pixels.astype(int) - images.to_uint8(many)).max() <= 1
    assert signatures["generate"](num=tf.constant(0), seed=seed)["images"].shape == (0, 8, 8, 1)


def test_each_weight_is_stored_once_and_versions_are_never_replaced(unproven, tmp_path):
    hidden = keras.layers.Dense(4_000), keras.layers.Dense(64)
    generator = keras.Sequential([keras.Input((50,)), *hidden, keras.layers.Reshape((8, 8, 1))])
    weights = 4 * generator.count_params()
    for version, name in ((4, "4"), (None, "5")):
        verification = export.to_saved_model(generator, tmp_path, version)
        assert weights < verification.bytes < 1.1 * weights
        assert verification.path == str(tmp_path / name)
    with pytest.raises(InvalidArgument, match="exists"):
        export.to_saved_model(generator, tmp_path, version=4)
    with pytest.raises(InvalidArgument, match="version=0"):
        export.to_saved_model(generator, tmp_path, version=0)


def test_class_numbers(unproven, conditional_gan, check_labels, tmp_path):
    path = export.to_saved_model(conditional_gan, tmp_path).path
    generate = tf.saved_model.load(path).signatures["generate"]
    labels, seed = [2, 0, 1], tf.constant([1, 0])
    drawn = generate(num=tf.constant(3), seed=seed, labels=tf.constant(labels))["images"]
    expected = conditional_gan.generate(3, seed=1, labels=labels)
    np.testing.assert_allclose(drawn, expected, atol=1e-5)
    check_labels(export.load(tmp_path), atol=1e-5)


def test_mapping_and_synthesis_of_a_style_based_generator(unproven, tmp_path):
    generator, _ = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1, num_classes=3)
    generator.get_layer("mix_styles").mean.assign([1, 2, 3, 4])
    truncated = latent.truncated(generator, 0.5)
    for index, model in enumerate((
        truncated,
        from_clusters(truncated, 4, DrawCluster([0.2, 0.3, 0.5])),
    )):  # fmt: skip
        path = export.to_saved_model(Exportable(model, 3), tmp_path / str(index)).path
        signatures = tf.saved_model.load(path).signatures
        inputs = {"noise": latent.sample(3, 4, seed=0), "labels": np.array([0, 2, 1], "int32")}
        inputs = {name: tf.constant(value) for name, value in inputs.items()}
        styles = signatures["mapping"](**inputs)["styles"]
        assert styles.shape == (3, 4, 4)
        images = signatures["synthesis"](styles=styles)["images"]
        np.testing.assert_allclose(images, truncated(inputs), atol=1e-5)


def test_labels_are_one_for_all_or_drawn_by_share(unproven, conditional_gan, tmp_path):
    shares = [5.0, 0.0, 1.0]
    exportable = Exportable(conditional_gan.sampling_generator, 3, class_shares=shares)
    path = export.to_saved_model(exportable, tmp_path).path
    signatures, loaded = tf.saved_model.load(path).signatures, export.load(path)
    drawn = latent.sample_labels(9, 3, seed=4, shares=shares)
    assert loaded.class_shares == shares and set(drawn) == {0, 2}
    noise = latent.sample(9, 6, seed=4)
    for given, labels in (([], drawn), ([1], [1] * 9), ([1] * 8 + [2], [1] * 8 + [2])):
        arguments = {"num": tf.constant(9), "seed": tf.constant([4, 0])}
        arguments["labels"] = tf.constant(given, "int32")
        expected = exportable.images(noise, np.array(labels))
        made = signatures["generate"](**arguments)["images"]
        np.testing.assert_allclose(made, expected, atol=1e-5)
        files = signatures["generate_png"](**arguments)["png"]
        pixels = np.stack([tf.io.decode_png(file).numpy() for file in files])
        assert np.abs(pixels.astype(int) - images.to_uint8(expected)).max() <= 1
        mine = loaded.generate(9, seed=4, labels=given or None if len(given) != 1 else 1)
        np.testing.assert_allclose(mine, expected, atol=1e-5)


def test_nothing_is_left_of_a_failed_export(first_export, tmp_path, monkeypatch):
    different = export.Verification("", 0.1, 0.1, 20.0, None, 7, {}, {}, [])
    monkeypatch.setattr(publishing, "verify", lambda *arguments: different)
    with pytest.raises(InvalidArgument, match=f"{tmp_path / 'gan' / '1'} .* Nothing was written"):
        export.to_saved_model(first_export[0], tmp_path / "gan")
    assert list(tmp_path.iterdir()) == []


def test_every_activation_of_keras_is_allowed(unproven, tmp_path):
    inputs = keras.Input((8,))
    names = ["gelu", "elu", "selu", "mish", "silu", "softsign", "softplus", "hard_sigmoid", "tanh"]
    outputs = keras.layers.Add()([keras.layers.Activation(name)(inputs) for name in names])
    model = keras.Model(inputs, keras.layers.Reshape((2, 4, 1))(outputs))
    images = export.load(export.to_saved_model(model, tmp_path).path).generate(2, seed=0)
    assert images.shape == (2, 2, 4, 1)
