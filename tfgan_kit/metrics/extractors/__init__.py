"""Feature extractors; one per file."""

from tfgan_kit.metrics.extractors.inception import Inception
from tfgan_kit.metrics.extractors.model_features import ModelFeatures
from tfgan_kit.metrics.extractors.pixels import Pixels
from tfgan_kit.metrics.extractors.random_features import RandomFeatures
from tfgan_kit.metrics.features import FeatureExtractor
from tfgan_kit.utils.registry import Registry

__all__ = ["EXTRACTORS", "Inception", "ModelFeatures", "Pixels", "RandomFeatures", "get"]

EXTRACTORS = Registry(
    "extractor",
    FeatureExtractor,
    {"pixels": Pixels, "random": RandomFeatures, "inception": Inception},
)


def get(identifier):
    """The extractor for a name, a Keras model, a callable or a `FeatureExtractor`."""
    if callable(identifier) and not isinstance(identifier, (type, FeatureExtractor)):
        return ModelFeatures(identifier)
    return EXTRACTORS.get(identifier)
