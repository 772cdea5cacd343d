"""Generators and real servers for the tests of `tfgan_kit/serving`."""

import importlib.util
import re
import signal
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

import tfgan_kit
from tfgan_kit import export, runtime
from tfgan_kit.export.exportable import Exportable

# These tests need the extra `serve`.
collect_ignore_glob = [] if importlib.util.find_spec("kserve") else ["test_*.py"]

CLASSES = 5
NAMES = ["cat", "dog", "föx", "cow", "pig"]
ADDRESSES = re.compile(r"REST (http://\S+), gRPC (\S+:\d+)\.")


class ServerProcess:
    """A server in a process of its own: `arguments` are those of Python."""

    def __init__(self, arguments, folder):
        self.log = folder / "log"
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.line = self.process.stdout.readline()
        found = ADDRESSES.search(self.line)
        assert found, self.log.read_text(encoding="utf-8")
        self.url, self.grpc_address = found.groups()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        """The exit code and what was printed after the first line."""
        printed, _ = self.process.communicate(timeout=60)
        return self.process.returncode, printed

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture(scope="session")
def conditional(tmp_path_factory):
    """A small GAN whose generator embeds the label, and the TFLite file of the generator."""
    keras.utils.set_random_seed(1)
    noise, label = keras.Input((6,)), keras.Input((), dtype="int32")
    values = layers.Concatenate()([noise, layers.Embedding(CLASSES, 4)(label)])
    images = layers.Reshape((4, 4, 1))(layers.Dense(16, activation="tanh")(values))
    image, of_class = keras.Input((4, 4, 1)), keras.Input((), dtype="int32")
    values = layers.Concatenate()([layers.Flatten()(image), layers.Embedding(CLASSES, 4)(of_class)])
    discriminator = keras.Model([image, of_class], layers.Dense(1)(values))
    generator = keras.Model([noise, label], images)
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=6, num_classes=CLASSES)
    path = tmp_path_factory.mktemp("conditional") / "digits.tflite"
    exportable = Exportable(gan)
    exportable.class_names = NAMES
    export.to_tflite(exportable, path)
    return gan, path


@pytest.fixture(scope="session")
def server(conditional, tmp_path_factory):
    """The command line serves the conditional generator to all tests that do not end it."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [str(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    command = ["-m", "tfgan_kit", "serve", str(conditional[1]), "--workers", "2"]
    options = ["--max-batch", "16", "--port", ports[0], "--grpc-port", ports[1]]
    started = ServerProcess([*command, *options], tmp_path_factory.mktemp("server"))
    yield started
    started.kill()


@pytest.fixture
def start(tmp_path):
    """Starts a server by Python code, on free ports."""
    started = []

    def start_server(path, before="", after="", **arguments):
        arguments = {"port": 0, "grpc_port": 0, **arguments}
        call = f"serving.serve({str(path)!r}, **{arguments})"
        code = f"{before}\nfrom tfgan_kit import serving\n{call}\n{after}"
        started.append(ServerProcess(["-c", code], tmp_path))
        return started[-1]

    yield start_server
    for each in started:
        each.kill()


@pytest.fixture(scope="session")
def local(conditional):
    """The same generator in this process."""
    return runtime.load(conditional[1], threads=1)


@pytest.fixture(scope="session")
def noise_of():
    return lambda num, seed=0: np.random.default_rng(seed).normal(size=(num, 6)).astype("float32")


@pytest.fixture(scope="session")
def body_of():
    """The JSON of a request; `changes` are of its first input."""

    def make(noise, labels=None, changes=None, **fields):
        noise = np.asarray(noise)
        data = noise.ravel().tolist()
        first = {"name": "noise", "shape": list(noise.shape), "datatype": "FP32", "data": data}
        inputs = [{**first, **(changes or {})}]
        if labels is not None:
            shape = [len(labels)]
            inputs.append({"name": "labels", "shape": shape, "datatype": "INT32", "data": labels})
        return {"inputs": inputs, **fields}

    return make


@pytest.fixture(scope="session")
def images_of():
    """The images in the JSON of an answer."""

    def read(answer):
        (output,) = answer["outputs"]
        assert (output["name"], output["datatype"]) == ("images", "FP32")
        return np.asarray(output["data"], "float32").reshape(output["shape"])

    return read
