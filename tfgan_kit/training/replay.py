"""`ReplayBuffer`: earlier fakes, shown to the discriminator again."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.training.distribution import same_on_all_replicas
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.serialization import Configurable
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["ReplayBuffer", "get"]

# Noise and augmentation are drawn from the same seed; a number that no counter reaches keeps
# the draws of the buffer apart from theirs.
_STREAM = 0x7265706C


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ReplayBuffer(Configurable):
    """A pool of earlier fakes, some of which the discriminator sees again.

    A discriminator that sees only the latest fakes forgets earlier ones, and training can
    cycle. In every call each fake is replaced, with probability `share`, by a random member
    of the pool. New fakes fill the pool; once it is full, a replaced fake takes the place of
    the member shown instead of it. A member stays for `capacity / (share * batch)` calls on
    average. In a conditional GAN each fake keeps its label.

    The pool is part of the training state. Several replicas share one pool, which holds
    fakes of the first replica.

    Args:
        capacity: Positive integer, number of fakes kept. The memory is `4 * capacity` bytes
            for each value of an image. Defaults to 1024.
        share: Number in [0, 1], expected share of a batch that is replaced. Defaults to 0.5.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training import ReplayBuffer

    pool = ReplayBuffer(capacity=8, share=0.5)
    pool.build((4, 4, 1))
    pool(tf.zeros((8, 4, 4, 1)), seed=(0, 0))  # all new: the pool was empty
    pool(tf.ones((8, 4, 4, 1)), seed=(0, 1))  # about half ones, half zeros
    ```

    Reference: Shrivastava et al., 2017, https://arxiv.org/abs/1612.07828, section 2.3; the
    exchange: Zhu et al., 2017, https://arxiv.org/abs/1703.10593, section 4.
    """

    def __init__(self, capacity=1024, share=0.5):
        self.capacity = check_integer("capacity", capacity, 1)
        self.share = check_number("share", share, minimum=0, maximum=1)
        self.pool = self.count = self.labels = None

    def build(self, data_shape, with_labels=False):
        """Make the pool, empty."""
        if not all(isinstance(size, int) and size > 0 for size in data_shape):
            raise InvalidArgument(
                "`data_shape` must be a tuple of positive integers. "
                f"Received: data_shape={tuple(data_shape)!r}"
            )
        with same_on_all_replicas():
            self.pool = tf.Variable(
                tf.zeros((self.capacity, *data_shape)), trainable=False, name="replay_pool"
            )
            self.count = tf.Variable(tf.zeros((), tf.int32), trainable=False, name="replay_count")
            if with_labels:
                self.labels = tf.Variable(
                    tf.zeros((self.capacity,), tf.int32), trainable=False, name="replay_labels"
                )

    @property
    def state(self):
        """Dict of the variables by name, empty before `build`."""
        named = {"pool": self.pool, "count": self.count, "labels": self.labels}
        return {name: variable for name, variable in named.items() if variable is not None}

    def __call__(self, fake_images, seed, labels=None):
        """Exchange some fakes for earlier ones; with labels, a pair of images and labels."""
        fake_images = tf.convert_to_tensor(fake_images)
        self._check(fake_images)
        order_seed, choice_seed = tf.unstack(_split(seed))
        batch, count = ops.shape(fake_images)[0], tf.identity(self.count)

        # Fake `i` goes to the free slot `count + i`. Once there is none, the fakes that are
        # left exchange with members in a random order.
        turn = tf.range(batch) - (self.capacity - count)
        members = _random_order(count, self.capacity, order_seed)
        member = tf.gather(members, tf.math.floormod(turn, tf.maximum(count, 1)))
        replaced = tf.random.stateless_uniform((batch,), choice_seed, alg="philox") < self.share
        replaced &= count > 0
        fills = turn < 0
        slot = tf.where(fills, count + tf.range(batch), member)

        shown = self._exchange(self.pool, fake_images, member, replaced, fills, slot)
        if labels is not None:
            labels = self._exchange(self.labels, labels, member, replaced, fills, slot)
        self.count.assign(tf.minimum(count + batch, self.capacity))
        return shown if labels is None else (shown, labels)

    def _exchange(self, pool, given, member, replaced, fills, slot):
        def each(condition):
            return tf.reshape(condition, (-1,) + (1,) * (len(given.shape) - 1))

        earlier = tf.gather(pool, member)
        shown = tf.where(each(replaced), tf.cast(earlier, given.dtype), given)
        # Where nothing is to be stored, the member is written back unchanged.
        stored = tf.where(each(fills | replaced), tf.cast(given, pool.dtype), earlier)
        stored = tf.stop_gradient(stored)
        # A batch larger than the pool would use slots twice.
        pool.scatter_update(tf.IndexedSlices(stored[: self.capacity], slot[: self.capacity]))
        return shown

    def _check(self, fake_images):
        if self.pool is None:
            raise InvalidArgument("Call `build(data_shape)` of the ReplayBuffer before the buffer")
        data_shape = self.pool.shape[1:]
        if not fake_images.dtype.is_floating or not fake_images.shape[1:].is_compatible_with(
            data_shape
        ):
            raise InvalidArgument(
                f"`fake_images` must be floats of shape (batch, {', '.join(map(str, data_shape))})."
                f" Received: shape {tuple(fake_images.shape)}, dtype {fake_images.dtype.name}"
            )


def get(identifier):
    """The buffer of an object, a config, or an integer, its capacity; None for none."""
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if identifier is None or isinstance(identifier, ReplayBuffer):
        return identifier
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        return ReplayBuffer(capacity=identifier)
    raise InvalidArgument(
        "`replay` must be None, a capacity (a positive integer) or a ReplayBuffer. "
        f"Received: replay={identifier!r}"
    )


def _split(seed):
    own = tf.random.experimental.stateless_fold_in(seed, _STREAM, alg="philox")
    return tf.random.split(own, 2, alg="philox")


def _random_order(count, capacity, seed):
    """A permutation of `capacity` slots that begins with the first `count`, shuffled."""
    keys = tf.random.stateless_uniform((capacity,), seed, alg="philox")
    return tf.argsort(tf.where(tf.range(capacity) < count, keys, 2.0))
