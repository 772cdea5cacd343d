"""Extractors by name."""

import keras
import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import extractors
from tfgan_kit.utils.errors import InvalidArgument


def test_get_returns_what_is_named_and_wraps_a_model_or_a_callable():
    for name, kind in (("pixels", metrics.Pixels), ("random", metrics.RandomFeatures)):
        assert type(extractors.get(name)) is kind and extractors.get(name).name == name
    extractor = metrics.RandomFeatures(seed=4)
    assert extractors.get(extractor) is extractor
    model = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten()])
    assert extractors.get(model).function is model
    assert isinstance(extractors.get(np.abs), metrics.ModelFeatures)


@pytest.mark.parametrize("identifier", ["vgg", None, {"random": 1}, metrics.Pixels])
def test_get_refuses_others(identifier):
    with pytest.raises(InvalidArgument, match="`extractor` must be.*Received: extractor="):
        extractors.get(identifier)
