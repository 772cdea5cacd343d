"""Multilayer perceptrons for points in the plane and other small data."""

import math
import operator

import keras
from keras import layers

from tfgan_kit.layers import UniformNoise
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_choice, check_integer

_ACTIVATIONS = ("leaky_relu", "relu", "elu", "silu", "sigmoid", "tanh")


def mlp(
    image_shape=(2,),
    latent_dim=100,
    width=128,
    depth=3,
    activation="leaky_relu",
    num_classes=None,
    noise="normal",
):
    """Build a generator and a discriminator of dense layers.

    Made for the toy distributions of `tfgan_kit.data.toy`. The hidden layers have no
    normalization. The generator ends in a linear layer, without tanh, since points are not limited
    to [-1, 1]. With `num_classes` the one-hot label is joined to the noise and to the example.

    Args:
        image_shape: Tuple of positive integers, the shape of one example. Defaults to `(2,)`,
            points in the plane.
        latent_dim: Positive integer, length of a noise vector. Defaults to 100.
        width: Positive integer, units of a hidden layer, or a pair of them, for the generator and
            the discriminator. Defaults to 128.
        depth: Positive integer, hidden layers of each network, or a pair as for `width`. Defaults
            to 3.
        activation: Activation of the hidden layers: `"leaky_relu"` (slope 0.2), `"relu"`, `"elu"`,
            `"silu"`, `"sigmoid"` or `"tanh"`. Defaults to `"leaky_relu"`.
        num_classes: Positive integer, number of classes of a conditional GAN, or None. Defaults to
            None.
        noise: `"normal"`, or `"uniform"`, which maps the standard normal noise that a generator is
            given to noise uniform in [-1, 1]. Defaults to `"normal"`.

    Returns:
        A tuple `(generator, discriminator)` of built Keras models. The generator maps
        `(batch, latent_dim)` to `(batch, *image_shape)`, the discriminator maps those to logits
        `(batch, 1)`. Both outputs are float32, also under mixed precision. With `num_classes` they
        take `[noise, labels]` and `[images, labels]`.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.mlp((2,), latent_dim=8), latent_dim=8)
    gan.generate(5, seed=0).shape  # (5, 2)
    ```

    Reference: Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661; Metz et al., 2017,
    https://arxiv.org/abs/1611.02163, appendix A; Mirza and Osindero, 2014,
    https://arxiv.org/abs/1411.1784, for the labels.
    """
    shape = _check_shape(image_shape)
    latent_dim = check_integer("latent_dim", latent_dim, 1)
    widths, depths = _check_pair("width", width), _check_pair("depth", depth)
    check_choice("activation", activation, _ACTIVATIONS)
    check_integer("num_classes", num_classes, 1, optional=True)
    check_choice("noise", noise, ("normal", "uniform"))
    # Half precision would round noise and points to a thousandth of their size.
    first = [UniformNoise(dtype="float32")] if noise == "uniform" else []
    rest = _hidden(widths[0], depths[0], activation)
    rest += [layers.Dense(math.prod(shape), dtype="float32")]
    rest += [layers.Reshape(shape, dtype="float32")]
    generator = _network("generator", "noise", (latent_dim,), first, rest, num_classes)
    rest = [*_hidden(widths[1], depths[1], activation), layers.Dense(1, dtype="float32")]
    first = [layers.Flatten()]
    return generator, _network("discriminator", "images", shape, first, rest, num_classes)


def _network(name, data, shape, first, rest, num_classes):
    """A model of some layers; with classes, the one-hot label is joined in between."""
    if num_classes is None:
        return keras.Sequential([keras.Input(shape), *first, *rest], name=name)
    inputs = [keras.Input(shape, name=data), keras.Input((), dtype="int32", name="labels")]
    x = inputs[0]
    for layer in first:
        x = layer(x)
    # A fixed table, since TFLite has no `one_hot` for int16x8.
    one_hot = layers.Embedding(num_classes, num_classes, "identity", trainable=False)
    x = layers.Concatenate()([x, one_hot(inputs[1])])
    for layer in rest:
        x = layer(x)
    return keras.Model(inputs, x, name=name)


def _hidden(width, depth, activation):
    pairs = [(layers.Dense(width), layers.Activation(activation)) for _ in range(depth)]
    return [layer for pair in pairs for layer in pair]


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


def _check_pair(name, value):
    """One positive integer for both networks, or one each."""
    pair = value if isinstance(value, (list, tuple)) else (value, value)
    try:
        generator, discriminator = pair
        return check_integer(name, generator, 1), check_integer(name, discriminator, 1)
    except ValueError:
        raise InvalidArgument(
            f"`{name}` must be a positive integer, or a pair of them, for generator and "
            f"discriminator. Received: {name}={value!r}"
        ) from None
