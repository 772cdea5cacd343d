"""Resampling against the definition of `upfirdn2d`, in NumPy."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import Downsample2D, Upsample2D
from tfgan_kit.layers.resampling import Blur2D

RANDOM = np.random.default_rng(0)


def upfirdn(x, up, down, padding, gain):
    """Zeros between the pixels, zeros around, the filter [1, 3, 3, 1], every `down`th pixel."""
    batch, height, width, channels = x.shape
    spread = np.zeros((batch, up * height, up * width, channels))
    spread[:, ::up, ::up] = x
    spread = np.pad(spread, ((0, 0), padding, padding, (0, 0)))
    taps = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64 * gain
    sides = [size - 3 for size in spread.shape[1:3]]
    out = sum(
        taps[i, j] * spread[:, i : i + sides[0], j : j + sides[1]] for i, j in np.ndindex(4, 4)
    )
    return out[:, ::down, ::down]


@pytest.mark.parametrize(
    ("layer", "definition"),
    [
        (Upsample2D(), {"up": 2, "down": 1, "padding": (2, 1), "gain": 4}),
        (Downsample2D(), {"up": 1, "down": 2, "padding": (1, 1), "gain": 1}),
        (Blur2D(2), {"up": 1, "down": 1, "padding": (2, 2), "gain": 1}),
    ],
)
@pytest.mark.parametrize("shape", [(2, 4, 6, 3), (1, 7, 7, 1)])
def test_equals_numpy(layer, definition, shape):
    x = RANDOM.normal(size=shape).astype("float32")
    expected = upfirdn(x, **definition)
    assert layer(x).shape == layer.compute_output_shape(x.shape) == expected.shape
    np.testing.assert_allclose(layer(x), expected, atol=1e-6)
    half = type(layer).from_config({**layer.get_config(), "dtype": "mixed_bfloat16"})(x)
    assert half.dtype == "bfloat16"
    np.testing.assert_allclose(np.asarray(half, "float32"), expected, atol=0.03)


def test_antialiased():
    # The highest frequency is removed by half of the size, and not added by twice of it.
    stripes = np.tile([1.0, -1.0], (1, 8, 4))[..., None].astype("float32")
    np.testing.assert_allclose(Downsample2D()(stripes)[:, 1:-1, 1:-1], 0, atol=1e-6)
    ones = np.ones((1, 8, 8, 1), "float32")
    np.testing.assert_allclose(Upsample2D()(ones)[:, 1:-1, 1:-1], 1, atol=1e-6)


def test_saved_with_a_model(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 2)), Upsample2D(), Blur2D(1), Downsample2D()])
    assert model.output_shape == (None, 7, 7, 2)
    x = RANDOM.normal(size=(2, 8, 8, 2)).astype("float32")
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))
