"""Copies of style-based generators, clusters and averages included."""

import numpy as np
import pytest

import tfgan_kit
from tfgan_kit import latent, models
from tfgan_kit.layers import DrawCluster, NoiseInjection
from tfgan_kit.utils.keras_compat import all_layers


@pytest.fixture(scope="module")
def gan():
    networks = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1, num_classes=3)
    gan = tfgan_kit.GAN(*networks, num_classes=3, seed=0)
    gan.compile(ema=0.9)
    for generator in (gan.generator, gan.ema.generator):
        generator.get_layer("mix_styles").mean.assign([1, 2, 3, 4])
    return gan


def test_from_the_mean_to_the_images_as_they_are(gan):
    whole, one = gan.generate(6, seed=0), gan.generate(6, seed=0, truncation=1)
    np.testing.assert_allclose(one, whole, atol=1e-5)
    mean = gan.generate(6, seed=0, truncation=0)
    np.testing.assert_allclose(mean, np.broadcast_to(mean[:1], mean.shape), atol=1e-6)
    expected = gan.generator.synthesis(np.broadcast_to([1.0, 2, 3, 4], (1, 4, 4)))
    np.testing.assert_allclose(mean[:1], expected, atol=1e-6)
    near, far = (np.abs(gan.generate(6, 0, truncation=psi) - mean).mean() for psi in (0.3, 0.9))
    assert 0 < near < far
    np.testing.assert_array_equal(gan.generate(6, seed=0), whole)


def test_only_the_first_layers(gan):
    noise, labels = latent.sample(3, 4, seed=0), np.zeros(3)
    styles = gan.generator.mapping([noise, labels]).numpy()
    styles[:, :2] = [1, 2, 3, 4] + 0.5 * (styles[:, :2] - [1, 2, 3, 4])
    found = gan.generate(3, seed=0, labels=0, truncation=(0.5, 2))
    np.testing.assert_allclose(found, gan.generator.synthesis(styles), atol=1e-5)


def test_of_clusters():
    networks = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1, num_classes=2)
    gan = tfgan_kit.GAN(*networks, clusters=DrawCluster([0.5, 0.5]))
    gan.generator.get_layer("mix_styles").mean.assign([1, 2, 3, 4])
    assert np.ptp(gan.generate(4, seed=0, truncation=0), axis=0).max() < 1e-6
    assert np.ptp(gan.generate(4, seed=0), axis=0).max() > 0.1


def test_random_noise_is_drawn_for_each_image():
    networks = models.style((8, 8, 1), latent_dim=4, width=2, mapping_layers=1)
    gan = tfgan_kit.GAN(*networks, seed=0)
    for layer in all_layers(gan.generator):
        if isinstance(layer, NoiseInjection):
            layer.strength.assign(1.0)
    fixed = gan.generate(3, seed=0)
    drawn = gan.generate(3, seed=0, randomize_noise=True)
    assert np.abs(drawn - fixed).max() > 0.1
    np.testing.assert_array_equal(gan.generate(3, seed=0, randomize_noise=True), drawn)
    np.testing.assert_array_equal(gan.generate(3, seed=0), fixed)
    copy, same_noise = latent.with_random_noise(gan.generator, 1), np.zeros((400, 4), "float32")
    assert np.ptp(latent.decode(gan.generator, same_noise[:3]), axis=0).max() < 1e-6
    images = latent.decode(copy, same_noise)
    assert images.std(axis=0).min() > 0.1


def test_refusals(gan, make_gan):
    with pytest.raises(ValueError, match="`truncation` only works with generators that have sty"):
        make_gan().generate(1, truncation=0.7)
    with pytest.raises(ValueError, match="`randomize_noise` only works with generators that have"):
        make_gan().generate(1, randomize_noise=True)
    with pytest.raises(ValueError, match="`seed` must be"):
        latent.with_random_noise(gan.generator, -1)
    for wrong in ("much", -3, (-0.1, 2)):
        with pytest.raises(
            ValueError, match="`truncation` must be a non-negative number. Received: tru"
        ):
            gan.generate(1, truncation=wrong)
    with pytest.raises(ValueError, match="`cutoff` must be None or a positive integer"):
        gan.generate(1, truncation=(0.7, 0))
