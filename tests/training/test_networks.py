"""Whether two networks fit each other, the noise and the losses."""

import warnings

import keras
import pytest
from conftest import IMAGE_SHAPE
from keras import layers, ops

import tfgan_kit
from tfgan_kit import models
from tfgan_kit.training.networks import check_latent_dim


def generator(*last, length=6):
    dense = layers.Dense(64), layers.Reshape(IMAGE_SHAPE)
    return keras.Sequential([keras.Input((length,)), *dense, *last])


def discriminator(*last):
    return keras.Sequential([keras.Input(IMAGE_SHAPE), layers.Flatten(), *last])


def subclassed(length):
    class Generator(keras.Model):
        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(length, 64))

        def call(self, noise):
            return ops.reshape(ops.matmul(noise, self.kernel), (-1, *IMAGE_SHAPE))

    return Generator()


def test_the_length_of_the_noise_is_the_generators():
    assert tfgan_kit.GAN(generator(length=64), discriminator(layers.Dense(1))).latent_dim == 64
    unknown = subclassed(100)
    assert tfgan_kit.GAN(unknown, discriminator(layers.Dense(1))).latent_dim == 100
    assert check_latent_dim(6, unknown) == check_latent_dim(6, generator()) == 6


@pytest.mark.parametrize(
    "make, latent_dim, message",
    [
        (generator, 100, "`latent_dim` must be 6, .* or left out. Received: latent_dim=100"),
        (generator, 0, "`latent_dim` must be a positive integer. Received: latent_dim=0"),
        (lambda: subclassed(64), None, r"shape \(None, 100\), .*refuses them: .*64"),
    ],
)
def test_another_length_is_refused_with_the_right_one(make, latent_dim, message):
    with pytest.raises(ValueError, match=message):
        tfgan_kit.GAN(make(), discriminator(layers.Dense(1)), latent_dim)


def functional(*last):
    images = keras.Input(IMAGE_SHAPE)
    x = layers.Dense(1)(layers.Flatten()(images))
    for each in last:
        x = each(x)
    return keras.Model(images, x)


@pytest.mark.parametrize(
    "make, name",
    [
        (lambda: discriminator(layers.Dense(1, activation="sigmoid")), "sigmoid"),
        (lambda: discriminator(layers.Dense(1), layers.Activation("hard_sigmoid")), "hardsigmoid"),
        (lambda: functional(ops.sigmoid, layers.Reshape((1,))), "sigmoid"),
        (lambda: functional(layers.Activation("tanh"), layers.Dropout(0.1)), "tanh"),
        (lambda: functional(layers.ReLU()), "relu"),
        (lambda: functional(layers.Softmax()), "softmax"),
        (lambda: functional(functional_head()), "sigmoid"),
        (
            lambda: discriminator(
                layers.SpectralNormalization(layers.Dense(1, activation="sigmoid"))
            ),
            "sigmoid",
        ),
    ],
)
def test_a_discriminator_without_logits_is_warned_of(make, name):
    message = f"`discriminator` ends in {name}, but the losses take logits"
    with pytest.warns(UserWarning, match=message) as caught:
        tfgan_kit.GAN(generator(layers.Activation("tanh")), make())
    assert caught[0].filename == __file__ and len(caught) == 1


def functional_head():
    return keras.Sequential([keras.Input((1,)), layers.Dense(1, activation="sigmoid")])


@pytest.mark.parametrize("activation", ["sigmoid", "hard_sigmoid", "relu", "softplus"])
def test_a_generator_without_dark_values_is_warned_of(activation):
    with pytest.warns(UserWarning, match="`generator` ends in .*cannot make the dark half"):
        tfgan_kit.GAN(generator(layers.Activation(activation)), discriminator(layers.Dense(1)))


def points(activation):
    head = layers.Dense(2, activation=activation)
    inputs = keras.Input((4,)), keras.Input((2,))
    return keras.Model(inputs[0], head(inputs[0])), keras.Model(
        inputs[1], layers.Dense(1)(inputs[1])
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: models.dcgan((16, 16, 1), width=2, spectral_normalization=True),
        lambda: models.residual((16, 16, 1), width=2),
        lambda: models.mlp((2,), width=2),
        lambda: (generator(), functional(layers.LeakyReLU())),
        lambda: (generator(layers.Activation("sigmoid"), layers.Rescaling(2, -1)), functional()),
        lambda: (subclassed(100), discriminator(layers.Dense(1))),
        lambda: points("sigmoid"),
    ],
)
def test_no_false_alarm(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tfgan_kit.GAN(*make())
