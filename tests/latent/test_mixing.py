"""A grid of mixed styles: its edges are the images themselves."""

import numpy as np
import pytest

from tfgan_kit import latent, models


@pytest.fixture(scope="module")
def generator():
    shape = {"latent_dim": 4, "width": 2, "mapping_layers": 1}
    return models.style((8, 8, 1), **shape, num_classes=3)[0]


def test_each_image_has_the_layers_of_both(generator):
    noise, labels = latent.sample(5, 4, seed=0), np.array([0, 1, 2, 0, 1])
    given = noise[:2], noise[2:], 1, labels[:2], labels[2:]
    found = latent.mix_styles(generator, *given)
    assert found.shape == (2, 3, 8, 8, 1) and found.dtype == np.float32
    styles = generator.mapping([noise, labels]).numpy()
    of_styles = latent.mix_styles(generator, styles[:2], styles[2:], 1)
    np.testing.assert_allclose(of_styles, found, atol=1e-5)
    for row in range(2):
        for column in range(3):
            mixed = np.concatenate([styles[row, :1], styles[2 + column, 1:]])[None]
            expected = generator.synthesis(mixed)[0]
            np.testing.assert_allclose(found[row, column], expected, atol=1e-5)


@pytest.mark.parametrize("cutoff, axis", [(0, 0), (4, 1)])
def test_at_the_ends_one_set_alone_counts(generator, cutoff, axis):
    noise, labels = latent.sample(4, 4, seed=0), np.zeros(2, "int32")
    found = latent.mix_styles(generator, noise[:2], noise[2:], cutoff, labels, labels)
    assert np.ptp(found, axis=axis).max() < 1e-6
    assert np.ptp(found, axis=1 - axis).max() > 0.01
    whole = latent.decode(generator, noise, np.zeros(4, "int32"))
    np.testing.assert_allclose(
        found.take(0, axis), whole[2:] if axis == 0 else whole[:2], atol=1e-5
    )


def test_wrong_arguments(generator):
    noise, labels = latent.sample(2, 4, seed=0), [0, 0]
    with pytest.raises(ValueError, match="`cutoff` must be an integer from 0 to 4"):
        latent.mix_styles(generator, noise, noise, 5, labels, labels)
    with pytest.raises(ValueError, match="`generator` must have styles, as those of models.style"):
        latent.mix_styles(models.mlp(latent_dim=4, width=2, depth=1)[0], noise, noise, 1)
