"""Run an exported file in a fresh process, which may crash, and report on it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import types

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["probe", "work"]

_CODE = "from tfgan_kit.runtime.probe import work; work()"
_MIN_SECONDS = 0.2
_MAX_MEMORY = 16 * 2**30


def probe(path, noise=None, labels=None, batch_sizes=(), timeout=300):
    """Load a file in a fresh process and run it, by default on two random noise vectors.

    Returns its `images`, the `latency` of each batch size in seconds, the `modules` loaded and
    the `operations` used.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        arrays = {"noise": noise, "labels": labels}
        np.savez(folder / "inputs.npz", **{k: v for k, v in arrays.items() if v is not None})
        job = {"path": str(path), "folder": str(folder), "batch_sizes": list(batch_sizes)}
        try:
            done = subprocess.run(
                [sys.executable, "-c", _CODE],
                input=json.dumps(job),
                capture_output=True,
                text=True,
                timeout=timeout,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise InvalidArgument(
                f"{path} took more than {timeout:g} s to load and run once"
            ) from error
        if not (folder / "answer.json").exists():
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            crash = f"it is damaged (signal {-done.returncode})"
            reason = crash if done.returncode < 0 else lines[-1]
            raise InvalidArgument(f"Cannot load {path}: {reason}")
        answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
        if "error" in answer:
            raise InvalidArgument(answer["error"])
        answer["latency"] = dict(zip(batch_sizes, answer["seconds"], strict=True))
        return types.SimpleNamespace(**answer, images=np.load(folder / "images.npy"))


def work():
    """The fresh process: read a job from standard input, write images and figures to its folder."""
    from tfgan_kit.runtime.loading import open_file

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
