"""A network from images to latents, trained on the generator's own images."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfgan_kit.latent.sampling import sample_labels
from tfgan_kit.latent.spaces import latent_space
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.progress import progress_bar
from tfgan_kit.utils.validation import check_integer, check_number, check_seed

__all__ = ["train_encoder"]

_NUM_FOR_STATISTICS = 1000
_WEIGHT_OF_LATENTS = 0.1


def train_encoder(
    generator,
    num_classes=None,
    space="z",
    steps=1000,
    batch_size=64,
    width=32,
    learning_rate=2e-3,
    seed=0,
):
    """Train a small network that finds the latents of the generator's own images.

    It minimizes the squared distance between an image and the image of the latents found, and a
    tenth of that between the latents in units of their spread. One encoder is enough for many
    images: start `latent.invert` from it, and save it as any Keras model.

    Args:
        generator: A Keras model, as for `latent.invert`.
        num_classes: Positive integer for a conditional generator. Defaults to None.
        space: `"z"`, `"w"` or `"w+"`, as for `latent.latent_space`. Defaults to `"z"`.
        steps: Positive integer. Defaults to 1000: about a minute for 28×28 pixels on two cores.
        batch_size: Positive integer. Defaults to 64.
        width: Positive integer, channels of the first convolution. Defaults to 32.
        learning_rate: Positive float, the rate of Adam at the first step; it falls to zero along a
            cosine. Defaults to 2e-3.
        seed: Integer in [0, 2**31), random seed. Defaults to 0.

    Returns:
        A Keras model from images in [-1, 1] to latents.

    Raises:
        InvalidArgument: If an argument is out of range, or the generator is no Keras model.

    Example:

    ```python
    from tfgan_kit import latent, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    encoder = latent.train_encoder(generator, steps=3)
    encoder.output_shape  # (None, 8)
    ```

    Reference: Zhu et al., 2016, https://arxiv.org/abs/1609.03552, section 3.1.
    """
    space = latent_space(generator, space)
    if not space.has_gradients:
        raise InvalidArgument("`generator` must be a Keras model, since an encoder needs gradients")
    check_seed(seed)
    check_integer("num_classes", num_classes, 1, optional=not space.takes_labels)
    for name, value in {"steps": steps, "batch_size": batch_size, "width": width}.items():
        check_integer(name, value, 1)
    check_number("learning_rate", learning_rate, above=0)
    seeds = iter(np.random.SeedSequence(seed).generate_state(2 * steps + 100) % 2**31)

    def draw(num):
        labels = sample_labels(num, num_classes, int(next(seeds))) if space.takes_labels else None
        return space.sample(num, labels, int(next(seeds))), labels

    known = draw(_NUM_FOR_STATISTICS)[0].reshape(-1, space.shape[-1])
    mean, variance = known.mean(axis=0), np.maximum(known.var(axis=0), 1e-8)
    encoder = _build(space, width, mean, variance, seeds)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(encoder.trainable_variables)

    @tf.function(autograph=False)
    def update(latents, labels):
        images = space.images(latents, labels)
        with tf.GradientTape() as tape:
            found = encoder(images, training=True)
            loss = tf.reduce_mean((space.images(found, labels) - images) ** 2)
            loss += _WEIGHT_OF_LATENTS * tf.reduce_mean((found - latents) ** 2 / variance)
        optimizer.apply(tape.gradient(loss, encoder.trainable_variables))

    with progress_bar("Training an encoder", steps) as advance:
        for _ in range(steps):
            update(*draw(batch_size))
            advance()
    return encoder


def _build(space, width, mean, variance, seeds):
    """Convolutions down to at most 4×4, then latents in units of their spread."""

    def arguments():
        initializer = keras.initializers.HeNormal(seed=int(next(seeds)))
        return {"kernel_initializer": initializer, "dtype": "float32"}

    inputs = x = keras.Input(space.image_shape)
    while x is inputs or min(x.shape[1:3]) > 4:
        x = layers.Conv2D(width, 4, 2, padding="same", **arguments())(x)
        x = layers.LeakyReLU(0.2, dtype="float32")(x)
        width = min(2 * width, 256)
    x = layers.Dense(math.prod(space.shape), **arguments())(layers.Flatten(dtype="float32")(x))
    x = layers.Reshape(space.shape, dtype="float32")(x)
    scale = {"mean": mean.tolist(), "variance": variance.tolist(), "invert": True}
    return keras.Model(inputs, layers.Normalization(dtype="float32", **scale)(x), name="encoder")
