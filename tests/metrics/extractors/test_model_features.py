"""Features of models and callables."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import metrics
from tfgan_kit.metrics.features import hash_model
from tfgan_kit.utils.errors import InvalidArgument


def make_model(activation="linear"):
    model = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(5, activation=activation)]
    )
    values = np.random.default_rng(3).normal(size=(768, 5)) / 255
    model.set_weights([values, np.zeros(5)])
    return model


def test_model_features_are_the_models_outputs_of_0_to_255(pixels):
    features = metrics.ModelFeatures(make_model())(pixels)
    kernel = make_model().get_weights()[0]
    np.testing.assert_allclose(features.values, pixels.reshape(6, -1) @ kernel, rtol=1e-3)
    assert features.logits is None


def test_model_is_called_for_inference(pixels):
    model = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Dropout(0.5), layers.BatchNormalization()]
    )
    before = model.get_weights()
    values = metrics.ModelFeatures(model)(pixels).values
    # An untrained normalisation divides by sqrt(1 + epsilon), epsilon 1e-3.
    np.testing.assert_allclose(values, pixels.reshape(6, -1) / np.sqrt(1.001), rtol=1e-5)
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_model_with_two_outputs_gives_logits(pixels):
    inputs = keras.Input((16, 16, 3))
    hidden = layers.Flatten()(inputs)
    model = keras.Model(inputs, [layers.Dense(4)(hidden), layers.Dense(3)(hidden)])
    features = metrics.ModelFeatures(model)(pixels, batch_size=4)
    assert features.values.shape == (6, 4) and features.logits.shape == (6, 3)


def test_callable_gets_float32_arrays_and_its_outputs_are_flattened(pixels):
    seen = []

    def function(images):
        seen.append(images)
        return tf.constant(images[:, :2, :2]), images[:, 0, 0]

    features = metrics.ModelFeatures(function)(pixels)
    assert isinstance(seen[0], np.ndarray) and seen[0].dtype == np.float32
    np.testing.assert_array_equal(features.values, pixels[:, :2, :2].reshape(6, -1))
    np.testing.assert_array_equal(features.logits, pixels[:, 0, 0])
    assert metrics.ModelFeatures(function).fingerprint is None
    assert metrics.ModelFeatures(function, fingerprint="corner").fingerprint == "corner"


def test_fingerprint_of_a_model_is_that_of_its_content(policy):
    first = hash_model(make_model())
    assert metrics.ModelFeatures(make_model()).fingerprint == first == hash_model(make_model())
    changed = make_model()
    changed.set_weights([changed.get_weights()[0], np.full(5, 1e-6)])
    assert hash_model(changed) != first != hash_model(make_model("tanh"))
    nested = [
        keras.Sequential([keras.Input((16, 16, 3)), make_model(activation)])
        for activation in ("linear", "relu")
    ]
    assert hash_model(nested[0]) != hash_model(nested[1])
    policy("bfloat16")
    assert len(hash_model(make_model())) == 64


@pytest.mark.parametrize("function", [None, "model.keras"])
def test_other_objects_are_refused(function):
    with pytest.raises(InvalidArgument, match="`function`.*Received"):
        metrics.ModelFeatures(function)
