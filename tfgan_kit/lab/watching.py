"""Runs on disk while they change."""

import math
import pathlib
import statistics
import time

from tfgan_kit.media.animation import find_frames
from tfgan_kit.runs import Run
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Watched", "find_runs"]

# What is read of a run, and the files and folders that it depends on.
_FILES = {
    "config": ("config.json",),
    "status": ("status.json",),
    "metrics": ("metrics.jsonl",),
    "failures": ("collapse.jsonl",),
    "best_name": ("checkpoints/best.json",),
    "judgements": ("people.jsonl", "checkpoints/best.json"),
    "report": ("evaluation.json", "people.jsonl", "checkpoints/best.json"),
}
# Of the latest epochs, since a resumed one is shorter, and the first one has the first step.
_TIMED_EPOCHS = 5


def find_runs(path):
    """Dict from names to paths of runs, the newest first: of a folder or of `runs` in it.

    A run given itself comes first, before the others of its folder.
    """
    given = pathlib.Path(path).resolve()
    if not _is_run(given) and (given.is_file() or (given / "export.json").is_file()):
        raise InvalidArgument("This is an exported generator; only Latent space can open it")
    if not given.is_dir():
        raise InvalidArgument(f"There is no folder {path}. Give a run, or a folder of runs")
    folders = [given.parent] if _is_run(given) else [given, given / "runs"]
    found = [
        run for folder in folders if folder.is_dir() for run in folder.iterdir() if _is_run(run)
    ]
    if not found:
        raise InvalidArgument(f"There is no run in {path}. Start one with: tfgan-kit train")
    found.sort(key=lambda run: (run != given, -(run / "config.json").stat().st_mtime, run.name))
    return {str(run.relative_to(folders[0])): run for run in found}


def _is_run(path):
    return (path / "config.json").is_file() and (path / "samples").is_dir()


def _stamp(path):
    try:
        found = path.stat()
        return found.st_mtime_ns, found.st_size
    except OSError:
        return None


class Watched:
    """A run whose files are read again only when they have changed."""

    def __init__(self, path):
        self.run = Run(path)
        self._known = {}

    def get(self, name):
        """The `Run`'s attribute of this name; the same object for as long as nothing changed."""
        stamps = [_stamp(self.run.path / file) for file in _FILES[name]]
        known = self._known.get(name)
        # A training that was killed writes nothing.
        if known is None or known[0] != stamps or (name == "status" and self.is_running):
            known = self._known[name] = stamps, getattr(self.run, name)
        return known[1]

    @property
    def is_running(self):
        return "status" in self._known and self._known["status"][1]["state"] == "running"

    @property
    def frames(self):
        """Dict of the sample grids, oldest first: (epoch, step) to path."""
        stamp = _stamp(self.run.samples_path)
        if self._known.get("frames", (None,))[0] != stamp:
            found = {number: path for path, number in find_frames(self.run.samples_path).items()}
            self._known["frames"] = stamp, found
        return self._known["frames"][1] if stamp else {}

    def progress(self):
        """The share that is done, in [0, 1], and the seconds left, or None if not known."""
        config, status = self.get("config"), self.get("status")
        step, seconds = status["step"], status["seconds"]
        if status["state"] == "finished":
            return 1.0, 0.0
        age = 0.0
        if status["state"] == "running":
            age = max(0.0, time.time() - self.run.status_path.stat().st_mtime)
        if config.minutes:
            total = config.minutes * 60
            return min(1.0, seconds / total), max(0.0, total - seconds - age)
        epoch = math.ceil(config.data["num_images"] / config.recipe.batch_size)
        total = config.epochs * epoch
        if not step:
            return 0.0, None
        left = max(0.0, (total - step) * self._seconds_per_step() - age)
        return min(1.0, step / total), left

    def _seconds_per_step(self):
        records, status = self.get("metrics"), self.get("status")
        starts = [0, *(record["step"] for record in records)]
        speeds = [
            record["seconds"] / (record["step"] - start)
            for start, record in zip(starts, records, strict=False)
            if record["step"] > start
        ]
        if not speeds:
            return status["seconds"] / status["step"]
        return statistics.median(speeds[-_TIMED_EPOCHS:])
