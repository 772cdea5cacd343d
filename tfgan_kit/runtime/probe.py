"""An exported file run in a fresh process: what it gives, how fast, and whether it survives."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Probe", "probe"]

_WORKER = "tfgan_kit.runtime.worker"


@dataclasses.dataclass(frozen=True)
class Probe:
    """What a fresh process saw of an exported file.

    Args:
        images: float32 array `(num, height, width, channels)`.
        latency: Dict from a batch size to the median seconds of one call.
        modules: List of the large libraries that it needed.

    Example:

    ```python
    from tfgan_kit.runtime.probe import Probe

    Probe(images=None, latency={1: 0.002}, modules=["ai_edge_litert"])
    ```
    """

    images: object
    latency: dict
    modules: list


def probe(path, noise=None, labels=None, batch_sizes=(), timeout=300):
    """Load a file in a fresh process and run it there.

    A damaged file may end the process that loads it, or ask it for all memory;
    then it is the fresh one that ends.

    Args:
        path: String or `os.PathLike`, as for `load`; no manifest is looked at.
        noise: Float array `(num, latent_dim)`, or None for two vectors of the file's own
            size. Defaults to None.
        labels: Array of num labels, or None. Defaults to None.
        batch_sizes: Sequence of integers, batches to time. Defaults to none.
        timeout: Number, the seconds after which it is ended. Defaults to 300.

    Returns:
        A `Probe`.

    Raises:
        InvalidArgument: If the file cannot be loaded or run.

    Example:

    ```python
    from tfgan_kit.runtime.probe import probe

    try:
        probe("missing.tflite")
    except ValueError as error:
        print(error)
    ```
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, array in (("noise", noise), ("labels", labels)):
            if array is not None:
                np.save(f"{folder}/{name}.npy", array)
        job = {"path": str(path), "folder": folder, "batch_sizes": list(batch_sizes)}
        try:
            done = subprocess.run(
                [sys.executable, "-m", _WORKER],
                input=json.dumps(job),
                capture_output=True,
                text=True,
                timeout=timeout,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise InvalidArgument(
                f"{path} took more than {timeout:g} s to load and run once; it is not used"
            ) from error
        answer = pathlib.Path(folder) / "answer.json"
        if not answer.exists():
            raise InvalidArgument(_death(path, done))
        told = json.loads(answer.read_text(encoding="utf-8"))
        if "error" in told:
            raise InvalidArgument(told["error"])
        latency = {int(size): seconds for size, seconds in told["latency"].items()}
        return Probe(np.load(f"{folder}/images.npy"), latency, told["modules"])


def _death(path, done):
    if done.returncode < 0:
        return f"{path} ended the process that loaded it (signal {-done.returncode}); it is damaged"
    lines = done.stderr.strip().splitlines() or ["no word of why"]
    return f"Cannot load {path}: {lines[-1]}"
