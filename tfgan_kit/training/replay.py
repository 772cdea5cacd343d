"""`ReplayBuffer`: earlier fakes, shown to the discriminator again."""

import keras
import tensorflow as tf
from keras import ops

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["ReplayBuffer", "get"]

# The GAN draws its noise and its augmentation from the same seed; a number that
# no counter reaches keeps the draws of the buffer apart from those.
_STREAM = 0x7265706C


@keras.saving.register_keras_serializable(package="tfgan_kit")
class ReplayBuffer:
    """A pool of earlier fakes, some of which the discriminator sees again.

    A discriminator that sees only the fakes of now forgets the earlier ones, and
    a generator can go round in circles. At every call each fake is, with
    probability `share`, replaced by a random member of the pool, drawn without
    repetition where the pool is large enough. New fakes fill the pool; once it
    is full, a fake that was replaced takes the place of the member shown instead
    of it. A member so stays for `capacity / (share * batch)` calls on average,
    some much longer.

    The pool is part of the training state: save and restore `variables`. Under
    several replicas all draw, each with its own seed, from one pool, which holds
    fakes of the first replica.

    Args:
        capacity: Integer, 1 or more, fakes that are kept. The memory is
            `4 * capacity` bytes a value of the data. Defaults to 1024.
        share: Float in [0, 1], the expected share of a batch that is replaced.
            Defaults to 0.5.

    Raises:
        InvalidArgument: If an argument is out of range.

    Example:

    ```python
    import tensorflow as tf
    from tfgan_kit.training.replay import ReplayBuffer

    pool = ReplayBuffer(capacity=8, share=0.5)
    pool.build((4, 4, 1))
    pool(tf.zeros((8, 4, 4, 1)), seed=(0, 0))  # all new: the pool was empty
    pool(tf.ones((8, 4, 4, 1)), seed=(0, 1))  # about half ones, half zeros
    ```

    Reference: Shrivastava et al., 2017, https://arxiv.org/abs/1612.07828, section
    2.3; the exchange of one fake for one member is that of the image pool of Zhu
    et al., 2017, https://arxiv.org/abs/1703.10593, section 4.
    """

    def __init__(self, capacity=1024, share=0.5):
        if isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 1:
            raise InvalidArgument(
                f"`capacity` must be an integer of 1 or more. Received: capacity={capacity!r}"
            )
        is_number = isinstance(share, (int, float)) and not isinstance(share, bool)
        if not (is_number and 0 <= share <= 1):
            raise InvalidArgument(f"`share` must be a number in [0, 1]. Received: share={share!r}")
        self.capacity = capacity
        self.share = share
        self.pool = None
        self.count = None

    def build(self, data_shape):
        """Make the pool, empty."""
        data_shape = tuple(data_shape)
        if not all(isinstance(size, int) and size > 0 for size in data_shape):
            raise InvalidArgument(
                "`data_shape` must be a tuple of integers of 1 or more. "
                f"Received: data_shape={data_shape!r}"
            )
        self.pool = _variable(tf.zeros((self.capacity, *data_shape)), "replay_pool")
        self.count = _variable(tf.zeros((), tf.int32), "replay_count")

    @property
    def variables(self):
        """List of the pool and the number of fakes in it, empty before `build`."""
        return [] if self.pool is None else [self.pool, self.count]

    def __call__(self, fake_images, seed):
        """Exchange some fakes for earlier ones."""
        fake_images = tf.convert_to_tensor(fake_images)
        self._check(fake_images)
        order_seed, choice_seed = tf.unstack(_split(seed))
        batch, count = ops.shape(fake_images)[0], tf.identity(self.count)

        # Fake `i` goes to free slot `count + i`, or exchanges with a member: the
        # first fake after the last free slot with the first of a random order, ...
        turn = tf.range(batch) - (self.capacity - count)
        members = _random_order(count, self.capacity, order_seed)
        member = tf.gather(members, tf.math.floormod(turn, tf.maximum(count, 1)))
        earlier = tf.gather(self.pool, member)

        def each(condition):
            return tf.reshape(condition, (-1,) + (1,) * (len(fake_images.shape) - 1))

        replaced = tf.random.stateless_uniform((batch,), choice_seed, alg="philox") < self.share
        replaced &= count > 0
        shown = tf.where(each(replaced), tf.cast(earlier, fake_images.dtype), fake_images)

        fills = turn < 0
        slot = tf.where(fills, count + tf.range(batch), member)
        # Where nothing is to be stored, the member is written back as it was.
        stored = tf.where(each(fills | replaced), tf.cast(fake_images, tf.float32), earlier)
        stored = tf.stop_gradient(stored)
        # Past `capacity` fakes, slots would repeat.
        self.pool.scatter_update(tf.IndexedSlices(stored[: self.capacity], slot[: self.capacity]))
        self.count.assign(tf.minimum(count + batch, self.capacity))
        return shown

    def get_config(self):
        """The constructor's arguments, for saving."""
        return {"capacity": self.capacity, "share": self.share}

    @classmethod
    def from_config(cls, config):
        """The buffer with these constructor arguments, not built."""
        return cls(**config)

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
    """The buffer of a capacity, a config or an object.

    Args:
        identifier: An integer, the capacity; a config dict from
            `keras.saving.serialize_keras_object`; a `ReplayBuffer`; or None for
            none.

    Returns:
        A `ReplayBuffer` or None.

    Raises:
        InvalidArgument: If it is none of these.

    Example:

    ```python
    from tfgan_kit.training import replay

    replay.get(512).capacity  # 512
    ```
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if identifier is None or isinstance(identifier, ReplayBuffer):
        return identifier
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        return ReplayBuffer(capacity=identifier)
    raise InvalidArgument(
        "`replay` must be None, a capacity of 1 or more or a ReplayBuffer. "
        f"Received: replay={identifier!r}"
    )


def _variable(value, name):
    # Replicas may assign it, and all keep what the first one assigns.
    return tf.Variable(
        value,
        trainable=False,
        name=name,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )


def _split(seed):
    own = tf.random.experimental.stateless_fold_in(seed, _STREAM, alg="philox")
    return tf.random.split(own, 2, alg="philox")


def _random_order(count, capacity, seed):
    """A permutation of `capacity` slots that begins with the first `count`, shuffled."""
    keys = tf.random.stateless_uniform((capacity,), seed, alg="philox")
    return tf.argsort(tf.where(tf.range(capacity) < count, keys, 2.0))
