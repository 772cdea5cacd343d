"""The pair behind `gan.optimizer`, scaled learning rates, and loss scales of float16."""

import functools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same, two_replicas
from keras import layers

import tfgan_kit
from tfgan_kit.training import optimizers, precision
from tfgan_kit.training.distribution import ReplicaLossScaleOptimizer
from tfgan_kit.utils.errors import InvalidArgument

DECAY = functools.partial(keras.optimizers.schedules.ExponentialDecay, 0.5, 1, 0.5)
POINTS = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")


def built(optimizer):
    """An optimizer and the one variable it is built for."""
    variable = keras.Variable(np.zeros(2, "float32"))
    optimizer.build([variable])
    return optimizer, variable


def scaled_sgd(**arguments):
    return built(ReplicaLossScaleOptimizer(keras.optimizers.SGD(1.0), 8.0, **arguments))


def dense(name="float32"):
    with precision.scope(name):
        return keras.Sequential([keras.Input((2,)), layers.Dense(2), layers.Dense(2)])


@pytest.fixture
def make_points():
    """A GAN of points, each network of the precision of its own."""

    def make(generator="mixed_float16", discriminator="mixed_float16", **compile_arguments):
        keras.utils.set_random_seed(1)
        gan = tfgan_kit.GAN(dense(generator), dense(discriminator), latent_dim=2, seed=0)
        gan.compile(**compile_arguments)
        return gan

    return make


def test_default_is_the_tutorials_adam():
    adam = optimizers.get(None, name="generator_optimizer")
    assert type(adam) is keras.optimizers.Adam
    expected = {**keras.optimizers.Adam(1e-4).get_config(), "name": "generator_optimizer"}
    assert adam.get_config() == expected


def test_pair_shows_both(make_gan, real_images):
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(), discriminator_optimizer=keras.optimizers.SGD()
    )
    pair = gan.optimizer
    assert pair.optimizers == [gan.generator_optimizer, gan.discriminator_optimizer]
    both = gan.generator_optimizer.variables + gan.discriminator_optimizer.variables
    assert [id(v) for v in pair.variables] == [id(v) for v in both]
    assert pair.built and int(pair.iterations) == 0
    assert not optimizers.OptimizerPair(gan.generator_optimizer, keras.optimizers.SGD()).built
    gan.fit(real_images, batch_size=20, verbose=0)
    assert int(pair.iterations) == 2
    assert int(gan.discriminator_optimizer.iterations) == 2


@pytest.mark.parametrize("wrap", [lambda adam: adam, keras.optimizers.LossScaleOptimizer])
def test_a_schedule_is_wrapped_once(wrap):
    schedule = DECAY()
    given = wrap(keras.optimizers.Adam(schedule))
    optimizer = optimizers.get(given, "x")
    rate = optimizers._held_rate(optimizer)
    assert optimizer is given and type(rate) is optimizers.ScaledSchedule
    assert rate.schedule is schedule and optimizers.extra_variables(optimizer) == [rate.scale]
    optimizers.get(optimizer, "x")
    assert optimizers._held_rate(optimizer) is rate
    loaded = optimizers.get(keras.optimizers.serialize(optimizer), "x")
    assert type(optimizers._held_rate(loaded).schedule) is type(schedule)
    assert loaded.get_config() == optimizer.get_config()
    assert optimizers.extra_variables(optimizers.get(None, "x")) == []


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_scaled_schedule_is_the_schedule_times_the_scale(jit_compile):
    schedule = DECAY()
    scaled = optimizers.ScaledSchedule(schedule)
    function = tf.function(scaled, jit_compile=jit_compile)
    for step in (0, 3):
        # By 1.0 exactly: old trainings stay what they were.
        assert float(function(tf.constant(step))) == float(schedule(step))
    scaled.scale.assign(0.25)
    assert float(function(tf.constant(3))) == pytest.approx(0.5 * 0.5**3 * 0.25)
    assert scaled.scale.trainable is False


@pytest.mark.parametrize("scaler", [False, True])
@pytest.mark.parametrize("schedule", [False, True])
def test_a_rate_is_lowered_in_a_step_that_is_traced_already(schedule, scaler):
    constant = keras.optimizers.schedules.ExponentialDecay(0.5, 1, 1.0)
    optimizer = keras.optimizers.SGD(constant if schedule else 0.5)
    if scaler:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1.0)
    optimizer, variable = built(optimizers.get(optimizer, "x"))
    step = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    step(tf.ones(2))
    assert variable.numpy().tolist() == [-0.5, -0.5]
    optimizers.scale_learning_rate(optimizer, 0.5)
    optimizers.scale_learning_rate(optimizer, 0.5)
    step(tf.ones(2))
    assert variable.numpy().tolist() == [-0.625, -0.625]
    assert step.experimental_get_tracing_count() == 1
    pair = optimizers.OptimizerPair(optimizer, keras.optimizers.SGD(0.25))
    assert pair.learning_rates == [0.125, 0.25]
    pair.scale_learning_rates(2)
    assert pair.learning_rates == [0.25, 0.5]


def test_rates_on_two_replicas():
    with two_replicas().scope():
        pair = optimizers.OptimizerPair(
            optimizers.get(keras.optimizers.SGD(DECAY()), "x"), optimizers.get("sgd", "x")
        )
    pair.scale_learning_rates(0.5)
    np.testing.assert_allclose(pair.learning_rates, [0.25, 0.005])


def test_a_rate_that_is_a_function_and_a_wrong_factor_are_refused():
    optimizer, plain = keras.optimizers.SGD(lambda: 0.5), keras.optimizers.SGD(0.5)
    assert optimizers.rate_variable(optimizer) is None
    assert optimizers.OptimizerPair(optimizer, plain).rate_variables[1:] == []
    with pytest.raises(InvalidArgument, match="`optimizer` must have a float or a Learning"):
        optimizers.scale_learning_rate(optimizer, 0.5)
    with pytest.raises(InvalidArgument, match="`factor` must be a positive number"):
        optimizers.scale_learning_rate(plain, 0)
    assert float(plain.learning_rate) == 0.5


@pytest.mark.parametrize("name", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_the_loss_is_scaled_where_a_network_computes_in_float16_at_any_depth(name):
    deep = keras.Sequential([keras.Input((2,)), keras.Sequential([dense(name)])])
    for network in (dense(name), deep, [dense(), deep]):
        optimizer = optimizers.get(None, "generator_optimizer", network)
        assert optimizer.name == "generator_optimizer"
        if name == "mixed_float16":
            assert type(optimizer) is ReplicaLossScaleOptimizer
            optimizer = optimizer.inner_optimizer
        assert type(optimizer) is keras.optimizers.Adam


def test_what_scales_its_loss_already_is_left_alone():
    sgd = keras.optimizers.SGD
    for given in (keras.optimizers.LossScaleOptimizer(sgd()), sgd(loss_scale_factor=4.0)):
        assert optimizers.get(given, "x", dense("mixed_float16")) is given


def test_each_network_has_a_scaler_of_its_own(make_points):
    gan = make_points(run_eagerly=True)
    first, second = gan.optimizer.optimizers
    first.dynamic_scale.assign(8.0)
    gan.fit(POINTS, batch_size=4, verbose=0)
    assert (first.dynamic_scale.numpy(), second.dynamic_scale.numpy()) == (8, 2**15)
    assert [o.iterations.numpy() for o in (first, second)] == [2, 2]


def test_float16_changes_weights_by_what_float32_does(make_points):
    """A wrong scale of one of the two would be off by 2**15."""
    changes = []
    for name in ("float32", "mixed_float16"):
        sgd = [keras.optimizers.SGD(0.1) for _ in range(2)]
        gan = make_points(name, name, generator_optimizer=sgd[0], discriminator_optimizer=sgd[1])
        before = [weight.numpy() for weight in gan.weights]
        gan.fit(POINTS, batch_size=8, verbose=0)
        changes.append([w.numpy() - b for w, b in zip(gan.weights, before, strict=True)])
    for a, b in zip(*changes, strict=True):
        np.testing.assert_allclose(b, a, rtol=0.05, atol=1e-4)
    assert np.abs(changes[0][0]).max() > 1e-3


def test_infinite_gradients_skip_the_step_and_halve_the_scale():
    optimizer, variable = scaled_sgd(dynamic_growth_steps=2)
    step = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    seen = []
    for gradient in (math.inf, math.nan, 2.0, 2.0):
        step(tf.fill([2], gradient))
        seen.append((variable.numpy()[0], optimizer.dynamic_scale.numpy()))
    # Unscaled by 2; after two good steps the scale doubles.
    assert seen == [(0, 4), (0, 2), (-1, 2), (-2, 4)]


@pytest.mark.parametrize("bad", [0, 1])
def test_infinite_gradients_of_any_replica_skip_the_step(bad):
    strategy = two_replicas()
    with strategy.scope():
        optimizer, variable = scaled_sgd()

    @tf.function
    def step(bad):
        def on_replica():
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            gradient = tf.where(tf.equal(replica, bad), math.inf, 4.0)
            optimizer.apply([tf.fill([2], gradient)], [variable])

        strategy.run(on_replica)

    step(bad)
    assert (variable.numpy()[0], optimizer.dynamic_scale.numpy()) == (0, 4)
    step(-1)
    # The sum of both replicas, unscaled.
    assert (variable.numpy()[0], optimizer.dynamic_scale.numpy()) == (-2, 4)
    assert optimizer.iterations.numpy() == 1


@pytest.mark.slow
def test_float16_on_two_replicas(make_points):
    with two_replicas().scope():
        gan = make_points(generator_optimizer=keras.optimizers.Adam(DECAY()))
    gan.fit(POINTS, batch_size=4, verbose=0)
    assert [o.dynamic_scale.numpy() for o in gan.optimizer.optimizers] == [2**15, 2**15]
    assert np.isfinite(gan.generate(4, seed=0)).all()


def test_scales_and_scalers_are_saved(make_points, tmp_path):
    make = functools.partial(make_points, run_eagerly=True)
    gan = make(generator_optimizer=keras.optimizers.Adam(DECAY()))
    gan.fit(POINTS, batch_size=4, verbose=0)
    gan.optimizer.scale_learning_rates(0.25)
    gan.generator_optimizer.dynamic_scale.assign(16.0)
    gan.save(tmp_path / "gan.keras")
    gan.save_weights(tmp_path / "gan.weights.h5")
    loaded = [keras.models.load_model(tmp_path / "gan.keras")]
    for name in ("gan.keras", "gan.weights.h5"):
        loaded.append(make(generator_optimizer=keras.optimizers.Adam(DECAY())))
        loaded[-1].load_weights(tmp_path / name)
    values = [variable.numpy() for variable in gan.optimizer.variables]
    assert sum(value.tolist() == 0.25 for value in values) == 1
    assert sum(value.tolist() == 16 for value in values) == 1
    for other in loaded:
        assert_same([variable.numpy() for variable in other.optimizer.variables], values)
        assert other.optimizer.learning_rates == gan.optimizer.learning_rates
    first = loaded[0].generator_optimizer
    assert type(first) is ReplicaLossScaleOptimizer
    assert type(first.inner_optimizer) is keras.optimizers.Adam
    assert type(optimizers._held_rate(first).schedule) is DECAY.func
