"""REST, asked of a real server."""

import http.client
import json
import urllib.error
import urllib.request

import numpy as np
import pytest
from serving_processes import (
    CLASSES,
    body_of,
    images_of,
    local,
    needs_kserve,
    noise_of,
    shared_server,
)

pytestmark = needs_kserve
INFER = "/v2/models/generator/infer"


def ask(path, body=None, labelled=False, method=None, headers=None):
    """The status and the JSON of an answer."""
    body = body.encode() if isinstance(body, str) else body
    url = shared_server(labelled).url + path
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def assert_answers_rightly(num=3, seed=0):
    noise = noise_of(num, seed)
    status, answer = ask(INFER, body_of(noise, id="mine"))
    assert (status, answer["model_name"], answer["id"]) == (200, "generator", "mine")
    np.testing.assert_allclose(images_of(answer), local("tflite").run(noise), atol=1e-5)


def test_what_it_tells_of_itself():
    assert ask("/v2")[1]["name"] == "kserve"
    assert ask("/v2/health/live") == (200, {"live": True})
    assert ask("/v2/health/ready") == (200, {"ready": True})
    assert ask("/v2/models") == (200, {"models": ["generator"]})
    assert ask("/v2/models/generator/ready") == (200, {"name": "generator", "ready": True})
    assert ask("/v2/models/generator") == (
        200,
        {
            "name": "generator",
            "platform": "tensorflow_tflite",
            "inputs": [{"name": "noise", "datatype": "FP32", "shape": [-1, 4]}],
            "outputs": [{"name": "images", "datatype": "FP32", "shape": [-1, 4, 4, 1]}],
        },
    )


def test_labels_are_in_the_metadata():
    labels = ask("/v2/models/generator", labelled=True)[1]["inputs"][1]
    assert labels == {"name": "labels", "datatype": "INT32", "shape": [-1]}


@pytest.mark.parametrize("num", [1, 2, 7, 16])
def test_images_are_those_of_a_local_run(num):
    assert_answers_rightly(num, seed=num)


def test_labelled_images_are_those_of_a_local_run():
    noise, labels = noise_of(CLASSES), list(range(CLASSES))
    status, answer = ask(INFER, body_of(noise, labels), labelled=True)
    assert status == 200
    expected = local("tflite", labelled=True).run(noise, labels)
    np.testing.assert_allclose(images_of(answer), expected, atol=1e-5)


def test_binary_both_ways():
    noise = noise_of(2)
    tensor = {"name": "noise", "datatype": "FP32", "shape": [2, 4]}
    tensor["parameters"] = {"binary_data_size": noise.nbytes}
    text = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(text))}
    request = urllib.request.Request(shared_server().url + INFER, text + noise.tobytes(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        length = int(answer.headers["Inference-Header-Content-Length"])
        content = answer.read()
    (output,) = json.loads(content[:length])["outputs"]
    images = np.frombuffer(content[length:], "<f4").reshape(output["shape"])
    np.testing.assert_allclose(images, local("tflite").run(noise), atol=1e-5)


def wrong(**changes):
    fields = json.loads(body_of(noise_of(2)))
    fields["inputs"][0].update(changes)
    return json.dumps(fields)


RIGHT = body_of(noise_of(2))
WRONG = [
    "",
    "{",
    "not json",
    "[" * 20_000,
    "null",
    "[]",
    '"text"',
    "{}",
    '{"inputs": []}',
    '{"inputs": {}}',
    '{"inputs": [7]}',
    RIGHT.replace("noise", "latent"),
    RIGHT.replace("FP32", "FP64"),
    RIGHT.replace("FP32", "BYTES"),
    wrong(shape=[8]),
    wrong(shape=[4, 2]),
    wrong(shape=[-1, 4]),
    wrong(shape=[2, 4.5]),
    wrong(shape=[10**20, 4]),
    wrong(shape=[0, 4], data=[]),
    wrong(shape=[17, 4], data=[0.0] * 68),
    wrong(shape=None),
    wrong(data=[0.0] * 7),
    wrong(data=[0.0] * 9),
    wrong(data=["0.0"] * 8),
    wrong(data=[None] * 8),
    wrong(data=[True] * 8),
    wrong(data=[float("nan")] * 8),
    wrong(data=[float("inf")] * 8),
    wrong(data=[1e300] * 8),
    wrong(data=[10**400] * 8),
    wrong(data=[[0.0] * 4, [0.0] * 3]),
    wrong(data="AAAA"),
    wrong(datatype=None),
    wrong(parameters={"binary_data_size": 32}, data=None),
    body_of(noise_of(2), labels=[0, 1]),
    body_of(noise_of(2), id=7),
    body_of(noise_of(2), outputs=[{"name": "noise"}]),
    b"\xff\xfe\xfd",
    b"\x00" * 100,
]


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_wrong_request_is_refused_in_one_line(body):
    status, answer = ask(INFER, body, method="POST")
    assert status == 400
    assert list(answer) == ["error"]
    assert "\n" not in answer["error"]


def test_it_answers_rightly_after_all_of_them():
    for body in WRONG:
        ask(INFER, body, method="POST")
    assert_answers_rightly()


@pytest.mark.parametrize(
    "body",
    [
        body_of(noise_of(2)),
        body_of(noise_of(2), [0]),
        body_of(noise_of(2), [0.5, 1.0]),
        body_of(noise_of(2), [0, CLASSES]),
        body_of(noise_of(2), [0, -1]),
        body_of(noise_of(2), [0, 2**40]),
    ],
    ids=["missing", "few", "float", "beyond", "negative", "huge"],
)
def test_wrong_labels(body):
    status, answer = ask(INFER, body, labelled=True)
    assert (status, list(answer)) == (400, ["error"])


@pytest.mark.parametrize(
    "path, method, status",
    [
        ("/v2/models/dogs", "GET", 404),
        ("/v2/models/dogs/ready", "GET", 404),
        ("/v2/models/dogs/infer", "POST", 404),
        ("/v2/models/generator/versions/1/infer", "POST", 404),
        ("/v2/models/generator/infer", "GET", 405),
        ("/v2/repository/models/generator/load", "POST", 404),
        ("/v2/repository/models/generator/unload", "POST", 404),
        ("/v2/repository/index", "POST", 404),
        ("/v1/models/generator:predict", "POST", 404),
        ("/docs", "GET", 404),
        ("/openapi.json", "GET", 404),
        ("/", "GET", 404),
        ("/two%0Alines%FF", "GET", 404),
        ("/v2/models/two%0Alines%FF", "GET", 404),
        ("/v2/models/" + "x" * 10_000, "GET", 404),
    ],
    ids=range(15),
)
def test_routes_that_there_are_not(path, method, status):
    told, answer = ask(path, "{}" if method == "POST" else None, method=method)
    assert (told, list(answer)) == (status, ["error"])
    assert "\n" not in answer["error"]
    assert len(answer["error"]) < 200


def send_raw(body, **headers):
    """A body with other headers than a well-behaved client sends."""
    connection = http.client.HTTPConnection(shared_server().url.removeprefix("http://"), timeout=30)
    chunked = headers.get("Transfer-Encoding") == "chunked"
    connection.request("POST", INFER, body, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    return answer.status, content


def test_too_large_body():
    status, answer = send_raw(b" " * 300_000)
    assert status == 413
    assert "at most 68,096 bytes" in answer["error"]


def test_too_large_body_in_chunks():
    status, answer = send_raw(iter([b" " * 10_000] * 30), **{"Transfer-Encoding": "chunked"})
    assert (status, list(answer)) == (413, ["error"])
    assert_answers_rightly()


def test_chunked_body_that_is_right():
    parts = iter([RIGHT[:50].encode(), RIGHT[50:].encode()])
    assert send_raw(parts, **{"Transfer-Encoding": "chunked"})[0] == 200


def test_compressed_body():
    assert send_raw(b"\x1f\x8b", **{"Content-Encoding": "gzip"})[0] == 415
