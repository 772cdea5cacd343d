"""Replicas: seeds of their own, shares of a loss, one stored value."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import state, two_replicas

from tfgan_kit import latent
from tfgan_kit.penalties import LeCam
from tfgan_kit.training import Batch, ExponentialMovingAverage, distribution

pytestmark = pytest.mark.filterwarnings("ignore")


def test_one_replica_keeps_the_seed():
    np.testing.assert_array_equal(distribution.fold_replica(tf.constant([7, 3])), [7, 3])


def test_a_loss_is_shared_among_replicas_and_scaled_for_float16():
    adam = keras.optimizers.Adam()
    assert float(distribution.scale_loss(tf.constant(3.0), adam)) == 3
    scaled = distribution.ReplicaLossScaleOptimizer(adam, initial_scale=8.0)
    scaled.build([tf.Variable(1.0)])
    assert float(distribution.scale_loss(tf.constant(3.0), scaled)) == 24
    shares = two_replicas().run(lambda: distribution.scale_loss(tf.constant(3.0), adam))
    assert [float(share) for share in shares.values] == [1.5, 1.5]


def test_variables_that_are_equal_on_all_replicas_keep_the_first_value():
    strategy = two_replicas()
    with strategy.scope(), distribution.same_on_all_replicas():
        variable = tf.Variable(0)

    def assign():
        context = tf.distribute.get_replica_context()
        variable.assign(5 + context.replica_id_in_sync_group)

    strategy.run(assign)
    assert [int(copy) for copy in variable.values] == [5, 5]


def test_one_replica_keeps_the_batch():
    batch = Batch(tf.zeros((0, 2)), tf.zeros((0,), tf.int32))
    assert distribution.count_on_replicas(batch) is batch


# A batch of 16, and at the end an uneven one, and one that leaves a replica empty.
@pytest.mark.parametrize("num", [19, pytest.param(17, marks=pytest.mark.slow)])
def test_two_replicas_train_average_and_report_as_one(make_gan, real_images, monkeypatch, num):
    monkeypatch.setattr(latent, "normal", lambda shape, seed: tf.ones(shape))
    average = ExponentialMovingAverage(half_life=20, warmup=False)
    arguments = {"penalties": ["r1"], "ema": average}
    arguments |= {"generator_optimizer": "sgd", "discriminator_optimizer": "sgd"}
    images = real_images[:num]
    # Weights of images, and none.
    given = (images, np.zeros(num), np.linspace(0, 2, num)) if num == 19 else images
    data = tf.data.Dataset.from_tensor_slices(given).batch(16)
    one = make_gan(dropout=0.0, batch_normalization=False, run_eagerly=True, **arguments)
    # Weights need no graph of their own for every replica.
    arguments["run_eagerly"] = num == 19
    with two_replicas().scope():
        two = make_gan(dropout=0.0, batch_normalization=False, **arguments)
    first, second = (gan.fit(data, validation_data=data, verbose=0).history for gan in (one, two))
    for name, values in first.items():
        np.testing.assert_allclose(second[name], values, rtol=1e-5, err_msg=name)
    for network in ("generator", "discriminator", "sampling_generator"):
        for a, b in zip(getattr(one, network).weights, getattr(two, network).weights, strict=True):
            np.testing.assert_allclose(b.numpy(), a.numpy(), atol=1e-6, err_msg=network)
    assert int(two.images_seen.numpy()) == num


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(
            {"penalties": ["r1", "r2", "dragan", "wgan_gp", "drift", LeCam(interval=2)]},
            marks=pytest.mark.slow,
        ),
        {
            "loss": "relativistic_average",
            "penalties": ["gdpp"],
            "updates": "alternating",
            "replay": 8,
        },
    ],
)
def test_a_replica_without_images_spoils_nothing(make_conditional_gan, labelled, arguments):
    with two_replicas().scope():
        # Without graphs, of which every replica would trace its own.
        gan = make_conditional_gan(**arguments, ema=0.9, run_eagerly=True)
    data = tf.data.Dataset.from_tensor_slices(tuple(each[:17] for each in labelled))
    history = gan.fit(data.batch(16), validation_data=data.batch(16), verbose=0).history
    assert np.isfinite(list(history.values())).all()
    assert all(np.isfinite(each).all() for each in state(gan))
