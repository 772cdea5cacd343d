"""Keras files: safe mode, and only generators."""

import keras
import numpy as np
import pytest
from keras import layers

import tfgan_kit
from tfgan_kit.layers import DrawCluster
from tfgan_kit.runtime.keras_model import KerasGenerator
from tfgan_kit.utils.errors import InvalidArgument


def test_lambdas_and_damaged_archives_are_not_loaded(tmp_path):
    inputs = keras.Input((4,))
    reshape = keras.layers.Lambda(lambda x: x[:, None, :, None] * 2)
    keras.Model(inputs, reshape(inputs)).save(tmp_path / "code.keras")
    (tmp_path / "damaged.keras").write_bytes(b"PK\x03\x04 and no archive")
    for path in tmp_path.iterdir():
        with pytest.raises(InvalidArgument, match="as a Keras model"):
            KerasGenerator(path)


def conditional(size):
    """A network that multiplies its input by an embedding of the label."""
    inputs, label = keras.Input(size), keras.Input((), dtype="int32")
    outputs = layers.Multiply()([layers.Flatten()(inputs), layers.Embedding(3, 4)(label)])
    outputs = layers.Reshape((2, 2, 1))(outputs) if len(size) == 1 else layers.Dense(1)(outputs)
    return keras.Model([inputs, label], outputs)


def test_labels_of_a_generator_and_of_a_whole_gan(tmp_path):
    gan = tfgan_kit.GAN(conditional((4,)), conditional((2, 2, 1)), latent_dim=4, num_classes=3)
    gan.label_counts.assign([3, 0, 1])
    for model, num_classes in ((gan, 3), (gan.generator, None)):
        model.save(tmp_path / "model.keras")
        loaded = KerasGenerator(tmp_path / "model.keras")
        assert (loaded.label_shape, loaded.label_dtype) == ((), "int32")
        assert loaded.num_classes == num_classes
        images = loaded.generate(5, seed=1, labels=2)
        np.testing.assert_allclose(images, gan.generate(5, seed=1, labels=2), atol=1e-6)
        if num_classes:
            images = loaded.generate(50, seed=1)
            np.testing.assert_allclose(images, gan.generate(50, seed=1), atol=1e-6)
            assert loaded.class_shares.tolist() == [0.75, 0, 0.25]


def test_a_whole_gan_with_clusters_takes_noise_alone(tmp_path):
    clusters = DrawCluster([1, 2, 3])
    gan = tfgan_kit.GAN(conditional((4,)), conditional((2, 2, 1)), latent_dim=4, clusters=clusters)
    gan.save(tmp_path / "model.keras")
    loaded = KerasGenerator(tmp_path / "model.keras")
    assert (loaded.latent_dim, loaded.label_shape, loaded.class_shares) == (5, None, None)
    np.testing.assert_allclose(loaded.generate(9, seed=1), gan.generate(9, seed=1), atol=1e-6)


def test_discriminator_is_not_a_generator(make_networks, tmp_path):
    _, discriminator = make_networks()
    discriminator.save(tmp_path / "discriminator.keras")
    with pytest.raises(InvalidArgument, match="must map float32 noise"):
        KerasGenerator(tmp_path / "discriminator.keras")


def test_average_of_a_whole_gan(make_gan, tmp_path):
    gan = make_gan(ema=0.9)
    gan.sampling_generator.set_weights([w + 0.1 for w in gan.generator.get_weights()])
    gan.save(tmp_path / "gan.keras")
    images = KerasGenerator(tmp_path / "gan.keras").generate(3, seed=1)
    np.testing.assert_allclose(images, gan.generate(3, seed=1), atol=1e-6)
