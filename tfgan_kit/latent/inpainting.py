"""Fill the holes of images with what a generator makes."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy import ndimage

from tfgan_kit.latent.blending import poisson
from tfgan_kit.latent.inversion import (
    at_rows,
    check_images,
    images_at,
    most_similar,
    open_space,
    search_classes,
)
from tfgan_kit.latent.search import Descent
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.inputs import logits_and_classes, with_labels
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["Inpainting", "inpaint"]

_WINDOW = 7
# Known pixels far from a hole still say something of the image.
_FAR = 0.1


class Inpainting(NamedTuple):
    """What `inpaint` found, the best candidate of each image first.

    Args:
        images: Float32 array `(num, candidates, height, width, channels)`, filled.
        generated: Float32 array of that shape, the generator's images that fill them.
        latents: Float32 array `(num, candidates, ...)`.
        labels: Int32 array `(num, candidates)`, or None.
        losses: Float32 array `(num, candidates)`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent

    images = np.zeros((1, 2, 8, 8, 1))
    latent.Inpainting(images, images, np.zeros((1, 2, 4)), None, np.zeros((1, 2))).images[:, 0]
    ```
    """

    images: np.ndarray
    generated: np.ndarray
    latents: np.ndarray
    labels: np.ndarray | None
    losses: np.ndarray


def inpaint(
    generator,
    images,
    masks,
    discriminator=None,
    labels=None,
    num_classes=None,
    candidates=1,
    space="z",
    starts=8,
    pool=5000,
    prior_weight=0.001,
    latent_weight=0.02,
    blend=poisson,
    optimizer=None,
    seed=0,
):
    """Fill holes: search the latents whose images are most similar to what is known of the image.

    The squared difference of the known pixels counts, each weighted by how much of its surroundings
    of 7x7 pixels is in the hole. Of a pool of random images the most similar ones are the starts: a
    search that begins anywhere makes the known pixels with any class. From them this difference is
    minimized, plus what a discriminator says of the filled image, `softplus(-logit)`. Then the
    generated pixels are blended into the image.

    Args:
        generator: A Keras model from noise, or from noise and labels, to images in [-1, 1]; or an
            exported generator that `export.load` returns.
        images: Array `(num, height, width, channels)` of the generator's shape: uint8, or floats in
            [-1, 1]. What is in the holes does not matter.
        masks: Boolean array `(num, height, width)`, or `(height, width)` for all images: true in
            the holes.
        discriminator: A Keras model from images, or from images and labels, to logits. Defaults to
            None: the known pixels alone count.
        labels: Integer array `(num,)` for a conditional generator. Defaults to None: the best of
            all classes is found.
        num_classes: Positive integer, the number of classes, if `labels` is None and the generator
            is conditional. Defaults to None.
        candidates: Integer from 1 to `starts`, fillings of each image. Defaults to 1.
        space: As for `invert`. Defaults to `"z"`.
        starts: Positive integer, images of the pool from which the search begins, for each image.
            Defaults to 8.
        pool: Integer of at least `starts`, random images to choose from, of all classes equally
            many. Defaults to 5000.
        prior_weight: Non-negative float, the weight of the discriminator's term. Defaults to 0.001.
        latent_weight: Non-negative float, the weight of the mean square of the noise, which keeps
            it as short as normal noise is; only in z. Defaults to 0.02.
        blend: Function from an image, a generated image and a mask to an image: `latent.poisson`,
            `latent.feathered`, or your own. Defaults to `latent.poisson`.
        optimizer: As for `invert`. Defaults to None: `Descent()`.
        seed: Integer in [0, 2**31), random seed of the starts. Defaults to 0.

    Returns:
        An `Inpainting`.

    Raises:
        InvalidArgument: If an argument is out of range, they do not fit together, or a mask is
            empty or covers the whole image.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent, models

    generator, discriminator = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    images = latent.decode(generator, latent.sample(3, latent_dim=8, seed=1))
    mask = np.zeros((16, 16), bool)
    mask[4:12, 4:12] = True
    few = latent.Descent(steps=20)
    found = latent.inpaint(generator, images, mask, discriminator, candidates=2, optimizer=few)
    found.images.shape  # (3, 2, 16, 16, 1)
    ```

    Reference: Yeh et al., 2017, https://arxiv.org/abs/1607.07539.
    """
    optimizer = Descent(learning_rate=0.05) if optimizer is None else optimizer
    space = open_space(generator, space, optimizer)
    check_integer("starts", starts, 1)
    check_integer("candidates", candidates, 1, starts)
    check_number("prior_weight", prior_weight, 0)
    check_number("latent_weight", latent_weight, 0)
    targets = check_images(images, space.image_shape)
    num, masks = len(targets), _check_masks(masks, targets.shape[:3])
    classes = search_classes(space, labels, num_classes, num)
    if classes is None and space.takes_labels:  # Styles are of the class they were made of.
        classes = np.tile(np.arange(num_classes), (num, 1))
    weights = (_weights(masks) / targets.shape[-1])[..., None]
    latents, labels = most_similar(space, targets, classes, starts, pool, seed, weights)

    def objective(latents, labels, targets, masks, weights):
        images = space.images(latents, labels)
        losses = tf.reduce_sum(weights * (images - targets) ** 2, axis=(1, 2, 3))
        if space.name == "z":
            losses += latent_weight * tf.reduce_mean(latents**2, axis=1)
        if discriminator is not None:
            filled = tf.where(masks, images, targets)
            losses += prior_weight * tf.math.softplus(-logits_of(discriminator, filled, labels))
        return losses

    rows = np.arange(num).repeat(starts)
    known = targets[rows], masks[rows][..., None], weights[rows]
    found = optimizer.minimizer(objective)(latents, (labels, *known))
    order = found.losses.reshape(num, starts).argsort(axis=1, kind="stable")[:, :candidates]
    best = (order + starts * np.arange(num)[:, None]).ravel()
    labels = at_rows(labels, best)
    made = images_at(space, found.latents[best], labels)
    filled = [
        blend(targets[row], image, masks[row]) for row, image in zip(rows[best], made, strict=True)
    ]
    return Inpainting(
        *(
            None if each is None else np.reshape(each, (num, candidates, *np.shape(each)[1:]))
            for each in (filled, made, found.latents[best], labels, found.losses[best])
        )
    )


def logits_of(discriminator, images, labels):
    """The logit of each image, from tensors."""
    logits, _ = logits_and_classes(
        discriminator(with_labels(discriminator, images, labels), training=False)
    )
    return tf.cast(logits, "float32")[:, 0]


def _check_masks(masks, shape):
    """Boolean masks `(num, height, width)`."""
    masks = np.asarray(masks)
    if masks.dtype != bool or masks.shape not in (shape, shape[1:]):
        raise InvalidArgument(
            f"`masks` must be booleans of shape {shape} or {shape[1:]}, as the images. "
            f"Received: dtype {masks.dtype}, shape {masks.shape}"
        )
    shares = masks.mean(axis=(-2, -1))
    if np.any(shares == 0) or np.any(shares == 1):
        raise InvalidArgument(
            "`masks` must have a hole, and known pixels around it. "
            f"Received: a mask that is {'empty' if np.any(shares == 0) else 'a hole everywhere'}"
        )
    return np.broadcast_to(masks, shape)


def _weights(masks):
    """The weight of each pixel, of sum 1: 0 in the holes, largest beside them."""
    inside = masks.astype("float64")
    near = ndimage.uniform_filter(inside, (0, _WINDOW, _WINDOW), mode="constant")
    weights = np.where(masks, 0, near + _FAR)
    return (weights / weights.sum(axis=(1, 2), keepdims=True)).astype("float32")
