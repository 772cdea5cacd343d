"""The DCGAN family: strided convolutions up in the generator, down in the discriminator."""

import keras
from keras import layers

from tfgan_kit.layers import MinibatchStdDev
from tfgan_kit.models import sizes
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["dcgan"]


def dcgan(
    image_shape=(28, 28, 1),
    latent_dim=100,
    width=64,
    kernel_size=5,
    plane_convolution=True,
    dropout=0.3,
    spectral_normalization=False,
    minibatch_stddev=False,
):
    """Build the generator and the discriminator of TensorFlow's DCGAN tutorial.

    At 28x28x1 these are the tutorial's networks layer by layer (2,330,944 and
    212,865 parameters). Other sizes are the same family: the generator starts
    from a 4x4 or 7x7 plane and doubles it, with batch normalisation and leaky
    ReLU; the discriminator halves down to it, with leaky ReLU and dropout. Each
    doubling more doubles the width at the small end, up to 8 times the first.

    Both networks give float32 also under mixed precision.

    Args:
        image_shape: Tuple `(size, size, channels)`. The size is one of 16, 28,
            32, 56, 64, 112, 128, 224, 256; channels is 1 (grey) or 3 (RGB).
            Defaults to `(28, 28, 1)`.
        latent_dim: Integer, 1 or more, the length of a noise vector. Defaults
            to 100.
        width: Integer, 1 or more, channels of the discriminator's first plane;
            all others are multiples of it. Defaults to 64.
        kernel_size: Integer, 2 or more, the side of every kernel. Defaults to 5.
        plane_convolution: Boolean, whether the generator convolves its first plane
            before it doubles it, as the tutorial's does; half of the work of a
            step at 28x28x1 is that layer's. Defaults to True.
        dropout: Float in [0, 1), the share of the discriminator's activations
            that training drops; 0 leaves these layers out. Defaults to 0.3.
        spectral_normalization: Boolean, whether `keras.layers.SpectralNormalization`
            wraps every convolution and the dense layer of the discriminator.
            Defaults to False.
        minibatch_stddev: Boolean, whether the discriminator's last plane gets
            the batch's standard deviation as one more channel, so that it sees a
            batch of all the same. Defaults to False.

    Returns:
        A tuple `(generator, discriminator)` of built `keras.Sequential` models.
        The generator maps `(batch, latent_dim)` to float32 images
        `(batch, size, size, channels)` in [-1, 1]; the discriminator maps those
        to float32 logits `(batch, 1)`, positive for real.

    Raises:
        InvalidArgument: If the shape is not of this family or another argument
            is out of range.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.dcgan(image_shape=(32, 32, 3), latent_dim=64, width=16)
    generator.output_shape  # (None, 32, 32, 3)
    ```

    Reference: Radford et al., 2016, https://arxiv.org/abs/1511.06434;
    https://www.tensorflow.org/tutorials/generative/dcgan; Miyato et al., 2018,
    https://arxiv.org/abs/1802.05957 (spectral normalisation); Karras et al., 2018,
    https://arxiv.org/abs/1710.10196, section 3 (standard deviation of the batch).
    """
    image_shape = sizes.check_shape(image_shape)
    for name, value in (("latent_dim", latent_dim), ("width", width)):
        sizes.check_integer(name, value)
    sizes.check_integer("kernel_size", kernel_size, low=2)
    _check_dropout(dropout)
    sizes.check_flag("plane_convolution", plane_convolution)
    sizes.check_flag("spectral_normalization", spectral_normalization)
    sizes.check_flag("minibatch_stddev", minibatch_stddev)
    plane, doublings = sizes.start(image_shape[0])
    widths = sizes.stage_widths(width, doublings)
    # The tutorial's plane has twice the width of the discriminator's last one, and its first
    # transposed convolution halves that without doubling the size.
    tops = sizes.stage_widths(width, doublings + plane_convolution)
    generator = _generator(plane, tops[::-1], doublings, image_shape[-1], latent_dim, kernel_size)
    wrap = _spectrally_normalized if spectral_normalization else _as_it_is
    before_flatten = [MinibatchStdDev()] if minibatch_stddev else []
    discriminator = _discriminator(image_shape, widths, kernel_size, dropout, wrap, before_flatten)
    return generator, discriminator


def _check_dropout(dropout):
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout < 1:
        raise InvalidArgument(
            f"`dropout` must be a number in [0, 1). Received: dropout={dropout!r}"
        )


def _generator(plane, widths, doublings, channels, latent_dim, kernel_size):
    up = {"kernel_size": kernel_size, "padding": "same", "use_bias": False}
    model = keras.Sequential(name="generator")
    model.add(keras.Input((latent_dim,)))
    model.add(layers.Dense(plane * plane * widths[0], use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((plane, plane, widths[0])))
    for level, width in enumerate(widths[1:]):
        keeps_size = level < len(widths) - doublings
        model.add(layers.Conv2DTranspose(width, strides=1 if keeps_size else 2, **up))
        model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU())
    # Half precision would leave 8 bits to a pixel, and fewer next to black and white.
    model.add(layers.Conv2DTranspose(channels, strides=2, **up, activation="tanh", dtype="float32"))
    return model


def _discriminator(image_shape, widths, kernel_size, dropout, wrap, before_flatten):
    model = keras.Sequential(name="discriminator")
    model.add(keras.Input(image_shape))
    for width in widths:
        model.add(wrap(layers.Conv2D(width, kernel_size, strides=2, padding="same")))
        model.add(layers.LeakyReLU())
        if dropout:
            model.add(layers.Dropout(dropout))
    for layer in before_flatten:
        model.add(layer)
    model.add(layers.Flatten())
    model.add(wrap(layers.Dense(1, dtype="float32")))
    return model


def _as_it_is(layer):
    return layer


def _spectrally_normalized(layer):
    # In half precision the wrapper would round the weights themselves at every step.
    return layers.SpectralNormalization(layer, dtype="float32")
