"""`Run`: a directory that explains itself, and everything that stands in it."""

import dataclasses
import json
import pathlib

import filelock

from tfgan_kit import callbacks, evaluation, metrics
from tfgan_kit.runs.config import RunConfig
from tfgan_kit.utils.errors import InvalidArgument, nearest_names
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["Run", "check_new_path", "next_free_path"]


class Run:
    """One training run on disk.

    `config.json` (the settings), `status.json` (how far it is), `metrics.jsonl`
    (a line an epoch), `samples/` (grids from fixed noise), `samples.png` (64
    images of the best state), `training.gif`, `losses.png`, `metrics.png`,
    `checkpoints/`, `generator.keras` (the best state's), `evaluation.json` and
    `evaluation/` once it was judged, and `index.html`, a page that shows all of
    it.

    Args:
        path: String or `os.PathLike`, the directory. It must be a run.

    Raises:
        InvalidArgument: If there is no run at that path.

    Example:

    ```python
    from tfgan_kit import runs

    try:
        run = runs.Run("runs/digits-dcgan")
        generator = run.load_generator()
    except ValueError as error:
        print(error)
    ```
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if not self.config_path.is_file():
            raise InvalidArgument(_no_run_message(self.path))

    @classmethod
    def create(cls, path, config):
        """Make the directory of a new run.

        Args:
            path: String or `os.PathLike`; must not exist or be an empty folder.
            config: A `RunConfig`.

        Returns:
            A `Run`.

        Raises:
            InvalidArgument: If something stands there already.
        """
        path = check_new_path(path)
        (path / "samples").mkdir(parents=True, exist_ok=True)
        config.save(path / "config.json")
        return cls(path)

    config_path = property(lambda self: self.path / "config.json")
    status_path = property(lambda self: self.path / "status.json")
    metrics_path = property(lambda self: self.path / "metrics.jsonl")
    samples_path = property(lambda self: self.path / "samples")
    newest_samples_path = property(lambda self: self.path / "samples.png")
    animation_path = property(lambda self: self.path / "training.gif")
    metrics_plot_path = property(lambda self: self.path / "metrics.png")
    collapse_path = property(lambda self: self.path / "collapse.jsonl")
    report_path = property(lambda self: self.path / "evaluation.json")
    evaluation_path = property(lambda self: self.path / "evaluation")
    losses_path = property(lambda self: self.path / "losses.png")
    checkpoints_path = property(lambda self: self.path / "checkpoints")
    generator_path = property(lambda self: self.path / "generator.keras")
    page_path = property(lambda self: self.path / "index.html")

    @property
    def config(self):
        """The run's `RunConfig`."""
        return RunConfig.load(self.config_path)

    @property
    def metrics(self):
        """List of dicts, one for each finished epoch."""
        return callbacks.read_metrics(self.metrics_path)

    @property
    def status(self):
        """Dict: `state` (`running`, `finished`, `stopped`, `killed`), `step`, `seconds`."""
        if not self.status_path.exists():
            return {"state": "killed", "step": 0, "seconds": 0.0}
        try:
            status = json.loads(self.status_path.read_text(encoding="utf-8"))
            status = {name: status[name] for name in ("state", "step", "seconds")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidArgument(
                f"{self.status_path} is broken: {error or type(error).__name__}"
            ) from error
        if status["state"] == "running" and not self._is_locked():
            status["state"] = "killed"
        return status

    @property
    def best(self):
        """Dict of `epoch`, `step`, `monitor` and `value` of the best state, or None."""
        return callbacks.RunCheckpoint(self.checkpoints_path).best

    @property
    def alarms(self):
        """List of `(epoch, name)`: what went wrong in training, and when."""
        names = [field.name for field in dataclasses.fields(metrics.Signals)]
        looks = callbacks.read_metrics(self.collapse_path)
        return metrics.find_alarms(
            [metrics.Signals(**{name: look[name] for name in names}) for look in looks]
        )

    @property
    def report(self):
        """The `evaluation.Report` of the last evaluation, or None."""
        return evaluation.Report.load(self.report_path) if self.report_path.exists() else None

    def write_status(self, **status):
        """Write how far the run is.

        Args:
            **status: What `status` returns.
        """
        atomic_write_text(self.status_path, json.dumps(status, indent=2) + "\n")

    def lock(self):
        """Keep other processes from training this run at the same time.

        Returns:
            A context manager.

        Raises:
            InvalidArgument: If another process trains it now.
        """
        lock = filelock.FileLock(self.path / ".lock")
        try:
            return lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise InvalidArgument(f"Another process is training {self.path} now") from error

    def load_generator(self):
        """The trained generator: that of the best epoch, where one was measured.

        Returns:
            A Keras model from noise `(batch, latent_dim)` to images in [-1, 1].

        Raises:
            InvalidArgument: If there is none yet, or it cannot be read.
        """
        return _load_model(self.generator_path, self.path)

    def load_gan(self):
        """The whole GAN as of the newest checkpoint, compiled.

        Returns:
            A `tfgan_kit.GAN`.

        Raises:
            InvalidArgument: If there is none yet, or it cannot be read.
        """
        paths = callbacks.RunCheckpoint(self.checkpoints_path).paths
        return _load_model(paths[-1] if paths else self.checkpoints_path, self.path)

    def _is_locked(self):
        try:
            with filelock.FileLock(self.path / ".lock").acquire(timeout=0):
                return False
        except filelock.Timeout:
            return True


def check_new_path(path):
    """Refuse a path for a new run where something stands already.

    Args:
        path: String or `os.PathLike`.

    Returns:
        The path as a `pathlib.Path`.

    Raises:
        InvalidArgument: If it is a file or a folder with something in it.

    Example:

    ```python
    from tfgan_kit import runs

    runs.check_new_path("runs/new")
    ```
    """
    path = pathlib.Path(path)
    if (path / "config.json").is_file():
        raise InvalidArgument(
            f"{path} already holds a run. Go on with it by --resume, or choose another --out"
        )
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise InvalidArgument(f"{path} exists and is not an empty folder; choose another --out")
    return path


def next_free_path(path):
    """The path itself, or with -2, -3, ... where something stands already.

    Args:
        path: String or `os.PathLike`.

    Returns:
        A `pathlib.Path` that does not exist.

    Example:

    ```python
    from tfgan_kit import runs

    runs.next_free_path("runs/digits-dcgan")
    ```
    """
    path = pathlib.Path(path)
    candidate, number = path, 2
    while candidate.exists():
        candidate = path.with_name(f"{path.name}-{number}")
        number += 1
    return candidate


def _load_model(path, run):
    import keras

    if not path.is_file():
        raise InvalidArgument(f"{run} has no trained model yet; train it with --resume")
    try:
        return keras.models.load_model(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidArgument(f"Cannot read {path}: {str(error).splitlines()[0]}") from error


def _no_run_message(path):
    parent = path.parent
    others = [p.name for p in parent.glob("*") if (p / "config.json").is_file()]
    near = nearest_names(path.name, others) or sorted(others)[:3]
    advice = f"; there is {', '.join(str(parent / name) for name in near)}" if near else ""
    return f"There is no run at {path} (no config.json){advice}"
