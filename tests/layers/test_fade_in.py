"""The factor follows the images seen, and is saved, averaged and resumed with the network."""

import keras
import numpy as np
import pytest

import tfgan_kit
from tfgan_kit import models
from tfgan_kit.layers import FadeIn


def factors(network):
    return [float(each.factor) for each in network.layers if isinstance(each, FadeIn)]


@pytest.mark.parametrize("batch_size", [8, pytest.param(16, marks=pytest.mark.slow)])
def test_it_rises_with_the_images_seen(batch_size, tmp_path):
    networks = models.dcgan((16, 16, 1), latent_dim=4, width=2, num_classes=3, transition=(16, 80))
    gan = tfgan_kit.GAN(*networks, num_classes=3, seed=0)
    gan.compile(ema=0.9)
    labels = np.arange(48) % 3
    images = np.random.default_rng(0).uniform(-1, 1, (48, 16, 16, 1)).astype("float32")
    gan.fit(images, labels, batch_size=batch_size, verbose=0)
    # Set before the last step.
    expected = (48 - batch_size - 16) / 64
    for network in (gan.generator, gan.discriminator, gan.ema.generator):
        assert factors(network) == pytest.approx([expected])
    path = tmp_path / "gan.keras"
    gan.save(path)
    assert factors(keras.models.load_model(path).generator) == pytest.approx([expected])


def test_at_0_labels_do_not_matter():
    networks = models.residual(
        (16, 16, 1), latent_dim=4, width=2, num_classes=3, transition=(1000, 2000)
    )
    gan = tfgan_kit.GAN(*networks, num_classes=3, seed=0)
    gan.compile()
    np.testing.assert_array_equal(gan.generate(4, 0, labels=0), gan.generate(4, 0, labels=2))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="`end` must be larger than `start`.*start=5, end=5"):
        FadeIn(5, 5)
