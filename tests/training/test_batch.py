"""`Batch`: what `fit` passes on, and what is refused; `test_gan.py` has more through `fit`."""

import warnings

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.training.batch import Batch, check_data, check_range

IMAGES = np.zeros((4, 8, 8, 1), "float32")


def test_every_float_dtype_is_accepted():
    for dtype in ("float16", "bfloat16", "float32", "float64"):
        images = tf.zeros((3, 8, 8, 1), dtype)
        assert Batch.of(images, (8, 8, 1)).images is images


def test_unknown_sizes_are_left_to_the_network():
    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 1))])
    def traced(images):
        return Batch.of(images, (8, 8, 1)).images

    assert traced(IMAGES).shape == (4, 8, 8, 1)


def test_values_in_range_and_integers_pass():
    for images in (np.ones(4), np.full(4, -1.0), np.zeros(0), np.full(4, 255)):
        assert check_range(images) is None


def test_points_must_be_finite_and_batches_of_nothing_pass():
    check_data(np.full((3, 2), 9.0), (2,))
    check_data(np.zeros((0, 8, 8, 1)), (8, 8, 1))
    with pytest.raises(ValueError, match="must be finite. Received: NaN or infinity"):
        check_data(np.full((3, 2), np.inf), (2,))


def test_labels_of_data_are_checked_as_those_of_a_batch():
    check_data((IMAGES, np.arange(4)), (8, 8, 1), num_classes=4)
    for data, message in (
        (IMAGES, r"trains on \(images, labels\).*images alone"),
        ((IMAGES, np.arange(4)), "class numbers from 0 to 2"),
        ((IMAGES, np.arange(4.0)), "integer class numbers.*float64"),
        ((IMAGES, np.array(list("abcd"))), "integer class numbers.*<U1"),
    ):
        with pytest.raises(ValueError, match=message):
            check_data(data, (8, 8, 1), num_classes=3)


def test_labels_are_kept_only_where_there_are_classes():
    labels = tf.constant([[0], [1], [2], [1]], "int64")
    assert Batch.of((tf.constant(IMAGES), labels), (8, 8, 1)).labels is None
    batch = Batch.of((tf.constant(IMAGES), labels), (8, 8, 1), num_classes=3)
    assert batch.labels.dtype == "int32" and batch.labels.numpy().tolist() == [0, 1, 2, 1]


def test_a_conditional_batch_needs_class_numbers():
    images = tf.constant(IMAGES)
    for data, message in (
        (images, r"trains on \(images, labels\).*images alone"),
        ((images, tf.zeros((4,))), "integer class numbers.*float32"),
        ((IMAGES, np.zeros((4, 3), "int32")), r"shape \(4, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            Batch.of(data, (8, 8, 1), num_classes=3)


@pytest.mark.parametrize("label", [-1, 3, 2**32])
def test_a_label_out_of_range_is_refused_in_a_graph_as_well(label):
    @tf.function
    def labels_of(labels):
        return Batch.of((tf.constant(IMAGES), labels), (8, 8, 1), num_classes=3).labels

    with pytest.raises(tf.errors.InvalidArgumentError, match="class numbers from 0 to 2"):
        labels_of(tf.constant([0, 1, label, 0], "int64"))


@pytest.mark.parametrize("num", [12, 13, 5, 2, 1])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_split_gives_parts_of_equal_size_that_hold_every_example(num, parts):
    numbers = tf.range(num)
    batch = Batch(tf.cast(numbers, "float32"), numbers, weights=2 * numbers)
    split = batch.split(parts)
    assert len(split) == parts
    assert {int(part.size) for part in split} == {-(-num // parts)}
    together = np.concatenate([part.labels for part in split])
    assert set(together) == set(range(num))
    if num % parts == 0:
        assert len(together) == num
    for part in split:
        np.testing.assert_array_equal(part.images, part.labels)
        np.testing.assert_array_equal(part.weights, 2 * part.labels)


@pytest.mark.parametrize(
    "weights, received",
    [
        (np.ones(3), r"dtype float64, shape \(3,\), values from 1.0 to 1.0"),
        (np.ones((4, 1)), r"shape \(4, 1\)"),
        (np.array([1, 0, -1, 2]), "values from -1 to 2"),
        (np.full(4, np.nan), r"dtype float64, shape \(4,\)$"),
        (np.array(list("abcd")), "dtype <U1"),
    ],
)
def test_weights_are_factors_of_each_image(weights, received):
    with pytest.raises(ValueError, match=r"`sample_weight` must be .* \(4,\). Rec.*" + received):
        check_data((IMAGES, None, weights), (8, 8, 1))
    with pytest.warns(UserWarning, match="`sample_weight` is 0 for all images"):
        check_data((IMAGES, None, np.zeros(4)), (8, 8, 1))


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (np.arange(32) % 10, True),  # Of ten classes.
        (np.zeros(32, int), True),
        (np.zeros(2, int), False),  # Too few to tell.
        *((np.random.default_rng(seed).integers(0, 50, 32), False) for seed in range(5)),
        (np.arange(5000) % 50, False),
    ],
)
def test_labels_that_are_hardly_clusters_are_told(labels, told):
    data = np.zeros((len(labels), 1), "float32") - 0.5, labels
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_data(data, (1,), 50, shares=[2] * 50)
    assert [str(each.message).startswith("The first") for each in caught] == [True] * told
