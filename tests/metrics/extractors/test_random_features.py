"""Random features are the same everywhere, and do not change any global state."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import metrics
from tfgan_kit.metrics.extractors import random_features


def draw_from_every_global_generator():
    return [
        random.random(),
        np.random.uniform(),
        float(tf.random.uniform(())),
        float(keras.random.uniform(())),
    ]


def test_features_are_the_same_in_every_instance(pixels):
    keras.utils.set_random_seed(11)
    first = metrics.RandomFeatures()(pixels).values
    keras.utils.set_random_seed(12)
    layers.Dense(3)  # Keras numbers names per process.
    keras.backend.clear_session()
    np.testing.assert_array_equal(metrics.RandomFeatures()(pixels).values, first)
    assert first.shape == (6, 128)


def test_features_do_not_depend_on_earlier_shapes(pixels):
    extractor = metrics.RandomFeatures()
    extractor(pixels[:, :8, :8, :1])
    np.testing.assert_array_equal(extractor(pixels).values, metrics.RandomFeatures()(pixels).values)


@pytest.mark.parametrize("arguments", [{"seed": 1}, {"width": 127}])
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


def test_the_largest_seed_works(pixels):
    assert metrics.RandomFeatures(seed=2**31 - 1)(pixels).values.std() > 0


def test_global_random_state_is_unchanged(pixels):
    keras.utils.set_random_seed(5)
    expected = draw_from_every_global_generator()
    keras.utils.set_random_seed(5)
    metrics.RandomFeatures()(pixels)
    assert draw_from_every_global_generator() == expected


@pytest.mark.parametrize("name", ["mixed_bfloat16", "bfloat16"])
def test_features_do_not_depend_on_the_global_policy(pixels, policy, name):
    expected = metrics.RandomFeatures()(pixels).values
    policy(name)
    np.testing.assert_array_equal(metrics.RandomFeatures()(pixels).values, expected)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (5, 40, 4), (33, 17, 3)])
def test_features_of_any_shape_distinguish_images(shape):
    images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype="uint8")
    values = metrics.RandomFeatures(width=9)(images).values
    assert values.shape == (3, 9)
    assert np.abs(values[0] - values[1]).max() > 1e-3


def test_points_are_unchanged():
    points = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(metrics.RandomFeatures()(points).values, points)
