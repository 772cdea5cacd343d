"""Load test of a real server: right requests, malformed requests, and SIGTERM while it works.

    python benchmarks/serving.py [FILE] [--conditional] [--requests N] [--malformed N] [--workers N]

FILE is an exported generator. Without FILE, an untrained DCGAN for 32x32 colour images is exported
to TFLite, with --conditional one of ten classes. Labels are sent by number and by name. Eight
clients, four by REST and four by gRPC, send requests for 1 to 8 images, and every answer is
compared with a local run. Then two clients send seeded malformed requests. Then eight requests for
the largest batch are running when the server receives SIGTERM.
Prints the figures and writes them as JSON next to this file. Needs the extra `serve`.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from importlib import metadata

import grpc
import numpy as np
from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from tfgan_kit import runtime

CLIENTS = 8
MAX_BATCH = 256
BANK = 512
TOLERANCE = 1e-5
REFUSALS = {"INVALID_ARGUMENT", "NOT_FOUND", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED"}
FAILURES = (OSError, RuntimeError, http.client.HTTPException, grpc.RpcError)
INFER = "/v2/models/generator/infer"


def export_generator(folder, num_classes=None):
    import tfgan_kit
    from tfgan_kit import export
    from tfgan_kit.export.exportable import Exportable

    options = {"latent_dim": 64, "width": 16, "num_classes": num_classes}
    generator, _ = tfgan_kit.models.dcgan((32, 32, 3), **options)
    names = num_classes and [f"class {number}" for number in range(num_classes)]
    exportable = Exportable(generator, num_classes, names)
    return export.to_tflite(exportable, folder / "generator.tflite").path


class Server:
    """`serving.serve` in a separate process."""

    def __init__(self, path, num_workers):
        code = (
            "from tfgan_kit import serving; serving.serve("
            f"{str(path)!r}, port=0, grpc_port=0, num_workers={num_workers}, max_batch={MAX_BATCH})"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        self.rest, self.grpc = re.search(r"http://(\S+), gRPC (\S+:\d+)\.", line).groups()


class RestClient:
    """A client with one open connection."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(server.rest, timeout=120)

    def post(self, body, path=INFER):
        self.connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def draw(self, noise, labels=None):
        status, content = self.post(rest_body(noise, labels))
        if status != 200:
            raise RuntimeError(f"{status}: {content[:200]}")
        (output,) = json.loads(content)["outputs"]
        return np.array(output["data"], "float32").reshape(output["shape"])

    def is_refused(self, body):
        status, content = self.post(body)
        return 400 <= status < 500 and b"\n" not in content


class GrpcClient:
    """A client with its own channel."""

    def __init__(self, server):
        options = [
            ("grpc.max_receive_message_length", -1),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        self.stub = GRPCInferenceServiceStub(grpc.insecure_channel(server.grpc, options))

    def draw(self, noise, labels=None):
        answer = self.stub.ModelInfer(grpc_request(noise, labels=labels), timeout=120)
        return np.frombuffer(answer.raw_output_contents[0], "<f4").reshape(answer.outputs[0].shape)

    def is_refused(self, request):
        try:
            self.stub.ModelInfer(request, timeout=120)
        except grpc.RpcError as error:
            return error.code().name in REFUSALS
        return False


def rest_body(noise, labels=None, **changes):
    tensor = {"name": "noise", "datatype": "FP32", "shape": list(noise.shape)}
    tensor["data"] = noise.ravel().tolist()
    inputs = [{**tensor, **changes}]
    if labels is not None:
        inputs.append({**label_tensor(labels), "data": labels})
    return json.dumps({"inputs": inputs})


def label_tensor(labels):
    """Name, datatype and shape of a list of class numbers or names."""
    datatype = "BYTES" if isinstance(labels[0], str) else "INT32"
    return {"name": "labels", "datatype": datatype, "shape": [len(labels)]}


def grpc_request(noise, model="generator", raw=None, labels=None, **changes):
    inputs = [{"name": "noise", "datatype": "FP32", "shape": noise.shape, **changes}]
    raw = [noise.tobytes()] if raw is None else raw
    if labels is not None:
        inputs.append(label_tensor(labels))
        texts = [each.encode() for each in labels if isinstance(each, str)]
        sized = b"".join(len(text).to_bytes(4, "little") + text for text in texts)
        raw.append(sized or np.asarray(labels, "<i4").tobytes())
    return messages.ModelInferRequest(model_name=model, inputs=inputs, raw_input_contents=raw)


def load_test(server, bank, labels, images, num_requests):
    """Returns the errors, the seconds of each request and the total seconds."""
    seconds, failed = [], []

    def run(client_number):
        rng = random.Random(client_number)
        client = (RestClient, GrpcClient)[client_number % 2](server)
        for _ in range(num_requests // CLIENTS):
            at, size = rng.randrange(BANK - 8), rng.randint(1, 8)
            asked = labels and rng.choice(labels)[at : at + size]
            started = time.perf_counter()
            try:
                seen = client.draw(bank[at : at + size], asked)
                error = np.abs(seen - images[at : at + size]).max()
                if not error < TOLERANCE:
                    failed.append(f"differs by {error}")
            except FAILURES as problem:
                failed.append(str(problem))
            # Includes the comparison, which takes microseconds.
            seconds.append((client_number % 2, time.perf_counter() - started))

    started = time.perf_counter()
    in_threads(run)
    return failed, seconds, time.perf_counter() - started


def in_threads(run):
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as threads:
        for future in [threads.submit(run, number) for number in range(CLIENTS)]:
            future.result()


def malformed_rest(rng, noise):
    """A body that must be refused."""
    right = rest_body(noise)
    numbers = noise.ravel().tolist()
    junk = [None, True, "text", -1, 1.5, 10**30, [], {}, [[]], [None], "\ud800"]
    values = [None, "0.5", float("nan"), float("inf"), 1e300, 10**400, [1.0], {}]
    kind = rng.randrange(9)
    if kind == 0:
        return rng.randbytes(rng.randrange(200))
    if kind == 1:
        return right[: rng.randrange(len(right))]
    if kind == 2:
        return rest_body(noise, **{rng.choice(["name", "datatype", "shape"]): rng.choice(junk)})
    if kind == 3:
        numbers[rng.randrange(len(numbers))] = rng.choice(values)
        return rest_body(noise, data=numbers)
    if kind == 4:
        return rest_body(noise, data=numbers[: rng.randrange(len(numbers))])
    if kind == 5:
        return rest_body(noise, shape=[rng.randint(-5, 5) for _ in range(rng.randrange(4))])
    if kind == 6:
        return rest_body(noise, shape=[rng.choice([MAX_BATCH + 1, 2**63, 0, -1]), noise.shape[1]])
    if kind == 7:
        return json.dumps(rng.choice([*junk, {"inputs": rng.choice(junk)}]))
    return rng.choice("[{") * rng.randrange(1, 100_000)


def malformed_grpc(rng, noise):
    """A message that must be refused."""
    kind = rng.randrange(6)
    if kind == 0:
        return grpc_request(noise, rng.choice(["", "dogs", "generator/1", "x" * 1000]))
    if kind == 1:
        return grpc_request(noise, name=rng.choice(["", "labels", "images", "noise\n"]))
    if kind == 2:
        return grpc_request(noise, datatype=rng.choice(["", "FP16", "FP64", "BYTES", "INT8", "X"]))
    if kind == 3:
        shape = [rng.choice([0, -1, 5, 2**62]) for _ in range(rng.randrange(4))]
        return grpc_request(noise, shape=shape)
    if kind == 4:
        return grpc_request(noise, raw=[rng.randbytes(rng.randrange(noise.nbytes))])
    bad = noise.copy()
    bad.flat[rng.randrange(bad.size)] = rng.choice([np.nan, np.inf, -np.inf])
    return grpc_request(bad)


def malformed_test(server, noise, num_requests):
    """Number of malformed requests that were not refused."""
    rng = random.Random(0)
    sides = [(RestClient(server), malformed_rest), (GrpcClient(server), malformed_grpc)]
    wrong = 0
    for number in range(num_requests):
        client, make = sides[number % 2]
        request = make(rng, noise)
        if not client.is_refused(request):
            wrong += 1
            print(f"Not refused: {str(request)[:300]!r}")
    return wrong


def termination_test(server, bank, labels, images):
    """Ends the server while each client has a large request running: how many got their images."""
    ended, all_connected = [], threading.Barrier(CLIENTS + 1)
    noise, asked = bank[:MAX_BATCH], labels and labels[0][:MAX_BATCH]

    def run(client_number):
        client = (RestClient, GrpcClient)[client_number % 2](server)
        client.draw(noise[:1], asked and asked[:1])
        all_connected.wait()
        try:
            seen = client.draw(noise, asked)
            ended.append(bool(np.abs(seen - images[:MAX_BATCH]).max() < TOLERANCE))
        except FAILURES as problem:
            print(f"Ended by SIGTERM: {problem}")

    def terminate():
        all_connected.wait()
        # Enough to send such a request, and much less than all of them take.
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        return len(ended)

    with concurrent.futures.ThreadPoolExecutor(1) as killer:
        before = killer.submit(terminate)
        in_threads(run)
    return sum(ended), before.result(), server.process.wait(timeout=60)


def latency(seconds, side):
    taken = np.array([value for each, value in seconds if each == side]) * 1000
    return {"p50_ms": float(np.median(taken)), "p99_ms": float(np.percentile(taken, 99))}


def measure(path, arguments):
    local = runtime.load(path)
    bank = np.random.default_rng(0).normal(size=(BANK, local.latent_dim)).astype("float32")
    labels = None
    if local.label_shape is not None:
        numbers = np.random.default_rng(1).integers(0, local.num_classes, BANK).tolist()
        labels = [numbers]
        if local.class_names:
            labels.append([local.class_names[number] for number in numbers])
    images = local.run(bank, labels and labels[0])
    server = Server(path, arguments.workers)
    try:
        failed, seconds, total = load_test(server, bank, labels, images, arguments.requests)
        figures = {
            "versions": {
                name: metadata.version(name) for name in ("kserve", "tensorflow", "numpy")
            },
            "cores": os.cpu_count(),
            "image_shape": local.image_shape,
            "num_classes": local.num_classes,
            "workers": arguments.workers,
            "requests": len(seconds),
            "failed": len(failed),
            "requests_a_second": len(seconds) / total,
            "rest": latency(seconds, 0),
            "grpc": latency(seconds, 1),
        }
        print("\n".join(failed[:5]) or "Every answer is that of a local run")
        figures["malformed"] = arguments.malformed
        figures["malformed_not_refused"] = malformed_test(server, bank[:2], arguments.malformed)
        figures["right_afterwards"] = all(
            bool(
                np.abs(client(server).draw(bank[:3], labels and labels[-1][:3]) - images[:3]).max()
                < TOLERANCE
            )
            for client in (RestClient, GrpcClient)
        )
        well, before, code = termination_test(server, bank, labels, images)
        figures["running_at_sigterm"] = CLIENTS - before
        figures["of_these_ended_well"] = well - before
        figures["exit_code"] = code
    finally:
        if server.process.poll() is None:
            server.process.kill()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=pathlib.Path)
    parser.add_argument("--conditional", action="store_true", help="without FILE: ten classes")
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--malformed", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--output", type=pathlib.Path, default=pathlib.Path(__file__).with_suffix(".json")
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        num_classes = 10 if arguments.conditional else None
        path = arguments.file or export_generator(pathlib.Path(folder), num_classes)
        figures = measure(path, arguments)
    text = json.dumps(figures, indent=2)
    print(text)
    arguments.output.write_text(text + "\n", encoding="utf-8")
    good = not figures["failed"] and not figures["malformed_not_refused"]
    sys.exit(0 if good and figures["right_afterwards"] else 1)


if __name__ == "__main__":
    main()
