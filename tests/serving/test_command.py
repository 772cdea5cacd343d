"""`serve` as a whole: arguments, ports, signals, both formats, and docs/serving.md."""

import concurrent.futures
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from serving_processes import (
    ServerProcess,
    body_of,
    exported,
    grpc_messages,
    images_of,
    local,
    needs_kserve,
    noise_of,
    shared_server,
)

from tfgan_kit import serving
from tfgan_kit.utils.errors import InvalidArgument

DOCS = pathlib.Path(__file__).parents[2] / "docs" / "serving.md"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"name": "a/b"}, "`name` must be of letters"),
        ({"name": ""}, "`name` must be of letters"),
        ({"name": None}, "`name` must be of letters"),
        ({"port": 65536}, r"`port` must be an integer in \[0, 65535\]. Received: port=65536"),
        ({"grpc_port": -1}, "`grpc_port` must be an integer"),
        ({"port": "8080"}, "`port` must be an integer"),
        ({"num_workers": 0}, "`num_workers` must be an integer"),
        ({"num_workers": True}, "`num_workers` must be an integer"),
        ({"max_batch": 0}, "`max_batch` must be an integer"),
        ({"port": 9000, "grpc_port": 9000}, "must differ. Received: 9000"),
    ],
)
def test_wrong_argument(arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        serving.serve("missing.tflite", **arguments)


def test_without_kserve(monkeypatch):
    monkeypatch.setitem(sys.modules, "kserve", None)
    with pytest.raises(InvalidArgument, match=r"pip install 'tfgan_kit\[serve\]'"):
        serving.serve("missing.tflite")


@needs_kserve
@pytest.mark.parametrize("argument", ["port", "grpc_port"])
def test_busy_port(argument):
    grpc_messages()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ports = {"port": 0, "grpc_port": 0, argument: port}
        with pytest.raises(InvalidArgument, match=f"`{argument}` must be free.* {argument}={port}"):
            serving.serve(exported("tflite"), **ports)


@needs_kserve
def test_command_line_tells_a_busy_port_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "tfgan_kit", "serve", str(exported("tflite"))]
        done = subprocess.run([*command, "--port", port], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert port in line


@needs_kserve
def test_other_addresses_of_the_machine_are_refused():
    server = shared_server()
    for address in (server.url.removeprefix("http://"), server.grpc_address):
        host, port = address.split(":")
        socket.create_connection((host, int(port)), timeout=10).close()
        # All of 127.0.0.0/8 is this machine; a server on 0.0.0.0 would answer here, too.
        for other in {"127.0.0.2", outer_address()}:
            with pytest.raises(OSError):
                socket.create_connection((other, int(port)), timeout=10)


def outer_address():
    """An address that other machines know this one by, if it has one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.3"
        return probe.getsockname()[0]


@needs_kserve
def test_one_line_is_printed_and_its_curl_works():
    line = shared_server().line
    assert line.startswith("Serving plain.tflite as 'generator': REST http://127.0.0.1:")
    url = re.search(r"Try: curl (\S+)$", line).group(1)
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert json.loads(answer.read())["name"] == "generator"


def infer(server, noise):
    request = urllib.request.Request(
        f"{server.url}/v2/models/generator/infer", body_of(noise).encode()
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return images_of(json.loads(answer.read()))


def infer_by_grpc(server, noise):
    import grpc

    messages, stubs = grpc_messages()
    contents = {"fp32_contents": noise.ravel()}
    tensor = {"name": "noise", "datatype": "FP32", "shape": noise.shape, "contents": contents}
    request = messages.ModelInferRequest(model_name="generator", inputs=[tensor])
    with grpc.insecure_channel(server.grpc_address) as channel:
        answer = stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=60)
    return np.array(answer.outputs[0].contents.fp32_contents)


# Replaces the generator by one that takes a second, and sets the grace; without TensorFlow.
SLOW = """
import time
import numpy as np
from tfgan_kit import runtime
from tfgan_kit.serving import command

class Slow(runtime.ExportedGenerator):
    format = "tflite"

    def run_batch(self, noise, labels):
        time.sleep(1.0)
        return np.zeros((len(noise), 4, 4, 1), "float32")

command._GRACE_SECONDS = {grace}
command.WorkerPool.open = lambda path, num: command.WorkerPool([Slow(4, (4, 4, 1))])
"""


def slow_server(grace=20):
    return ServerProcess("slow.tflite", SLOW.format(grace=grace))


@needs_kserve
def test_sigterm_lets_running_and_waiting_requests_end():
    server = slow_server()
    grpc_messages()  # Imported before the clock matters.
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        calls = [infer, infer_by_grpc] * 2
        futures = [threads.submit(call, server, noise_of(1)) for call in calls]
        # One worker takes a second for each: by now the others have been waiting for as long.
        concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_COMPLETED)
        server.terminate()
        assert [future.result(60).size for future in futures] == [16] * 4
    assert server.wait() == 0
    assert "Traceback" not in server.error_text()
    with pytest.raises(urllib.error.URLError):
        infer(server, noise_of(1))


@needs_kserve
@pytest.mark.slow
def test_client_that_never_finishes_its_request_does_not_hold_the_server():
    server = slow_server(grace=1)
    host, port = server.url.removeprefix("http://").split(":")
    head = "POST /v2/models/generator/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        time.sleep(0.5)
        server.terminate()
        assert server.wait() == 0


@needs_kserve
@pytest.mark.slow
def test_saved_model():
    server = ServerProcess(exported("saved_model"), name="generator")
    with urllib.request.urlopen(f"{server.url}/v2/models/generator", timeout=30) as answer:
        assert json.loads(answer.read())["platform"] == "tensorflow_savedmodel"
    expected = local("saved_model").run(noise_of(3))
    np.testing.assert_allclose(infer(server, noise_of(3)), expected, atol=1e-5)
    images = infer_by_grpc(server, noise_of(3))
    np.testing.assert_allclose(images, expected.ravel(), atol=1e-5)
    server.terminate()
    assert server.wait() == 0


def blocks_of_docs(language):
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if "8080" in block or "8081" in block]


def at_our_ports(text):
    server = shared_server()
    # The generator of these tests takes 4 numbers, and that of the page 100.
    text = text.replace("8, 100", "8, 4").replace("[1, 100]", "[1, 4]")
    text = text.replace("range(100)", "range(4)").replace("random.gauss(0, 1)", "0.5")
    text = text.replace("127.0.0.1:8080", server.url.removeprefix("http://"))
    return text.replace("127.0.0.1:8081", server.grpc_address)


@needs_kserve
def test_python_of_docs():
    examples = blocks_of_docs("python")
    assert len(examples) == 2
    code = at_our_ports("\n".join(examples))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["(8, 4, 4, 1) True True", "(8, 4, 4, 1)"]


@needs_kserve
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_of_docs():
    (example,) = blocks_of_docs("bash")
    done = subprocess.run(
        ["bash", "-ec", at_our_ports(example)], capture_output=True, text=True, check=True
    )
    decoder, text, answers = json.JSONDecoder(), done.stdout, []
    while text:
        answer, end = decoder.raw_decode(text)
        answers.append(answer)
        text = text[end:].lstrip()
    ready, metadata, images = answers
    assert (ready, metadata["name"]) == ({"ready": True}, "generator")
    expected = local("tflite").run([[0.5, 0.5, 0.5, 0.5]])
    np.testing.assert_allclose(images_of(images), expected, atol=1e-5)
