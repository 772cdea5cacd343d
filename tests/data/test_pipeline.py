import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas
from PIL import Image

from tfgan_kit import data
from tfgan_kit.data import spool
from tfgan_kit.utils.errors import InvalidArgument

NUM_IMAGES = 23


def make_source(num_images=NUM_IMAGES):
    numbers = np.arange(num_images)
    pixels = np.full((4, 4, 1, num_images), numbers, "uint8").transpose(3, 0, 1, 2)
    return data.Source("numbers", pixels.shape, pixels.__getitem__, "0", labels=numbers)


def labels_of(dataset, count=-1):
    return [labels.numpy().tolist() for _, labels in dataset.take(count)]


def expected(steps, batch_size=5, seed=0, **kwargs):
    return [
        data.batch_indices(NUM_IMAGES, batch_size, seed, step, **kwargs).tolist() for step in steps
    ]


def make_dataset(**kwargs):
    return data.batches(make_source(), **{"batch_size": 5, "labels": True, **kwargs})


@pytest.mark.parametrize("drop_remainder", [False, True])
def test_an_epoch_contains_every_image_once(drop_remainder):
    steps = 4 if drop_remainder else 5
    for epoch in range(3):
        batches = expected(range(epoch * steps, (epoch + 1) * steps), drop_remainder=drop_remainder)
        assert [len(batch) for batch in batches] == [5] * 4 + [3] * (not drop_remainder)
        assert len(set(sum(batches, []))) == (20 if drop_remainder else 23)


def test_orders_differ_by_seed_and_epoch_and_stay_the_same():
    orders = {
        tuple(data.batch_indices(100, 100, seed, step).tolist())
        for seed in range(4)
        for step in range(4)
    }
    assert len(orders) == 16
    # Pinned: another order would break resuming a run that an earlier version began.
    data.batch_indices(10, 4, 0, 0)[:] = 0
    assert data.batch_indices(10, 4, seed=0, step=0).tolist() == [0, 7, 8, 6]
    assert data.batch_indices(10, 4, seed=0, step=5).tolist() == [3, 6]
    assert expected([4], shuffle=False) == [[20, 21, 22]]


@pytest.mark.parametrize(
    "kwargs", [{"shuffle": True}, {"shuffle": False}, {"drop_remainder": True}, {"seed": 7}]
)
def test_each_iteration_is_the_next_epoch(kwargs):
    dataset = make_dataset(**kwargs)
    length = 4 if "drop_remainder" in kwargs else 5
    assert len(dataset) == length
    for epoch in range(3):
        steps = range(epoch * length, (epoch + 1) * length)
        assert labels_of(dataset) == expected(steps, **kwargs)
    assert labels_of(make_dataset(**kwargs).repeat(3)) == expected(range(3 * length), **kwargs)


def test_elements_are_floats_of_the_right_images():
    dataset = make_dataset()
    pixels, numbers = tf.TensorSpec((None, 4, 4, 1)), tf.TensorSpec((None,), tf.int64)
    assert dataset.element_spec == (pixels, numbers)
    for batch, labels in dataset:
        in_order = np.arange(23, dtype="float32")[labels.numpy()]
        np.testing.assert_array_equal(batch[:, 0, 0, 0], (in_order - 127.5) / 127.5)
    alone = make_dataset(labels=False, drop_remainder=True)
    assert alone.element_spec == tf.TensorSpec((5, 4, 4, 1))
    for values, stated in (([0, 255], None), ([0, 16], (0, 16))):
        extremes = data.load(np.array([[values]], "uint8"), batch_size=1, value_range=stated)
        assert next(iter(extremes)).numpy().ravel().tolist() == [-1.0, 1.0]


def test_labels_of_ones_own_follow_their_images():
    own = (7 * np.arange(NUM_IMAGES) + 3).astype("uint8")
    dataset = make_dataset(labels=own, start_step=3)
    assert dataset.element_spec[1] == tf.TensorSpec((None,), tf.int64)
    found = [[7 * number + 3 for number in batch] for batch in expected(range(3, 9))]
    assert labels_of(dataset, 6) == found
    clusters = data.Clusters(own.astype("int32"))
    assert labels_of(make_dataset(labels=clusters, start_step=3), 6) == found


@pytest.mark.parametrize(
    "labels", [np.arange(22), np.zeros((23, 1), int), np.zeros(23), 3, "yes", None], ids=repr
)
def test_labels_of_ones_own_are_one_integer_an_image(labels):
    with pytest.raises(
        data.DataError, match="must be a Boolean, clusters, or 23 integers, one for each"
    ):
        make_dataset(labels=labels)


def test_iterations_that_are_abandoned_do_not_count():
    dataset = make_dataset()
    iter(dataset)
    first, second = iter(dataset), iter(dataset)
    next(first)
    for _ in range(4):
        next(second)
    assert labels_of(dataset) == expected(range(5))
    # An iterator keeps the epoch that it began with.
    assert [labels.numpy().tolist() for _, labels in first] == expected(range(1, 5))
    assert labels_of(dataset) == expected(range(5, 10))
    assert labels_of(dataset, 3) == expected(range(10, 13))
    assert labels_of(dataset) == expected(range(10, 15))


def test_a_stream_begins_at_its_step_and_is_endless():
    dataset = make_dataset(start_step=8)
    assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY
    for _ in range(2):
        assert labels_of(dataset, 12) == expected(range(8, 20))


class Recorder(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.seen = []

    def call(self, inputs):
        return self.dense(keras.ops.reshape(inputs, (-1, 16)))

    def train_step(self, batch):
        images, labels = batch
        tf.py_function(lambda batch: self.seen.append(batch.numpy().tolist()), [labels], [])
        return {"loss": keras.ops.mean(self(images, training=True))}


@pytest.mark.parametrize("steps_per_execution", [1, 4])
def test_fit_sees_every_batch_of_every_epoch_and_of_a_stream(steps_per_execution):
    model = Recorder()
    model.compile(steps_per_execution=steps_per_execution)
    dataset = make_dataset(drop_remainder=True)
    for epochs in (2, 1):
        model.fit(dataset, epochs=epochs, verbose=0, shuffle=False)
    assert model.seen == expected(range(12), drop_remainder=True)
    model.seen.clear()
    stream = make_dataset(start_step=7, drop_remainder=True)
    model.fit(stream, steps_per_epoch=4, epochs=2, verbose=0, shuffle=False)
    assert model.seen == expected(range(7, 15), drop_remainder=True)


def test_two_replicas_share_each_batch():
    dataset = data.batches(make_source(16), 4, labels=True)
    distributed = two_replicas().experimental_distribute_dataset(dataset)
    seen = [np.concatenate([x.numpy() for x in labels.values]) for _, labels in distributed]
    np.testing.assert_array_equal(seen, [data.batch_indices(16, 4, 0, step) for step in range(4)])


def test_an_error_while_reading_is_kept_on_the_source(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 100)
    for number in range(3):
        Image.new("L", (16, 16)).save(tmp_path / f"{number}.png")
    source = data.open_source(tmp_path)
    (tmp_path / "1.png").write_text("broken since")
    assert source.error is None
    with pytest.raises(tf.errors.OpError, match=r"1\.png"):
        list(data.batches(source, batch_size=3))
    assert isinstance(source.error, data.DataError)
    assert str(source.error).startswith(str(tmp_path / "1.png"))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [({"batch_size": 0}, "`batch_size` must be a positive integer. Received: batch_size=0")]
    + [({"batch_size": 24, "drop_remainder": True}, "`batch_size` must be at most 23")]
    + [({"seed": None}, "`seed`"), ({"start_step": -1}, "`start_step`")],
)
def test_arguments_out_of_range(kwargs, message):
    with pytest.raises(InvalidArgument, match=message):
        make_dataset(**kwargs)
    with pytest.raises(data.DataError, match="`labels` must be False, since array has no labels"):
        data.load(np.zeros((4, 8, 8), "uint8"), labels=True)


def test_weights_say_how_often_an_image_is_drawn():
    weights = np.array([0, 1, 1, 1, 2, 5.0])
    steps = [data.batch_indices(6, 4, 3, step, weights=weights) for step in range(20)]
    assert [len(each) for each in steps] == [4, 2] * 10
    counts = np.array(
        [np.bincount(np.concatenate(steps[at : at + 2]), minlength=6) for at in range(0, 20, 2)]
    )
    assert (np.abs(counts - weights * 0.6) < 1).all() and counts[:, 1].std() > 0
    assert (np.sort(np.concatenate(steps)) != np.concatenate(steps)).any()
    same = data.batch_indices(6, 4, 3, 7, weights=weights)
    np.testing.assert_array_equal(same, steps[7])
    dataset = data.batches(make_source(6), 4, seed=3, start_step=7, weights=weights, labels=True)
    assert labels_of(dataset, 1)[0] == steps[7].tolist()
    for wrong in ([1, 2], [-1, 1, 1, 1, 1, 1], [0] * 6, [np.inf] * 6, [np.nan] * 6):
        with pytest.raises(ValueError, match="`weights` must be 6 non-negative numbers, not all"):
            data.batches(make_source(6), weights=wrong)
