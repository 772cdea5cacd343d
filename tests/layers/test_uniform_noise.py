"""Uniform noise: SciPy's erf, and a test of Kolmogorov and Smirnov."""

import keras
import numpy as np
import pytest
from scipy import special, stats

from tfgan_kit.layers import UniformNoise

X = np.random.default_rng(0).normal(size=(4000, 2)).astype("float32")


def test_equals_scipy():
    x = np.concatenate([np.linspace(-12, 12, 2001), [-1e30, 1e30, 0.0]]).astype("float32")
    expected = special.erf(x.astype("float64") / np.sqrt(2))
    # 1.5e-7 of the formula, the rest is rounding near 1.
    np.testing.assert_allclose(UniformNoise()(x), expected, rtol=0, atol=1e-6)


def test_normal_noise_becomes_uniform():
    noise = np.asarray(UniformNoise()(X), "float64")
    assert np.abs(noise).max() <= 1
    for column in noise.T:
        distance, _ = stats.kstest(column, stats.uniform(-1, 2).cdf)
        # Of 4,000 uniform numbers, one in a million is farther: sqrt(log(2e6) / 8000).
        assert distance < 0.0426
    # 5 standard errors of a correlation of zero.
    assert abs(np.corrcoef(noise.T)[0, 1]) < 5 / np.sqrt(len(noise))


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(precision):
    out = UniformNoise(dtype=precision)(X)
    assert out.dtype == precision.removeprefix("mixed_")
    np.testing.assert_allclose(np.asarray(out, "float32"), UniformNoise()(X), atol=0.02)


def test_saved_with_a_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), UniformNoise()])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(X[:5]), model(X[:5]))
