"""Noise is standard normal, a function of its seed; decoding does not depend on batches."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import IMAGE_SHAPE, LATENT_DIM, assert_same

from tfgan_kit import latent


def test_same_seed_same_noise_other_seed_other():
    first = latent.sample(9, 5, seed=3)
    assert first.shape == (9, 5) and first.dtype == np.float32
    np.testing.assert_array_equal(first, latent.sample(9, 5, seed=3))
    assert (first != latent.sample(9, 5, seed=4)).all()
    assert (latent.sample(9, 5) != latent.sample(9, 5)).all()


@pytest.mark.parametrize("latent_dim", [1, 3, 100])
def test_first_rows_do_not_depend_on_num(latent_dim):
    many = latent.sample(10_001, latent_dim, seed=1)
    for num in (0, 1, 2, 7, 256, 5000):
        np.testing.assert_array_equal(latent.sample(num, latent_dim, seed=1), many[:num])


def test_noise_is_standard_normal_without_repeats():
    noise = latent.sample(2000, 100, seed=0)
    # Five standard errors of each estimate.
    assert abs(noise.mean()) < 5 / np.sqrt(noise.size)
    assert abs(noise.std() - 1) < 5 / np.sqrt(2 * noise.size)
    assert abs((noise**4).mean() - 3) < 5 * np.sqrt(96 / noise.size)
    correlations = np.corrcoef(noise, rowvar=False)[np.triu_indices(100, 1)]
    assert np.abs(correlations).max() < 5.5 / np.sqrt(2000)
    assert len(np.unique(noise, axis=0)) == 2000


def test_drawing_leaves_global_numpy_and_tensorflow_streams_alone():
    keras.utils.set_random_seed(5)
    expected = np.random.random(), float(tf.random.normal(()))
    keras.utils.set_random_seed(5)
    latent.sample(3, 2, seed=0)
    latent.sample(3, 2)
    assert (np.random.random(), float(tf.random.normal(()))) == expected


def test_wrong_arguments():
    for wrong in ({"num": -1}, {"num": 2.0}, {"latent_dim": 0}, {"seed": 2**31}):
        (name,) = wrong
        with pytest.raises(ValueError, match=f"`{name}` must be.*Received"):
            latent.sample(**{"num": 2, "latent_dim": 2, "seed": 0, **wrong})


def test_labels_depend_on_the_seed_alone_and_cover_the_classes():
    many = latent.sample_labels(1000, 5, seed=3)
    assert many.dtype == np.int32 and many.shape == (1000,)
    np.testing.assert_array_equal(many[:7], latent.sample_labels(7, 5, seed=3))
    assert (many != latent.sample_labels(1000, 5, seed=4)).any()
    # 200 expected of each class, with a standard deviation of 12.6.
    assert np.abs(np.bincount(many, minlength=5) - 200).max() < 6 * 12.6
    with pytest.raises(ValueError, match="`num_classes` must be a positive integer"):
        latent.sample_labels(4, 0)


def test_labels_are_drawn_by_their_shares():
    shares = [0, 6, 1, 3]
    many = latent.sample_labels(10_000, 4, seed=3, shares=shares)
    assert many.dtype == np.int32
    np.testing.assert_array_equal(many[:7], latent.sample_labels(7, 4, seed=3, shares=shares))
    # The largest standard deviation is 49.
    assert np.abs(np.bincount(many) - [0, 6000, 1000, 3000]).max() < 5 * 49
    for only in ([0, 0, 1], [1, 0, 0], np.array([0.0, 7.0, 0.0])):
        assert set(latent.sample_labels(500, 3, 0, only)) == {int(np.argmax(only))}
    assert latent.sample_labels(3, 1, 0, [0.2]).tolist() == [0, 0, 0]
    # Without shares, the values of earlier versions.
    assert latent.sample_labels(6, 10, seed=0).tolist() == [9, 0, 8, 1, 6, 1]
    for wrong in ([1, 1, 1], [1, 1, 1, -1], [0, 0, 0, 0], [1, 1, 1, np.nan], 3, "abcd"):
        with pytest.raises(ValueError, match="`shares` must be 4 non-negative numbers"):
            latent.sample_labels(4, 4, shares=wrong)


def test_decode_passes_each_label_with_its_noise():
    noise = latent.sample(70, 2, seed=0)
    labels = latent.sample_labels(70, 3, seed=0)
    decoded = latent.decode(lambda inputs, training: inputs[0] + inputs[1][:, None], noise, labels)
    np.testing.assert_allclose(decoded, noise + labels[:, None])


@pytest.mark.parametrize("num", [0, 1, 64, 130])
def test_decode_is_the_generator_whatever_the_batches(make_networks, num):
    generator, _ = make_networks()
    before = generator.get_weights()
    noise = latent.sample(num, LATENT_DIM, seed=0)
    decoded = latent.decode(generator, noise)
    assert decoded.shape == (num, *IMAGE_SHAPE) and decoded.dtype == np.float32
    if num:
        few = latent.decode(generator, noise, batch_size=7)
        for other in (generator(noise, training=False), few):
            np.testing.assert_allclose(decoded, other, atol=1e-6)
    assert_same(before, generator.get_weights())


def test_decode_passes_at_most_a_batch_at_a_time():
    sizes = []

    def generator(noise, training):
        assert training is False
        sizes.append(len(noise))
        return noise

    latent.decode(generator, latent.sample(150, LATENT_DIM, seed=0))
    assert sizes == [64, 64, 22]
