"""Requests to a real server, by REST and by gRPC."""

import concurrent.futures
import socket

import grpc
import httpx
import kserve
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from tfgan_kit import export, latent, models
from tfgan_kit.runtime.loading import find_file
from tfgan_kit.serving.model import GeneratorModel
from tfgan_kit.serving.server import _named

MODEL = "/v2/models/generator"
INFER = f"{MODEL}/infer"
METADATA = [
    {"name": "noise", "datatype": "FP32", "shape": [-1, 6]},
    {"name": "labels", "datatype": "INT32", "shape": [-1]},
]
IMAGES = [{"name": "images", "datatype": "FP32", "shape": [-1, 4, 4, 1]}]


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def stub(server):
    with grpc.insecure_channel(server.grpc_address) as channel:
        yield GRPCInferenceServiceStub(channel)


def message(noise, labels, raw=False, **fields):
    """A gRPC request with its values typed, or as raw bytes."""
    noise, labels = np.asarray(noise, "float32"), np.asarray(labels, "int32")
    inputs = [
        {"name": "noise", "datatype": "FP32", "shape": noise.shape},
        {"name": "labels", "datatype": "INT32", "shape": labels.shape},
    ]
    if raw:
        fields = {"raw_input_contents": [noise.tobytes(), labels.tobytes()], **fields}
    else:
        inputs[0]["contents"] = {"fp32_contents": noise.ravel()}
        inputs[1]["contents"] = {"int_contents": labels}
    fields = {"model_name": "generator", "inputs": inputs, **fields}
    return messages.ModelInferRequest(**fields)


@pytest.fixture(scope="module")
def assert_right(client, stub, local, noise_of, body_of, images_of):
    """Both servers give the images of a local run."""

    def check(num=3, seed=0):
        noise, labels = noise_of(num, seed), [(seed + each) % 5 for each in range(num)]
        expected = local.run(noise, labels)
        answer = client.post(INFER, json=body_of(noise, labels)).raise_for_status()
        np.testing.assert_array_equal(images_of(answer.json()), expected)
        for raw in (False, True):
            answer = stub.ModelInfer(message(noise, labels, raw), timeout=30)
            assert bool(answer.raw_output_contents) == raw
            images = kserve.InferResponse.from_grpc(answer).outputs[0].as_numpy()
            np.testing.assert_array_equal(images, expected)

    return check


def test_metadata_and_health(client, stub):
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models").json() == {"models": ["generator"]}
    assert client.get(f"{MODEL}/ready").json() == {"name": "generator", "ready": True}
    metadata = client.get(MODEL).json()
    assert (metadata["inputs"], metadata["outputs"]) == (METADATA, IMAGES)
    metadata = stub.ModelMetadata(messages.ModelMetadataRequest(name="generator"), timeout=30)
    described = [
        {"name": each.name, "datatype": each.datatype, "shape": list(each.shape)}
        for each in [*metadata.inputs, *metadata.outputs]
    ]
    assert described == METADATA + IMAGES


def test_a_label_gives_the_image_of_the_gan(client, conditional, body_of, images_of):
    gan, path = conditional
    answer = client.post(INFER, json=body_of(latent.sample(1, 6, seed=0), [1], id="mine")).json()
    assert (answer["model_name"], answer["id"]) == ("generator", "mine")
    images = images_of(answer)
    np.testing.assert_allclose(images, gan.generate(1, seed=0, labels=1), atol=1e-5)
    np.testing.assert_array_equal(images, export.load(path).generate(1, seed=0, labels=1))
    other = client.post(INFER, json=body_of(latent.sample(1, 6, seed=0), [2])).json()
    assert np.abs(images_of(other) - images).max() > 1e-3


def test_a_label_by_the_name_of_its_class(client, stub, local, noise_of, body_of, images_of):
    noise, names = noise_of(3), ["föx", "cat", "pig"]
    expected = local.run(noise, [local.class_names.index(name) for name in names])
    body = body_of(noise, names)
    body["inputs"][1]["datatype"] = "BYTES"
    answer = client.post(INFER, json=body).raise_for_status()
    np.testing.assert_array_equal(images_of(answer.json()), expected)
    encoded = [name.encode() for name in names]
    for raw in (False, True):
        request = message(noise, [0, 0, 0], raw)
        request.inputs[1].datatype = "BYTES"
        request.inputs[1].ClearField("contents")
        if raw:
            parts = [len(name).to_bytes(4, "little") + name for name in encoded]
            request.raw_input_contents[1] = b"".join(parts)
        else:
            request.inputs[1].contents.bytes_contents.extend(encoded)
        images = kserve.InferResponse.from_grpc(stub.ModelInfer(request, timeout=30)).outputs[0]
        np.testing.assert_array_equal(images.as_numpy(), expected)
    for wrong in (["fox", "cat", "pig"], ["cat"], ["cat", 1, "pig"]):
        body["inputs"][1]["data"] = wrong
        answer = client.post(INFER, json=body)
        assert_refused(answer)
        assert "`labels` must" in answer.json()["error"]
    body["inputs"][1]["data"] = ["dgo"] * 3
    assert "did you mean 'dog'?" in client.post(INFER, json=body).json()["error"]
    for junk in (b"", b"\xff" * 9, b"\x03\0\0\0ca"):
        request.raw_input_contents[1] = junk
        assert code_of(stub.ModelInfer, request) == "INVALID_ARGUMENT"


def test_concurrent_requests_get_the_images_of_a_local_run(assert_right):
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(assert_right, 1 + seed % 16, seed) for seed in range(32)]
        assert [future.result(60) for future in futures] == [None] * 32


def test_binary_data_both_ways(client, local, noise_of):
    noise, labels = noise_of(2), np.array([1, 4], "int32")
    tensors = [
        kserve.InferInput("noise", [2, 6], "FP32"),
        kserve.InferInput("labels", [2], "INT32"),
    ]
    for tensor, array in zip(tensors, (noise, labels), strict=True):
        tensor.set_data_from_numpy(array)
    request = kserve.InferRequest("generator", tensors, parameters={"binary_data_output": True})
    body, length = request.to_rest()
    headers = {"content-type": "application/octet-stream"}
    headers["inference-header-content-length"] = str(length)
    answer = client.post(INFER, content=body, headers=headers).raise_for_status()
    length = int(answer.headers["inference-header-content-length"])
    response = kserve.InferResponse.from_bytes(answer.content, length)
    images = response.outputs[0].as_numpy()
    np.testing.assert_array_equal(images, local.run(noise, labels))


JSON = "application/json"
BINARY = "application/octet-stream"
MALFORMED = [(JSON, b"[" * 20_000), ("text/plain", b"not json")]
MALFORMED += [(JSON, body) for body in (b"", b"{", b"\xff\xfe\xfd", b"null", b'{"inputs": {}}')]
MALFORMED += [(JSON, b'{"inputs": [%s]}' % each) for each in (b"7", b'{"name": "noise"}')]
MALFORMED += [
    (JSON, b'{"inputs": [], ' + more + b"}")
    for more in (b'"parameters": {"\\ud800": []}', b'"id": "\\ud800"', b'"x": ' + b"9" * 5000)
]
MALFORMED += [(BINARY, body) for body in (b"{", b"{}", b"[]")]
MALFORMED += [(BINARY, b'{"inputs": %s}' % each) for each in (b"5", b"[{}]")]
MALFORMED += [(BINARY, b'{"inputs": [{"name": 5, "shape": 5, "datatype": 5, "data": 5}]}')]


def assert_refused(answer, status=400):
    assert answer.status_code == status, answer.text
    assert "\n" not in answer.text
    assert len(answer.text) < 400


@pytest.mark.parametrize("length", ["2", "99", "x", "-1"])
def test_malformed_requests_are_refused_in_one_line(client, assert_right, length):
    for kind, body in MALFORMED:
        headers = {"content-type": kind}
        if kind == BINARY:
            headers["inference-header-content-length"] = length
        assert_refused(client.post(INFER, content=body, headers=headers))
    assert_right()


def test_unusable_inputs_are_refused_in_one_line(client, noise_of, body_of, assert_right):
    # `test_model.py` has more of them.
    for changes in ({"name": "latent"}, {"shape": [17, 6], "data": [0.0] * 102}):
        assert_refused(client.post(INFER, json=body_of(noise_of(2), [0, 1], changes)))
    for labels in (None, [0], [0, 2**40], [0, 5]):
        answer = client.post(INFER, json=body_of(noise_of(2), labels))
        assert_refused(answer)
        assert "labels" in answer.json()["error"]
    assert_right()


def code_of(method, request):
    with pytest.raises(grpc.RpcError) as caught:
        method(request, timeout=30)
    assert "\n" not in caught.value.details()
    return caught.value.code().name


NAN = np.full(12, np.nan, "<f4").tobytes()
RAW = [[bytes(48)], [bytes(47), bytes(8)], [b"", b""], [NAN, bytes(8)], [bytes(48), b"\xff" * 8]]
TYPED = [{"name": "two\nlines"}, {"datatype": "COMPLEX"}, {"shape": [2**62, 6]}]
TYPED += [{"datatype": "BYTES", "contents": {"bytes_contents": [b"a"] * 12}}]
TYPED += [{"shape": [17, 6], "contents": {"fp32_contents": [0.0] * 102}}]
TYPED += [{"contents": {"fp64_contents": [0.0] * 12}}]


def test_unusable_grpc_requests(stub, noise_of, assert_right):
    noise, labels = noise_of(2), [0, 1]
    requests = [message(noise, labels, inputs=[])]
    requests += [message(noise, labels, raw=True, raw_input_contents=contents) for contents in RAW]
    for changes in TYPED:
        requests.append(message(noise, labels))
        first = {"name": "noise", "datatype": "FP32", "shape": [2, 6], **changes}
        requests[-1].inputs[0].CopyFrom(messages.ModelInferRequest.InferInputTensor(**first))
    for request in requests:
        assert code_of(stub.ModelInfer, request) == "INVALID_ARGUMENT", request
        assert_right(1)


def test_unknown_models_and_unloading(client, stub, noise_of, body_of, assert_right):
    assert_refused(client.get("/v2/models/dogs"), 404)
    assert_refused(client.post("/v2/models/dogs/infer", json=body_of(noise_of(1), [0])), 404)
    request = message(noise_of(1), [0], model_name="dogs")
    assert code_of(stub.ModelInfer, request) == "NOT_FOUND"
    assert code_of(stub.ModelReady, messages.ModelReadyRequest(name="dogs")) == "NOT_FOUND"
    for action in ("load", "unload"):
        assert_refused(client.post(f"/v2/repository/models/generator/{action}"))
        name = f"RepositoryModel{action.capitalize()}"
        request = getattr(messages, f"{name}Request")(model_name="generator")
        assert code_of(getattr(stub, name), request) == "INVALID_ARGUMENT"
        assert_right(1)


def test_the_one_version(client, stub, local, noise_of, body_of, images_of):
    one, other = f"{MODEL}/versions/1", f"{MODEL}/versions/2"
    assert client.get(one).json() == client.get(MODEL).json()
    assert client.get(f"{one}/ready").json() == {"name": "generator", "ready": True}
    noise = noise_of(2)
    expected = local.run(noise, [0, 1])
    answer = client.post(f"{one}/infer", json=body_of(noise, [0, 1])).raise_for_status()
    np.testing.assert_array_equal(images_of(answer.json()), expected)
    answers = [client.get(other), client.get(f"{other}/ready"), client.get(f"{other}%0A")]
    answers += [client.post(f"{other}/infer", json=body_of(noise, [0, 1]))]
    for answer in answers:
        assert_refused(answer, 404)
    assert "generator, version '2' does not exist" in answer.json()["error"]
    for version, code in (("1", None), ("2", "NOT_FOUND"), ("\n", "NOT_FOUND")):
        for method, request in (
            (stub.ModelInfer, message(noise, [0, 1], model_version=version)),
            (stub.ModelReady, messages.ModelReadyRequest(name="generator", version=version)),
            (stub.ModelMetadata, messages.ModelMetadataRequest(name="generator", version=version)),
        ):
            if code is None:
                method(request, timeout=30)
            else:
                assert code_of(method, request) == code


def test_the_version_is_the_number_of_the_folder(unproven, tmp_path):
    for _ in range(2):
        export.to_saved_model(models.dcgan((16, 16, 1), latent_dim=4, width=4)[0], tmp_path)
    assert GeneratorModel("generator", find_file(tmp_path)).version == "2"
    assert [_named("generator", asked, "2") for asked in ("", "2", "1")] == [
        *["generator"] * 2,
        "generator, version '1'",
    ]


def test_too_large_requests(client, stub, noise_of, assert_right):
    for body in (b" " * 300_000, iter([b" " * 10_000] * 30)):
        assert_refused(client.post(INFER, content=body, headers={"content-type": JSON}), 413)
    request = message(noise_of(1), [0], raw_input_contents=[b"\0" * 300_000])
    assert code_of(stub.ModelInfer, request) == "RESOURCE_EXHAUSTED"
    assert_right(1)


def test_other_addresses_of_the_machine_do_not_answer(server):
    for address in (server.url.removeprefix("http://"), server.grpc_address):
        host, port = address.split(":")
        assert host == "127.0.0.1"
        # All of 127.0.0.0/8 is this machine: a server on 0.0.0.0 would answer here as well.
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", int(port)), timeout=10)


def test_no_fault_was_logged(server):
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "DeprecationWarning" not in log
