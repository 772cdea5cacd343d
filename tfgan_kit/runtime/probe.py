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
    """What a fresh process saw of an exported file."""

    images: object
    latency: dict
    modules: list


def probe(path, noise=None, labels=None, batch_sizes=(), timeout=300):
    """Load a file in a fresh process and run it there."""
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
