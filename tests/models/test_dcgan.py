"""The DCGAN family against the tutorial's networks, written out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import models
from tfgan_kit.layers import MinibatchStdDev
from tfgan_kit.training import precision


def tutorial_networks():
    """The networks of TensorFlow's DCGAN tutorial."""
    up = {"strides": (2, 2), "padding": "same", "use_bias": False}
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 256)),
            layers.Conv2DTranspose(128, (5, 5), **{**up, "strides": (1, 1)}),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(64, (5, 5), **up),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(1, (5, 5), **up, activation="tanh"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, (5, 5), strides=(2, 2), padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(128, (5, 5), strides=(2, 2), padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


def without_names(network):
    return [
        (type(layer).__name__, {k: v for k, v in layer.get_config().items() if k != "name"})
        for layer in network.layers
    ]


def test_28x28_is_the_tutorial():
    ours = models.dcgan()
    assert [network.count_params() for network in ours] == [2_330_944, 212_865]
    for network, expected in zip(ours, tutorial_networks(), strict=True):
        # The same layers in the same order, so the same function of the weights.
        assert without_names(network) == without_names(expected)
        assert network.input_shape == expected.input_shape


@pytest.mark.parametrize("dropout", [0, 0.5])
def test_width_kernel_size_and_dropout_of_every_layer(dropout):
    generator, discriminator = models.dcgan(
        (64, 64, 3), latent_dim=5, width=4, kernel_size=4, dropout=dropout
    )
    kernels = [layer.kernel.shape for layer in discriminator.layers if "conv" in layer.name]
    assert kernels == [(4, 4, 3, 4), (4, 4, 4, 8), (4, 4, 8, 16), (4, 4, 16, 32)]
    kernels = [layer.kernel.shape for layer in generator.layers if "conv" in layer.name]
    assert kernels == [(4, 4, 32, 32), (4, 4, 16, 32), (4, 4, 8, 16), (4, 4, 4, 8), (4, 4, 3, 4)]
    assert generator.layers[0].units == 4 * 4 * 32
    rates = [each.rate for each in discriminator.layers if isinstance(each, layers.Dropout)]
    assert rates == ([dropout] * 4 if dropout else [])


def test_spectral_normalization_keeps_float32_weights_under_mixed_precision():
    with precision.scope("mixed_bfloat16"):
        generator, discriminator = models.dcgan(
            (16, 16, 1), 4, width=4, spectral_normalization=True
        )
    images = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    discriminator(images, training=True)
    wrapped = [each for each in discriminator.layers if hasattr(each, "power_iterations")]
    inner = [type(each.layer) for each in wrapped]
    assert inner == [layers.Conv2D, layers.Conv2D, layers.Dense]
    assert not any(hasattr(each, "power_iterations") for each in generator.layers)
    assert [each.layer.compute_dtype for each in wrapped] == ["bfloat16"] * 2 + ["float32"]
    for each in wrapped:
        kernel = each.layer.kernel.numpy()
        rounded = tf.cast(tf.cast(kernel, "bfloat16"), "float32")
        assert kernel.dtype == np.float32 and (rounded != kernel).numpy().mean() > 0.9


def test_minibatch_stddev_is_before_flatten():
    _, discriminator = models.dcgan((16, 16, 1), 4, width=4, minibatch_stddev=True)
    kinds = [type(each) for each in discriminator.layers]
    assert kinds[-3:] == [MinibatchStdDev, layers.Flatten, layers.Dense]
    assert discriminator.layers[-1].kernel.shape == (4 * 4 * (8 + 1), 1)
    # An image's logit depends on the others of its batch.
    images = np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
    alike = np.repeat(images[:1], 4, axis=0)
    assert abs(discriminator(images)[0, 0] - discriminator(alike)[0, 0]) > 1e-5


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (16, 16, 3)])
def test_without_the_plane_convolution_every_layer_doubles(image_shape):
    generator, discriminator = models.dcgan(image_shape, 4, width=4, plane_convolution=False)
    assert generator.output_shape == (None, *image_shape)
    ups = [layer for layer in generator.layers if "transpose" in layer.name]
    downs = [layer for layer in discriminator.layers if "conv2d" in layer.name]
    assert len(ups) == len(downs)
    assert all(layer.strides == (2, 2) for layer in ups)
    # The planes of both networks have the same widths, in the other order.
    assert [layer.filters for layer in ups[:-1]] == [layer.filters for layer in downs[-2::-1]]
    assert ups[0].input.shape[-1] == downs[-1].filters


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [("kernel_size", "an integer of at least 2", 1), ("dropout", r"a number in \[0, 1\)", 1)]
    + [("plane_convolution", "one of True, False", None)]
    + [(name, "one of True, False", 1) for name in ("spectral_normalization", "minibatch_stddev")],
)
def test_wrong_arguments_are_refused(name, kind, value):
    with pytest.raises(ValueError, match=f"`{name}` must be {kind}. Received: {name}="):
        models.dcgan((16, 16, 1), **{name: value})
