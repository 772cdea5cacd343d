"""The pair behind `gan.optimizer`, defaults, and the share of a replica."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import optimizers


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


def test_loss_is_untouched_on_one_replica_and_scaled_for_float16():
    loss = tf.constant(3.0)
    assert float(optimizers.scale_loss(loss, keras.optimizers.Adam())) == 3
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=8)
    scaled.build([keras.Variable(np.zeros(2, "float32"))])
    assert float(optimizers.scale_loss(loss, scaled)) == 24


def test_each_replica_takes_its_share():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        adam = keras.optimizers.Adam()
    shares = strategy.run(lambda: optimizers.scale_loss(tf.constant(3.0), adam))
    assert [float(share) for share in shares.values] == [1.5, 1.5]
