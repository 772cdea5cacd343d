"""The tensors of a request: checked one by one, then arrays for the generator."""

import dataclasses
import itertools
import math

import numpy as np

from tfgan_kit.serving.refusals import RequestError, brief
from tfgan_kit.serving.signature import DATATYPES

__all__ = ["Tensor", "check_outputs", "to_arrays"]

_DTYPES = {datatype: np.dtype(name) for name, datatype in DATATYPES.items()}


@dataclasses.dataclass(frozen=True)
class Tensor:
    """One input of a request, as it came."""

    name: str
    datatype: str
    shape: list
    data: object


def to_arrays(tensors, signature):
    """Check the inputs of a request and turn them into arrays."""
    expected = {each["name"]: each for each in signature.inputs()}
    _check_names([tensor.name for tensor in tensors], list(expected))
    arrays = {
        tensor.name: _to_array(tensor, expected[tensor.name], signature.max_batch)
        for tensor in tensors
    }
    noise, labels = arrays["noise"], arrays.get("labels")
    if labels is not None and len(labels) != len(noise):
        raise RequestError(
            f"`labels` must be as many as the noise vectors, {len(noise)}. Received: {len(labels)}"
        )
    return noise, labels


def check_outputs(names):
    """Refuse a request that asks for an output that there is not."""
    for name in names:
        if name != "images":
            raise RequestError(f"The only output is 'images'. Received: {brief(name)}")


def _check_names(received, expected):
    for name in received:
        if name not in expected:
            raise RequestError(f"The inputs are {expected}. Received: {brief(name)}")
    for name in expected:
        if received.count(name) != 1:
            raise RequestError(
                f"The input {name!r} must be given once. Received: {received.count(name)} times"
            )


def _to_array(tensor, expected, max_batch):
    name = tensor.name
    if tensor.datatype != expected["datatype"]:
        raise RequestError(
            f"`{name}` must have datatype {expected['datatype']}. "
            f"Received: {brief(tensor.datatype)}"
        )
    shape = _check_shape(name, tensor.shape, expected["shape"], max_batch)
    dtype = _DTYPES[tensor.datatype]
    if isinstance(tensor.data, bytes):
        array = _from_bytes(name, tensor.data, shape, dtype)
    else:
        array = _from_numbers(name, _flat(name, tensor.data, shape), dtype)
    if not np.isfinite(array).all():
        raise RequestError(f"`{name}` must be finite {tensor.datatype}. Received: NaN or infinity")
    return array.reshape(shape)


def _check_shape(name, shape, expected, max_batch):
    if not isinstance(shape, list) or any(type(size) is not int for size in shape):
        raise RequestError(
            f"`shape` of `{name}` must be a list of integers. Received: {brief(shape)}"
        )
    if len(shape) != len(expected) or shape[1:] != expected[1:] or shape[0] < 1:
        wanted = ", ".join(["num", *map(str, expected[1:])])
        raise RequestError(
            f"`{name}` must have shape [{wanted}] with num 1 or more. Received: {brief(shape)}"
        )
    if shape[0] > max_batch:
        raise RequestError(
            f"`{name}` must have at most {max_batch} rows in one request. Received: {brief(shape)}"
        )
    return shape


def _from_bytes(name, data, shape, dtype):
    size = math.prod(shape) * dtype.itemsize
    if len(data) != size:
        raise RequestError(
            f"`{name}` of shape {shape} must have {size} bytes of data. Received: {len(data)}"
        )
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype)


def _flat(name, data, shape):
    """The numbers of a list that is flat, or nested just as the shape is."""
    if not isinstance(data, list):
        raise RequestError(f"`data` of `{name}` must be a list. Received: {brief(data)}")
    rows = data
    if data and isinstance(data[0], list):
        rows = [data]
        for size in shape:
            if any(not isinstance(row, list) or len(row) != size for row in rows):
                raise RequestError(f"`data` of `{name}` must be flat, or nested as shape {shape}")
            rows = list(itertools.chain.from_iterable(rows))
    if len(rows) != math.prod(shape):
        raise RequestError(
            f"`{name}` of shape {shape} must have {math.prod(shape)} numbers. Received: {len(rows)}"
        )
    return rows


def _from_numbers(name, numbers, dtype):
    allowed = {"b": {bool}, "i": {int}, "u": {int}, "f": {int, float}}[dtype.kind]
    for kind in set(map(type, numbers)) - allowed:
        wrong = next(number for number in numbers if type(number) is kind)
        wanted = " or ".join(sorted(each.__name__ for each in allowed))
        raise RequestError(f"`data` of `{name}` must be of {wanted}. Received: {brief(wrong)}")
    try:
        with np.errstate(over="ignore"):
            return np.array(numbers, "float64" if dtype.kind == "f" else dtype).astype(dtype)
    except (OverflowError, ValueError) as error:
        raise RequestError(f"`data` of `{name}` has a number beyond {dtype}") from error
