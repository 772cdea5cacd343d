"""Extractors by name."""

import keras
import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import extractors
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.parametrize(
    "identifier, kind", [("pixels", metrics.Pixels), ("random", metrics.RandomFeatures)]
)
def test_get_by_name(identifier, kind):
    assert type(extractors.get(identifier)) is kind
    assert extractors.get(identifier).name == identifier


def test_get_returns_an_extractor_and_wraps_a_model_or_a_callable():
    extractor = metrics.RandomFeatures(seed=4)
    assert extractors.get(extractor) is extractor
    model = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten()])
    assert extractors.get(model).function is model
    assert isinstance(extractors.get(np.abs), metrics.ModelFeatures)


def test_get_names_the_nearest():
    with pytest.raises(InvalidArgument, match="did you mean 'inception'") as raised:
        extractors.get("Incepton")
    assert "'pixels', 'random', 'inception'" in str(raised.value)


@pytest.mark.parametrize("identifier", ["vgg", None, {"random": 1}, metrics.Pixels])
def test_get_refuses_others(identifier):
    with pytest.raises(InvalidArgument, match="`extractor` must be.*Received: extractor="):
        extractors.get(identifier)
