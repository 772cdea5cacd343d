"""Bodies of REST requests and answers: JSON, with raw bytes after it where both sides want them."""

import dataclasses
import json
import uuid

import numpy as np

from tfgan_kit.serving.refusals import RequestError, brief
from tfgan_kit.serving.tensors import Tensor, check_outputs, to_arrays

__all__ = ["InferRequest", "read_request", "write_answer"]


@dataclasses.dataclass(frozen=True)
class InferRequest:
    """A checked request."""

    id: str
    noise: np.ndarray
    labels: np.ndarray = None
    binary: bool = False


def read_request(body, signature, json_length=None):
    """Read the body of a POST to `/v2/models/NAME/infer`."""
    text, binary = _split(body, json_length)
    fields = _object("The body", _parse(text))
    tensors = _tensors(_objects("inputs", fields.get("inputs")), binary)
    outputs = _objects("outputs", fields.get("outputs") or [])
    check_outputs([each.get("name") for each in outputs])
    noise, labels = to_arrays(tensors, signature)
    return InferRequest(_id(fields.get("id")), noise, labels, _wants_binary(fields, outputs))


def write_answer(request, images, signature):
    """Write the body of the answer."""
    images = np.ascontiguousarray(images, "<f4")
    output = {"name": "images", "shape": list(images.shape), "datatype": "FP32"}
    answer = {"model_name": signature.name, "id": request.id, "outputs": [output]}
    if request.binary:
        output["parameters"] = {"binary_data_size": images.nbytes}
        text = json.dumps(answer).encode()
        return text + images.tobytes(), len(text)
    # Comes with KServe, and writes a float32 in as few digits as bring it back.
    import orjson

    output["data"] = images.ravel()
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), None


def _split(body, json_length):
    if json_length is None:
        return body, None
    if not (json_length.isascii() and json_length.isdigit()) or not (
        len(json_length) < 16 and int(json_length) <= len(body)
    ):
        raise RequestError(
            f"`Inference-Header-Content-Length` must be an integer in [0, {len(body)}]. "
            f"Received: {brief(json_length)}"
        )
    return body[: int(json_length)], body[int(json_length) :]


def _parse(text):
    def refuse(constant):
        raise RequestError(f"The body must be JSON, which has no {constant}")

    try:
        return json.loads(text, parse_constant=refuse)
    except RequestError:
        raise
    except RecursionError as error:
        raise RequestError("The body must be JSON; it is nested too deeply") from error
    except ValueError as error:
        raise RequestError(f"The body must be JSON: {brief(str(error))}") from error


def _object(what, value):
    if not isinstance(value, dict):
        raise RequestError(f"{what} must be a JSON object. Received: {brief(value)}")
    return value


def _objects(field, value):
    if not isinstance(value, list):
        raise RequestError(f"`{field}` must be a list of JSON objects. Received: {brief(value)}")
    return [_object(f"Each of `{field}`", each) for each in value]


def _id(value):
    if value is None:
        return str(uuid.uuid4())
    if not isinstance(value, str):
        raise RequestError(f"`id` must be a string. Received: {brief(value)}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RequestError(f"`id` must be Unicode text. Received: {brief(value)}") from error
    return value


def _parameters(fields):
    value = fields.get("parameters")
    return {} if value is None else _object("`parameters`", value)


def _tensors(inputs, binary):
    tensors, at = [], 0
    for fields in inputs:
        name = fields.get("name")
        if not isinstance(name, str):
            raise RequestError(f"`name` of an input must be a string. Received: {brief(name)}")
        data, size = fields.get("data"), _parameters(fields).get("binary_data_size")
        if size is not None:
            if binary is None or data is not None or type(size) is not int or size < 0:
                raise RequestError(
                    "`binary_data_size` must be an integer of 0 or more, without `data`, in a "
                    "request with Inference-Header-Content-Length. "
                    f"Received: {brief(size)}"
                )
            data, at = binary[at : at + size], at + size
        tensors.append(Tensor(name, fields.get("datatype"), fields.get("shape"), data))
    if binary is not None and at != len(binary):
        raise RequestError(
            f"The inputs' `binary_data_size` add up to {brief(at)} bytes. Received: {len(binary)}"
        )
    return tensors


def _wants_binary(fields, outputs):
    wanted = _parameters(fields).get("binary_data_output", False)
    for output in outputs:
        wanted = _parameters(output).get("binary_data", wanted)
    if not isinstance(wanted, bool):
        raise RequestError(f"`binary_data` must be true or false. Received: {brief(wanted)}")
    return wanted
