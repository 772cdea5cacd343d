"""`serve` as a whole: arguments, ports, signals, and docs/serving.md."""

import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import grpc
import httpx
import kserve
import numpy as np
import pytest
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from tfgan_kit import runtime, serving
from tfgan_kit.utils.errors import InvalidArgument

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"name": name}, "`name` must consist of letters") for name in ("a/b", "", None)]
    + [({"port": 65536}, "`port` must be an integer from 0 to 65535. Received: port=65536")]
    + [({"grpc_port": -1}, "`grpc_port` must be an integer")]
    + [({name: 0}, f"`{name}` must be a positive int") for name in ("num_workers", "max_batch")]
    + [({"host": "192.0.2.1"}, "`port` must be a free port .* host='192.0.2.1'")]
    + [({"host": "no such host"}, "host='no such host'"), ({"host": "a" * 300}, "host='aaa")]
    + [({}, "no file or folder")],
)
def test_unusable_arguments(arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        serving.serve("missing.tflite", **{"port": 0, "grpc_port": 0, **arguments})


def test_busy_and_equal_ports(command_line, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for name in ("port", "grpc_port"):
            with pytest.raises(InvalidArgument, match=f"`{name}` must be a free port.*={port}"):
                serving.serve("missing.tflite", **{"port": 0, "grpc_port": 0, name: port})
        out = command_line("serve", "missing.tflite", "--port", str(port), cwd=tmp_path, code=2)
    assert out.out == ""
    (line,) = out.err.splitlines()
    assert str(port) in line
    with pytest.raises(InvalidArgument, match=f"must differ. Received: {port}"):
        serving.serve("missing.tflite", port=port, grpc_port=port)


def test_without_kserve(monkeypatch):
    monkeypatch.delitem(sys.modules, "tfgan_kit.serving.model", raising=False)
    monkeypatch.setitem(sys.modules, "kserve", None)
    with pytest.raises(InvalidArgument, match=r"pip install 'tfgan_kit\[serve\]'"):
        serving.serve("missing.tflite", port=0, grpc_port=0)


def test_one_line_is_printed_and_its_curl_works(server):
    assert server.line.startswith(
        "Serving digits.tflite as 'generator', version 1: REST http://127.0.0.1:"
    )
    url = re.search(r"Try: curl (\S+)$", server.line).group(1)
    assert httpx.get(url, timeout=30).json()["name"] == "generator"


@pytest.fixture(scope="module")
def draw(body_of, images_of):
    """Images of a running server, by REST and by gRPC."""

    def by_rest(server, noise):
        url = f"{server.url}/v2/models/generator/infer"
        answer = httpx.post(url, json=body_of(noise), timeout=60).raise_for_status()
        return images_of(answer.json())

    def by_grpc(server, noise):
        tensor = kserve.InferInput("noise", list(noise.shape), "FP32")
        tensor.set_data_from_numpy(noise)
        request = kserve.InferRequest("generator", [tensor]).to_grpc()
        with grpc.insecure_channel(server.grpc_address) as channel:
            answer = GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=60)
        return kserve.InferResponse.from_grpc(answer).outputs[0].as_numpy()

    return by_rest, by_grpc


# Every batch takes half a second longer.
SLOW = """
import time
from tfgan_kit.runtime.tflite import TFLiteGenerator

run_batch = TFLiteGenerator.run_batch
TFLiteGenerator.run_batch = lambda *batch: (time.sleep(0.5), run_batch(*batch))[1]
"""
TENSORFLOW = "import sys; print('tensorflow' in sys.modules)"


def test_sigterm_lets_running_and_waiting_requests_end(start, first_export, noise_of, draw):
    server = start(first_export[1], SLOW, TENSORFLOW, num_workers=1)
    expected = runtime.load(first_export[1], threads=1).run(noise_of(1))
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        futures = [threads.submit(each, server, noise_of(1)) for each in draw * 2]
        # There is one worker: by now the others have been waiting for it.
        concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_COMPLETED)
        server.terminate()
        for future in futures:
            np.testing.assert_array_equal(future.result(60), expected)
    assert server.wait() == (0, "False\n")  # TFLite files are served without TensorFlow.
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
    with pytest.raises(httpx.ConnectError):
        draw[0](server, noise_of(1))


def test_sigterm_resets_no_connection(start, first_export, noise_of, body_of):
    server = start(first_export[1])
    host, port = server.url.removeprefix("http://").split(":")
    headers = {"Content-Type": "application/json"}
    body = json.dumps(body_of(noise_of(1)))
    clients = [http.client.HTTPConnection(host, int(port), timeout=30) for _ in range(40)]
    clients[0].request("GET", "/v2")
    assert clients[0].getresponse().read()
    for client in clients[1:20]:
        client.connect()  # Accepted, but not read.
    server.terminate()
    # These come while the server closes its socket: answered or refused, but not reset.
    for client in clients[20:]:
        with contextlib.suppress(ConnectionRefusedError):
            client.connect()
    time.sleep(0.3)
    connected = [client for client in clients if client.sock is not None]
    assert len(connected) >= 20
    for client in connected:
        client.request("POST", "/v2/models/generator/infer", body, headers)
        answer = client.getresponse()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert server.wait() == (0, "")


@pytest.mark.slow
def test_client_that_never_finishes_its_request_does_not_hold_the_server(start, first_export):
    grace = "import functools, kserve\nstart = kserve.ModelServer.__init__\n"
    grace += "kserve.ModelServer.__init__ = functools.partialmethod(start, grace_period=1)"
    server = start(first_export[1], grace)
    host, port = server.url.removeprefix("http://").split(":")
    head = "POST /v2/models/generator/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        time.sleep(0.5)
        server.terminate()
        assert server.wait() == (0, "")


@pytest.mark.slow
def test_saved_model(start, make_networks, noise_of, draw, tmp_path):
    from tfgan_kit import export

    generator, _ = make_networks()
    export.to_saved_model(generator, tmp_path / "served")
    server = start(tmp_path / "served")
    expected = generator(noise_of(3), training=False)
    for each in draw:
        np.testing.assert_allclose(each(server, noise_of(3)), expected, atol=1e-5)
    server.terminate()
    assert server.wait() == (0, "")


def blocks_of_docs(language, server):
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8080", server.url.removeprefix("http://"))
    text = text.replace("127.0.0.1:8081", server.grpc_address)
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return [block for block in blocks if "/v2/models" in block or "InferenceGRPCClient" in block]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_examples_of_docs(start, images_of):
    server = start(ROOT / "saved_models" / "mnist")
    examples = blocks_of_docs("python", server)
    assert len(examples) == 2
    command = [sys.executable, "-c", "\n".join(examples)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert printed.splitlines() == ["(8, 28, 28, 1) True True", "(8, 28, 28, 1)"]
    (example,) = blocks_of_docs("bash", server)
    text = subprocess.run(["bash", "-ec", example], capture_output=True, text=True).stdout
    ready, metadata, images = json.loads("[" + re.sub(r"}\s*{", "},{", text) + "]")
    assert (ready, metadata["name"]) == ({"ready": True}, "generator")
    assert images_of(images).shape == (1, 28, 28, 1)
