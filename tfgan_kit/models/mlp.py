"""Multilayer perceptrons for points in the plane and other small data."""

import math
import operator

import keras
from keras import layers

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer


def mlp(image_shape=(2,), latent_dim=100, width=128, depth=3):
    """Build a generator and a discriminator of dense layers.

    Made for the toy distributions of `tfgan_kit.data.toy`. The hidden layers use leaky ReLU
    (slope 0.2) and no normalization. The generator ends in a linear layer, without tanh, since
    points are not limited to [-1, 1].

    Args:
        image_shape: Tuple of positive integers, the shape of one example. Defaults to `(2,)`,
            points in the plane.
        latent_dim: Positive integer, length of a noise vector. Defaults to 100.
        width: Positive integer, units of a hidden layer. Defaults to 128.
        depth: Positive integer, hidden layers of each network. Defaults to 3.

    Returns:
        A tuple `(generator, discriminator)` of built `keras.Sequential` models. The generator maps
        `(batch, latent_dim)` to `(batch, *image_shape)`, the discriminator maps those to logits
        `(batch, 1)`. Both outputs are float32, also under mixed precision.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=8), latent_dim=8)
    gan.generate(5, seed=0).shape  # (5, 2)
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661; Metz et al., 2017,
    https://arxiv.org/abs/1611.02163, appendix A.
    """
    shape = _check_shape(image_shape)
    latent_dim = check_integer("latent_dim", latent_dim, 1)
    width = check_integer("width", width, 1)
    depth = check_integer("depth", depth, 1)
    generator = keras.Sequential(name="generator")
    generator.add(keras.Input((latent_dim,)))
    _add_hidden(generator, width, depth)
    # Half precision would round points to a thousandth of their size.
    generator.add(layers.Dense(math.prod(shape), dtype="float32"))
    generator.add(layers.Reshape(shape, dtype="float32"))
    discriminator = keras.Sequential(name="discriminator")
    discriminator.add(keras.Input(shape))
    discriminator.add(layers.Flatten())
    _add_hidden(discriminator, width, depth)
    discriminator.add(layers.Dense(1, dtype="float32"))
    return generator, discriminator


def _check_shape(image_shape):
    try:
        shape = tuple(operator.index(side) for side in image_shape)
    except TypeError:
        shape = ()
    if not shape or min(shape) < 1:
        raise InvalidArgument(
            "`image_shape` must be a tuple of one or more positive integers, such as (2,). "
            f"Received: image_shape={image_shape!r}"
        )
    return shape


def _add_hidden(model, width, depth):
    for _ in range(depth):
        model.add(layers.Dense(width))
        model.add(layers.LeakyReLU(negative_slope=0.2))
