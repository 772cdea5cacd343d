"""Random features are the same everywhere, and do not change any global state."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import metrics
from tfgan_kit.metrics.extractors import random_features


def test_features_are_the_same_in_every_instance(pixels):
    keras.utils.set_random_seed(11)
    first = metrics.RandomFeatures()(pixels).values
    assert first.shape == (6, 128)
    keras.utils.set_random_seed(12)
    layers.Dense(3)  # Keras numbers names per process.
    keras.backend.clear_session()
    other = metrics.RandomFeatures()
    other(pixels[:, :8, :8, :1])  # Nor do features depend on earlier shapes.
    np.testing.assert_array_equal(other(pixels).values, first)


@pytest.mark.parametrize("arguments", [{"seed": 1}, {"width": 127}, {"seed": 2**31 - 1}])
def test_other_settings_give_other_features(pixels, arguments):
    one, other = metrics.RandomFeatures(), metrics.RandomFeatures(**arguments)
    assert one.fingerprint != other.fingerprint
    first, second = one(pixels).values[:, :100], other(pixels).values[:, :100]
    assert np.abs(first - second).max() > 0.1


def test_neighbouring_seeds_share_no_layer():
    networks = [random_features._build((16, 16, 3), seed, 128) for seed in (0, 1)]
    kernels = [[w for w in network.get_weights() if w.ndim > 1] for network in networks]
    for first in kernels[0]:
        for second in kernels[1]:
            assert first.shape != second.shape or np.abs(first - second).max() > 1e-3


@pytest.mark.parametrize("name", ["mixed_bfloat16", "bfloat16"])
def test_global_state_does_not_matter_and_is_unchanged(pixels, policy, name):
    def draw():
        floats = tf.random.uniform(()), keras.random.uniform((), dtype="float32")
        return random.random(), np.random.uniform(), *map(float, floats)

    expected = metrics.RandomFeatures()(pixels).values
    keras.utils.set_random_seed(5)
    drawn = draw()
    keras.utils.set_random_seed(5)
    policy(name)
    np.testing.assert_array_equal(metrics.RandomFeatures()(pixels).values, expected)
    assert draw() == drawn


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (5, 40, 4), (33, 17, 3)])
def test_features_of_any_shape_distinguish_images(shape):
    images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype="uint8")
    values = metrics.RandomFeatures(width=9)(images).values
    assert values.shape == (3, 9)
    assert np.abs(values[0] - values[1]).max() > 1e-3
