"""Bodies as bytes."""

import json

import numpy as np
import pytest

from tfgan_kit.serving import ModelSignature, RequestError
from tfgan_kit.serving.json_body import InferRequest, read_request, write_answer

SIGNATURE = ModelSignature("cats", "tensorflow_tflite", 2, (2, 2, 1), max_batch=4)
NOISE = {"name": "noise", "shape": [1, 2], "datatype": "FP32", "data": [0.5, -1]}


def body(**fields):
    return json.dumps({"inputs": [NOISE], **fields}).encode()


def test_right_request():
    request = read_request(body(id="first", outputs=[{"name": "images"}]), SIGNATURE)
    assert (request.id, request.noise.tolist(), request.labels) == ("first", [[0.5, -1.0]], None)
    assert not request.binary


def test_id_is_made_where_there_is_none():
    first, second = (read_request(body(), SIGNATURE).id for _ in range(2))
    assert first != second


WRONG = {
    b"": "must be JSON",
    b"{": "must be JSON",
    b"\xff\xfe\x00": "must be JSON",
    b"[" * 100_000: "nested too deeply",
    b"[NaN]": "no NaN",
    b"-Infinity": "no -Infinity",
    b"9" * 5000: "must be JSON",
    b"[]": "The body must be a JSON object",
    b'"text"': "must be a JSON object. Received: 'text'",
    b"{}": "`inputs` must be a list",
    b'{"inputs": null}': "`inputs` must be a list",
    b'{"inputs": {"name": "noise"}}': "`inputs` must be a list",
    b'{"inputs": [1]}': "Each of `inputs` must be a JSON object",
    b'{"inputs": [{}]}': "`name` of an input must be a string",
    b'{"inputs": [{"name": ["noise"]}]}': "`name` of an input must be a string",
    body(id=5): "`id` must be a string",
    body(id="\ud800"): "`id` must be Unicode",
    body(outputs="images"): "`outputs` must be a list",
    body(outputs=["images"]): "Each of `outputs`",
    body(outputs=[{"name": "labels"}]): "only output",
    body(outputs=[{"name": "images", "parameters": 3}]): "`parameters` must be a JSON object",
    body(parameters=[]): "`parameters` must be a JSON object",
    body(parameters={"binary_data_output": "yes"}): "must be true or false",
    body(inputs=[{**NOISE, "parameters": {"binary_data_size": 8}}]): "without `data`",
}


@pytest.mark.parametrize("content", WRONG, ids=lambda content: str(content[:40]))
def test_wrong_request(content):
    with pytest.raises(RequestError, match=WRONG[content]) as caught:
        read_request(content, SIGNATURE)
    assert caught.value.http_status == 400
    assert len(str(caught.value)) < 250


def binary_body(size=8, values=b"\0" * 8):
    fields = {key: value for key, value in NOISE.items() if key != "data"}
    text = body(inputs=[{**fields, "parameters": {"binary_data_size": size}}])
    return text + values, str(len(text))


def test_binary_input():
    content, json_length = binary_body(values=np.array([0.5, -1], "<f4").tobytes())
    assert read_request(content, SIGNATURE, json_length).noise.tolist() == [[0.5, -1.0]]


@pytest.mark.parametrize("json_length", ["", "-1", "x", "10000", "1" * 400, "²"])
def test_wrong_json_length(json_length):
    with pytest.raises(RequestError, match="Inference-Header-Content-Length"):
        read_request(body(), SIGNATURE, json_length)


@pytest.mark.parametrize("size", [-1, 4, 7, 9, 10**30, "8", True, 8.0])
def test_wrong_binary_size(size):
    content, json_length = binary_body(size)
    with pytest.raises(RequestError, match="bytes|binary_data_size"):
        read_request(content, SIGNATURE, json_length)


def test_binary_bytes_that_no_input_claims():
    with pytest.raises(RequestError, match="add up to 8 bytes. Received: 9"):
        content, json_length = binary_body(values=b"\0" * 9)
        read_request(content, SIGNATURE, json_length)


@pytest.mark.parametrize(
    "fields",
    [
        {"parameters": {"binary_data_output": True}},
        {"outputs": [{"name": "images", "parameters": {"binary_data": True}}]},
    ],
)
def test_binary_answer(fields):
    request = read_request(body(id="first", **fields), SIGNATURE)
    images = np.arange(4, dtype="float32").reshape(1, 2, 2, 1)
    content, json_length = write_answer(request, images, SIGNATURE)
    (output,) = json.loads(content[:json_length])["outputs"]
    assert (output["shape"], output["parameters"]) == ([1, 2, 2, 1], {"binary_data_size": 16})
    assert np.frombuffer(content[json_length:], "<f4").tolist() == [0, 1, 2, 3]


def test_json_answer_is_exact():
    pytest.importorskip("orjson")
    images = np.random.default_rng(0).normal(size=(3, 2, 2, 1)).astype("float32")
    request = InferRequest("first", np.zeros((3, 2), "float32"))
    content, json_length = write_answer(request, images, SIGNATURE)
    answer = json.loads(content)
    (output,) = answer.pop("outputs")
    assert answer == {"model_name": "cats", "id": "first"}
    assert json_length is None
    np.testing.assert_array_equal(np.array(output["data"], "float32"), images.ravel())
