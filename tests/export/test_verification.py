"""Figures of an export beside closed forms, and limits that are held."""

import math

import keras
import numpy as np
import pytest

from tfgan_kit import export, metrics
from tfgan_kit.media import images
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


def test_same_model(path):
    verification = export.verify(shifted(0.0), path)
    assert verification.max_error < 1e-6
    assert verification.psnr > 120
    assert verification.bytes == path.stat().st_size
    assert set(verification.latency) == {1, 64}
    assert all(0 < seconds < 1 for seconds in verification.latency.values())


def test_other_model_by_a_constant(path):
    verification = export.verify(shifted(0.02), path)
    assert verification.max_error == pytest.approx(0.02, abs=1e-5)
    assert verification.mean_error == pytest.approx(0.02, abs=1e-5)
    assert verification.psnr == pytest.approx(10 * math.log10(4 / 0.02**2), abs=0.01)
    assert verification.sample_distance > 0


def test_limits_are_held(path):
    verification = export.verify(shifted(0.02), path)
    verification.check(export.Limits(max_error=0.021, psnr=39.9))
    with pytest.raises(InvalidArgument, match="largest error 0.02, at most 0.01"):
        verification.check(export.Limits(max_error=0.01))
    with pytest.raises(InvalidArgument, match="PSNR 40.0 dB, at least 41"):
        verification.check(export.Limits(psnr=41))


def test_limits_and_judges_of_the_wrong_kind(path):
    for arguments in ({"max_error": "a"}, {"psnr": None}, {"max_error": -1.0}, {"psnr": math.nan}):
        (name,) = arguments
        with pytest.raises(InvalidArgument, match=f"`{name}` must be a number of 0 or more"):
            export.Limits(**arguments)
    with pytest.raises(InvalidArgument, match="quantize='int4'"):
        export.Limits.of("int4")
    with pytest.raises(InvalidArgument, match="must be export.Limits. Received: 0.1"):
        export.verify(shifted(0.0), path).check(0.1)
    real = metrics.Samples.of(np.zeros((8, 8, 8, 1), "uint8"), metrics.Pixels())
    for arguments, name in (
        ((None, metrics.Pixels()), "real"),
        ((real, len), "extractor"),
        ((real, metrics.Pixels(), 1), "num"),
        ((real, metrics.Pixels(), "9"), "num"),
    ):
        with pytest.raises(InvalidArgument, match=f"`{name}` must be"):
            export.FrechetJudge(*arguments)


@pytest.mark.parametrize("judge", [0.5, "frechet", metrics.Pixels()])
def test_what_is_no_judge(judge, tmp_path):
    with pytest.raises(InvalidArgument, match="export.FrechetJudge. Received: judge="):
        export.to_tflite(shifted(0.0), tmp_path / "a.tflite", judge=judge)
    assert list(tmp_path.iterdir()) == []


def test_model_with_other_inputs_is_named(path):
    noise, labels = keras.Input((9,)), keras.Input((10,))
    images = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(noise))
    with pytest.raises(InvalidArgument, match="64 numbers and no labels; .* takes noise of 9 num"):
        export.verify(keras.Model(noise, images), path)
    noise = keras.Input((64,))
    joined = keras.layers.Concatenate()([noise, labels])
    images = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(joined))
    with pytest.raises(InvalidArgument, match=r"64 numbers and labels of shape \(10,\)"):
        export.verify(keras.Model([noise, labels], images), path)


@pytest.mark.parametrize("quantize", ["none", "float16", "dynamic", "int8", "int16x8"])
def test_every_kind_has_a_limit(quantize):
    limits = export.Limits.of(quantize)
    assert math.isfinite(limits.max_error) or limits.psnr >= 20


def test_judge_sees_the_change_of_the_distance(path):
    real = images.to_uint8(
        np.clip(0.2 * np.random.default_rng(5).normal(size=(200, 8, 8, 1)), -1, 1)
    )
    judge = export.FrechetJudge(metrics.Samples.of(real, metrics.Pixels()), metrics.Pixels(), 200)
    same = export.verify(shifted(0.0), path, judge).frechet
    assert same["num"] == 256
    assert same["change"] == pytest.approx(0, abs=1e-3)
    other = export.verify(shifted(0.3), path, judge)
    assert other.frechet["export"] == pytest.approx(same["export"], rel=1e-3)
    assert other.frechet["change"] < -0.5
    with pytest.raises(InvalidArgument, match="Fréchet distance changed by -"):
        other.check(export.Limits(frechet_change=0.1))


def test_other_shape_is_refused(path):
    inputs = keras.Input((64,))
    model = keras.Model(inputs, keras.layers.Reshape((4, 16, 1))(inputs))
    with pytest.raises(InvalidArgument, match=r"\(8, 8, 1\); the model's are \(4, 16, 1\)"):
        export.verify(model, path)
