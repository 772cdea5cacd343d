"""Pixel normalization against NumPy; in half precision the mean has float32's range."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import PixelNormalization

X = np.random.default_rng(0).normal(size=(2, 3, 3, 5)).astype("float32")


@pytest.mark.parametrize("shape", [(2, 3, 3, 5), (18, 5)])
def test_equals_numpy(shape):
    x = X.reshape(shape)
    expected = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-8)
    np.testing.assert_allclose(PixelNormalization()(x), expected, rtol=1e-5)


def test_zeros_stay_zeros():
    np.testing.assert_array_equal(PixelNormalization()(0 * X), 0 * X)


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(precision):
    # Their squares are beyond float16.
    out = PixelNormalization(dtype=precision)(10_000 * X)
    assert out.dtype == precision.removeprefix("mixed_")
    np.testing.assert_allclose(
        np.asarray(out, "float32"), PixelNormalization()(X), rtol=0.01, atol=1e-3
    )


def test_saved_with_a_model(tmp_path):
    model = keras.Sequential([keras.Input((3, 3, 5)), PixelNormalization()])
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(X), model(X))
