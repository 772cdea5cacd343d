"""What a training step needs to be right on several replicas; the only place that asks for them."""

import contextlib

import keras
import tensorflow as tf

__all__ = [
    "ReplicaLossScaleOptimizer",
    "count_on_replicas",
    "fold_replica",
    "mean_over_replicas",
    "same_on_all_replicas",
    "scale_loss",
]


def fold_replica(seed):
    """A seed `(2,)` of a `SeedGenerator` as a different one on each replica."""
    context = tf.distribute.get_replica_context()
    key, count = tf.unstack(seed)
    replica = tf.cast(context.replica_id_in_sync_group, count.dtype)
    return tf.stack([key, count * context.num_replicas_in_sync + replica])


def count_on_replicas(batch):
    """A `Batch` with its number of images, here and on all replicas, where there are several.

    The last batch of an epoch can be uneven and leave a replica without images. It then takes
    part with one grey image that does not count, since a mean of nothing is NaN.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return batch
    num = tf.cast(batch.size, tf.float32)
    missing = tf.cast(tf.equal(num, 0), tf.int32)

    def filled(x):
        return tf.concat([x, tf.zeros(tf.concat([[missing], tf.shape(x)[1:]], 0), x.dtype)], 0)

    return batch._replace(
        images=filled(batch.images),
        labels=None if batch.labels is None else filled(batch.labels),
        weights=None if batch.weights is None else filled(batch.weights),
        num=num,
        total=context.all_reduce(tf.distribute.ReduceOp.SUM, num),
    )


def scale_loss(loss, optimizer, batch=None):
    """The loss that is differentiated: Keras sums gradients over replicas, float16 scales them.

    Each replica's mean has the share of its images in those of all.
    """
    return optimizer.scale_loss(loss * _share(batch))


def mean_over_replicas(value, batch=None):
    """The mean of a value of each replica, which has the share of its images; not in a branch."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value * _share(batch))


def _share(batch):
    if batch is None or batch.total is None:
        return 1 / tf.distribute.get_strategy().num_replicas_in_sync
    return batch.num / batch.total


@contextlib.contextmanager
def same_on_all_replicas():
    """Variables made here have equal values on all replicas; the first one's is stored."""

    def create(next_creator, **arguments):
        aggregation = tf.VariableAggregation.ONLY_FIRST_REPLICA
        return next_creator(**{**arguments, "aggregation": aggregation})

    with tf.variable_creator_scope(create):
        yield


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ReplicaLossScaleOptimizer(keras.optimizers.LossScaleOptimizer):
    """Keras's `LossScaleOptimizer`, correct on several replicas as well.

    Each replica has its own gradients, and Keras 3.15 tests the first replica's only, so
    that infinite ones of another would be applied. Here all replicas skip a step where any
    replica's gradients are not finite.

    Reference: Micikevicius et al., 2018, https://arxiv.org/abs/1710.03740.
    """

    def check_finite(self, grads):
        """Boolean scalar tensor, the same on each replica."""
        finite = super().check_finite(grads)
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return finite
        bad = tf.cast(tf.logical_not(finite), tf.float32)
        return tf.equal(context.all_reduce(tf.distribute.ReduceOp.SUM, bad), 0)
