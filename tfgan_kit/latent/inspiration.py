"""New images in the style of a reference."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfgan_kit.latent.features import layer_features
from tfgan_kit.latent.inpainting import logits_of
from tfgan_kit.latent.inversion import at_rows, check_images, images_at, open_space
from tfgan_kit.latent.sampling import sample_labels
from tfgan_kit.latent.search import Descent
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import of_images
from tfgan_kit.utils.validation import check_integer, check_number, check_seed

__all__ = ["Inspiration", "inspire"]


class Inspiration(NamedTuple):
    """What `inspire` found for each reference, the most similar image first.

    Args:
        images: Float32 array `(references, num, height, width, channels)`.
        latents: Float32 array `(references, num, ...)`.
        labels: Int32 array `(references, num)`, or None.
        losses: Float32 array `(references, num)`.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import latent

    latent.Inspiration(np.zeros((1, 2, 8, 8, 1)), np.zeros((1, 2, 4)), None, np.ones((1, 2))).losses
    ```
    """

    images: np.ndarray
    latents: np.ndarray
    labels: np.ndarray | None
    losses: np.ndarray


def inspire(
    generator,
    discriminator,
    references,
    labels=None,
    num_classes=None,
    num=8,
    layers=None,
    discriminator_weight=0.03,
    latent_weight=0.01,
    space="z",
    optimizer=None,
    seed=0,
):
    """Make new images in the style of references: of similar features, wherever they are.

    From random noise the difference of the mean and the standard deviation of each channel, in
    layers of the discriminator, is minimized, relative to that of the reference; plus
    `softplus(-logit)`, so that images stay plausible, and the mean square of the noise. The rate
    falls to zero along the descent.

    Args:
        generator: A Keras model from noise, or from noise and labels, to images in [-1, 1].
        discriminator: A Keras model from images, or from images and labels, to logits.
        references: Array `(references, height, width, channels)` of the generator's shape: uint8,
            or floats in [-1, 1].
        labels: Integer, or integer array with one for each new image, for a conditional
            generator. Defaults to None: drawn.
        num_classes: Positive integer, for a conditional generator. Defaults to None.
        num: Positive integer, new images of each reference. Defaults to 8.
        layers: Sequence of strings, names of layers of the discriminator. Defaults to None: all
            convolutions.
        discriminator_weight: Non-negative float. Defaults to 0.03.
        latent_weight: Non-negative float; only in z. Defaults to 0.01.
        space: As for `invert`. Defaults to `"z"`.
        optimizer: As for `invert`. Defaults to None: `Descent()`.
        seed: Integer in [0, 2**31), random seed of the starts. Defaults to 0.

    Returns:
        An `Inspiration`.

    Raises:
        InvalidArgument: If an argument is out of range, or they do not fit together.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, discriminator = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    references = latent.decode(generator, latent.sample(2, latent_dim=8, seed=1))
    few = latent.Descent(steps=20)
    found = latent.inspire(generator, discriminator, references, num=3, optimizer=few)
    found.images.shape  # (2, 3, 16, 16, 1)
    ```

    Reference: Rozière et al., 2021, https://arxiv.org/abs/1906.11661; its code in
    https://github.com/facebookresearch/pytorch_GAN_zoo never lowers the rate.
    """
    if not isinstance(discriminator, keras.Model):
        raise InvalidArgument(
            "`discriminator` must be a Keras model, such as that of a run; an exported generator "
            f"has none. Received: discriminator={discriminator!r}"
        )
    optimizer = Descent() if optimizer is None else optimizer
    space = open_space(generator, space, optimizer)
    check_integer("num", num, 1)
    check_number("discriminator_weight", discriminator_weight, 0)
    check_number("latent_weight", latent_weight, 0)
    targets = check_images(references, space.image_shape)
    total = num * len(targets)
    if labels is not None:
        limit = num_classes if space.takes_labels else None
        labels = np.tile(of_images(num, labels, limit), len(targets))
    elif space.takes_labels:
        labels = sample_labels(total, num_classes, check_seed(seed))
    features = layer_features(discriminator, layers)
    wanted = [each.numpy().repeat(num, axis=0) for each in _statistics(features(targets))]

    def objective(latents, labels, *wanted):
        images = space.images(latents, labels)
        found = zip(_statistics(features(images)), wanted, strict=True)
        losses = sum(_relative(each, other) for each, other in found) / len(wanted)
        losses += discriminator_weight * tf.math.softplus(-logits_of(discriminator, images, labels))
        if space.name == "z":
            losses += latent_weight * tf.reduce_mean(latents**2, axis=1)
        return losses

    starts = space.sample(total, labels, check_seed(seed))
    found = optimizer.minimizer(objective)(starts, (labels, *wanted))
    order = found.losses.reshape(-1, num).argsort(axis=1, kind="stable")
    order = (order + num * np.arange(len(targets))[:, None]).ravel()
    latents, labels, losses = found.latents[order], at_rows(labels, order), found.losses[order]
    made = images_at(space, latents, labels)
    shaped = (
        None if each is None else each.reshape(len(targets), num, *each.shape[1:])
        for each in (made, latents, labels, losses)
    )
    return Inspiration(*shaped)


def _statistics(features):
    """Means and standard deviations of the channels of each layer, `(num, 2 * channels)`."""
    found = []
    for each in keras.tree.flatten(features):
        flat = tf.reshape(tf.cast(each, "float32"), (tf.shape(each)[0], -1, each.shape[-1]))
        mean, variance = tf.nn.moments(flat, axes=1)
        found.append(tf.concat([mean, tf.sqrt(variance + 1e-8)], axis=1))
    return found


def _relative(found, wanted):
    return tf.reduce_sum((found - wanted) ** 2, 1) / (tf.reduce_sum(wanted**2, 1) + 1e-8)
