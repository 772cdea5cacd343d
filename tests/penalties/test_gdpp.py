"""GDPP against NumPy and finite differences, also where eigenvalues repeat."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas
from keras import layers

from tfgan_kit import penalties, training
from tfgan_kit.training import precision

RNG = np.random.default_rng(0)


def identity_features(width, dtype="float32"):
    """A discriminator whose features are its inputs."""
    return keras.Sequential([keras.Input((width,), dtype=dtype), layers.Dense(1, dtype=dtype)])


def by_numpy(real, fake):
    def decompose(features):
        unit = features / np.linalg.norm(features, axis=1, keepdims=True)
        return np.linalg.eigh(unit @ unit.T)

    (real_values, real_vectors), (fake_values, fake_vectors) = decompose(real), decompose(fake)
    scaled = (real_values - real_values.min()) / (real_values.max() - real_values.min())
    cosines = np.abs((real_vectors * fake_vectors).sum(axis=0))
    return 1e-4 * np.mean((real_values - fake_values) ** 2) - np.sum(scaled * cosines)


def value_and_gradient(discriminator, real, fake):
    real, fake = tf.convert_to_tensor(real), tf.convert_to_tensor(fake)
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        critique = training.Critique(discriminator, real, fake)
        value = penalties.GDPP()(critique)
        mean = tf.reduce_mean(value)
    of_real, of_fake = tape.gradient(mean, [real, fake])
    assert of_real is None
    return value, of_fake


def test_numpy_agrees_and_every_example_has_the_batchs_value():
    real, fake = RNG.normal(size=(2, 5, 8)).astype("float32")
    value, gradient = value_and_gradient(identity_features(8), real, fake)
    assert value.dtype == tf.float32
    np.testing.assert_allclose(value, np.full(5, by_numpy(real, fake)), rtol=1e-4)
    assert np.abs(gradient).max() > 1e-4


def test_equal_batches_are_the_best_and_length_does_not_matter():
    real = RNG.normal(size=(4, 8)).astype("float32")
    discriminator = identity_features(8)
    best, _ = value_and_gradient(discriminator, real, 3 * real)
    values = np.linalg.eigvalsh(*[(u := real / np.linalg.norm(real, axis=1)[:, None]) @ u.T])
    scaled = (values - values.min()) / np.ptp(values)
    np.testing.assert_allclose(best, np.full(4, -scaled.sum()), rtol=1e-4)
    collapsed = np.repeat(real[:1], 4, axis=0) + 0.01 * RNG.normal(size=(4, 8)).astype("float32")
    worse, _ = value_and_gradient(discriminator, real, collapsed)
    assert worse[0] > best[0] + 0.1


def test_gradient_by_finite_differences():
    real, fake = RNG.normal(size=(2, 5, 8))
    value, gradient = value_and_gradient(identity_features(8, dtype="float64"), real, fake)
    assert value.dtype == tf.float64
    for _ in range(3):
        direction = RNG.normal(size=fake.shape)
        ahead, behind = (by_numpy(real, fake + sign * 1e-6 * direction) for sign in (1, -1))
        slope = (ahead - behind) / 2e-6
        # Gaps between eigenvalues are smoothed by a thousandth.
        assert float(np.sum(gradient * direction)) == pytest.approx(slope, rel=1e-3)


@pytest.mark.parametrize(
    "fake",
    [
        np.eye(4, 8),
        np.zeros((4, 8)),
        np.ones((4, 8)),
        np.repeat(np.eye(2, 8), 2, axis=0),
        1e-20 * np.ones((4, 8)),
        1e20 * np.eye(4, 8),
    ],
    ids=["orthogonal", "zero", "equal", "two_pairs", "tiny", "huge"],
)
def test_repeated_eigenvalues_give_finite_gradients(fake):
    fake = fake.astype("float32")
    for real in (RNG.normal(size=(4, 8)).astype("float32"), fake):
        value, gradient = value_and_gradient(identity_features(8), real, fake)
        assert np.all(np.isfinite(value)) and np.all(np.isfinite(gradient))


@pytest.mark.parametrize("batch", [1, 2, 20])
def test_tiny_batches_and_more_images_than_features_are_finite(batch):
    real, fake = RNG.normal(size=(2, batch, 3)).astype("float32")
    value, gradient = value_and_gradient(identity_features(3), real, fake)
    assert value.shape == (batch,)
    assert np.all(np.isfinite(value)) and np.all(np.isfinite(gradient))
    assert np.abs(gradient).max() < 1e4


def test_nan_comes_out_as_nan_and_raises_nothing():
    real, fake = RNG.normal(size=(2, 4, 3)).astype("float32")
    fake[1, 1] = np.nan
    value, _ = value_and_gradient(identity_features(3), real, fake)
    assert np.all(np.isnan(value))


def test_different_batches_are_refused():
    real, fake = RNG.normal(size=(2, 4, 3)).astype("float32")
    critique = training.Critique(identity_features(3), real, fake[:2])
    with pytest.raises(ValueError, match="4 real and 2 fake"):
        penalties.GDPP()(critique)


def deep(dropout=0.0):
    hidden = layers.Dense(6, activation="tanh")
    return keras.Sequential([keras.Input((8,)), hidden, layers.Dropout(dropout), layers.Dense(1)])


@pytest.mark.slow
def test_graph_and_xla_agree_with_eager_and_half_precision_is_near():
    real, fake = RNG.normal(size=(2, 4, 8)).astype("float32")
    discriminator = deep()
    run = functools.partial(value_and_gradient, discriminator)
    value, gradient = run(real, fake)
    assert np.abs(value).min() > 0.1
    for compiled in (False, True):
        found = tf.function(run, jit_compile=compiled)(real, fake)
        np.testing.assert_allclose(found[0], value, rtol=1e-3)
        np.testing.assert_allclose(found[1], gradient, rtol=0.02, atol=2e-3)
    with precision.scope("mixed_bfloat16"):
        half = deep()
    half.set_weights(discriminator.get_weights())
    found = value_and_gradient(half, real, fake)
    np.testing.assert_allclose(found[0], value, rtol=0.1)
    assert np.all(np.isfinite(found[1]))


@pytest.mark.filterwarnings("ignore")
def test_replicas_with_dropout():
    real, fake = RNG.normal(size=(2, 4, 8)).astype("float32")
    strategy = two_replicas()
    with strategy.scope():
        discriminator = deep(dropout=0.3)
    run = functools.partial(value_and_gradient, discriminator, real, fake)
    for result in tf.function(lambda: strategy.run(run))():
        assert all(np.all(np.isfinite(each)) and np.any(each) for each in result.values)
