"""The replay buffer against a NumPy version, its proportions, saving, XLA and replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas

from tfgan_kit.training.replay import ReplayBuffer, get
from tfgan_kit.utils.errors import InvalidArgument


def built(capacity=8, share=0.5, data_shape=(2,)):
    buffer = ReplayBuffer(capacity, share)
    buffer.build(data_shape)
    return buffer


class Numbered:
    """Batches of fakes that can be told apart: 1, 2, 3, ..., each value twice."""

    def __init__(self):
        self.made = 0

    def __call__(self, batch, dtype="float32"):
        numbers = self.made + 1 + np.arange(batch)
        self.made += batch
        return np.repeat(numbers[:, None], 2, axis=1).astype(dtype)


def members(buffer):
    """Numbers of the fakes in the pool; slots that are not filled must be 0."""
    pool, count = buffer.pool.numpy(), int(buffer.count)
    np.testing.assert_array_equal(pool[:, 0], pool[:, 1])
    assert not pool[count:].any()
    return pool[:count, 0]


def check_exchange(buffer, fakes, call):
    """One call, checked against the rules; returns which fakes were replaced."""
    before = members(buffer)
    shown = np.asarray(call(fakes))
    after = members(buffer)
    np.testing.assert_array_equal(shown[:, 0], shown[:, 1])
    numbers, shown = fakes[:, 0], shown[:, 0]
    replaced = shown != numbers
    assert np.isin(shown[replaced], before).all(), "only earlier fakes may appear"

    free = buffer.capacity - len(before)
    drawn = shown[replaced]
    if len(fakes) <= len(before):
        assert len(set(drawn)) == len(drawn), "no member twice where there are enough"
    filling = numbers[:free]
    np.testing.assert_array_equal(after[len(before) : len(before) + len(filling)], filling)
    expected = before.copy()
    for number, member in list(zip(numbers, shown, strict=True))[free : buffer.capacity]:
        if number != member:
            expected[before == member] = number
    np.testing.assert_array_equal(after[: len(before)], expected)
    return replaced


@pytest.mark.parametrize(
    ("capacity", "batches", "jit_compile"),
    [
        (8, [4, 4, 4, 4, 4, 4], None),
        (10, [4, 4, 4, 4, 4, 3], None),  # Fills up in the middle of a batch.
        (10, [4, 4, 4, 4, 4, 3], False),
        (10, [4, 4, 4, 4, 4, 3], True),
        (8, [3, 8, 1, 5, 8, 2, 7], None),  # Partial batches.
        (3, [8, 8, 5, 3, 2], None),  # Larger than the pool.
        (1, [1, 2, 1, 4], None),
        (6, [0, 4, 0, 4, 0], None),
    ],
)
def test_exchange_follows_the_rules(capacity, batches, jit_compile):
    buffer, make = built(capacity), Numbered()
    call = buffer
    if jit_compile is not None:
        call = tf.function(buffer, jit_compile=jit_compile, reduce_retracing=True)
    for index, batch in enumerate(batches):
        seed = tf.constant((index, 0))
        replaced = check_exchange(buffer, make(batch), lambda fakes, s=seed: call(fakes, s))
        assert index > 0 or not replaced.any()
        assert int(buffer.count) == min(sum(batches[: index + 1]), capacity)


@pytest.mark.parametrize(("capacity", "share"), [(100, 0.5), (100, 0.2), (16, 0.7)])
def test_share_of_the_batch(capacity, share):
    # 64 are drawn from 100, where all can differ, and from 16, where they cannot.
    buffer, make = built(capacity, share), Numbered()
    call = tf.function(buffer)
    call(make(64), tf.constant((0, 0)))
    replaced = []
    for step in range(200):
        fakes = make(64)
        replaced.append(np.asarray(call(fakes, tf.constant((1, step))))[:, 0] != fakes[:, 0])
    margin = 5 * np.sqrt(share * (1 - share) / 200)  # five standard deviations of 200 draws
    assert np.mean(replaced) == pytest.approx(share, abs=margin / np.sqrt(64))
    # Every place of the batch alike.
    assert np.abs(np.mean(replaced, axis=0) - share).max() < margin


def test_extreme_shares():
    for share in (0, 1):
        buffer, make = built(4, share), Numbered()
        for step in range(4):
            fakes = make(4)
            shown = np.asarray(buffer(fakes, (0, step)))
            assert np.array_equal(shown, fakes) == (share == 0 or step == 0)
        # Without replacement the pool keeps what filled it; with it, the last batch.
        assert sorted(members(buffer)) == ([1, 2, 3, 4] if share == 0 else [13, 14, 15, 16])


def test_members_are_drawn_evenly_and_their_ages_are_geometric():
    buffer, make, batch = built(40, 0.5), Numbered(), 8
    call = tf.function(buffer)
    ages = []
    for step in range(600):
        fakes = make(batch)
        shown = np.asarray(call(fakes, tf.constant((2, step))))[:, 0]
        replaced = shown != fakes[:, 0]
        if step >= 100:
            ages.append(step - (shown[replaced] - 1) // batch)
    ages = np.concatenate(ages)
    # A member leaves at every call with probability 0.5 * 8 / 40 = 1/10:
    # a geometric distribution of mean 10 and standard deviation sqrt(90).
    assert ages.min() >= 1
    assert ages.mean() == pytest.approx(10, abs=5 * np.sqrt(90 / len(ages)))


def test_repeatable_by_seed():
    def run(seed):
        buffer, make = built(), Numbered()
        shown = [np.asarray(buffer(make(6), tf.constant((seed, step)))) for step in range(5)]
        return np.concatenate([*shown, buffer.pool.numpy()])

    np.testing.assert_array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))


def test_draws_are_not_those_of_the_seed_itself():
    # The GAN draws the noise from this seed; a fake must not be kept for its noise.
    buffer = built(4096, data_shape=())
    buffer(np.zeros(4096, "float32"), (0, 0))
    plain = tf.random.stateless_uniform((4096,), (7, 7), alg="philox").numpy()
    replaced = buffer(np.ones(4096, "float32"), (7, 7)).numpy() == 0
    assert abs(np.corrcoef(plain, replaced)[0, 1]) < 5 / np.sqrt(4096)


def test_build_empties_the_pool():
    buffer = ReplayBuffer(4)
    assert buffer.state == {}
    buffer.build((2,))
    buffer(Numbered()(4), (0, 0))
    buffer.build((2,))
    assert int(buffer.count) == 0 and not buffer.pool.numpy().any()


@pytest.mark.parametrize(
    ("data_shape", "dtype"),
    [((), "float16"), ((2,), "bfloat16"), ((3, 4, 1), "float32"), ((2, 2, 2, 2), "float64")],
)
def test_any_shape_and_number_format(data_shape, dtype):
    buffer = built(4, 1.0, data_shape)
    first, second = (tf.fill((4, *data_shape), tf.cast(value, dtype)) for value in (0.5, -0.25))
    np.testing.assert_array_equal(tf.cast(buffer(first, (0, 0)), "float32"), 0.5)
    shown = buffer(second, (0, 1))
    assert shown.dtype == dtype and shown.shape == (4, *data_shape)
    np.testing.assert_array_equal(tf.cast(shown, "float32"), 0.5)
    assert buffer.pool.dtype == "float32"


def test_gradients_reach_only_what_was_not_replaced():
    buffer, make = built(16), Numbered()
    buffer(make(16), (0, 0))
    fakes = tf.constant(make(16))
    with tf.GradientTape() as tape:
        tape.watch(fakes)
        shown = buffer(fakes, (0, 1))
        total = tf.reduce_sum(3 * shown)
    kept = np.equal(shown, fakes)
    assert 0 < kept[:, 0].sum() < 16
    np.testing.assert_array_equal(tape.gradient(total, fakes), 3.0 * kept)
    with tf.GradientTape() as tape:
        tape.watch(fakes)
        buffer(fakes, (0, 2))
        total = tf.reduce_sum(buffer.pool.read_value())
    assert tape.gradient(total, fakes) is None


@pytest.mark.filterwarnings("ignore")
def test_replicas_share_the_pool_of_the_first():
    strategy = two_replicas()
    with strategy.scope():
        buffer = built(8)
    twin = built(8)

    def one(step):
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        base = tf.cast(1 + 4 * step + 1000 * replica, "float32")
        fakes = tf.repeat((base + tf.range(4.0))[:, None], 2, axis=1)
        return fakes, buffer(fakes, tf.stack([step, replica]))

    run = tf.function(lambda step: strategy.run(one, (step,)))
    differ = 0
    for step in range(8):
        before = members(twin)
        fakes, shown = (each.values for each in run(tf.constant(step)))
        # The first replica is what it would be alone.
        np.testing.assert_array_equal(shown[0], twin(fakes[0], (step, 0)))
        np.testing.assert_array_equal(buffer.pool.numpy(), twin.pool.numpy())
        own, second = fakes[1].numpy()[:, 0], shown[1].numpy()[:, 0]
        assert np.isin(second[second != own], before).all()
        differ += np.any((second == own) != (shown[0] == fakes[0])[:, 0])
        for variable in buffer.state.values():
            np.testing.assert_array_equal(*strategy.experimental_local_results(variable))
    assert differ > 0


def test_get():
    buffer = get(7)
    assert get(None) is None and get(buffer) is buffer and buffer.state == {}
    again = get(keras.saving.serialize_keras_object(ReplayBuffer(7, 0.25)))
    assert (buffer.capacity, again.capacity, again.share) == (7, 7, 0.25)
    for wrong in ("512", 0, [4]):
        with pytest.raises(InvalidArgument, match="Received"):
            get(wrong)
    with pytest.raises(InvalidArgument, match="`share` must be .*Received: share=1.5"):
        ReplayBuffer(share=1.5)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: ReplayBuffer()(np.zeros((2, 2), "float32"), (0, 0)), "build"),
        (
            lambda: ReplayBuffer().build((None, 2)),
            "`data_shape` must be a tuple of positive integers",
        ),
        (lambda: built()(np.zeros((4, 3), "float32"), (0, 0)), r"\(batch, 2\).*\(4, 3\)"),
        (lambda: built()(np.zeros((4, 2), "uint8"), (0, 0)), "dtype uint8"),
    ],
)
def test_wrong_use(use, message):
    with pytest.raises(InvalidArgument, match=message):
        use()
