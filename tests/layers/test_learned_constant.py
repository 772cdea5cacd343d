"""The same weights for each example, saved with the model."""

import keras
import numpy as np

from tfgan_kit.layers import LearnedConstant


def test_same_for_each_example_and_saved(tmp_path):
    model = keras.Sequential([keras.Input((5,)), LearnedConstant((2, 3, 4))])
    assert model.output_shape == (None, 2, 3, 4)
    out = np.asarray(model(np.zeros((3, 5))))
    assert out.shape == (3, 2, 3, 4) and out.std() > 0.5
    np.testing.assert_array_equal(out, np.broadcast_to(out[:1], out.shape))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(np.ones((3, 5))), out)
