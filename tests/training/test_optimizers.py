"""The pair behind `gan.optimizer`, defaults, and the share of a replica."""

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


def built(optimizer, value=0.0):
    """An optimizer and the one variable it is built for."""
    variable = keras.Variable(np.full(2, value, "float32"))
    optimizer.build([variable])
    return optimizer, variable


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


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(8, 2)).astype("float32")


def test_default_is_the_tutorials_adam():
    adam = optimizers.get(None, name="generator_optimizer")
    expected = {**keras.optimizers.Adam(1e-4).get_config(), "name": "generator_optimizer"}
    assert type(adam) is keras.optimizers.Adam
    assert adam.get_config() == expected


def test_names_configs_and_objects():
    given = keras.optimizers.RMSprop(3e-4)
    assert optimizers.get(given, name="x") is given
    assert type(optimizers.get("sgd", name="x")) is keras.optimizers.SGD
    config = keras.optimizers.serialize(given)
    loaded = optimizers.get(config, name="x")
    assert type(loaded) is keras.optimizers.RMSprop
    assert loaded.get_config() == given.get_config()
    assert optimizers.get("adam", name="x") is not optimizers.get("adam", name="x")


def test_unknown_name_is_a_value_error():
    with pytest.raises(ValueError, match="adamm"):
        optimizers.get("adamm", name="x")


def test_pair_shows_both(make_gan, real_images):
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(), discriminator_optimizer=keras.optimizers.SGD()
    )
    pair = gan.optimizer
    assert pair.optimizers == [gan.generator_optimizer, gan.discriminator_optimizer]
    both = gan.generator_optimizer.variables + gan.discriminator_optimizer.variables
    assert [id(v) for v in pair.variables] == [id(v) for v in both]
    assert pair.built and int(pair.iterations) == 0
    gan.fit(real_images, batch_size=20, verbose=0)
    assert int(pair.iterations) == 2
    assert int(gan.discriminator_optimizer.iterations) == 2


def test_pair_is_built_only_when_both_are():
    first, second = keras.optimizers.Adam(), keras.optimizers.Adam()
    pair = optimizers.OptimizerPair(first, second)
    assert not pair.built
    first.build([keras.Variable(np.zeros(2, "float32"))])
    assert not pair.built
    second.build([keras.Variable(np.zeros(2, "float32"))])
    assert pair.built


# ---- schedules


def test_a_schedule_is_wrapped_once():
    schedule = DECAY()
    given = keras.optimizers.Adam(schedule)
    optimizer = optimizers.get(given, "x")
    rate = optimizers._held_rate(optimizer)
    assert optimizer is given and type(rate) is optimizers.ScaledSchedule
    assert rate.schedule is schedule
    optimizers.get(optimizer, "x")
    assert optimizers._held_rate(optimizer) is rate
    loaded = optimizers.get(keras.optimizers.serialize(optimizer), "x")
    assert type(optimizers._held_rate(loaded).schedule) is type(schedule)
    assert loaded.get_config() == optimizer.get_config()


def test_a_schedule_behind_a_loss_scaler_is_wrapped():
    scaled = optimizers.get(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(DECAY())), "x")
    assert type(optimizers._held_rate(scaled)) is optimizers.ScaledSchedule
    assert type(scaled) is keras.optimizers.LossScaleOptimizer


def test_how_keras_holds_a_rate():
    """The private name that `_held_rate` relies on; a new Keras may break it."""
    assert isinstance(optimizers._held_rate(keras.optimizers.SGD(0.5)), keras.Variable)
    schedule = DECAY()
    assert optimizers._held_rate(keras.optimizers.SGD(schedule)) is schedule
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(schedule))
    assert optimizers._held_rate(scaled) is schedule
    rate = lambda: 0.5  # noqa: E731
    assert optimizers._held_rate(keras.optimizers.SGD(rate)) is rate


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


def test_a_scaled_schedule_round_trip():
    scaled = optimizers.ScaledSchedule(DECAY(), scale=0.5)
    scaled.scale.assign(0.25)
    loaded = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(scaled))
    assert type(loaded) is optimizers.ScaledSchedule
    assert loaded.get_config() == scaled.get_config()
    assert float(loaded(2)) == float(scaled(2)) == 0.5 * 0.5**2 * 0.25


def test_wrong_arguments_of_a_scaled_schedule():
    with pytest.raises(InvalidArgument, match="`schedule` must be a LearningRateSchedule.*0.5"):
        optimizers.ScaledSchedule(0.5)
    with pytest.raises(InvalidArgument, match="`scale` must be a positive number.*-1"):
        optimizers.ScaledSchedule(DECAY(), scale=-1)


# ---- learning rates in mid-training


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.optimizers.SGD(0.5),
        lambda: keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.5, 1, 1.0)),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=1.0),
        lambda: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.5, 1, 1.0)),
            initial_scale=1.0,
        ),
    ],
    ids=["plain", "schedule", "scaler", "scaler_and_schedule"],
)
def test_a_rate_is_lowered_in_a_step_that_is_traced_already(make):
    optimizer, variable = built(optimizers.get(make(), "x"))
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


def test_a_rate_that_is_a_function_cannot_be_scaled():
    optimizer = keras.optimizers.SGD(lambda: 0.5)
    assert optimizers.rate_variable(optimizer) is None
    assert optimizers.OptimizerPair(optimizer, keras.optimizers.SGD()).rate_variables[1:] == []
    with pytest.raises(InvalidArgument, match="`optimizer` must have a float or a Learning"):
        optimizers.scale_learning_rate(optimizer, 0.5)


@pytest.mark.parametrize("factor", [0, -1, math.nan, math.inf, True, "half"])
def test_wrong_factors(factor):
    optimizer = keras.optimizers.SGD(0.5)
    with pytest.raises(InvalidArgument, match="`factor` must be a positive number"):
        optimizers.scale_learning_rate(optimizer, factor)
    assert float(optimizer.learning_rate) == 0.5


# ---- float16


@pytest.mark.parametrize(
    ("name", "scales"), [("float32", False), ("mixed_bfloat16", False), ("mixed_float16", True)]
)
def test_the_loss_is_scaled_where_a_network_computes_in_float16(name, scales):
    optimizer = optimizers.get(None, "generator_optimizer", dense(name))
    assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer) == scales
    assert optimizer.name == "generator_optimizer"


def test_float16_is_found_however_deep_and_in_any_network():
    deep = keras.Sequential([keras.Input((2,)), keras.Sequential([dense("mixed_float16")])])
    for network in (deep, [dense(), deep]):
        optimizer = optimizers.get("adam", "x", network)
        assert type(optimizer) is ReplicaLossScaleOptimizer
        assert type(optimizer.inner_optimizer) is keras.optimizers.Adam


def test_what_scales_its_loss_already_is_left_alone():
    for given in (
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()),
        keras.optimizers.SGD(loss_scale_factor=4.0),
    ):
        assert optimizers.get(given, "x", dense("mixed_float16")) is given


def test_each_network_has_a_scaler_of_its_own(make_points, points):
    gan = make_points(run_eagerly=True)
    first, second = gan.optimizer.optimizers
    first.dynamic_scale.assign(8.0)
    gan.fit(points, batch_size=4, verbose=0)
    assert (first.dynamic_scale.numpy(), second.dynamic_scale.numpy()) == (8, 2**15)
    assert [o.iterations.numpy() for o in (first, second)] == [2, 2]
    mixed = make_points("float32", "mixed_float16", run_eagerly=True).optimizer.optimizers[1]
    assert isinstance(mixed, keras.optimizers.LossScaleOptimizer)


def test_float16_moves_by_what_float32_moves_by(make_points, points):
    """A wrong scale of one of the two would be off by 2**15."""
    moved = []
    for name in ("float32", "mixed_float16"):
        gan = make_points(
            name,
            name,
            generator_optimizer=keras.optimizers.SGD(0.1),
            discriminator_optimizer=keras.optimizers.SGD(0.1),
        )
        before = [weight.numpy() for weight in gan.weights]
        gan.fit(points, batch_size=8, verbose=0)
        moved.append([w.numpy() - b for w, b in zip(gan.weights, before, strict=True)])
    for a, b in zip(*moved, strict=True):
        np.testing.assert_allclose(b, a, rtol=0.05, atol=1e-4)
    assert np.abs(moved[0][0]).max() > 1e-3


def test_infinite_gradients_leave_the_step_out_and_halve_the_scale():
    optimizer, variable = built(
        ReplicaLossScaleOptimizer(
            keras.optimizers.SGD(1.0), initial_scale=8.0, dynamic_growth_steps=2
        )
    )
    step = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    seen = []
    for gradient in (math.inf, math.nan, 2.0, 2.0):
        step(tf.fill([2], gradient))
        seen.append((variable.numpy()[0], optimizer.dynamic_scale.numpy()))
    # Unscaled by 2; after two good steps the scale doubles.
    assert seen == [(0, 4), (0, 2), (-1, 2), (-2, 4)]


@pytest.mark.parametrize("bad", [0, 1])
def test_infinite_gradients_of_any_replica_leave_the_step_out(bad):
    strategy = two_replicas()
    with strategy.scope():
        optimizer, variable = built(
            ReplicaLossScaleOptimizer(keras.optimizers.SGD(1.0), initial_scale=8.0)
        )

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
def test_float16_on_two_replicas(make_points, points):
    with two_replicas().scope():
        gan = make_points(generator_optimizer=keras.optimizers.Adam(DECAY()))
    gan.fit(points, batch_size=4, verbose=0)
    assert [o.dynamic_scale.numpy() for o in gan.optimizer.optimizers] == [2**15, 2**15]
    assert np.isfinite(gan.generate(4, seed=0)).all()


# ---- what is saved


def test_extra_variables_are_those_of_a_schedule():
    optimizer = optimizers.get(keras.optimizers.SGD(DECAY()), "x", dense("mixed_float16"))
    scale = optimizers._held_rate(optimizer).scale
    assert optimizers.extra_variables(optimizer) == [scale]
    assert optimizers.extra_variables(optimizers.get(None, "x")) == []


def test_scales_and_scalers_are_saved(make_points, points, tmp_path):
    make = functools.partial(make_points, run_eagerly=True)
    gan = make(generator_optimizer=keras.optimizers.Adam(DECAY()))
    gan.fit(points, batch_size=4, verbose=0)
    gan.optimizer.scale_learning_rates(0.25)
    gan.generator_optimizer.dynamic_scale.assign(16.0)
    gan.save(tmp_path / "gan.keras")
    gan.save_weights(tmp_path / "gan.weights.h5")
    whole = keras.models.load_model(tmp_path / "gan.keras")
    loaded = [whole]
    for name in ("gan.keras", "gan.weights.h5"):
        loaded.append(make(generator_optimizer=keras.optimizers.Adam(DECAY())))
        loaded[-1].load_weights(tmp_path / name)
    values = [variable.numpy() for variable in gan.optimizer.variables]
    assert sum(value.tolist() == 0.25 for value in values) == 1
    assert sum(value.tolist() == 16 for value in values) == 1
    for other in loaded:
        assert_same([variable.numpy() for variable in other.optimizer.variables], values)
        assert other.optimizer.learning_rates == gan.optimizer.learning_rates
    first = whole.generator_optimizer
    assert type(first) is ReplicaLossScaleOptimizer
    assert type(first.inner_optimizer) is keras.optimizers.Adam
    assert type(optimizers._held_rate(first).schedule) is DECAY.func
