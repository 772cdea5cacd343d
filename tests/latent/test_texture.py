"""Pictures of textures: they close, they fit each other, and a shift of the noise shifts them."""

import keras
import numpy as np
import pytest

from tfgan_kit import latent, models
from tfgan_kit.latent import texture
from tfgan_kit.utils.errors import InvalidArgument

WAVES = [(0.0, 0.1)]


@pytest.fixture(scope="module", params=[(), WAVES], ids=["plain", "waves"])
def generator(request):
    keras.utils.set_random_seed(0)
    arguments = {"width": 2, "max_width": 4, "noise": (3, 2, 0, 1), "waves": request.param}
    return models.texture((32, 32, 1), **arguments, discriminator_width=1)[0]


def test_any_size_and_the_same_of_a_seed(generator):
    assert latent.texture_cell(generator) == 8
    for height, width in ((8, 8), (8, 64), (48, 24)):
        assert latent.sample_texture(generator, height, width).shape == (1, height, width, 1)
    several = latent.sample_texture(generator, 56, 64, num=3, seed=1)
    np.testing.assert_allclose(several[:1], latent.sample_texture(generator, 56, 64, seed=1))
    assert np.abs(several[1] - several[2]).max() > 0.1
    assert np.abs(several[:1] - latent.sample_texture(generator, 56, 64, seed=2)).max() > 0.1


def test_a_shift_of_the_noise_shifts_the_picture(generator):
    """As circular padding before each convolution has it."""
    network = generator.get_layer("texture")
    grids = [each[0] for each in texture._draw(generator, network, 48, 64, 1, 0)]
    shifted = [np.roll(grid, (len(grid) // 6, len(grid) // 3), (0, 1)) for grid in grids]
    first, second = (np.asarray(texture._picture(network, each)) for each in (grids, shifted))
    np.testing.assert_allclose(second, np.roll(first, (8, 16), (1, 2)), atol=1e-5)


def test_pictures_fit_each_other(generator):
    """A picture of several is that of their noise side by side."""
    network = generator.get_layer("texture")
    grids = texture._draw(generator, network, 64, 64, 4, seed=3)
    pictures = [texture._picture(network, each)[0] for each in zip(*grids, strict=True)]
    as_one = [np.vstack([np.hstack(grid[:2]), np.hstack(grid[2:])]) for grid in grids]
    whole = np.asarray(texture._picture(network, as_one))[0]
    expected = np.vstack([np.hstack(pictures[:2]), np.hstack(pictures[2:])])
    np.testing.assert_allclose(whole, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((60, 64), "`height` must be a multiple of 8, the cell .* Received: height=60"),
        ((64, 0), "`width` must be a positive integer"),
        ((48, 64, 2), "`height` must be .* at least 56 for several pictures. Received: height=48"),
        ((512, 512, 65), "at most 16,777,216 pixels together. Received: num=65, 512x512"),
        ((64, 64, 0), "`num` must be a positive integer"),
    ],
)
def test_refused(generator, arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        latent.sample_texture(generator, *arguments)


@pytest.mark.parametrize("other", [None, keras.Sequential([keras.layers.Dense(1)])])
def test_other_generators_are_refused(other):
    with pytest.raises(InvalidArgument, match="trained on one picture with the recipe texture"):
        latent.texture_cell(other)
