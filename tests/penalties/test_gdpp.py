"""GDPP against NumPy, finite differences and the batches that break eigenvectors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas
from keras import layers

from tfgan_kit import penalties, training

RNG = np.random.default_rng(0)


def identity_features(width, dtype=None):
    """A discriminator whose features are its inputs."""
    return keras.Sequential(
        [keras.Input((width,), dtype=dtype), layers.Dense(1, dtype=dtype or "float32")]
    )


def by_numpy(real, fake):
    def decompose(features):
        unit = features / np.linalg.norm(features, axis=1, keepdims=True)
        return np.linalg.eigh(unit @ unit.T)

    (real_values, real_vectors), (fake_values, fake_vectors) = decompose(real), decompose(fake)
    scaled = (real_values - real_values.min()) / (real_values.max() - real_values.min())
    cosines = np.abs((real_vectors * fake_vectors).sum(axis=0))
    return 1e-4 * np.mean((real_values - fake_values) ** 2) - np.sum(scaled * cosines)


def value_and_gradient(discriminator, real, fake):
    fake = tf.Variable(fake)
    real = tf.Variable(real)
    with tf.GradientTape() as tape:
        critique = training.Critique(discriminator, real, tf.convert_to_tensor(fake))
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
    discriminator = identity_features(8, dtype="float64")
    value, gradient = value_and_gradient(discriminator, real, fake)
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
    general = RNG.normal(size=(4, 8)).astype("float32")
    for real in (general, fake):
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


def generator_step(generator, discriminator, step):
    real = tf.constant(np.random.default_rng(1).normal(size=(4, 6, 6, 1)), "float32")

    def run():
        with tf.GradientTape() as tape:
            fake = generator(tf.ones((4, 3)) * tf.range(4.0)[:, None], training=True)
            critique = training.Critique(discriminator, real, fake)
            loss = penalties.GDPP(interval=2).loss(critique, step)
        return loss, tape.gradient(loss, generator.trainable_variables)

    return run


def networks(dropout):
    generator = keras.Sequential(
        [keras.Input((3,)), layers.Dense(36, activation="tanh"), layers.Reshape((6, 6, 1))]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(3, 3, strides=2),
            layers.LeakyReLU(),
            layers.Dropout(dropout),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


@pytest.mark.slow
def test_graph_and_xla_agree_with_eager_and_half_precision_is_near():
    generator, discriminator = networks(dropout=0.0)
    step = tf.Variable(0, dtype="int64")
    run = generator_step(generator, discriminator, step)
    expected = run()
    assert abs(float(expected[0])) > 0.1
    for compiled in (False, True):
        call = tf.function(run, jit_compile=compiled)
        step.assign(0)
        loss, gradients = call()
        np.testing.assert_allclose(loss, expected[0], rtol=1e-3)
        for a, b in zip(gradients, expected[1], strict=True):
            np.testing.assert_allclose(a, b, rtol=0.02, atol=2e-3)
        step.assign(1)
        assert float(call()[0]) == 0
    step.assign(0)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        _, half = networks(dropout=0.0)
    finally:
        keras.config.set_dtype_policy("float32")
    half.set_weights(discriminator.get_weights())
    loss, gradients = generator_step(generator, half, step)()
    np.testing.assert_allclose(loss, expected[0], rtol=0.1)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


@pytest.mark.filterwarnings("ignore")
def test_replicas_with_dropout_and_interval():
    strategy = two_replicas()
    with strategy.scope():
        pair = networks(dropout=0.3)
        step = keras.Variable(
            0, dtype="int64", trainable=False, aggregation="only_first_replica", name="step"
        )
    loss, gradients = tf.function(lambda: strategy.run(generator_step(*pair, step)))()
    assert all(np.isfinite(value) and value != 0 for value in loss.values)
    assert all(np.all(np.isfinite(part)) for each in gradients for part in each.values)
