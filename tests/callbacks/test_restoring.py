"""Going back: what learned goes back, what only counts goes on."""

import keras
import numpy as np
import pytest
from conftest import assert_same

from tfgan_kit.callbacks.restoring import go_back


def values(variables):
    return [variable.numpy() for variable in variables]


def learned(gan):
    rates = {id(variable) for variable in gan.optimizer.rate_variables}
    moments = [v for v in gan.optimizer.variables if id(v) not in rates]
    kept = [v for keeper in (gan.ema, gan.replay) if keeper is not None for v in keeper.variables]
    return values([*gan.generator.weights, *gan.discriminator.weights, *moments, *kept])


def clock(gan):
    """The step, the two noises, the seed of dropout and the running metrics."""
    weights = {id(weight) for weight in gan.weights}
    seeds = [variable for variable in gan.variables if id(variable) not in weights]
    assert len(seeds) == 3
    return values([gan.step, *seeds, *gan.metrics_variables])


def test_what_was_learned_goes_back_and_the_clock_goes_on(make_gan, real_images, tmp_path):
    gan = make_gan(run_eagerly=True, ema=0.9, replay=30)
    gan.fit(real_images, batch_size=20, verbose=0)
    gan.save(tmp_path / "good.keras")
    before = learned(gan)
    gan.fit(real_images, batch_size=20, verbose=0)
    assert any(np.any(a != b) for a, b in zip(before, learned(gan), strict=True))
    now = clock(gan)
    go_back(gan, tmp_path / "good.keras")
    assert_same(learned(gan), before)
    assert_same(clock(gan), now)
    assert gan.step.numpy() == 4


def test_learning_rates_stay_lowered(make_gan, tmp_path):
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, 10, 0.5)
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(schedule),
        discriminator_optimizer=keras.optimizers.SGD(0.5),
    )
    gan.save(tmp_path / "good.keras")
    gan.optimizer.scale_learning_rates(0.25)
    go_back(gan, tmp_path / "good.keras")
    np.testing.assert_allclose(gan.optimizer.learning_rates, [2.5e-3, 0.125])


def test_a_function_as_learning_rate_is_no_hindrance(make_gan, tmp_path):
    gan = make_gan(generator_optimizer=keras.optimizers.SGD(lambda: 0.5))
    gan.save_weights(tmp_path / "good.weights.h5")
    go_back(gan, tmp_path / "good.weights.h5")
    assert gan.optimizer.learning_rates[0] == 0.5


def test_a_state_of_another_gan_is_refused(make_gan, tmp_path):
    make_gan(ema=0.9).save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="another model"):
        go_back(make_gan(), tmp_path / "other.keras")
