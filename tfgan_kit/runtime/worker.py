"""The fresh process of `probe`: load a file, run it, report on it."""

import json
import pathlib
import sys
import time

import numpy as np

from tfgan_kit.runtime.loading import open_file
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["work"]

_MIN_SECONDS = 0.2
_MAX_MEMORY = 16 * 2**30


def work():
    """Read a job from standard input, and write images and figures to its folder."""
    job = json.loads(sys.stdin.read())
    folder = pathlib.Path(job["folder"])
    _limit_memory()
    try:
        generator = open_file(job["path"])
        inputs = dict(np.load(folder / "inputs.npz"))
        noise, labels = inputs.get("noise"), inputs.get("labels")
        if noise is None:
            noise = np.random.default_rng(0).normal(size=(2, generator.latent_dim))
            if generator.label_shape is not None:
                labels = np.zeros((2, *generator.label_shape))
        images = generator.run(noise, labels)
        seconds = [_seconds(generator, noise, labels, size) for size in job["batch_sizes"]]
        operations = generator.operations()
    except InvalidArgument as error:
        answer = {"error": str(error)}
    else:
        np.save(folder / "images.npy", images)
        libraries = ("tensorflow", "ai_edge_litert", "onnxruntime")
        loaded = [name for name in libraries if name in sys.modules]
        answer = {"seconds": seconds, "modules": loaded, "operations": operations}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _seconds(generator, noise, labels, size):
    """The median time of a call."""
    noise = np.resize(noise, (size, noise.shape[1])).astype("float32")
    labels = None if labels is None else np.resize(labels, (size, *labels.shape[1:]))
    generator.run(noise, labels)
    seconds = []
    while sum(seconds) < _MIN_SECONDS or len(seconds) < 5:
        started = time.perf_counter()
        generator.run(noise, labels)
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def _limit_memory():
    try:
        import resource
    except ImportError:  # Windows has no such limit.
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MAX_MEMORY if hard == resource.RLIM_INFINITY else min(hard, _MAX_MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
