"""The fresh process of `probe`: a job as JSON on standard input, the answer in its folder."""

import json
import pathlib
import sys
import time

import numpy as np

from tfgan_kit.runtime.loading import open_file
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["main"]

_SECONDS_OF_A_BATCH_SIZE = 0.2
_MAX_MEMORY = 16 * 2**30


def main():
    """Load the file of a job, run it, time it, and write down what was seen.

    Example:

    ```python
    from tfgan_kit.runtime.probe import probe

    try:
        probe("missing.tflite")  # Starts a process that runs `main`.
    except ValueError as error:
        print(error)
    ```
    """
    job = json.loads(sys.stdin.read())
    folder = pathlib.Path(job["folder"])
    _limit_memory()
    try:
        generator = open_file(job["path"])
        noise = _saved(folder / "noise.npy")
        labels = _saved(folder / "labels.npy")
        if noise is not None:
            _check_same_inputs(job["path"], generator, noise, labels)
        else:
            noise = np.random.default_rng(0).normal(size=(2, generator.latent_dim))
        if labels is None and generator.label_shape is not None:
            labels = np.zeros((len(noise), *generator.label_shape))
        images = generator.run(noise, labels)
        latency = {size: _seconds(generator, noise, labels, size) for size in job["batch_sizes"]}
    except InvalidArgument as error:
        answer = {"error": str(error)}
    else:
        np.save(folder / "images.npy", images)
        loaded = [
            name for name in ("tensorflow", "ai_edge_litert", "onnxruntime") if name in sys.modules
        ]
        answer = {"latency": latency, "modules": loaded}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _check_same_inputs(path, generator, noise, labels):
    """Whether a file takes what the model that it is compared with took."""
    given = None if labels is None else labels.shape[1:]
    if (generator.latent_dim, generator.label_shape) != (noise.shape[1], given):
        raise InvalidArgument(
            f"{path} takes {_inputs(generator.latent_dim, generator.label_shape)}; the model that "
            f"it is compared with takes {_inputs(noise.shape[1], given)}"
        )


def _inputs(latent_dim, label_shape):
    labels = "no labels" if label_shape is None else f"labels of shape {tuple(label_shape)}"
    return f"noise of {latent_dim} numbers and {labels}"


def _saved(path):
    return np.load(path) if path.exists() else None


def _seconds(generator, noise, labels, size):
    noise = np.resize(noise, (size, noise.shape[1])).astype("float32")
    labels = None if labels is None else np.resize(labels, (size, *labels.shape[1:]))
    generator.run(noise, labels)
    seconds = []
    while sum(seconds) < _SECONDS_OF_A_BATCH_SIZE or len(seconds) < 5:
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


if __name__ == "__main__":
    main()
