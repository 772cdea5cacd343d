"""Multilayer perceptrons, for points in the plane and other small data."""

import math
import operator

import keras
from keras import layers

from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["mlp"]


def mlp(image_shape=(2,), latent_dim=100, width=128, depth=3):
    """Build a generator and a discriminator of dense layers alone.

    For the toy distributions of `tfgan_kit.data.toy`, where training takes
    seconds and everything can be plotted. Each network has `depth` hidden layers
    of `width` units with leaky ReLU (slope 0.2), and no normalisation.

    The generator ends in a linear layer without tanh, since points lie anywhere.
    Both networks give float32 also under mixed precision.

    Args:
        image_shape: Tuple of integers, 1 or more each, the shape of one
            example: `(2,)` for points in the plane. Any rank of 1 or more;
            the discriminator flattens it. Defaults to `(2,)`.
        latent_dim: Integer, 1 or more, the length of a noise vector. Defaults
            to 100.
        width: Integer, 1 or more, units of a hidden layer. Defaults to 128.
        depth: Integer, 1 or more, hidden layers of each network. Defaults to 3.

    Returns:
        A tuple `(generator, discriminator)` of built `keras.Sequential` models.
        The generator maps `(batch, latent_dim)` to float32
        `(batch, *image_shape)` of any size; the discriminator maps those to
        float32 logits `(batch, 1)`, positive for real.

    Raises:
        InvalidArgument: If an argument is not of that kind.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=8), latent_dim=8)
    gan.generate(5, seed=0).shape  # (5, 2)
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661;
    Metz et al., 2017, https://arxiv.org/abs/1611.02163, appendix A, for such
    networks on a ring of Gaussians.
    """
    shape = _check_shape(image_shape)
    for name, value in (("latent_dim", latent_dim), ("width", width), ("depth", depth)):
        sizes.check_integer(name, value)
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
            "`image_shape` must be a tuple of one or more integers of 1 or more, such as (2,). "
            f"Received: image_shape={image_shape!r}"
        )
    return shape


def _add_hidden(model, width, depth):
    for _ in range(depth):
        model.add(layers.Dense(width))
        model.add(layers.LeakyReLU(negative_slope=0.2))
