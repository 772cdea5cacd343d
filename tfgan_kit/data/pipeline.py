"""`tf.data` pipelines whose batches depend only on the seed and the step."""

import functools

import numpy as np
import tensorflow as tf

from tfgan_kit.data.clusters import Clusters
from tfgan_kit.data.source import DataError
from tfgan_kit.data.sources import open_source
from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["batch_indices", "batches", "load"]

_PREFETCH = 2


def load(
    source,
    batch_size=256,
    image_size=None,
    channels=None,
    labels=False,
    seed=0,
    shuffle=True,
    drop_remainder=False,
    start_step=None,
    **of_source,
):
    """Load images from anywhere for `fit`: `open_source` followed by `batches`.

    Args:
        source: String, `os.PathLike`, NumPy array or `Source`: `"digits"`, the name of a TensorFlow
            data set, a folder of images, a `.npz`, `.npy` or IDX file, or an array.
        batch_size: Positive integer. Defaults to 256.
        image_size: Integer in [1, 4096], side in pixels, or None for their own. Defaults to None.
        channels: 1 for grey, 3 for RGB, or None for their own. Defaults to None.
        labels: As for `batches`. Defaults to False.
        seed: As for `batches`. Defaults to 0.
        shuffle: As for `batches`. Defaults to True.
        drop_remainder: As for `batches`. Defaults to False.
        start_step: As for `batches`. Defaults to None.
        **of_source: `on_error`, `split`, `data_dir`, `value_range` and `attributes`, as for
            `open_source`.

    Returns:
        A `tf.data.Dataset` of float32 images in [-1, 1] of shape `(batch, height, width,
        channels)`, or of pairs with int64 labels of shape `(batch,)`.

    Raises:
        DataError: If the source cannot be used.
        InvalidArgument: If another argument is out of range.

    Example:

    ```python
    from tfgan_kit import data

    dataset = data.load("digits", batch_size=128)
    next(iter(dataset)).shape  # (128, 28, 28, 1)
    ```
    """
    opened = open_source(source, image_size, channels, **of_source)
    return batches(opened, batch_size, seed, shuffle, drop_remainder, labels, start_step)


def batches(
    source,
    batch_size=256,
    seed=0,
    shuffle=True,
    drop_remainder=False,
    labels=False,
    start_step=None,
    weights=None,
):
    """Batches of a source as a `tf.data.Dataset`.

    Batch number `step` contains the images `batch_indices(..., step)`, regardless of what was read
    before.

    With `start_step=None`, each iteration is one epoch. An epoch ends when its last batch is taken:
    after an iteration that stopped earlier, the next one repeats the epoch. (A `tf.distribute`
    strategy fetches a few batches in advance, so there an epoch may end that much earlier.)

    With a `start_step`, the stream is endless and each iteration begins at that step. `fit(dataset,
    steps_per_epoch=...)` resumes a training with it.

    Args:
        source: `Source`.
        batch_size: Positive integer. Defaults to 256.
        seed: Non-negative integer, random seed of the order. Defaults to 0.
        shuffle: Boolean, whether each epoch has its own order; False keeps the order of the source.
            Defaults to True.
        drop_remainder: Boolean, whether to drop a smaller last batch, which makes the batch size
            static. Defaults to False.
        labels: Boolean, whether to yield `(images, labels)`; or `Clusters`, or an integer array
            `(num,)`, a label for each image instead of the source's. Defaults to False.
        start_step: Non-negative integer or None. Defaults to None.
        weights: As for `batch_indices`, for example `source.attributes.balance(source.labels)`.
            Defaults to None.

    Returns:
        A `tf.data.Dataset` of float32 images in [-1, 1] of shape `(batch, height, width,
        channels)`, or of pairs with int64 labels of shape `(batch,)`.

    Raises:
        DataError: If the source has no labels, an array has not one for each image, or there are
            fewer images than a batch.
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import data

    source = data.open_source("digits")
    len(data.batches(source, batch_size=256))  # 8
    ```
    """
    num_steps = _count_steps(len(source), batch_size, drop_remainder)
    check_integer("seed", seed, 0)
    check_integer("start_step", start_step, 0, optional=True)
    labels = _labels_of(source, labels)
    weights = _check_weights(weights, len(source))
    fetch = _make_fetch(source, batch_size, seed, shuffle, drop_remainder, labels, weights)
    if start_step is not None:
        steps = tf.data.Dataset.counter(start=start_step, dtype="int64")
        dataset = steps.map(fetch).prefetch(_PREFETCH)
        return dataset.map(lambda step, batch: batch)
    epochs = _Epochs(num_steps)
    dataset = epochs.steps().map(fetch).prefetch(_PREFETCH)
    dataset = dataset.map(epochs.deliver)
    # TensorFlow would add a prefetch of its own, which hides how many batches are taken.
    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False
    dataset = dataset.with_options(options)
    return dataset.apply(tf.data.experimental.assert_cardinality(num_steps))


def batch_indices(
    num_images, batch_size, seed, step, shuffle=True, drop_remainder=False, weights=None
):
    """Indices of the images in one batch, a function of the arguments only.

    Args:
        num_images: Positive integer.
        batch_size: Positive integer.
        seed: Non-negative integer, random seed of the order.
        step: Non-negative integer, counted over all epochs.
        shuffle: Boolean, whether each epoch has its own order. Defaults to True.
        drop_remainder: Boolean, whether a smaller last batch is dropped. Defaults to False.
        weights: Float array `(num_images,)`, how often each image is drawn relative to the others,
            with `shuffle`: in an epoch the nearest whole number above or below its share. Defaults
            to None: each image once.

    Returns:
        An int64 array of shape `(batch_size,)`, shorter for a last batch that is not dropped.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import data

    data.batch_indices(10, batch_size=4, seed=0, step=2, shuffle=False)  # [8, 9]
    ```

    Reference: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    """
    num_steps = _count_steps(num_images, batch_size, drop_remainder)
    seed = check_integer("seed", seed, 0)
    epoch, place = divmod(check_integer("step", step, 0), num_steps)
    chosen = slice(place * batch_size, min((place + 1) * batch_size, num_images))
    if not shuffle:
        return np.arange(chosen.start, chosen.stop, dtype="int64")
    order, offset = _epoch_order(int(num_images), seed, epoch)
    if weights is None:
        return order[chosen].copy()
    limits = np.cumsum(_check_weights(weights, num_images))
    # Evenly spaced, so that an epoch has each image as often as its weight says, nearly.
    places = (order[chosen] + offset) / num_images * limits[-1]
    return np.minimum(np.searchsorted(limits, places, side="right"), num_images - 1)


@functools.lru_cache(maxsize=2)
def _epoch_order(num_images, seed, epoch):
    key = np.array([seed, epoch], "uint64")
    random = np.random.Generator(np.random.Philox(key=key))
    return random.permutation(num_images), random.random()


def _check_weights(weights, num_images):
    """Weights as a float64 array, or None; quickly, since every batch asks."""
    if weights is None:
        return None
    weights = np.asarray(weights, "float64")
    if weights.shape != (num_images,) or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise InvalidArgument(
            f"`weights` must be {num_images} non-negative numbers, not all 0. "
            f"Received: shape {weights.shape}"
        )
    return weights


def _count_steps(num_images, batch_size, drop_remainder):
    check_integer("num_images", num_images, 1)
    check_integer("batch_size", batch_size, 1)
    if drop_remainder and batch_size > num_images:
        raise DataError(
            f"`batch_size` must be at most {num_images}, the number of images, with "
            f"drop_remainder=True. Received: batch_size={batch_size}"
        )
    return num_images // batch_size if drop_remainder else -(-num_images // batch_size)


def _labels_of(source, labels):
    """A label for each image, or None."""
    if isinstance(labels, Clusters):
        labels = labels.labels
    if isinstance(labels, bool):
        if labels and source.labels is None:
            raise DataError(f"`labels` must be False, since {source.name} has no labels")
        return source.labels if labels else None
    labels = np.asarray(labels)
    if labels.shape != (len(source),) or labels.dtype.kind not in "iu":
        raise DataError(
            f"`labels` must be a Boolean, clusters, or {len(source)} integers, one for each image "
            f"of {source.name}. Received: shape {labels.shape}, dtype {labels.dtype}"
        )
    return labels.astype("int64")


def _make_fetch(source, batch_size, seed, shuffle, drop_remainder, labels, weights):
    static_batch = batch_size if drop_remainder else None
    shapes = ((static_batch, *source.image_shape), (static_batch,))[: 1 + (labels is not None)]
    dtypes = (tf.float32, tf.int64)[: len(shapes)]

    def read(step):
        order = seed, step, shuffle, drop_remainder, weights
        indices = batch_indices(len(source), batch_size, *order)
        try:
            pixels = images.to_float(source.read(indices))
        except DataError as error:
            source.error = error
            raise
        return (pixels,) if labels is None else (pixels, labels[indices])

    def fetch(step):
        batch = tf.numpy_function(read, [step], dtypes)
        for tensor, shape in zip(batch, shapes, strict=True):
            tensor.set_shape(shape)
        return step, batch[0] if labels is None else tuple(batch)

    return fetch


class _Epochs:
    """Counts the epochs of a dataset by the last batches that were taken."""

    def __init__(self, num_steps):
        self.num_steps = num_steps
        self.epoch = 0

    def steps(self):
        """A dataset of the steps of one epoch, which is chosen at the first fetch."""

        def range_of_epoch(_):
            first = tf.numpy_function(lambda: np.int64(self.epoch * self.num_steps), [], tf.int64)
            first.set_shape(())
            return tf.data.Dataset.range(first, first + self.num_steps)

        return tf.data.Dataset.range(1).flat_map(range_of_epoch)

    def deliver(self, step, batch):
        """Note the step of a batch after `prefetch`, so that only batches taken count."""
        tf.numpy_function(self._note, [step], [])
        return batch

    def _note(self, step):
        epoch, place = divmod(int(step), self.num_steps)
        if place == self.num_steps - 1:
            self.epoch = max(self.epoch, epoch + 1)
