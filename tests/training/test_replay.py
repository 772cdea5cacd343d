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
    ("capacity", "batches"),
    [
        (8, [4, 4, 4, 4, 4, 4]),
        (10, [4, 4, 4, 4, 4]),  # Fills up in the middle of a batch.
        (8, [3, 8, 1, 5, 8, 2, 7]),  # Partial batches.
        (3, [8, 8, 5, 3, 2]),  # Larger than the pool.
        (1, [1, 2, 1, 4]),
        (6, [0, 4, 0, 4, 0]),
    ],
)
def test_exchange_follows_the_rules(capacity, batches):
    buffer, make = built(capacity), Numbered()
    for index, batch in enumerate(batches):
        fakes = make(batch)
        replaced = check_exchange(buffer, fakes, lambda fakes, i=index: buffer(fakes, (i, 0)))
        assert index > 0 or not replaced.any()
        assert int(buffer.count) == min(sum(batches[: index + 1]), capacity)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_graph_and_xla_follow_the_same_rules(jit_compile):
    buffer, make = built(10), Numbered()
    call = tf.function(buffer, jit_compile=jit_compile, reduce_retracing=True)
    hits = 0
    for index, batch in enumerate([4, 4, 4, 4, 4, 3]):
        seed = tf.constant((index, 0))
        hits += check_exchange(buffer, make(batch), lambda fakes, s=seed: call(fakes, s)).sum()
    assert 0 < hits < 19


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
    replaced = np.concatenate(replaced)
    margin = 5 * np.sqrt(share * (1 - share) / replaced.size)
    assert replaced.mean() == pytest.approx(share, abs=margin)
    # Every place of the batch alike, five standard deviations of 200 draws and 64 tries.
    by_place = replaced.reshape(200, 64).mean(0)
    assert np.abs(by_place - share).max() < 5 * np.sqrt(share * (1 - share) / 200)


def test_extreme_shares():
    for share in (0, 1):
        buffer, make = built(4, share), Numbered()
        for step in range(4):
            fakes = make(4)
            shown = np.asarray(buffer(fakes, (0, step)))
            assert np.array_equal(shown, fakes) == (share == 0 or step == 0)
        # Without replacement the pool keeps what filled it; with it, the last batch.
        assert sorted(members(buffer)) == ([1, 2, 3, 4] if share == 0 else [13, 14, 15, 16])


def test_members_are_drawn_evenly_and_live_as_long_as_said():
    capacity, share, batch = 40, 0.5, 8
    buffer, make = built(capacity, share), Numbered()
    call = tf.function(buffer)
    ages = []
    for step in range(600):
        fakes = make(batch)
        shown = np.asarray(call(fakes, tf.constant((2, step))))[:, 0]
        replaced = shown != fakes[:, 0]
        if step >= 100:
            ages.append(step - (shown[replaced] - 1) // batch)
    ages = np.concatenate(ages)
    # A member leaves at every call with probability share * batch / capacity = 1/10:
    # a geometric distribution of mean 10 and standard deviation sqrt(90).
    assert ages.min() >= 1
    assert ages.mean() == pytest.approx(10, abs=5 * np.sqrt(90 / len(ages)))


def test_repeatable_by_seed():
    def run(seed):
        buffer, make = built(), Numbered()
        shown = [np.asarray(buffer(make(6), (seed, step))) for step in range(5)]
        return np.concatenate([*shown, buffer.pool.numpy()])

    np.testing.assert_array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))
    buffer = built()
    np.testing.assert_array_equal(
        buffer(Numbered()(6), tf.constant((1, 0), "int64")), Numbered()(6)
    )


def test_draws_are_not_those_of_the_seed_itself():
    # The GAN draws the noise from this seed; a fake must not be kept for its noise.
    buffer = built(4096, data_shape=())
    buffer(np.zeros(4096, "float32"), (0, 0))
    plain = tf.random.stateless_uniform((4096,), (7, 7), alg="philox").numpy()
    replaced = buffer(np.ones(4096, "float32"), (7, 7)).numpy() == 0
    assert abs(np.corrcoef(plain, replaced)[0, 1]) < 5 / np.sqrt(4096)


def test_save_and_restore_go_on_exactly():
    buffer, make = built(10), Numbered()
    for step in range(2):
        buffer(make(7), (0, step))
    saved = [variable.numpy() for variable in buffer.state.values()]
    assert [value.shape for value in saved] == [(10, 2), ()]
    again = built(10)
    for variable, value in zip(again.state.values(), saved, strict=True):
        variable.assign(value)
    for step in range(2, 5):
        fakes = make(7)
        np.testing.assert_array_equal(buffer(fakes, (0, step)), again(fakes, (0, step)))
    for one, other in zip(buffer.state.values(), again.state.values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_build_empties_the_pool():
    buffer = ReplayBuffer(4)
    assert buffer.state == {}
    buffer.build((2,))
    buffer(Numbered()(4), (0, 0))
    buffer.build((2,))
    assert int(buffer.count) == 0 and not buffer.pool.numpy().any()


@pytest.mark.parametrize("data_shape", [(), (2,), (3, 4, 1), (2, 2, 2, 2)])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
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
        # Both copies of the pool hold the same.
        for variable in buffer.state.values():
            copies = strategy.experimental_local_results(variable)
            assert len(copies) == 2
            np.testing.assert_array_equal(copies[0], copies[1])
    assert differ > 0


def test_config_round_trip():
    buffer = ReplayBuffer(capacity=7, share=0.25)
    again = get(keras.saving.serialize_keras_object(buffer))
    assert (again.capacity, again.share, again.state) == (7, 0.25, {})
    assert get(None) is None and get(buffer) is buffer and get(512).capacity == 512


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"capacity": 0}, "`capacity` must be .*Received: capacity=0"),
        ({"capacity": 2.5}, "capacity=2.5"),
        ({"capacity": True}, "capacity=True"),
        ({"share": -0.1}, r"`share` must be .*Received: share=-0.1"),
        ({"share": 1.5}, "share=1.5"),
        ({"share": "half"}, "share='half'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        ReplayBuffer(**arguments)


def test_wrong_use():
    with pytest.raises(InvalidArgument, match="build"):
        ReplayBuffer()(np.zeros((2, 2), "float32"), (0, 0))
    with pytest.raises(
        InvalidArgument, match="`data_shape` must be a positive integer. Received: data_shape=None"
    ):
        ReplayBuffer().build((None, 2))
    with pytest.raises(InvalidArgument, match=r"\(batch, 2\).*shape \(4, 3\)"):
        built()(np.zeros((4, 3), "float32"), (0, 0))
    with pytest.raises(InvalidArgument, match="dtype uint8"):
        built()(np.zeros((4, 2), "uint8"), (0, 0))
    for wrong in ("512", True, 0, [4]):
        with pytest.raises(InvalidArgument, match="Received"):
            get(wrong)
