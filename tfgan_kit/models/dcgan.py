"""The DCGAN family: strided convolutions up in the generator, down in the discriminator."""

import keras
from keras import layers

from tfgan_kit.layers import MinibatchStdDev
from tfgan_kit.models import conditioning as labels
from tfgan_kit.models import sizes
from tfgan_kit.utils.validation import check_bool, check_integer, check_number


def dcgan(
    image_shape=(28, 28, 1),
    latent_dim=100,
    width=64,
    kernel_size=5,
    plane_convolution=True,
    dropout=0.3,
    spectral_normalization=False,
    minibatch_stddev=False,
    num_classes=None,
    conditioning="projection",
    transition=None,
    attributes=None,
):
    """Build the generator and the discriminator of TensorFlow's DCGAN tutorial.

    The defaults are the tutorial's networks (2,330,944 and 212,865 parameters). For other sizes
    the generator doubles a 4x4 or 7x7 plane as often as needed, with batch normalization and
    leaky ReLU, and the discriminator halves the image as often, with leaky ReLU and dropout.
    The width doubles at each halving of the size, up to 8 times the first.

    Args:
        image_shape: Tuple `(size, size, channels)`: size 16, 28, 32, 56, 64, 112, 128, 224 or
            256; channels 1 (grey) or 3 (RGB). Defaults to `(28, 28, 1)`.
        latent_dim: Positive integer, length of a noise vector. Defaults to 100.
        width: Positive integer, channels of the discriminator's first plane; all other widths
            are multiples of it. Defaults to 64.
        kernel_size: Integer of at least 2, side of every kernel. Defaults to 5.
        plane_convolution: Boolean, whether the generator convolves its first plane before it
            doubles it, as in the tutorial; at 28x28x1 this layer is half of the work of a step.
            Defaults to True.
        dropout: Float in [0, 1), the discriminator's dropout rate; 0 omits these layers.
            Defaults to 0.3.
        spectral_normalization: Boolean, whether every layer of the discriminator with weights is
            wrapped in `keras.layers.SpectralNormalization`. Defaults to False.
        minibatch_stddev: Boolean, whether `MinibatchStdDev` follows the discriminator's last
            plane. Defaults to False.
        num_classes: Positive integer, number of classes of conditional networks, or None for
            unconditional ones. Defaults to None.
        conditioning: String, how conditional networks use labels. The generator always gets an
            embedding of 50 numbers beside the noise. The discriminator's logit gets the dot product
            of its features with an embedding (`"projection"`); an embedding is one more channel of
            the image (`"concat"`); or a second output classifies the image, for
            `penalties.AuxiliaryClassifier` (`"acgan"`). Defaults to `"projection"`.
        transition: Pair of integers, numbers of real images seen between which the embeddings are
            faded in (`layers.FadeIn`), so that training begins unconditional. Defaults to None:
            conditional from the beginning.
        attributes: A `tfgan_kit.data.Attributes`, several attributes in place of the classes: an
            embedding is the sum of those of the values that are given, and the second output of
            `"acgan"` has the logits of one attribute after the other. Defaults to None.

    Returns:
        A tuple `(generator, discriminator)` of built models, `keras.Sequential` ones without
        classes. The generator maps noise `(batch, latent_dim)`, or `[noise, labels]`, to images
        `(batch, size, size, channels)` in [-1, 1], the discriminator maps images, or
        `[images, labels]`, to logits `(batch, 1)`. Outputs are float32, also under mixed precision.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    from tfgan_kit import models

    generator, discriminator = models.dcgan(image_shape=(32, 32, 3), latent_dim=64, width=16)
    generator.output_shape  # (None, 32, 32, 3)
    ```

    Reference: Radford et al., 2016, https://arxiv.org/abs/1511.06434;
    https://www.tensorflow.org/tutorials/generative/dcgan. Spectral normalization: Miyato et al.,
    2018, https://arxiv.org/abs/1802.05957. Projection: Miyato & Koyama, 2018,
    https://arxiv.org/abs/1802.05637; concatenation: Mirza & Osindero, 2014,
    https://arxiv.org/abs/1411.1784; AC-GAN: Odena et al., 2017, https://arxiv.org/abs/1610.09585;
    transition: Shahbazi et al., 2022, https://arxiv.org/abs/2201.06578.
    """
    image_shape = sizes.check_shape(image_shape)
    latent_dim = check_integer("latent_dim", latent_dim, 1)
    width = check_integer("width", width, 1)
    kernel_size = check_integer("kernel_size", kernel_size, 2)
    check_bool("plane_convolution", plane_convolution)
    check_number("dropout", dropout, 0, below=1)
    check_bool("spectral_normalization", spectral_normalization)
    check_bool("minibatch_stddev", minibatch_stddev)
    plane, doublings = sizes.start(image_shape[0])
    widths = sizes.stage_widths(width, doublings)
    # The tutorial's plane has twice the width of the discriminator's last one, and its first
    # transposed convolution halves that without doubling the size.
    tops = sizes.stage_widths(width, doublings + plane_convolution)[::-1]
    up = _generator_layers(plane, tops, doublings, image_shape[-1], kernel_size)
    wrap = _spectrally_normalized if spectral_normalization else lambda layer: layer
    down = _discriminator_layers(widths, kernel_size, dropout, wrap, minibatch_stddev)
    way = labels.get(conditioning, num_classes, transition, attributes)
    if way is None:
        generator = _sequential("generator", (latent_dim,), up)
        discriminator = _sequential("discriminator", image_shape, down)
        discriminator.add(wrap(layers.Dense(1, dtype="float32")))
        return generator, discriminator
    return way.generator(latent_dim, lambda x: _apply(up, x)), way.discriminator(
        image_shape, lambda x: _apply(down, x), lambda x: wrap(layers.Dense(1, dtype="float32"))(x)
    )


def _sequential(name, input_shape, stack):
    model = keras.Sequential(name=name)
    model.add(keras.Input(input_shape))
    for layer in stack:
        model.add(layer)
    return model


def _apply(stack, x):
    for layer in stack:
        x = layer(x)
    return x


def _generator_layers(plane, widths, doublings, channels, kernel_size):
    up = {"kernel_size": kernel_size, "padding": "same", "use_bias": False}
    yield layers.Dense(plane * plane * widths[0], use_bias=False)
    yield layers.BatchNormalization()
    yield layers.LeakyReLU()
    yield layers.Reshape((plane, plane, widths[0]))
    for level, width in enumerate(widths[1:]):
        keeps_size = level < len(widths) - doublings
        yield layers.Conv2DTranspose(width, strides=1 if keeps_size else 2, **up)
        yield layers.BatchNormalization()
        yield layers.LeakyReLU()
    # In half precision a pixel would have 8 bits, and fewer near black and white.
    yield layers.Conv2DTranspose(channels, strides=2, **up, activation="tanh", dtype="float32")


def _discriminator_layers(widths, kernel_size, dropout, wrap, minibatch_stddev):
    for width in widths:
        yield wrap(layers.Conv2D(width, kernel_size, strides=2, padding="same"))
        yield layers.LeakyReLU()
        if dropout:
            yield layers.Dropout(dropout)
    if minibatch_stddev:
        yield MinibatchStdDev()
    yield layers.Flatten()


def _spectrally_normalized(layer):
    # In half precision the wrapper would round the weights themselves at every step.
    return layers.SpectralNormalization(layer, dtype="float32")
