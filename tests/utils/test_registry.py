"""Names, configs and objects become objects; what is none of these is refused in one line."""

import keras
import pytest

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.registry import Registry

REGISTRY = Registry("layer", keras.layers.Layer, {"relu": keras.layers.ReLU}, default="relu")


def test_names_configs_objects_and_none():
    layer = keras.layers.ReLU(max_value=3.0)
    assert isinstance(REGISTRY.get("relu"), keras.layers.ReLU)
    assert REGISTRY.get(layer) is layer
    assert isinstance(REGISTRY.get(None), keras.layers.ReLU)
    copy = REGISTRY.get(keras.saving.serialize_keras_object(layer))
    assert copy.max_value == 3.0


@pytest.mark.parametrize(
    "identifier", ["relo", 3, keras.layers.ReLU, keras.losses.MeanSquaredError()]
)
def test_the_rest_is_refused(identifier):
    with pytest.raises(
        InvalidArgument, match="`layer` must be one of 'relu', or an instance or config of Layer"
    ):
        REGISTRY.get(identifier)
    with pytest.raises(InvalidArgument, match="did you mean 'relu'"):
        REGISTRY.get("relo")


def test_none_without_a_default_is_refused():
    with pytest.raises(InvalidArgument, match="Received: layer=None"):
        Registry("layer", keras.layers.Layer, {"relu": keras.layers.ReLU}).get(None)
