"""Images from anywhere as a `tf.data.Dataset` for `fit`."""

from tfgan_kit.data import toy
from tfgan_kit.data.attributes import Attributes
from tfgan_kit.data.clusters import Clusters, find_clusters
from tfgan_kit.data.photos import read_masks, read_photos
from tfgan_kit.data.pipeline import batch_indices, batches, load
from tfgan_kit.data.readers.stacked import stacked
from tfgan_kit.data.source import DataError, Source
from tfgan_kit.data.sources import open_source
from tfgan_kit.data.waves import find_waves

__all__ = [
    "Attributes",
    "Clusters",
    "DataError",
    "Source",
    "batch_indices",
    "batches",
    "find_clusters",
    "find_waves",
    "load",
    "open_source",
    "read_masks",
    "read_photos",
    "stacked",
    "toy",
]
