"""Clusters of images, found without labels, to condition a GAN on."""

import dataclasses
import warnings

import numpy as np
from keras import ops

from tfgan_kit.data.source import DataError
from tfgan_kit.data.sources import open_source
from tfgan_kit.media import images
from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_bool, check_integer, check_seed

__all__ = ["Clusters", "find_clusters"]

_COMPONENTS = 50
_MOST = 100
_IMAGES_EACH = 30
# Larger ones are reduced, and components and centres are those of so many images.
_LARGEST_SIDE = 32
_FITTED = 20_000
_BATCH = 1024


@dataclasses.dataclass(frozen=True, eq=False)
class Clusters:
    """The cluster of each image of a data set.

    Args:
        labels: int32 array `(num_images,)`, cluster numbers from 0.
        classes: Tuple of integers, the class of each cluster, or None if there are no classes.
            Defaults to None.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import data

    data.Clusters(np.array([0, 1, 1, 0])).shares  # [0.5, 0.5]
    ```
    """

    labels: np.ndarray
    classes: tuple = None

    def __post_init__(self):
        labels = np.asarray(self.labels)
        if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels) or min(labels) < 0:
            raise DataError(
                "`labels` must be cluster numbers from 0, one for each image. "
                f"Received: dtype {labels.dtype}, shape {labels.shape}"
            )

    @property
    def num(self):
        """Integer, number of clusters."""
        return len(self.shares)

    @property
    def shares(self):
        """Float array `(num,)`, the share of each cluster among the images."""
        return np.bincount(self.labels) / len(self.labels)


def find_clusters(source, num=None, within=False, seed=0):
    """Group images by k-means on the principal components of their pixels.

    A GAN that is conditioned on the clusters (`GAN(..., clusters=clusters)`) covers its data
    better, and `generate` draws the clusters by their share.

    Args:
        source: As for `open_source`.
        num: Positive integer, number of clusters; within classes: of each class, and at most as
            many as it has images. Defaults to None: one for 30 images, at most 100; within classes
            3, and fewer of fewer images.
        within: Boolean, whether to find clusters within each class of a source with labels.
            Defaults to False.
        seed: Integer in [0, 2**31), random seed. Defaults to 0.

    Returns:
        `Clusters`.

    Raises:
        DataError: If there are fewer images than clusters, or no labels with `within`.
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import data, recipes

    digits = data.open_source("digits")
    clusters = data.find_clusters(digits, num=10)
    gan = recipes.get("dcgan").build(clusters=clusters)
    gan.fit(data.batches(digits, batch_size=32, labels=clusters.labels).take(2))
    gan.generate(4).shape  # (4, 28, 28, 1)
    ```

    Reference: Liu et al., 2020, https://arxiv.org/abs/2006.10728; Sage et al., 2018,
    https://arxiv.org/abs/1712.04407.
    """
    source = open_source(source)
    check_integer("num", num, 1, optional=True)
    check_seed(seed)
    if check_bool("within", within) and source.labels is None:
        raise DataError(f"`within` must be False, since {source.name} has no labels")
    with progress_bar(f"Finding clusters in {source.name}", len(source)) as advance:
        advance(0)
        if not within:
            features = _components(source, np.arange(len(source)), seed)
            return Clusters(_k_means(features, num or _default(len(source)), seed, source.name))
        labels, classes = np.zeros(len(source), "int32"), []
        for label in np.unique(source.labels):
            members = np.flatnonzero(source.labels == label)
            count = min(num or min(3, _default(len(members))), len(members))
            found = _k_means(_components(source, members, seed), count, seed, source.name)
            labels[members] = len(classes) + found
            classes += [int(label)] * (found.max() + 1)
            advance(len(members))
    return Clusters(labels, tuple(classes))


def _default(num_images):
    return max(1, min(_MOST, num_images // _IMAGES_EACH))


def _components(source, members, seed):
    """The principal components of the pixels of some images, float32 `(num, components)`."""
    from sklearn.decomposition import PCA

    chosen = np.random.default_rng(seed).permutation(members)[:_FITTED]
    pixels = _pixels(source, np.sort(chosen))
    components = min(_COMPONENTS, *pixels.shape)
    pca = PCA(components, svd_solver="randomized", random_state=seed)
    with np.errstate(invalid="ignore"):  # The variance of images that are all alike is 0.
        pca.fit(pixels)
    return np.concatenate(
        [
            pca.transform(_pixels(source, members[at : at + _BATCH]))
            for at in range(0, len(members), _BATCH)
        ]
    )


def _pixels(source, indices):
    pixels = images.to_float(source.read(indices))
    size = [min(side, _LARGEST_SIDE) for side in pixels.shape[1:3]]
    if tuple(size) != pixels.shape[1:3]:
        pixels = ops.convert_to_numpy(ops.image.resize(pixels, size, antialias=True))
    return pixels.reshape(len(pixels), -1)


def _k_means(features, num, seed, name):
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    if num > len(features):
        raise DataError(
            f"`num` must be at most {len(features)}, the number of images of {name}. "
            f"Received: num={num}"
        )
    k_means = KMeans(num, n_init=3, random_state=seed)
    with warnings.catch_warnings():
        # Images that are all alike fill fewer clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        k_means.fit(features[np.random.default_rng(seed).permutation(len(features))[:_FITTED]])
    return np.unique(k_means.predict(features), return_inverse=True)[1].astype("int32")
