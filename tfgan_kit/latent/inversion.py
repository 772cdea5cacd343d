"""The latents of given images."""

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfgan_kit.latent.sampling import decode
from tfgan_kit.latent.search import Descent
from tfgan_kit.latent.spaces import latent_space
from tfgan_kit.media import to_float
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import check_labels
from tfgan_kit.utils.validation import check_integer, check_number, check_seed

__all__ = ["Inversion", "invert"]

_BATCH_SIZE, _BLOCK = 64, 250
# Generators without a last tanh go a little beyond [-1, 1].
_LARGEST_VALUE = 2


class Inversion(NamedTuple):
    """What `invert` found for each image.

    Args:
        latents: Float32 array `(num, ...)`: noise, styles, or a style for each layer.
        labels: Int32 array `(num,)`; None if there are none, or none were given in w or w+.
        images: Float32 array `(num, height, width, channels)`, the generator's images of them.
        psnr: Float64 array `(num,)`, decibels between these and the given images.
        frames: Float32 array `(num_frames, num, height, width, channels)`, the images on the way;
            or None. Defaults to None.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent

    latent.Inversion(np.zeros((1, 8)), None, np.zeros((1, 8, 8, 1)), np.array([30.0])).psnr
    ```
    """

    latents: np.ndarray
    labels: np.ndarray | None
    images: np.ndarray
    psnr: np.ndarray
    frames: np.ndarray | None = None


def invert(
    generator,
    images,
    labels=None,
    num_classes=None,
    space="z",
    encoder=None,
    features=None,
    feature_weight=0.1,
    starts=4,
    pool=1000,
    optimizer=None,
    num_frames=0,
    seed=0,
):
    """Find the latents of which a generator makes given images, or the most similar ones.

    The mean squared difference of pixels is minimized from several random starts and from what an
    encoder finds, if there is one. Every start of every class is tried for a tenth of the steps;
    the best `starts` of each image go on to the end, and the best of these counts.

    Args:
        generator: A Keras model from noise, or from noise and labels, to images in [-1, 1]; or an
            exported generator that `export.load` returns.
        images: Array `(num, height, width, channels)` of the generator's shape: uint8, or floats in
            [-1, 1].
        labels: Integer array `(num,)` for a conditional generator. Defaults to None: in z the best
            of all classes is found; in w and w+ the pool is of all classes, since a style contains
            the class.
        num_classes: Positive integer, the number of classes, if `labels` is None and the generator
            is conditional. Defaults to None.
        space: `"z"`, noise; `"w"`, a style; or `"w+"`, a style for each layer, which fits best and
            is the furthest from what the generator makes by itself. Defaults to `"z"`.
        encoder: A Keras model from images in [-1, 1] to latents of this space, such as
            `train_encoder` returns. Defaults to None.
        features: Function from images in [-1, 1] to an array or a list of arrays `(num, ...,
            channels)`, such as `layer_features` returns; their distance is added to that of the
            pixels. Defaults to None.
        feature_weight: Non-negative float, the weight of this distance: the mean, over layers and
            places, of the squared difference of the channels, scaled to length 1. Defaults to 0.1.
        starts: Non-negative integer, images of the pool from which the search begins, for each
            image; 0 only with an encoder. Defaults to 4.
        pool: Positive integer, random images of which the most similar ones are chosen, of all
            classes equally many. Defaults to 1000.
        optimizer: A `Descent`, or an `Evolution` for generators without gradients. Defaults to
            None: `Descent()`.
        num_frames: Non-negative integer, images on the way to keep. Defaults to 0.
        seed: Integer in [0, 2**31), random seed of the starts. Defaults to 0.

    Returns:
        An `Inversion`.

    Raises:
        InvalidArgument: If an argument is out of range, or they do not fit together.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    images = latent.decode(generator, latent.sample(3, latent_dim=8, seed=1))
    found = latent.invert(generator, images, optimizer=latent.Descent(steps=20))
    found.latents.shape  # (3, 8)
    ```

    Reference: Creswell & Bharath, 2016, https://arxiv.org/abs/1611.05644; with an encoder: Zhu et
    al., 2016, https://arxiv.org/abs/1609.03552; in w+: Abdal et al., 2019,
    https://arxiv.org/abs/1904.03189; distance of features: Zhang et al., 2018,
    https://arxiv.org/abs/1801.03924, without learned weights.
    """
    optimizer = Descent() if optimizer is None else optimizer
    space = open_space(generator, space, optimizer)
    check_integer("starts", starts, 1 if encoder is None else 0)
    check_integer("num_frames", num_frames, 0)
    check_number("feature_weight", feature_weight, 0)
    targets = check_images(images, space.image_shape)
    num, classes = len(targets), search_classes(space, labels, num_classes, len(targets))
    latents, labels = _starts(space, targets, classes, num_classes, encoder, starts, pool, seed)
    kept = len(latents) // num

    def objective(latents, labels, targets, wanted):
        images = space.images(latents, labels)
        losses = tf.reduce_mean((images - targets) ** 2, axis=(1, 2, 3))
        if features is not None:
            losses += feature_weight * tf.reduce_sum((_vectors(features(images)) - wanted) ** 2, 1)
        return losses

    minimize = optimizer.minimizer(objective)
    wanted = None if features is None else _vectors(features(targets)).numpy()
    rows = np.repeat(np.arange(num), kept)
    history, on_step = _recorder(latents, num_frames, optimizer.steps)
    found = minimize(latents, (labels, targets[rows], at_rows(wanted, rows)), on_step)
    best = found.losses.reshape(num, kept).argmin(axis=1) + kept * np.arange(num)
    labels = at_rows(labels, best)
    images = images_at(space, found.latents[best], labels)
    with np.errstate(divide="ignore"):
        errors = np.mean((images.astype("float64") - targets) ** 2, axis=(1, 2, 3))
        psnr = 10 * np.log10(4 / errors)
    frames = [images_at(space, each[best], labels) for each in history]
    return Inversion(
        found.latents[best], labels, images, psnr, np.stack(frames) if num_frames else None
    )


def open_space(generator, name, optimizer):
    """The `Space` of a generator, which has gradients if the optimizer needs them."""
    space = latent_space(generator, name)
    if optimizer.needs_gradients and not space.has_gradients:
        raise InvalidArgument(
            "`generator` must be a Keras model for a descent, since it has no gradients. "
            f"Received: {type(generator).__name__}; optimizer=latent.Evolution() needs none"
        )
    return space


def check_images(images, shape):
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1:] != tuple(shape) or not len(images):
        raise InvalidArgument(
            f"`images` must have the shape (num, {', '.join(map(str, shape))}) of the generator's, "
            f"with num at least 1. Received: shape {images.shape}"
        )
    images = to_float(images) if images.dtype == np.uint8 else images.astype("float32")
    if not np.abs(images).max() <= _LARGEST_VALUE:
        raise InvalidArgument(
            "`images` must be uint8, or floats in [-1, 1]. "
            f"Received: values from {images.min():g} to {images.max():g}"
        )
    return images


def search_classes(space, labels, num_classes, num):
    """The classes of each image to search, an array `(num, k)`; or None."""
    if not space.takes_labels:
        if labels is not None:
            raise InvalidArgument("`labels` must be None: the generator takes no labels")
        return None
    if labels is None:
        check_integer("num_classes", num_classes, 1)
        if not space.labels_matter:
            return None
        return np.tile(np.arange(num_classes, dtype="int32"), (num, 1))
    labels = check_labels(labels, math.inf if num_classes is None else num_classes)
    if len(labels) != num:
        raise InvalidArgument(
            f"`labels` must have one class for each of the {num} images. Received: {len(labels)}"
        )
    return labels[:, None]


def _starts(space, targets, classes, num_classes, encoder, starts, pool, seed):
    """The most similar images of a pool and what the encoder finds; and the classes, or None."""
    drawn = classes
    if classes is None and space.takes_labels:  # Styles are of the class they were made of.
        drawn = np.tile(np.arange(num_classes, dtype="int32"), (len(targets), 1))
    latents, labels = most_similar(space, targets, drawn, starts, pool, seed)
    if encoder is not None:
        found = decode(encoder, targets)
        if found.shape[1:] != space.shape:
            raise InvalidArgument(
                f"`encoder` must give latents of shape {space.shape} in {space.name}. "
                f"Received: shape {found.shape[1:]}"
            )
        latents = _beside(found, latents)
        if classes is not None:
            labels = _beside(_classes_of(space, targets, found, classes), labels)
    return latents, None if classes is None else labels


def _beside(found, others):
    """One row more for each image, before the others."""
    num = len(found)
    others = others.reshape(num, -1, *found.shape[1:])
    return np.concatenate([found[:, None], others], axis=1).reshape(-1, *found.shape[1:])


def _classes_of(space, targets, latents, classes):
    """The class of each latent of which the image is most similar."""
    errors = [
        np.mean((images_at(space, latents, each) - targets) ** 2, axis=(1, 2, 3))
        for each in classes.T
    ]
    return classes[np.arange(len(classes)), np.argmin(errors, axis=0)]


def most_similar(space, targets, classes, starts, pool, seed, weights=None):
    """The latents of the images in a pool that are nearest to each target, and their labels.

    A row for each start, those of a target together. Squared differences are weighted, if weights
    of the targets' shape are given. `classes`, `(num, k)` or None, are those of each target.
    """
    drawn = None if classes is None else np.unique(classes).astype("int32")
    # Classes are drawn in turn: enough for each target, whose classes may be some of them.
    num, each = (1, 1) if classes is None else (len(drawn), classes.shape[1])
    check_integer("pool", pool, num * math.ceil(max(1, starts) / each))
    drawn = None if classes is None else np.resize(drawn, pool)
    latents = space.sample(pool, drawn, check_seed(seed))
    flat = targets.reshape(len(targets), -1)
    weights = np.ones_like(flat) if weights is None else np.broadcast_to(weights, targets.shape)
    weights = weights.reshape(len(targets), -1)
    distances = np.empty((len(targets), pool), "float32")
    for start in range(0, pool, _BLOCK):
        block = slice(start, start + _BLOCK)
        images = np.asarray(space.images(latents[block], at_rows(drawn, block)))
        images = images.reshape(len(images), -1)
        distances[:, block] = weights @ (images**2).T - 2 * (weights * flat) @ images.T
    if classes is not None:
        distances[~(drawn[:, None] == classes[:, None]).any(axis=2)] = np.inf
    chosen = distances.argsort(axis=1, kind="stable")[:, :starts].ravel()
    return latents[chosen], at_rows(drawn, chosen)


def _vectors(features):
    """Vectors whose squared distances are the means over layers, and places within."""
    outputs = keras.tree.flatten(features)
    vectors = []
    for each in outputs:
        each = tf.math.l2_normalize(tf.cast(each, "float32"), axis=-1, epsilon=1e-8)
        places = math.prod(each.shape[1:-1]) * len(outputs)
        vectors.append(tf.reshape(each, (tf.shape(each)[0], -1)) / math.sqrt(places))
    return tf.concat(vectors, axis=1)


def _recorder(latents, num_frames, steps):
    """Latents at some moments from the start to the end, and the function that fills them in."""
    history = np.repeat(latents[None], num_frames, axis=0)
    moments = np.linspace(steps, 0, num_frames).round()[::-1]

    def on_step(step, rows, latents, losses):
        for frame in np.flatnonzero(moments == step):
            history[frame, rows] = latents

    return history, on_step if num_frames else None


def at_rows(array, rows):
    return None if array is None else array[rows]


def images_at(space, latents, labels):
    batches = [slice(at, at + _BATCH_SIZE) for at in range(0, len(latents), _BATCH_SIZE)]
    return np.concatenate([space.images(latents[at], at_rows(labels, at)) for at in batches])
