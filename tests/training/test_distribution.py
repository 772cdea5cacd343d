"""Replicas: seeds of their own, shares of a loss, one stored value."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas

from tfgan_kit.training import distribution

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
