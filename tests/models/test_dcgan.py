"""The DCGAN family against the tutorial's networks, written out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import models
from tfgan_kit.layers import MinibatchStdDev
from tfgan_kit.training import precision

SIZES = (16, 28, 32, 56, 64, 112, 128, 224, 256)


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


def test_28x28_is_the_tutorial_layer_by_layer():
    ours, tutorials = models.dcgan(), tutorial_networks()
    assert [network.count_params() for network in ours] == [2_330_944, 212_865]
    for network, expected in zip(ours, tutorials, strict=True):
        assert without_names(network) == without_names(expected)
        assert network.input_shape == expected.input_shape


def test_28x28_computes_what_the_tutorials_does():
    ours, tutorials = models.dcgan(), tutorial_networks()
    noise = np.random.default_rng(0).standard_normal((3, 100)).astype("float32")
    images = np.random.default_rng(1).uniform(-1, 1, (3, 28, 28, 1)).astype("float32")
    for network, expected, inputs in zip(ours, tutorials, (noise, images), strict=True):
        expected.set_weights(network.get_weights())
        np.testing.assert_allclose(network(inputs), expected(inputs), atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_every_size_builds(size):
    # Grey for every other size: channels change the outermost layers alone.
    channels = 3 if SIZES.index(size) % 2 else 1
    generator, discriminator = models.dcgan((size, size, channels), latent_dim=4)
    assert generator.input_shape == (None, 4)
    assert generator.output_shape == discriminator.input_shape == (None, size, size, channels)
    assert discriminator.output_shape == (None, 1)
    planes = [layer.output.shape for layer in generator.layers if "conv" in layer.name]
    assert [plane[1] for plane in planes[1:]] == [
        planes[0][1] * 2**k for k in range(1, len(planes))
    ]
    assert planes[0][1] in (4, 7)
    assert max(plane[-1] for plane in planes) <= 512


@pytest.mark.parametrize("shape", [(16, 16, 1), (16, 16, 3), (28, 28, 3), (32, 32, 1), (64, 64, 3)])
def test_images_are_in_range_and_get_a_logit(shape):
    generator, discriminator = models.dcgan(shape, latent_dim=5)
    noise = 50 * np.random.default_rng(0).standard_normal((3, 5)).astype("float32")
    images = np.asarray(generator(noise))
    assert images.shape == (3, *shape) and images.dtype == np.float32
    assert np.abs(images).max() <= 1 and images.min() < 0 < images.max()
    logits = np.asarray(discriminator(images))
    assert logits.shape == (3, 1) and np.isfinite(logits).all()


@pytest.mark.parametrize("shape", [[16, 16, 1], np.array([16, 16, 1]), (np.int64(16),) * 2 + (1,)])
def test_other_sequences_of_integers_are_taken(shape):
    generator, _ = models.dcgan(shape, latent_dim=2)
    assert generator.output_shape == (None, 16, 16, 1)


@pytest.mark.parametrize(
    "shape",
    [(8, 8, 1), (512, 512, 3), (30, 30, 1), (28, 32, 1), (28, 28, 2), (28, 28), 28, None]
    + [(28.5, 28.5, 1), ("28", "28", "1"), "281", (28, 28, 1, 1), (None, None, 1), (0, 0, 1)],
)
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match=r"`image_shape` must be .*16, 28, 32.*Received: image_sh"):
        models.dcgan(shape)


@pytest.mark.parametrize("latent_dim", [0, -1, 1.5, "100", None, True])
def test_wrong_latent_dim_is_named(latent_dim):
    with pytest.raises(ValueError, match="`latent_dim` must be an integer of 1 or more. Received"):
        models.dcgan((16, 16, 1), latent_dim=latent_dim)


def test_width_and_kernel_size_scale_everything():
    generator, discriminator = models.dcgan((64, 64, 3), latent_dim=5, width=4, kernel_size=4)
    kernels = [layer.kernel.shape for layer in discriminator.layers if "conv" in layer.name]
    assert kernels == [(4, 4, 3, 4), (4, 4, 4, 8), (4, 4, 8, 16), (4, 4, 16, 32)]
    kernels = [layer.kernel.shape for layer in generator.layers if "conv" in layer.name]
    assert kernels == [(4, 4, 32, 32), (4, 4, 16, 32), (4, 4, 8, 16), (4, 4, 4, 8), (4, 4, 3, 4)]
    assert generator.layers[0].units == 4 * 4 * 32


@pytest.mark.parametrize("kernel_size", [2, 3, 4, 5])
def test_parameters_of_other_widths_and_kernels(kernel_size):
    generator, discriminator = models.dcgan(latent_dim=10, width=8, kernel_size=kernel_size)
    area = kernel_size**2
    normalisation = 4 * (49 * 32 + 16 + 8)
    kernels = area * (32 * 16 + 16 * 8 + 8 * 1)
    assert generator.count_params() == 10 * 49 * 32 + kernels + normalisation
    assert discriminator.count_params() == area * (8 + 8 * 16) + 8 + 16 + (49 * 16 + 1)
    assert generator.output_shape == discriminator.input_shape == (None, 28, 28, 1)


def test_dropout_of_zero_leaves_the_layers_out():
    def rates(dropout):
        _, discriminator = models.dcgan((16, 16, 1), 2, width=2, dropout=dropout)
        return [each.rate for each in discriminator.layers if isinstance(each, layers.Dropout)]

    assert rates(0) == rates(0.0) == []
    assert rates(0.5) == [0.5, 0.5]


def test_spectral_normalization_bounds_every_weight_of_the_discriminator():
    generator, discriminator = models.dcgan(
        (16, 16, 1), 4, width=4, dropout=0, spectral_normalization=True
    )
    wrapped = [each for each in discriminator.layers if hasattr(each, "power_iterations")]
    inner = [type(each.layer) for each in wrapped]
    assert inner == [layers.Conv2D, layers.Conv2D, layers.Dense]
    assert not any(hasattr(each, "power_iterations") for each in generator.layers)
    for each in wrapped:
        each.layer.kernel.assign(5 * each.layer.kernel)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    for _ in range(30):
        discriminator(images, training=True)
    for each in wrapped:
        matrix = np.reshape(each.layer.kernel, (-1, each.layer.kernel.shape[-1]))
        assert np.linalg.norm(matrix, 2) == pytest.approx(1, abs=0.05)


def test_spectral_normalization_keeps_float32_weights_under_mixed_precision():
    with precision.scope("mixed_bfloat16"):
        _, discriminator = models.dcgan((16, 16, 1), 4, width=4, spectral_normalization=True)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype("float32")
    discriminator(images, training=True)
    wrapped = [each for each in discriminator.layers if hasattr(each, "power_iterations")]
    assert [each.layer.compute_dtype for each in wrapped] == ["bfloat16"] * 2 + ["float32"]
    for each in wrapped:
        kernel = each.layer.kernel.numpy()
        rounded = tf.cast(tf.cast(kernel, "bfloat16"), "float32")
        assert kernel.dtype == np.float32 and (rounded != kernel).numpy().mean() > 0.9


def test_minibatch_stddev_stands_before_flatten():
    _, discriminator = models.dcgan((16, 16, 1), 4, width=4, minibatch_stddev=True)
    kinds = [type(each) for each in discriminator.layers]
    assert kinds[-3:] == [MinibatchStdDev, layers.Flatten, layers.Dense]
    assert discriminator.layers[-1].kernel.shape == (4 * 4 * (8 + 1), 1)
    # An image's logit depends on the others of its batch.
    images = np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
    alike = np.repeat(images[:1], 4, axis=0)
    assert abs(discriminator(images)[0, 0] - discriminator(alike)[0, 0]) > 1e-5


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize(
    "variant", [{}, {"spectral_normalization": True, "minibatch_stddev": True}]
)
def test_mixed_precision_gives_float32(policy, variant):
    with precision.scope(policy):
        generator, discriminator = models.dcgan((16, 16, 1), 4, width=4, **variant)
    half = policy.removeprefix("mixed_")
    assert generator.layers[0].compute_dtype == half
    noise = np.random.default_rng(0).standard_normal((8, 4)).astype("float32")
    images = np.asarray(generator(noise))
    logits = np.asarray(discriminator(images))
    assert images.dtype == logits.dtype == np.float32
    for outputs in (images, logits):
        assert (tf.cast(tf.cast(outputs, half), "float32") != outputs).numpy().mean() > 0.5


@pytest.mark.parametrize("variant", [{"spectral_normalization": True}, {"minibatch_stddev": True}])
def test_variants_are_the_same_after_saving(variant, tmp_path):
    _, discriminator = models.dcgan((16, 16, 1), 4, width=4, **variant)
    images = np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
    discriminator(images, training=True)
    discriminator.save(tmp_path / "discriminator.keras")
    loaded = keras.models.load_model(tmp_path / "discriminator.keras")
    np.testing.assert_array_equal(loaded(images), discriminator(images))


@pytest.mark.parametrize("value", [-0.1, 1, 1.0, "0.3", None, True, float("nan")])
def test_wrong_dropout_is_named(value):
    with pytest.raises(ValueError, match=r"`dropout` must be a number in \[0, 1\). .*dropout="):
        models.dcgan((16, 16, 1), dropout=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("width", each) for each in (0, -1, 1.5, "64", None, True)]
    + [("kernel_size", each) for each in (0, 1, 2.5, (3, 3), None, True)]
    + [("spectral_normalization", each) for each in (0, None, "no")]
    + [("minibatch_stddev", each) for each in (1, None, "yes")],
)
def test_other_wrong_arguments_are_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        models.dcgan((16, 16, 1), **{name: value})


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (16, 16, 3), (64, 64, 1)])
def test_without_the_plane_convolution_every_layer_doubles(image_shape):
    generator, discriminator = models.dcgan(
        image_shape, latent_dim=4, width=4, plane_convolution=False
    )
    assert generator.output_shape == (None, *image_shape)
    ups = [layer for layer in generator.layers if "transpose" in layer.name]
    downs = [layer for layer in discriminator.layers if "conv2d" in layer.name]
    assert len(ups) == len(downs)
    assert all(layer.strides == (2, 2) for layer in ups)
    # The planes of both networks have the same widths, in the other order.
    assert [layer.filters for layer in ups[:-1]] == [layer.filters for layer in downs[-2::-1]]
    assert ups[0].input.shape[-1] == downs[-1].filters
