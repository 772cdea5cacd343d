"""Latents as noise and as styles give the same images as the generator."""

import keras
import numpy as np
import pytest

from tfgan_kit import latent, models, runtime
from tfgan_kit.runtime.loading import open_file


@pytest.fixture(scope="module")
def styled():
    shape = {"latent_dim": 4, "width": 2, "mapping_layers": 1}
    return models.style((8, 8, 1), **shape, num_classes=3)[0]


@pytest.mark.parametrize("name, shape", [("z", (4,)), ("w", (4,)), ("w+", (4, 4))])
def test_images_are_the_generators(styled, name, shape):
    labels = np.array([0, 2, 1])
    space = latent.latent_space(styled, name)
    latents = space.sample(3, labels, seed=5)
    assert (space.name, space.shape, latents.shape[1:]) == (name, shape, shape)
    assert space.image_shape == (8, 8, 1) and space.takes_labels and space.has_gradients
    assert space.labels_matter == (name == "z")
    expected = latent.decode(styled, latent.sample(3, 4, seed=5), labels)
    np.testing.assert_allclose(space.images(latents, labels), expected, atol=1e-5)


def test_images_of_half_precision_are_float32():
    noise = keras.Input((2,))
    generator = keras.Model(noise, keras.layers.Reshape((1, 1, 2), dtype="bfloat16")(noise))
    space = latent.latent_space(generator)
    assert not space.takes_labels and not space.labels_matter
    assert space.images(np.ones((1, 2), "float32"), None).dtype == "float32"


class Plane(runtime.ExportedGenerator):
    """Stands for a file of a format without gradients."""

    def run_batch(self, noise, labels):
        return noise.reshape(-1, 1, 2, 1) + (0 if labels is None else labels[:, None, None, None])


@pytest.mark.parametrize("label_shape, labels", [(None, None), ((), [5, 6])])
def test_an_exported_generator_has_noise_only(label_shape, labels):
    generator = Plane(
        2, (1, 2, 1), label_shape, "int32", num_classes=None if labels is None else 10
    )
    space = latent.latent_space(generator)
    assert not space.has_gradients and space.takes_labels == bool(labels)
    latents = space.sample(2, labels, seed=0)
    np.testing.assert_array_equal(
        space.images(latents, labels and np.array(labels)),
        generator.run(latent.sample(2, 2, seed=0), labels),
    )
    with pytest.raises(ValueError, match="`space` must be 'z' for an exported generator that"):
        latent.latent_space(generator, "w")


def test_an_exported_keras_model_is_the_model(styled, tmp_path):
    styled.save(tmp_path / "generator.keras")
    space = latent.latent_space(open_file(tmp_path / "generator.keras"), "w")
    assert space.has_gradients and space.shape == (4,)


def test_wrong_arguments(styled):
    with pytest.raises(ValueError, match="`space` must be one of 'z', 'w', 'w\\+'"):
        latent.latent_space(styled, "x")
    with pytest.raises(ValueError, match="`generator` must have styles"):
        latent.latent_space(models.mlp(latent_dim=4, width=2, depth=1)[0], "w+")
