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
    features = metrics.ModelFeatures(make_model(), name="mine")(pixels)
    kernel = make_model().get_weights()[0]
    np.testing.assert_allclose(features.values, pixels.reshape(6, -1) @ kernel, rtol=1e-3)
    assert features.logits is None
    assert metrics.ModelFeatures(make_model(), name="mine").name == "mine"


def test_model_is_called_for_inference(pixels):
    model = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Dropout(0.5), layers.BatchNormalization()]
    )
    before = [weight.copy() for weight in model.get_weights()]
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


def test_callable_is_not_cached_unless_it_has_a_fingerprint(pixels, tmp_path):
    metrics.extract(pixels, metrics.ModelFeatures(lambda x: x[:, 0, 0]), cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())
    extractor = metrics.ModelFeatures(lambda x: x[:, 0, 0], fingerprint="corner")
    metrics.extract(pixels, extractor, cache_dir=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_models_of_equal_weights_and_other_settings_differ(pixels, tmp_path):
    for activation in ("linear", "tanh"):
        extractor = metrics.ModelFeatures(make_model(activation))
        found = metrics.extract(pixels, extractor, cache_dir=tmp_path)
        np.testing.assert_array_equal(found.values, extractor(pixels).values)
    assert len(list(tmp_path.iterdir())) == 2


def test_fingerprint_of_a_model_is_that_of_its_content():
    first = metrics.ModelFeatures(make_model()).fingerprint
    assert metrics.ModelFeatures(make_model()).fingerprint == first
    moved = make_model()
    moved.set_weights([moved.get_weights()[0], np.full(5, 1e-6)])
    assert metrics.ModelFeatures(moved).fingerprint != first


def test_fingerprint_of_a_nested_model_sees_inside():
    def make(activation):
        inner = make_model(activation)
        return keras.Sequential([keras.Input((16, 16, 3)), inner])

    assert hash_model(make("linear")) != hash_model(make("relu"))


def test_fingerprint_of_a_model_in_bfloat16(policy):
    policy("bfloat16")
    assert len(hash_model(make_model())) == 64


@pytest.mark.parametrize("function", [None, "model.keras"])
def test_other_objects_are_refused(function):
    with pytest.raises(InvalidArgument, match="`function`.*Received"):
        metrics.ModelFeatures(function)
