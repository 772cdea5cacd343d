"""Of generators of one grey level the best new image has the mean of the reference."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import latent


def grey(num_classes=None):
    """Images of level `noise`, plus 0.1 for each class."""
    noise = keras.Input((1,), name="noise")
    x, inputs = noise, noise
    if num_classes:
        labels = keras.Input((), dtype="int32", name="labels")
        embedding = layers.Embedding(num_classes, 1)
        x, inputs = layers.Add()([noise, embedding(labels)]), [noise, labels]
        embedding.embeddings.assign(0.1 * np.arange(num_classes)[:, None])
    return keras.Model(inputs, layers.Reshape((4, 4, 1))(layers.RepeatVector(16)(x)))


@pytest.fixture(scope="module")
def discriminator():
    """Its convolution is the image itself, and its logit the sum."""
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(1, 1), layers.Flatten(), layers.Dense(1)]
    )
    model.layers[0].kernel.assign(np.ones((1, 1, 1, 1)))
    model.layers[-1].kernel.assign(np.full((16, 1), 1 / 16))
    return model


REFERENCES = np.random.default_rng(0).uniform(0.1, 0.9, (2, 4, 4, 1)).astype("float32")
ALONE = {"discriminator_weight": 0, "latent_weight": 0}
FEW = latent.Descent(steps=120)


def test_the_mean_is_that_of_the_reference(discriminator):
    found = latent.inspire(grey(), discriminator, REFERENCES, num=3, optimizer=FEW, **ALONE)
    assert found.images.shape == (2, 3, 4, 4, 1) and found.labels is None
    means, deviations = REFERENCES.mean(axis=(1, 2, 3)), REFERENCES.std(axis=(1, 2, 3))
    np.testing.assert_allclose(found.latents[..., 0], means[:, None].repeat(3, 1), atol=2e-3)
    # What is left is the deviation, which a grey image does not have.
    left = (deviations - 1e-4) ** 2 / (means**2 + deviations**2)
    np.testing.assert_allclose(found.losses, left[:, None].repeat(3, 1), rtol=1e-2)


def test_the_discriminator_and_the_prior_pull(discriminator):
    settings = {"num": 1, "optimizer": FEW}
    found = latent.inspire(
        grey(), discriminator, REFERENCES, discriminator_weight=0.5, latent_weight=0.1, **settings
    )
    z, scale = found.latents[:, 0, 0], (REFERENCES**2).mean(axis=(1, 2, 3))
    # The gradients of the three terms.
    sums = 2 * (z - REFERENCES.mean(axis=(1, 2, 3))) / scale - 0.5 / (1 + np.exp(z)) + 0.2 * z
    np.testing.assert_allclose(sums, 0, atol=0.02)


def test_labels_are_given_or_drawn(discriminator):
    settings = {"num": 4, "num_classes": 3, "optimizer": FEW, **ALONE}
    drawn = latent.inspire(grey(3), discriminator, REFERENCES, **settings)
    given = latent.inspire(grey(3), discriminator, REFERENCES, labels=2, **settings)
    assert set(drawn.labels.ravel()) <= {0, 1, 2} and (given.labels == 2).all()
    means = REFERENCES.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(given.latents[..., 0] + 0.2, means[:, None].repeat(4, 1), atol=5e-3)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"discriminator": None}, "`discriminator` must be a Keras model, such as that of a run"),
        ({"references": np.zeros((1, 5, 4, 1))}, r"`images` must have the shape \(num, 4, 4, 1\)"),
        ({"num": 0}, "`num` must be a positive integer"),
        ({"labels": 1}, "`labels` must be None: the generator takes no labels"),
        ({"layers": ["no"]}, "`layers` must be names of layers"),
        ({"latent_weight": -1}, "`latent_weight` must be a non-negative number"),
    ],
)
def test_wrong_arguments(discriminator, wrong, message):
    given = {"generator": grey(), "discriminator": discriminator, "references": REFERENCES, **wrong}
    with pytest.raises(ValueError, match=message):
        latent.inspire(**given)
