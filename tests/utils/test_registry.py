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
    assert REGISTRY.get(keras.saving.serialize_keras_object(layer)).max_value == 3.0
    with pytest.raises(InvalidArgument, match="Received: layer=None"):
        Registry("layer", keras.layers.Layer, {"relu": keras.layers.ReLU}).get(None)


@pytest.mark.parametrize(
    "identifier", ["relo", 3, keras.layers.ReLU, keras.losses.MeanSquaredError()]
)
def test_the_rest_is_refused(identifier):
    message = "`layer` must be one of 'relu', or an instance or config of Layer"
    with pytest.raises(InvalidArgument, match=message) as raised:
        REGISTRY.get(identifier)
    assert ("did you mean 'relu'" in str(raised.value)) == (identifier == "relo")
