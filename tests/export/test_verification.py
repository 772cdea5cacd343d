"""Figures of an export against closed forms, and their limits."""

import math
import pkgutil

import keras
import numpy as np
import pytest

import tfgan_kit
from tfgan_kit import data, export, metrics
from tfgan_kit.export.publishing import Limits, check_limits
from tfgan_kit.media import images
from tfgan_kit.runtime.formats import FORMATS
from tfgan_kit.utils.errors import InvalidArgument


def shifted(shift):
    """A generator whose images are the noise, 8x8, plus a constant."""
    inputs = keras.Input((64,))
    images = keras.layers.Reshape((8, 8, 1))(keras.layers.Rescaling(0.2, offset=shift)(inputs))
    return keras.Model(inputs, images)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "plain.tflite"
    export.to_tflite(shifted(0.0), path, batch_size=1)
    return path


def test_model_with_shifted_images(path):
    verification = export.verify(shifted(0.02), path)
    assert verification.max_error == pytest.approx(0.02, abs=1e-5)
    assert verification.mean_error == pytest.approx(0.02, abs=1e-5)
    assert verification.psnr == pytest.approx(10 * math.log10(4 / 0.02**2), abs=0.01)
    assert verification.sample_distance > 0
    check_limits(verification, Limits(max_error=0.021, psnr=39.9))
    with pytest.raises(InvalidArgument, match=r"largest error is 0.02 \(limit 0.01\)"):
        check_limits(verification, Limits(max_error=0.01))
    with pytest.raises(InvalidArgument, match=r"PSNR is 40.0 dB \(limit 41\)"):
        check_limits(verification, Limits(psnr=41))


def test_every_class_is_compared(conditional_gan, unproven, tmp_path):
    export.to_tflite(conditional_gan, tmp_path / "a.tflite")
    assert export.verify(conditional_gan, tmp_path / "a.tflite").max_error < 1e-5
    (embedding,) = (w for w in conditional_gan.generator.weights if "embedding" in w.path)
    embedding.assign(embedding.numpy() * [[1], [1], [-1]])
    assert export.verify(conditional_gan, tmp_path / "a.tflite").max_error > 0.1


@pytest.mark.parametrize("export_format", ["saved_model", "onnx", "web"])
def test_a_gan_with_clusters_is_exported(
    make_conditional_networks, export_format, request, tmp_path
):
    options, suffix = {}, FORMATS[export_format].suffix
    if export_format == "web":
        options["cache_dir"] = request.getfixturevalue("npm")
    if export_format == "onnx":
        pytest.importorskip("tf2onnx")
    clusters = data.Clusters(np.arange(40) % 3)
    gan = tfgan_kit.GAN(*make_conditional_networks(), clusters=clusters)
    path, write = tmp_path / f"a{suffix}", pkgutil.resolve_name(FORMATS[export_format].writer)
    assert write(gan, path, **options).max_error < 1e-4
    loaded = export.load(path)
    assert (loaded.latent_dim, loaded.label_shape) == (gan.latent_dim, None)
    np.testing.assert_allclose(loaded.generate(9, seed=2), gan.generate(9, seed=2), atol=1e-4)


def test_the_same_model_and_a_change_of_the_frechet_distance(path):
    real = images.to_uint8(0.2 * np.random.default_rng(5).normal(size=(200, 8, 8, 1)))
    samples = metrics.Samples.of(real, metrics.Pixels())
    frechet = export.FrechetChange(samples, metrics.Pixels(), 200)
    verification = export.verify(shifted(0.0), path, frechet)
    assert verification.max_error < 1e-6
    assert verification.psnr > 120
    assert verification.bytes == path.stat().st_size
    assert set(verification.latency) == {1, 64}
    assert all(0 < seconds < 1 for seconds in verification.latency.values())
    same = verification.frechet
    assert same["num"] == 256
    assert same["change"] == pytest.approx(0, abs=1e-3)
    other = export.verify(shifted(0.3), path, frechet)
    assert other.frechet["export"] == pytest.approx(same["export"], rel=1e-3)
    assert other.frechet["change"] < -0.5
    with pytest.raises(InvalidArgument, match="Fréchet distance changes by -"):
        check_limits(other, Limits(frechet_change=0.1))


def test_a_model_with_images_of_another_shape(path):
    inputs = keras.Input((64,))
    model = keras.Model(inputs, keras.layers.Reshape((4, 16, 1))(inputs))
    with pytest.raises(InvalidArgument, match=r"\(8, 8, 1\); the model's are \(4, 16, 1\)"):
        export.verify(model, path)
