"""The encoder of a generator's own images: what it learns, and that it is an ordinary model."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_kit import latent, models, runtime


@pytest.fixture(scope="module")
def generator():
    """Images that are a matrix times the noise, and a pattern for each class."""
    keras.utils.set_random_seed(0)
    noise, labels = keras.Input((3,), name="noise"), keras.Input((), dtype="int32", name="labels")
    x = layers.Dense(16)(noise) + layers.Embedding(2, 16)(labels)
    return keras.Model([noise, labels], layers.Reshape((4, 4, 1))(x))


def test_learns(generator):
    encoder = latent.train_encoder(generator, 2, steps=300, width=8, learning_rate=1e-2)
    latents, labels = latent.sample(64, 3, seed=7), np.arange(64) % 2
    images = latent.decode(generator, latents, labels)
    found = latent.decode(encoder, images)
    again = latent.decode(generator, found, labels)
    assert np.mean((again - images) ** 2) < 0.05 * np.var(images)
    assert np.mean((found - latents) ** 2) < 0.1


def test_of_styles_begins_at_their_mean_and_is_an_ordinary_model(tmp_path):
    keras.utils.set_random_seed(0)
    settings = {"latent_dim": 4, "width": 2, "mapping_layers": 1, "mapping_lr_multiplier": 1}
    generator = models.style((8, 8, 1), **settings)[0]
    encoder = latent.train_encoder(generator, space="w+", steps=1, width=2, learning_rate=1e-9)
    space, images = latent.latent_space(generator, "w+"), np.ones((2, 8, 8, 1), "float32")
    encoder.save(tmp_path / "encoder.keras")
    loaded = keras.models.load_model(tmp_path / "encoder.keras")
    np.testing.assert_array_equal(loaded(images), encoder(images))
    dense = encoder.layers[-3]
    dense.set_weights([np.zeros(each.shape) for each in dense.weights])
    mean = space.sample(500, None, seed=1).mean(axis=0)
    np.testing.assert_allclose(encoder(images)[0], mean, atol=0.2)


def test_depends_on_its_seed_alone(generator):
    weights = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(len(weights))
        encoder = latent.train_encoder(generator, 2, steps=2, width=2, seed=seed)
        weights.append(np.concatenate([each.ravel() for each in encoder.get_weights()]))
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()


class Exported(runtime.ExportedGenerator):
    """Stands for a file of a format without gradients."""

    def run_batch(self, noise, labels):
        return np.zeros((len(noise), 4, 4, 1))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "`num_classes` must be a positive integer. Received: num_classes=None"),
        ({"num_classes": 2, "steps": 0}, "`steps` must be a positive integer"),
        ({"num_classes": 2, "width": 0}, "`width` must be a positive integer"),
        ({"num_classes": 2, "batch_size": 0}, "`batch_size` must be a positive integer"),
        ({"num_classes": 2, "learning_rate": 0}, "`learning_rate` must be a positive number"),
        ({"generator": Exported(3, (4, 4, 1))}, "`generator` must be a Keras model, since an enc"),
    ],
)
def test_wrong_arguments(generator, arguments, message):
    with pytest.raises(ValueError, match=message):
        latent.train_encoder(**{"generator": generator, **arguments})
