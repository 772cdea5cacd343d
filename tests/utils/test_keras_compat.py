"""The private names of Keras 3.15 that the kit uses still have their meaning."""

import keras

from tfgan_kit.utils.keras_compat import all_layers, held_learning_rate


def test_every_layer_at_every_depth_once():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="inner")
    dense = keras.layers.Dense(2)
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.SpectralNormalization(dense)])
    layers = all_layers(model)
    assert layers[0] is model
    assert len({id(layer) for layer in layers}) == len(layers)
    assert {inner, inner.layers[0], model.layers[1], dense} <= set(layers)
    assert all_layers(model, include_self=False) == layers[1:]


def test_a_schedule_is_held_and_a_number_is_a_variable():
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    sgd = keras.optimizers.SGD(schedule)
    assert held_learning_rate(sgd) is schedule
    sgd = keras.optimizers.SGD(0.25)
    sgd.learning_rate = 0.5
    held = held_learning_rate(sgd)
    assert isinstance(held, keras.Variable) and float(held) == 0.5
