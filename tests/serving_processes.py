"""Real servers in processes of their own, for the tests of `tfgan_kit/serving`."""

import atexit
import functools
import importlib.util
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import uuid
import warnings

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import runtime
from tfgan_kit.runtime.loading import open_file

needs_kserve = pytest.mark.skipif(
    importlib.util.find_spec("kserve") is None, reason="needs the extra `serve`"
)

LATENT_DIM = 4
IMAGE_SHAPE = (4, 4, 1)
CLASSES = 5
URLS = re.compile(r"REST (http://\S+), gRPC (\S+:\d+)\.")


class Generator(tf.Module):
    """Noise, and a label where there are any, to images; nothing that takes time."""

    def __init__(self, labelled):
        super().__init__()
        random = np.random.default_rng(0)
        self.weights = tf.constant(random.normal(size=(LATENT_DIM, 16)), tf.float32)
        self.shifts = tf.constant(random.normal(size=(CLASSES, 16)), tf.float32)
        specs = [tf.TensorSpec((None, LATENT_DIM), tf.float32, "noise")]
        specs += [tf.TensorSpec((None,), tf.int32, "labels")] if labelled else []
        self.call = tf.function(self.images, input_signature=specs)

    def images(self, noise, labels=None):
        values = noise @ self.weights
        if labels is not None:
            values += tf.gather(self.shifts, labels)
        return {"images": tf.reshape(tf.tanh(values), (-1, *IMAGE_SHAPE))}


@functools.cache
def folder():
    """A folder that lives as long as this process."""
    temporary = tempfile.TemporaryDirectory()
    atexit.register(temporary.cleanup)
    return pathlib.Path(temporary.name)


@functools.cache
def exported(kind, labelled=False):
    """The path of a small generator, as TFLite or as a SavedModel."""
    generator = Generator(labelled)
    path = folder() / f"{'labelled' if labelled else 'plain'}.{kind}"
    if kind == "saved_model":
        tf.saved_model.save(generator, str(path), {"serving_default": generator.call})
        return path
    concrete = generator.call.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], generator)
    path.write_bytes(converter.convert())
    return path


@functools.cache
def local(kind, labelled=False):
    """The same generator in this process."""
    return open_file(exported(kind, labelled), 1)


class ServerProcess:
    """`serve` in a process of its own, on free ports.

    `before` is Python that runs first, in the same process.
    """

    def __init__(self, path, before="", **arguments):
        arguments = {"port": 0, "grpc_port": 0, **arguments}
        code = (
            f"{before}\nfrom tfgan_kit import serving\nserving.serve({str(path)!r}, **{arguments})"
        )
        self.errors = open(folder() / f"errors-{uuid.uuid4().hex}", "w+", encoding="utf-8")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        atexit.register(self.kill)
        self.line = self.process.stdout.readline()
        found = URLS.search(self.line)
        assert found, self.error_text()
        self.url, self.grpc_address = found.groups()

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        return self.process.wait(timeout=30)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


@functools.cache
def shared_server(labelled=False):
    """One server for all tests that do not end it."""
    return ServerProcess(exported("tflite", labelled), num_workers=2, max_batch=16)


@functools.cache
def grpc_messages():
    """KServe's generated messages and stubs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tfgan_kit.serving.data_plane import import_kserve

        import_kserve()
        from kserve.protocol.grpc import grpc_predict_v2_pb2, grpc_predict_v2_pb2_grpc
    return grpc_predict_v2_pb2, grpc_predict_v2_pb2_grpc


def noise_of(num, seed=0):
    return np.random.default_rng(seed).normal(size=(num, LATENT_DIM)).astype("float32")


def body_of(noise, labels=None, **fields):
    """The JSON of a right request, with fields changed at will."""
    noise = np.asarray(noise)
    inputs = [
        {
            "name": "noise",
            "shape": list(noise.shape),
            "datatype": "FP32",
            "data": noise.ravel().tolist(),
        }
    ]
    if labels is not None:
        inputs.append(
            {"name": "labels", "shape": [len(labels)], "datatype": "INT32", "data": list(labels)}
        )
    return json.dumps({"inputs": inputs, **fields})


def images_of(answer):
    (output,) = answer["outputs"]
    assert (output["name"], output["datatype"]) == ("images", "FP32")
    return np.asarray(output["data"], "float32").reshape(output["shape"])


class SlowGenerator(runtime.ExportedGenerator):
    """Takes its time, and remembers which threads have called it."""

    format = "tflite"

    def __init__(self, pause):
        super().__init__(LATENT_DIM, IMAGE_SHAPE)
        self.pause = pause

    def run_batch(self, noise, labels):
        self.pause()
        return np.zeros((len(noise), *IMAGE_SHAPE), "float32")
