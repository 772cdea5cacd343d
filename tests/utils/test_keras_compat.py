"""The private names of Keras 3.15 still mean what the kit takes them for."""

import keras
import pytest

from tfgan_kit.utils.keras_compat import all_layers, held_learning_rate


def nested():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="inner")
    return keras.Sequential([keras.Input((4,)), inner, keras.layers.ReLU()], name="outer")


def test_every_layer_at_every_depth_once():
    model = nested()
    layers = all_layers(model)
    assert layers[0] is model
    assert len({id(layer) for layer in layers}) == len(layers)
    names = {layer.name for layer in layers}
    assert {"outer", "inner", model.layers[0].layers[0].name, model.layers[1].name} <= names
    assert all_layers(model, include_self=False) == layers[1:]


def test_layer_within_a_wrapper():
    inputs = keras.Input((4,))
    dense = keras.layers.Dense(2)
    model = keras.Model(inputs, keras.layers.SpectralNormalization(dense)(inputs))
    assert dense in all_layers(model)


def test_schedule_is_held_and_not_its_value():
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    assert held_learning_rate(keras.optimizers.SGD(schedule)) is schedule


def test_number_is_held_as_a_variable():
    optimizer = keras.optimizers.SGD(0.25)
    optimizer.learning_rate = 0.5
    held = held_learning_rate(optimizer)
    assert isinstance(held, keras.Variable)
    assert float(held.numpy()) == pytest.approx(0.5)
