"""Keras files: safe mode, and only generators."""

import keras
import numpy as np
import pytest
from test_export_exportable import conditional_generator

from tfgan_kit.runtime.keras_model import KerasGenerator
from tfgan_kit.utils.errors import InvalidArgument


def test_lambda_in_a_file_is_not_run(tmp_path):
    inputs = keras.Input((4,))
    reshape = keras.layers.Lambda(lambda x: x[:, None, :, None] * 2)
    keras.Model(inputs, reshape(inputs)).save(tmp_path / "code.keras")
    with pytest.raises(InvalidArgument, match="as a Keras model"):
        KerasGenerator(tmp_path / "code.keras")


def test_no_archive(tmp_path):
    (tmp_path / "b.keras").write_bytes(b"PK\x03\x04 and no archive")
    with pytest.raises(InvalidArgument, match="as a Keras model"):
        KerasGenerator(tmp_path / "b.keras")


def test_labels(tmp_path):
    generator = conditional_generator()
    generator.save(tmp_path / "labelled.keras")
    loaded = KerasGenerator(tmp_path / "labelled.keras")
    assert (loaded.label_shape, loaded.label_dtype) == ((3,), "float32")
    labels = np.eye(3, dtype="float32")[:2]
    noise = np.ones((2, 6), "float32")
    np.testing.assert_allclose(loaded.run(noise, labels), generator([noise, labels]), atol=1e-6)


def test_discriminator_is_no_generator(make_networks, tmp_path):
    _, discriminator = make_networks()
    discriminator.save(tmp_path / "discriminator.keras")
    with pytest.raises(InvalidArgument, match="must map float32 noise"):
        KerasGenerator(tmp_path / "discriminator.keras")


def test_average_of_a_whole_gan(make_gan, real_images, tmp_path):
    gan = make_gan(ema=0.9)
    gan.fit(real_images, batch_size=8, epochs=1, verbose=0)
    gan.save(tmp_path / "gan.keras")
    images = KerasGenerator(tmp_path / "gan.keras").generate(3, seed=1)
    np.testing.assert_allclose(images, gan.generate(3, seed=1), atol=1e-6)
