"""Both halves together are the generator, and between two classes lies a mixture of both."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import data, latent, models
from tfgan_kit.layers import DrawCluster
from tfgan_kit.models.conditioning import from_clusters


def linear():
    """Images `noise + 10 * label`."""
    noise, labels = keras.Input((2,), name="noise"), keras.Input((), dtype="int32", name="labels")
    embedding = layers.Embedding(3, 2, name="embedding")
    model = keras.Model([noise, labels], layers.Add()([noise, embedding(labels)]))
    embedding.embeddings.assign(10.0 * np.arange(3)[:, None] * np.ones((1, 2)))
    return model


def test_a_walk_from_label_to_label_of_a_linear_generator():
    embed, decode = latent.label_networks(linear())
    between = latent.interpolate(embed(np.array([0, 2])), 4, "linear")
    found = decode([np.array([[1.0, 2.0]] * 5), between])
    np.testing.assert_allclose(found, np.array([[1, 2]]) + 5 * np.arange(5)[:, None])


ATTRIBUTES, _ = data.Attributes.of({"hair": ["black", "fair"], "smile": ["yes", "no"]})
SMALL = {"latent_dim": 4, "width": 2}
MAKERS = {
    "dcgan": lambda: models.dcgan((16, 16, 1), num_classes=3, **SMALL),
    "attributes": lambda: models.dcgan((16, 16, 1), attributes=ATTRIBUTES, **SMALL),
    "style": lambda: models.style((8, 8, 1), mapping_layers=1, num_classes=3, **SMALL),
}


@pytest.mark.parametrize("family", MAKERS)
def test_both_halves_are_the_generator(family):
    generator, _ = MAKERS[family]()
    noise, labels = latent.sample(5, 4, seed=0), np.array([0, 1, 2, 2, 1])
    embed, decode = latent.label_networks(generator)
    embedded = latent.decode(embed, labels)
    expected = latent.decode(generator, noise, labels)
    np.testing.assert_allclose(latent.decode(decode, noise, embedded), expected, atol=1e-5)
    middle = np.broadcast_to(embedded.mean(axis=0), embedded.shape)
    assert np.abs(latent.decode(decode, noise, middle) - expected).max() > 1e-4


def twice():
    """Labels are embedded in two places."""
    noise, labels = keras.Input((2,), name="noise"), keras.Input((), dtype="int32", name="labels")
    embedded = [layers.Embedding(3, 2)(labels) for _ in range(2)]
    return keras.Model([noise, labels], layers.Add()([noise, *embedded]))


@pytest.mark.parametrize(
    "make",
    [
        twice,
        lambda: models.dcgan((16, 16, 1), **SMALL)[0],
        lambda: models.style((8, 8, 1), mapping_layers=1, **SMALL)[0],
        lambda: from_clusters(linear(), 2, DrawCluster([0.5, 0.3, 0.2], [0, 0, 1])),
        lambda: keras.Sequential([layers.ReLU()]),
        lambda: len,
    ],
    ids=["twice", "no labels", "styles", "clusters", "not built", "function"],
)
def test_refusals(make):
    with pytest.raises(ValueError, match="`generator` must be a functional Keras model that embe"):
        latent.label_networks(make())
