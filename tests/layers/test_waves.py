"""Plane waves against their formula."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import Waves
from tfgan_kit.utils.errors import InvalidArgument

WAVES = [(0.0, 1 / 32), (0.05, -0.02)]


def test_equals_the_formula_and_is_saved(tmp_path):
    layer = Waves(WAVES, size=5, cell=8, spread=0.2)
    noise = np.random.default_rng(0).normal(size=(3, 8)).astype("float32")
    out = np.asarray(layer(noise))
    assert out.shape == layer.compute_output_shape(noise.shape) == (3, 5, 5, 4)
    places = 8 * np.array([-2, -1, 0, 1, 2])
    for example, (sines, cosines, changes) in enumerate(
        zip(noise[:, :2], noise[:, 2:4], noise[:, 4:].reshape(3, 2, 2), strict=True)
    ):
        for index, wave in enumerate(np.array(WAVES)):
            down, right = wave + 0.2 * np.hypot(*wave) * changes[index]
            angle = 2 * np.pi * (down * places[:, None] + right * places)
            angle += np.arctan2(sines[index], cosines[index])
            found = out[example, :, :, [index, 2 + index]]
            np.testing.assert_allclose(found, [np.cos(angle), np.sin(angle)], atol=1e-5)
    model = keras.Sequential([keras.Input((8,)), layer])
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(noise), out)


@pytest.mark.parametrize("waves", [[], [1, 2], [(1, 2, 3)]])
def test_refused(waves):
    with pytest.raises(InvalidArgument, match="`waves` must be a sequence of pairs of numbers"):
        Waves(waves, size=4)
