"""The old tensor, the new one and all between, saved with its model."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import CrossFade

OLD, NEW = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")


@pytest.mark.parametrize(
    ("images", "factor"), [(0, 0), (10, 0), (15, 0.25), (20, 0.5), (30, 1), (1e9, 1)]
)
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_it_follows_the_images_seen(images, factor, dtype):
    fade = CrossFade(10, 30, dtype=dtype)
    fade.update(images)
    out = fade([OLD, NEW])
    assert (out.dtype, fade.factor.dtype) == (dtype.removeprefix("mixed_"), "float32")
    tolerance = 1e-6 if dtype == "float32" else 0.03
    expected = (1 - factor) * OLD + factor * NEW
    np.testing.assert_allclose(np.asarray(out, "float32"), expected, atol=tolerance)


def test_saved_with_a_model(tmp_path):
    inputs = [keras.Input((4,)), keras.Input((4,))]
    model = keras.Model(inputs, CrossFade(10, 30)(inputs))
    model.layers[-1].update(15)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded([OLD, NEW]), model([OLD, NEW]))
