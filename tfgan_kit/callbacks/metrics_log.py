"""`MetricsLog`: one line of JSON for each epoch."""

import json
import math
import os
import pathlib
import time

import keras

from tfgan_kit.utils.files import atomic_write_text

__all__ = ["MetricsLog", "append_record", "cut_records", "read_metrics"]


class MetricsLog(keras.callbacks.Callback):
    """Append the metrics of each epoch to a JSON Lines file.

    A line has `epoch` (from 1), `step`, `seconds` (duration of the epoch) and every metric; `null`
    stands for values that are not finite. Training again from an earlier epoch replaces its lines.

    Args:
        path: String or `os.PathLike`, for example `"metrics.jsonl"`.

    Example:

    ```python
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    gan.fit(data.load("digits").take(2), callbacks=[callbacks.MetricsLog("metrics.jsonl")])
    callbacks.read_metrics("metrics.jsonl")[0]["epoch"]  # 1
    ```
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)
        self._checked = False

    def on_train_begin(self, logs=None):
        self._checked = False

    def on_epoch_begin(self, epoch, logs=None):
        self._started = time.monotonic()
        if not self._checked:
            cut_records(self.path, epoch + 1)
            self._checked = True

    def on_epoch_end(self, epoch, logs=None):
        record = {
            "epoch": epoch + 1,
            "step": int(self.model.step.numpy()),
            "seconds": round(time.monotonic() - self._started, 3),
            **{name: float(value) for name, value in (logs or {}).items()},
        }
        append_record(self.path, record)


def append_record(path, record):
    """Append one line of JSON and flush it to disk."""
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(_to_line(record))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # That of a full disk names no file.
        error.filename = str(path)
        raise


def cut_records(path, epoch):
    """Remove the lines of this epoch and of later ones, or create the file; returns the rest."""
    records = [record for record in read_metrics(path) if record["epoch"] < epoch]
    atomic_write_text(path, "".join(map(_to_line, records)))
    return records


def read_metrics(path):
    """Read the file that `MetricsLog` wrote.

    Args:
        path: String or `os.PathLike`.

    Returns:
        A list of dicts, one for each epoch; empty if there is no file. `null` becomes NaN.

    Example:

    ```python
    from tfgan_kit import callbacks

    callbacks.read_metrics("metrics.jsonl")  # []
    ```
    """
    path = pathlib.Path(path)
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    records = [json.loads(line) for line in lines if line.endswith("\n") and line.strip()]
    return [
        {name: math.nan if value is None else value for name, value in record.items()}
        for record in records
    ]


def _to_line(record):
    finite = {name: value if math.isfinite(value) else None for name, value in record.items()}
    return json.dumps(finite) + "\n"
