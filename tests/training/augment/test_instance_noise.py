"""Instance noise: its size, its schedule, its gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.training import augment

SEED = (3, 5)


def test_instance_noise_has_its_standard_deviation_at_any_rank():
    for shape in ((20000, 2), (100, 10, 10, 2), (20000,)):
        noise = augment.InstanceNoise(0.25)(np.full(shape, 3.0, "float32"), SEED, 0).numpy() - 3
        assert noise.shape == shape
        assert abs(noise.mean()) < 5 * 0.25 / np.sqrt(noise.size)
        assert noise.std() == pytest.approx(0.25, rel=5 / np.sqrt(2 * noise.size))
    assert augment.InstanceNoise().stddev == 0.1


def test_instance_noise_is_repeatable_and_differs_by_example():
    points = np.zeros((8, 2), "float32")
    operation = augment.InstanceNoise()
    first = operation(points, SEED, 0).numpy()
    np.testing.assert_array_equal(first, operation(points, SEED, 7))
    assert len(np.unique(first)) == first.size
    assert not np.array_equal(first, operation(points, (0, 0), 0))


def test_instance_noise_follows_its_schedule():
    fading = keras.optimizers.schedules.PolynomialDecay(0.4, 100, end_learning_rate=0.0)
    operation = augment.InstanceNoise(fading)
    points = tf.constant(np.random.default_rng(0).uniform(-1, 1, (16, 2)), tf.float32)
    unit = (augment.InstanceNoise(1.0)(points, SEED, 0) - points).numpy()
    for step, stddev in ((0, 0.4), (50, 0.2), (100, 0.0), (1000, 0.0)):
        step = tf.constant(step, "int64")
        assert float(operation.stddev_at(step)) == pytest.approx(stddev, abs=1e-7)
        noise = operation(points, SEED, step) - points
        np.testing.assert_allclose(noise, stddev * unit, atol=1e-6)
    compiled = tf.function(operation, jit_compile=True)
    assert np.isfinite(compiled(points, tf.constant(SEED), tf.constant(50, "int64"))).all()
    np.testing.assert_array_equal(augment.InstanceNoise(0)(points, SEED, 0), points)


def test_instance_noise_passes_gradients_and_number_formats():
    for dtype in ("bfloat16", "float16", "float32", "float64"):
        points = tf.zeros((4, 2), dtype)
        with tf.GradientTape() as tape:
            tape.watch(points)
            result = augment.InstanceNoise(0.5)(points, SEED, 0)
        assert result.dtype == dtype
        np.testing.assert_array_equal(tf.cast(tape.gradient(result, points), "float32"), 1)
