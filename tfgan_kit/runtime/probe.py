"""Run an exported file in a fresh process, which may crash, and report on it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import types

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["probe"]

_CODE = "from tfgan_kit.runtime.worker import work; work()"


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
