"""Arrays that metrics refuse, and arrays that they leave unchanged."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.metrics import checks
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_not_copied(dtype):
    features = np.ones((3, 2), dtype)
    assert checks.check_features("real", features) is features


@pytest.mark.parametrize("dtype", ["float16", "uint8", "int64"])
def test_other_numbers_become_float64(dtype):
    checked = checks.check_features("real", np.array([[1, 2], [3, 4]], dtype))
    assert checked.dtype == np.float64
    np.testing.assert_array_equal(checked, [[1, 2], [3, 4]])


def test_lists_and_tensors_are_taken():
    assert checks.check_features("real", [[1, 2.5]]).shape == (1, 2)
    assert checks.check_features("real", tf.ones((4, 3))).shape == (4, 3)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        *((np.zeros(shape), "array .*shape") for shape in ((), (4,), (2, 3, 1), (4, 0))),
        (np.zeros((0, 4)), r"at least 1 row\. .*\(0, 4\)"),
        *(
            (np.zeros((2, 2), dtype), f"dtype {dtype}")
            for dtype in ("bool", "complex128", "object")
        ),
        (np.array([["1", "2"]]), "dtype str"),
    ],
)
def test_other_arrays_are_refused(features, message):
    with pytest.raises(InvalidArgument, match=f"`fake` must .*{message}"):
        checks.check_features("fake", features)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_values_are_refused_with_their_position(value, dtype):
    features = np.zeros((5, 3), dtype)
    features[3, 1] = value
    with pytest.raises(InvalidArgument, match=rf"{value} in row 3, column 1 \(1 such"):
        checks.check_features("real", features)


def test_values_whose_square_overflows_are_refused():
    assert checks.check_features("real", np.full((1, 1), 3e38)).shape == (1, 1)
    with pytest.raises(InvalidArgument, match="range of float32"):
        checks.check_features("real", np.full((1, 1), 1e200))


def test_too_few_rows_are_refused():
    assert len(checks.check_features("real", np.zeros((2, 1)), min_num=2)) == 2
    with pytest.raises(InvalidArgument, match=r"`real` must have at least 2 rows.*\(1, 1\)"):
        checks.check_features("real", np.zeros((1, 1)), min_num=2)


def test_pair_names_the_wrong_side():
    good = np.zeros((3, 2))
    real, fake = checks.check_pair(good, np.ones((5, 2)))
    assert real is good
    assert fake.shape == (5, 2)
    with pytest.raises(InvalidArgument, match="`real` must have at least 4 rows"):
        checks.check_pair(good, np.ones((5, 2)), min_num=4)
    with pytest.raises(InvalidArgument, match="`fake` must be an array"):
        checks.check_pair(good, np.ones(2))
    with pytest.raises(InvalidArgument, match=r"same width.*\(3, 2\) and \(3, 4\)"):
        checks.check_pair(good, np.zeros((3, 4)))


@pytest.mark.parametrize(
    "labels", [[0, 1], [[0], [1], [2]], [0.0, 1.0, 2.0], ["a", "b", "c"], None]
)
def test_labels_must_be_one_integer_per_image(labels):
    assert checks.check_labels([0, 1, 2], 3).dtype.kind == "i"
    with pytest.raises(InvalidArgument, match=r"`labels` must be integers of shape \(3,\)"):
        checks.check_labels(labels, 3)
