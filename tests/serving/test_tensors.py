"""Tensors of requests, right and wrong."""

import numpy as np
import pytest

from tfgan_kit.serving import ModelSignature, RequestError
from tfgan_kit.serving.tensors import Tensor, check_outputs, to_arrays

PLAIN = ModelSignature("cats", "tensorflow_tflite", 3, (2, 2, 1), max_batch=4)
LABELLED = ModelSignature("cats", "tensorflow_tflite", 3, (2, 2, 1), (), "int32", max_batch=4)
NUMBERS = [0.5, -1.0, 2.0, 0.0, 1.0, 3.0]


def noise(**changes):
    return Tensor(
        **{"name": "noise", "datatype": "FP32", "shape": [2, 3], "data": NUMBERS, **changes}
    )


def labels(**changes):
    return Tensor(
        **{"name": "labels", "datatype": "INT32", "shape": [2], "data": [1, 0], **changes}
    )


@pytest.mark.parametrize(
    "data",
    [
        NUMBERS,
        [NUMBERS[:3], NUMBERS[3:]],
        np.array(NUMBERS, "<f4").tobytes(),
        [0.5, -1, 2, 0, 1, 3],
    ],
)
def test_flat_nested_and_raw(data):
    array, none = to_arrays([noise(data=data)], PLAIN)
    np.testing.assert_array_equal(array, np.array(NUMBERS, "float32").reshape(2, 3))
    assert array.dtype == "float32"
    assert none is None


def test_labels_in_any_order():
    array, given = to_arrays([labels(), noise()], LABELLED)
    assert (array.shape, given.tolist(), given.dtype) == ((2, 3), [1, 0], "int32")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"name": "z"}, "The inputs are .'noise'.. Received: 'z'"),
        ({"datatype": "FP64"}, "`noise` must have datatype FP32. Received: 'FP64'"),
        ({"datatype": None}, "must have datatype FP32. Received: None"),
        ({"datatype": ["FP32"]}, "must have datatype FP32"),
        ({"shape": None}, "list of integers. Received: None"),
        ({"shape": [2.0, 3]}, "list of integers"),
        ({"shape": [True, 3]}, "list of integers"),
        ({"shape": "23"}, "list of integers"),
        ({"shape": [6]}, r"shape \[num, 3\] with num 1 or more. Received: \[6\]"),
        ({"shape": [3, 2]}, r"shape \[num, 3\]"),
        ({"shape": [0, 3], "data": []}, "num 1 or more"),
        ({"shape": [-2, 3]}, "num 1 or more"),
        ({"shape": [5, 3], "data": [0.0] * 15}, "at most 4 rows"),
        ({"shape": [10**30, 3]}, "at most 4 rows"),
        ({"data": None}, "must be a list. Received: None"),
        ({"data": "0.5"}, "must be a list"),
        ({"data": {"0": 0.5}}, "must be a list"),
        ({"data": NUMBERS[:5]}, "must have 6 numbers. Received: 5"),
        ({"data": [*NUMBERS, 1.0]}, "must have 6 numbers. Received: 7"),
        ({"data": [NUMBERS]}, "flat, or nested as shape"),
        ({"data": [NUMBERS[:3], NUMBERS[:2]]}, "flat, or nested"),
        ({"data": [NUMBERS[:3], 1.0]}, "flat, or nested"),
        ({"data": [0.5, NUMBERS[:3], 1.0, 1.0, 1.0, 1.0]}, "must be of float or int"),
        ({"data": ["0.5"] * 6}, "must be of float or int. Received: '0.5'"),
        ({"data": [True] * 6}, "Received: True"),
        ({"data": [None] * 6}, "Received: None"),
        ({"data": [float("nan")] * 6}, "must be finite FP32"),
        ({"data": [float("inf")] * 6}, "must be finite FP32"),
        ({"data": [1e39] * 6}, "must be finite FP32"),
        ({"data": [10**400] * 6}, "beyond float32"),
        ({"data": b"\0" * 23}, "must have 24 bytes of data. Received: 23"),
        ({"data": np.full(6, np.nan, "<f4").tobytes()}, "must be finite"),
    ],
)
def test_wrong_noise(changes, message):
    with pytest.raises(RequestError, match=message) as caught:
        to_arrays([noise(**changes)], PLAIN)
    assert caught.value.http_status == 400
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"shape": [1], "data": [1]}, "as many as the noise vectors, 2. Received: 1"),
        ({"data": [0.0, 1.0]}, "must be of int. Received: "),
        ({"data": [0, 2**31]}, "beyond int32"),
        ({"datatype": "INT64"}, "datatype INT32"),
    ],
)
def test_wrong_labels(changes, message):
    with pytest.raises(RequestError, match=message):
        to_arrays([noise(), labels(**changes)], LABELLED)


@pytest.mark.parametrize(
    "tensors, signature",
    [
        ([], PLAIN),
        ([noise(), noise()], PLAIN),
        ([noise(), labels()], PLAIN),
        ([noise()], LABELLED),
        ([labels()], LABELLED),
    ],
)
def test_missing_and_double(tensors, signature):
    with pytest.raises(RequestError, match="input"):
        to_arrays(tensors, signature)


def test_outputs():
    check_outputs([])
    check_outputs(["images"])
    with pytest.raises(RequestError, match="only output is 'images'. Received: None"):
        check_outputs([None])
