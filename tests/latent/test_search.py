"""The descent on latents: it reaches known minima, keeps the best, and treats each start alone."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import latent


def distance(latents, targets):
    return tf.reduce_sum((latents - targets) ** 2, axis=-1)


def test_reaches_the_minimum_of_each_start():
    starts, targets = latent.sample(14, 5, seed=0).reshape(2, 7, 5)
    found = latent.Descent(200, 0.1).minimizer(distance)(starts, [targets])
    np.testing.assert_allclose(found.latents, targets, atol=1e-3)
    assert found.losses.max() < 1e-5 and found.latents.dtype == np.float32


def test_is_adam():
    """Against Keras's own Adam, with the same falling rate."""
    import keras

    start, target = latent.sample(2, 3, seed=0)
    variable = keras.Variable(start)
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 20)
    optimizer, path = keras.optimizers.Adam(schedule, epsilon=1e-8), []
    for _ in range(20):
        path.append(variable.numpy())
        optimizer.apply([2 * (variable - target)], [variable])
    met = []
    minimize = latent.Descent(20, 0.1).minimizer(distance)
    minimize(start[None], [target[None]], lambda step, rows, latents, losses: met.append(latents))
    np.testing.assert_allclose(np.concatenate(met), path, atol=1e-5)


@pytest.mark.parametrize("num, batch_size", [(7, 3), (7, 7), (1, 4), (6, 3)])
def test_starts_do_not_depend_on_batches(num, batch_size):
    starts, targets = latent.sample(2 * num, 4, seed=1).reshape(2, num, 4)
    whole = latent.Descent(15).minimizer(distance)(starts, [targets])
    minimize, rows_met = latent.Descent(15, batch_size=batch_size).minimizer(distance), []

    def on_step(step, rows, latents, losses):
        assert len(rows) == len(latents) == len(losses) <= batch_size
        rows_met.extend(rows if step == 15 else [])

    found = minimize(starts, [targets], on_step)
    np.testing.assert_allclose(found.latents, whole.latents, atol=1e-6)
    assert set(rows_met) == set(range(num))


def test_keeps_the_best_and_not_the_last():
    """The first latents are the best here; a loss that is not a number never is."""

    def climbs(latents):
        # The gradient leads away from the smallest loss.
        return tf.stop_gradient(latents[:, 0] ** 2) * 2 - latents[:, 0] ** 2

    found = latent.Descent(10).minimizer(climbs)([[0.5], [2]])
    np.testing.assert_array_equal(found.latents, [[0.5], [2]])
    np.testing.assert_allclose(found.losses, [0.25, 4])

    def breaks(latents):
        return tf.where(latents[:, 0] > 0, tf.sqrt(latents[:, 0] - 1), latents[:, 0])

    found = latent.Descent(10).minimizer(breaks)([[1.05], [0.5]])
    assert np.isfinite(found.losses[0]) and found.latents[0, 0] >= 1
    assert found.losses[1] == math.inf and found.latents[1, 0] == 0.5


def test_steps_of_one_call_and_data_that_is_missing():
    minimize, count = latent.Descent(50).minimizer(lambda z, labels: z[:, 0] ** 2), []
    minimize(np.ones((2, 1)), [None], lambda *_: count.append(1), steps=3)
    assert len(count) == 3


@pytest.mark.parametrize("name", ["steps", "learning_rate", "batch_size"])
def test_wrong_arguments(name):
    with pytest.raises(ValueError, match=f"`{name}` must be a positive"):
        latent.Descent(**{name: 0})
