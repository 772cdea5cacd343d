"""Noise: none at first, new in training, fixed otherwise, saved and resumed."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import NoiseInjection

X = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype("float32")


def injecting(strength, **arguments):
    layer = NoiseInjection(seed=0, **arguments)
    layer.build(X.shape)
    layer.strength.assign(strength)
    return layer


@pytest.mark.parametrize("training", [False, True])
def test_it_changes_nothing_at_first(training):
    np.testing.assert_array_equal(NoiseInjection()(X, training=training), X)


def test_new_noise_in_training_alike_in_all_channels():
    layer = injecting(0.5)
    first, second = (np.asarray(layer(X, training=True)) - X for _ in range(2))
    np.testing.assert_allclose(first, np.repeat(first[..., :1], 3, -1), atol=1e-6)
    for noise in (first, second):
        # 4096 values: the standard error of the deviation is 0.0055.
        assert noise[..., 0].std() == pytest.approx(0.5, abs=0.025)
        assert noise[..., 0].mean() == pytest.approx(0, abs=0.035)
    assert abs(np.corrcoef(first[..., 0].ravel(), second[..., 0].ravel())[0, 1]) < 0.07
    assert abs(np.corrcoef(first[0, ..., 0].ravel(), first[1, ..., 0].ravel())[0, 1]) < 0.5


def test_fixed_noise_outside_of_training():
    layer = injecting(0.5)
    expected = X + 0.5 * layer.noise.numpy()
    for _ in range(2):
        np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-6)
    assert [weight.name for weight in layer.trainable_weights] == ["strength"]
    assert not np.allclose(injecting(0.5, random=True)(X), expected)


def test_half_precision():
    layer = injecting(0.5, dtype="mixed_bfloat16")
    for training in (False, True):
        assert layer(X, training=training).dtype == "bfloat16"


def test_saved_with_a_model(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 3)), injecting(0.5, random=True)])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[0]
    # Drawn from the same seed, as in dropout.
    np.testing.assert_array_equal(loaded(X), model(X))
    loaded.random = model.layers[0].random = False
    np.testing.assert_array_equal(loaded(X), model(X))
