"""The look at the first batch: nothing is read twice, lost or compiled again."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import two_replicas

from tfgan_kit import data
from tfgan_kit.training.first_batch import look_at_first


def seen(dataset, num_batches, strategy=None):
    """What `check` got, what the iterator gives, and what is left for the next ones."""
    strategy, checked = strategy or tf.distribute.get_strategy(), []
    iterator = iter(strategy.experimental_distribute_dataset(dataset))
    first = look_at_first(iterator, checked.append, strategy, num_batches)
    given = list(first)
    assert isinstance(first, tf.data.Iterator) == (strategy.num_replicas_in_sync == 1)
    return checked, given, list(iterator)


@pytest.mark.parametrize("num_batches", [1, 3, 9])
def test_batches_come_once_and_in_order(num_batches):
    dataset = tf.data.Dataset.range(10).batch(2).map(lambda x: (tf.cast(x, "float32"), x))
    spec = dataset.element_spec
    checked, given, rest = seen(dataset, num_batches)
    assert len(checked) == 1 and checked[0][1].numpy().tolist() == [0, 1]
    assert [batch[1].numpy().tolist()[0] for batch in given + rest] == [0, 2, 4, 6, 8]
    assert len(given) == min(num_batches, 5)
    iterator = look_at_first(iter(dataset), print, tf.distribute.get_strategy(), num_batches)
    assert iterator.element_spec == spec


def test_each_replica_has_its_part_checked():
    checked, given, rest = seen(tf.data.Dataset.range(8).batch(4), 1, two_replicas())
    assert [each.numpy().tolist() for each in checked] == [[0, 1], [2, 3]]
    assert len(given) == len(rest) == 1


def test_an_empty_dataset_ends_as_without_a_look():
    with pytest.raises(StopIteration):
        seen(tf.data.Dataset.range(0).batch(2), 1)


@pytest.mark.parametrize("steps_per_execution", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_fit_reads_and_compiles_no_more_than_before(make_gan, steps_per_execution):
    reads = []
    gan = make_gan(steps_per_execution=steps_per_execution)

    class Images(keras.utils.PyDataset):
        num_batches = 4

        def __getitem__(self, index):
            reads.append(index)
            return np.full((4, 8, 8, 1), index / 4 - 0.5, "float32")

    gan.fit(Images(), shuffle=False, verbose=0)
    # Keras reads two batches to see their shapes.
    assert reads == [0, 1, 0, 1, 2, 3]
    source = data.open_source(np.arange(1024).astype("uint8").reshape(16, 8, 8))
    dataset = data.batches(source, batch_size=4)
    traces = []
    train_step = gan.train_step
    gan.train_step = lambda batch: traces.append(1) or train_step(batch)
    gan.make_train_function(force=True)
    for epochs in (1, 2):
        gan.fit(dataset, epochs=epochs, verbose=0)
    assert len(traces) == 1
    # Three epochs of four batches, whatever was looked at.
    expected = source.read(data.batch_indices(16, 4, seed=0, step=12))
    np.testing.assert_allclose(next(iter(dataset)) * 127.5 + 127.5, expected, atol=1e-3)
