"""`Batch`: real images and their labels, made in one place from what `fit` passes on."""

import math
import warnings
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_kit.media.images import find_extremes
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import check_labels

__all__ = ["Batch", "check_data", "check_range", "unpack"]

# Resizing makes a few values a little larger than 1, which does no harm.
_LARGEST = 1.1
# A logarithm: less than once in a hundred million trainings.
_UNLIKELY = -18


class Batch(NamedTuple):
    """Real images and their labels.

    Args:
        images: Float tensor `(batch, ...)` in [-1, 1].
        labels: int32 tensor `(batch,)` of class numbers, or None. Defaults to None.
        num: Float scalar, how many of the images count, on one of several replicas; or None
            for all. Defaults to None.
        total: Float scalar, how many count on all replicas; or None. Defaults to None.
        weights: Float tensor `(batch,)`, factors of the images in the discriminator's loss; or
            None. Defaults to None.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training import Batch

    first, second = Batch(tf.zeros((6, 8, 8, 1)), tf.range(6)).split(2)
    second.labels  # [1, 3, 5]
    ```
    """

    images: Any
    labels: Any = None
    num: Any = None
    total: Any = None
    weights: Any = None

    @classmethod
    def of(cls, data, image_shape, num_classes=None):
        """The batch of what `fit` passes on; labels only where there are classes."""
        images, labels, weights = unpack(data)
        images = tf.convert_to_tensor(images)
        if images.shape.rank is None:
            images = tf.ensure_shape(images, (None, *image_shape))
        _check_images(images, image_shape)
        labels = None if num_classes is None else _class_numbers(labels, num_classes)
        return cls(images, labels, weights=weights)

    @property
    def size(self):
        """Integer or scalar tensor, the number of images."""
        return ops.shape(self.images)[0]

    @property
    def weighting(self):
        """Dict of the argument of a discriminator's loss, empty without weights."""
        return {} if self.weights is None else {"real_weights": self.weights}

    def split(self, parts):
        """A list of batches of equal size; where they do not divide evenly, examples repeat."""
        if parts == 1:
            return [self]
        num = self.size
        size = -(-num // parts)
        chosen = [(part + parts * ops.arange(size)) % num for part in range(parts)]

        each = {"images": self.images, "labels": self.labels, "weights": self.weights}
        given = {name: x for name, x in each.items() if x is not None}
        return [
            self._replace(**{name: ops.take(x, indices, axis=0) for name, x in given.items()})
            for indices in chosen
        ]


def check_data(data, image_shape, num_classes=None, shares=None):
    """Refuse arrays, or a batch, that a GAN cannot train on or would learn nothing from.

    `shares` are those of clusters, if labels are their numbers.
    """
    images, labels, weights = unpack(data)
    images = np.asarray(images)
    _check_images(images, image_shape)
    if len(image_shape) == 3:
        check_range(images)
    elif images.size and not np.isfinite(find_extremes(images)).all():
        raise InvalidArgument("Real data must be finite. Received: NaN or infinity")
    if num_classes is not None:
        if labels is None:
            raise _no_labels(num_classes)
        labels = check_labels(labels, num_classes)
        if shares is not None and len(labels):
            _warn_of_other_labels(labels, np.asarray(shares) / np.sum(shares))
    if weights is not None:
        check_weights(weights, len(images))


def check_weights(weights, num):
    """Refuse weights of the images that are no factors."""
    weights = np.asarray(weights)
    numbers = weights.dtype.kind in "biuf" and np.isfinite(weights).all()
    if weights.shape != (num,) or not numbers or (weights < 0).any():
        raise InvalidArgument(
            "`sample_weight` must be finite, non-negative numbers, one for each image, of shape "
            f"({num},). Received: dtype {weights.dtype}, shape {weights.shape}"
            + (f", values from {weights.min()} to {weights.max()}" if numbers and num else "")
        )
    if num and not weights.any():
        warnings.warn(
            "`sample_weight` is 0 for all images, so that the discriminator learns nothing of them",
            stacklevel=4,
        )


def _warn_of_other_labels(labels, shares):
    """Warn of labels that are hardly numbers of these clusters; those of classes are in range."""
    used, num = np.unique(labels), len(labels)
    # A bound of how likely so many draws are of some so few clusters.
    subsets = math.log(math.comb(len(shares), len(used)))
    if subsets + num * math.log(shares[used].sum()) < _UNLIKELY:
        warnings.warn(
            f"The first {num:,} labels are of {len(used)} of the {len(shares)} clusters only, "
            "hardly by chance. A GAN with `clusters` trains on their numbers, such as "
            "tfgan_kit.data.batches(source, labels=clusters.labels). If these are, shuffle the "
            "data",
            stacklevel=4,
        )


def check_range(images):
    """Refuse images outside [-1, 1]: training on 0 to 255 raises no error and learns nothing."""
    if images.dtype.kind in "iub" or not images.size:
        return
    low, high = find_extremes(images)
    if not -_LARGEST <= low <= high <= _LARGEST:
        raise InvalidArgument(
            "Real images must be finite and in [-1, 1], as tfgan_kit.data.load returns them. "
            + (
                f"Received: values from {low:g} to {high:g}. Convert values from 0 to 255 with "
                "tfgan_kit.media.to_float"
                if np.isfinite([low, high]).all()
                else "Received: NaN or infinity"
            )
        )
    if 0 <= low < high:
        warnings.warn(
            f"Real images must be in [-1, 1]. Received: values from {low:g} to {high:g}, of which "
            "none is dark. Convert values from 0 to 1 with `2 * images - 1`",
            stacklevel=4,
        )


def unpack(data):
    """Images, and labels and weights or None, of what Keras passes on."""
    given = (data.images, data.labels, data.weights) if isinstance(data, Batch) else data
    images, labels, weights = keras.utils.unpack_x_y_sample_weight(given)
    if isinstance(images, dict):
        found = f"a dict of {', '.join(map(str, images))}"
        advice = 'dataset.map(lambda row: (row["image"], row["label"])) makes tuples'
    elif isinstance(images, (list, tuple)):
        found = f"a {type(images).__name__} of {len(images)}"
        advice = "numpy.stack(images) makes an array; labels are the second argument"
    else:
        return images, labels, weights
    raise InvalidArgument(
        f"Real data must be images or (images, labels). Received: {found}. {advice}"
    )


def _check_images(images, image_shape):
    dtype, shape = tf.as_dtype(images.dtype), tf.TensorShape(images.shape)
    if not dtype.is_floating:
        raise InvalidArgument(
            "Real images must be floats in [-1, 1], as tfgan_kit.data.load returns them. "
            f"Received: dtype {dtype.name}. Convert values from 0 to 255 with "
            "tfgan_kit.media.to_float"
        )
    if not shape[1:].is_compatible_with(image_shape):
        raise InvalidArgument(
            f"Real images must have shape (batch, {', '.join(map(str, image_shape))}), the shape "
            f"of the generator's images. Received: shape {tuple(shape)}"
            + _advice(shape, image_shape)
        )


def _advice(shape, image_shape):
    if shape.is_compatible_with(image_shape):
        return ". `dataset.batch(64)` puts images together"
    if shape[1:].is_compatible_with(image_shape[:-1]):
        return ". `images[..., None]` adds the axis of channels"
    return ""


def _no_labels(num_classes):
    return InvalidArgument(
        f"A GAN of {num_classes} labels trains on (images, labels). Received: images alone. "
        "tfgan_kit.data.load(..., labels=True) returns both; with clusters, labels=clusters does"
    )


def _class_numbers(labels, num_classes):
    if labels is None:
        raise _no_labels(num_classes)
    labels = tf.convert_to_tensor(labels)
    is_column = labels.shape.rank == 2 and labels.shape[1] == 1
    if not labels.dtype.is_integer or not (labels.shape.rank in (None, 1) or is_column):
        raise InvalidArgument(
            "`labels` must be integer class numbers of shape (batch,). "
            f"Received: dtype {labels.dtype.name}, shape {tuple(labels.shape)}"
        )
    labels = tf.reshape(labels, (-1,))
    # A one-hot encoding would turn a label out of range into zeros without an error.
    in_range = tf.debugging.Assert(
        tf.reduce_all((labels >= 0) & (labels < num_classes)),
        [f"`labels` must be class numbers from 0 to {num_classes - 1}. Received:", labels],
    )
    with tf.control_dependencies([] if in_range is None else [in_range]):
        return tf.cast(labels, tf.int32)
