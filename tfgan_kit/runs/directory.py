"""`Run`: the directory of a training run and everything in it."""

import contextlib
import json
import math
import pathlib
import re
import shlex
import shutil

import filelock

from tfgan_kit import callbacks, data, evaluation, latent, metrics
from tfgan_kit.callbacks.sample_grid import most_frequent
from tfgan_kit.evaluation import people
from tfgan_kit.metrics.collapse import find_failures
from tfgan_kit.recipes import own
from tfgan_kit.runs import labels
from tfgan_kit.runs.config import RunConfig
from tfgan_kit.utils.errors import InvalidArgument, first_line, nearest_names
from tfgan_kit.utils.files import atomic_path, atomic_write_text, check_writable
from tfgan_kit.utils.inputs import noise_length
from tfgan_kit.utils.labels import in_equal_parts
from tfgan_kit.utils.text import shorten

__all__ = ["Run", "check_new_path", "next_free_path"]

# Digits of the hash of a folder's images; that of their attributes follows.
_IMAGES_HASH = 64


class Run:
    """One training run on disk.

    `config.json` (settings), `clusters.npz` (if there are clusters), `status.json` (progress),
    `metrics.jsonl` (one line per epoch), `collapse.jsonl`, `samples/` (grids from fixed noise, of a
    conditional run a row for each class), `samples.png` (images of the best state),
    `training.gif`, `losses.png`, `metrics.png`, `checkpoints/`, `generator.keras` (best state),
    `index.html` (a page that shows all of it) and, after an evaluation, `evaluation.json` and
    `evaluation/`. `people.jsonl` has a line for each image that a person judged in the lab.

    Args:
        path: String or `os.PathLike`, the directory of an existing run.

    Raises:
        InvalidArgument: If there is no run at that path.

    Example:

    ```python
    from tfgan_kit import runs

    try:
        generator = runs.Run("runs/digits-dcgan").load_generator()
    except ValueError as error:
        print(error)
    ```
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if not self.config_path.is_file():
            raise InvalidArgument(_no_run_message(self.path))

    @classmethod
    def create(cls, path, config, clusters=None):
        """Make the directory of a new run."""
        path = check_new_path(path)
        keep_recipe(path, config)
        if clusters is not None:
            labels.save(path / "clusters.npz", clusters, config.data["fingerprint"])
        config.save(path / "config.json")
        (path / "samples").mkdir(exist_ok=True)
        return cls(path)

    recipe_path = property(lambda self: self.path / "recipe.py")
    config_path = property(lambda self: self.path / "config.json")
    clusters_path = property(lambda self: self.path / "clusters.npz")
    status_path = property(lambda self: self.path / "status.json")
    metrics_path = property(lambda self: self.path / "metrics.jsonl")
    samples_path = property(lambda self: self.path / "samples")
    real_path = property(lambda self: self.path / "real.png")
    newest_samples_path = property(lambda self: self.path / "samples.png")
    animation_path = property(lambda self: self.path / "training.gif")
    metrics_plot_path = property(lambda self: self.path / "metrics.png")
    collapse_path = property(lambda self: self.path / "collapse.jsonl")
    report_path = property(lambda self: self.path / "evaluation.json")
    evaluation_path = property(lambda self: self.path / "evaluation")
    people_path = property(lambda self: self.path / "people.jsonl")
    losses_path = property(lambda self: self.path / "losses.png")
    checkpoints_path = property(lambda self: self.path / "checkpoints")
    generator_path = property(lambda self: self.path / "generator.keras")
    page_path = property(lambda self: self.path / "index.html")

    @property
    def config(self):
        """The run's `RunConfig`."""
        return RunConfig.load(self.config_path)

    @property
    def shown_classes(self):
        """The classes that have a row in its grids, the most frequent 16; None for other grids."""
        shares = self.config.data.get("class_shares")
        return shares and most_frequent(shares)

    @property
    def metrics(self):
        """List of dicts, one for each finished epoch."""
        return callbacks.read_metrics(self.metrics_path)

    @property
    def status(self):
        """Dict: `state` (`running`, `finished`, `stopped`, `killed`), `step`, `seconds`."""
        if not self.status_path.exists():
            return {"state": "killed", "step": 0, "seconds": 0.0}
        status = json.loads(self.status_path.read_text(encoding="utf-8"))
        if status["state"] == "running" and not self._is_locked():
            status["state"] = "killed"
        return status

    @property
    def best(self):
        """Dict of `epoch`, `step`, `monitor` and `value` of the best state, or None."""
        return callbacks.RunCheckpoint(self.checkpoints_path).best

    @property
    def best_name(self):
        """The best state in words: `"epoch 2"`, or `"step 58, in epoch 2"`; or None."""
        best = self.best
        if best is None:
            return None
        epoch, rest = divmod(best["epoch"], 1)
        return f"step {best['step']:,}, in epoch {epoch + 1:.0f}" if rest else f"epoch {epoch:.0f}"

    @property
    def alarms(self):
        """List of `(epoch, name)`: failures that were detected during training."""
        return [(first, name) for first, _, name, _ in self.failures]

    @property
    def failures(self):
        """List of `(epoch, epoch at which it had passed or None, name, class or "")`."""
        records = callbacks.read_metrics(self.collapse_path)
        found = find_failures([metrics.Signals.of(record) for record in records])
        # Of the worst class; earlier versions wrote none.
        classes = [record.get("narrowest_class", math.nan) for record in records]
        return [
            (first, passed, name, self._name_class(classes[first - 1]) * ("class" in name))
            for first, passed, name in found
        ]

    def _name_class(self, label):
        names = self.config.data.get("class_names")
        return "" if math.isnan(label) else shorten(names[label] if names else label)

    @property
    def report(self):
        """The `evaluation.Report` of the last evaluation, with what people judged, or None."""
        if not self.report_path.exists():
            return None
        return people.with_people(evaluation.Report.load(self.report_path), self.judgements)

    @property
    def generator_step(self):
        """The step of the state in `generator.keras`, or None."""
        best, paths = self.best, callbacks.RunCheckpoint(self.checkpoints_path).paths
        if best is not None:
            return best["step"]
        return int(paths[-1].stem.removeprefix("step-")) if paths else None

    @property
    def judgements(self):
        """List of dicts: people's answers about images of the generator as it is now."""
        step = self.generator_step
        return [each for each in people.read(self.people_path) if each.get("step") == step]

    def write_status(self, **status):
        """Write `state`, `step` and `seconds` to `status.json`."""
        atomic_write_text(self.status_path, json.dumps(status, indent=2) + "\n")

    def lock(self):
        """A context manager that stops other processes from training this run."""
        lock = filelock.FileLock(self.path / ".lock")
        try:
            # A second, since another process may be looking at the lock (`status`).
            return lock.acquire(timeout=1)
        except filelock.Timeout as error:
            raise InvalidArgument(f"Another process is training {self.path} now") from error

    def _is_locked(self):
        try:
            import fcntl  # As filelock does, but on Windows.

            # Shared and for reading: neither other readers nor a read-only folder matter.
            with open(self.path / ".lock", "rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        except ImportError:
            with contextlib.suppress(InvalidArgument), self.lock():
                return False
            return True
        return False

    def open_source(self, config=None):
        """Open the images that the run was trained on, as a `tfgan_kit.data.Source`.

        A `config` of the same run may have another place of the same images.
        """
        config = self.config if config is None else config
        try:
            source = config.open_source()
        except data.DataError as error:
            path = pathlib.Path(config.source)
            if not path.is_absolute() or path.exists():
                raise
            out = shlex.quote(str(self.path))
            raise data.DataError(
                f"{path}, which {self.path} was trained on, is not there. If the images were "
                f"moved, give their new place: tfgan-kit train NEW_PLACE --out {out} --resume"
            ) from error
        then, now = config.data.get("fingerprint"), source.fingerprint
        if then != now and then and then[:_IMAGES_HASH] == now[:_IMAGES_HASH]:
            raise InvalidArgument(
                f"The attributes of {config.source} differ from those that {self.path} was trained "
                "on, and cannot change. Restore their table or folders, or give the table with "
                "--attributes"
            )
        if then != now:
            differs = f"is not what {self.path} was trained on"
            if config.source == self.config.source:
                differs = f"has changed since {self.path} was trained on it"
            raise InvalidArgument(
                f"{config.source} {differs}: "
                f"{config.data.get('num_images')} images then, {len(source)} now, or different "
                "content. Restore them, or start a new run from its weights: "
                f"tfgan-kit train {shlex.join([str(config.source), '--from', str(self.path)])}"
            )
        return source

    @property
    def recipe_file(self):
        """The `recipe_file` of the run's config, with the path of the run's own copy."""
        found = self.config.recipe_file
        return found and {**found, "path": str(self.recipe_path.resolve())}

    def import_recipe(self):
        """Run the run's `recipe.py`, if it has one, so that Keras finds the classes in it."""
        found = self.recipe_file
        if not found:
            return
        if own.file_sha256(found["path"]) != found["sha256"]:
            raise InvalidArgument(
                f"{self.recipe_path} is not the file that the run began with: its SHA-256 "
                "differs. Restore it, or start a new run with it: --recipe"
            )
        own.import_file(self.recipe_path)

    def load_generator(self):
        """The trained generator as a Keras model; that of the best epoch if one was measured."""
        return self._load_model(self.generator_path)

    def load_gan(self):
        """The whole compiled `tfgan_kit.GAN` in its latest state."""
        paths = callbacks.RunCheckpoint(self.checkpoints_path).paths
        return self._load_model(paths[-1] if paths else self.checkpoints_path)

    def _load_model(self, path):
        import keras

        if not path.is_file():
            raise InvalidArgument(f"{self.path} has no trained model yet; train it with --resume")
        self.import_recipe()
        try:
            return keras.models.load_model(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            missing = missing_code(error, self.path)
            raise missing or InvalidArgument(f"Cannot read {path}: {first_line(error)}") from error

    def num_classes(self, generator):
        """The number of classes of a conditional generator of this run, else None."""
        return self.config.data["num_classes"] if len(generator.inputs) > 1 else None

    def generate(
        self, num, seed=None, label=None, last=False, truncation=None, randomize_noise=False
    ):
        """Draw images from the best generator, or with `last` from the latest state.

        Args:
            num: Non-negative integer, number of images.
            seed: Integer in [0, 2**31) or None. The same seed gives the same images. Defaults to
                None.
            label: Class number or name, for a conditional generator; or a sequence of them, which
                get equal parts of the images in this order. Of attributes: a dict such as
                `{"hair": "black"}`, or a sequence such as `["hair=black", "smile=yes"]`; those that
                it does not name are drawn by their share. Defaults to None: classes are drawn by
                their share in the training data.
            last: Boolean. Defaults to False.
            truncation: As for `GAN.generate`. Defaults to None.
            randomize_noise: As for `GAN.generate`. Defaults to False.

        Returns:
            A float32 NumPy array `(num, height, width, channels)` in [-1, 1].
        """
        generator = self.load_gan().sampling_generator if last else self.load_generator()
        generator = latent.truncated(generator, truncation)
        if randomize_noise:
            generator = latent.with_random_noise(generator, seed)
        num_classes = self.num_classes(generator)
        noise = latent.sample(num, noise_length(generator), seed=seed)
        clusters = self.config.data.get("num_clusters")
        if label is not None and num_classes is None and clusters:
            raise InvalidArgument(
                f"`label` does not work with {self.path}: it is {labels.describe(self.config)}, "
                "which have no names. It draws them by their shares, with another seed (--seed) "
                f"others. Received: label={label!r}"
            )
        if label is not None:
            names, shares = (self.config.data.get(each) for each in ("class_names", "class_shares"))
            classes = in_equal_parts(label, num, num_classes, names, seed, shares)
        else:
            shares = self.config.data.get("class_shares")
            classes = num_classes and latent.sample_labels(num, num_classes, seed, shares)
        return latent.decode(generator, noise, classes)


def check_new_path(path):
    """Return a path that does not exist or is an empty folder, and refuse others."""
    path = pathlib.Path(path)
    if (path / "config.json").is_file():
        raise InvalidArgument(
            f"{path} already contains a run. Continue it with tfgan-kit train --out "
            f"{shlex.quote(str(path))} --resume, or choose another folder"
        )
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise InvalidArgument(f"{path} exists and is not an empty folder. Choose another folder")
    check_writable(path)
    return path


def next_free_path(path):
    """The path itself, or with -2, -3, ... if it exists."""
    path = pathlib.Path(path)
    candidate, number = path, 2
    while candidate.exists():
        candidate = path.with_name(f"{path.name}-{number}")
        number += 1
    return candidate


def keep_recipe(path, config):
    """Copy the Python file of the settings' recipe, if there is one, into a run's directory."""
    if config.recipe_file:
        original = pathlib.Path(config.recipe_file["path"])
        if own.file_sha256(original) != config.recipe_file["sha256"]:
            raise InvalidArgument(f"{original} was changed since it was read. Start again")
        with atomic_path(path / "recipe.py") as temporary:
            shutil.copyfile(original, temporary)


def missing_code(error, path):
    """What to do about Keras's error for a class or function that it does not find, or None."""
    found = re.match(r"Could not locate (class|function) '([^']+)'", str(error))
    out = shlex.quote(str(path))
    return found and InvalidArgument(
        f"{path} needs the {found[1]} {found[2]}, which is not a part of the kit. Resume it with "
        f"the Python file that defines it: tfgan-kit train --out {out} --resume --recipe FILE.py; "
        "in Python, define it before you open the run"
    )


def _no_run_message(path):
    others = [each.name for each in path.parent.glob("*") if (each / "config.json").is_file()]
    near = nearest_names(path.name, others) or sorted(others)[:3]
    found = f"; found {', '.join(str(path.parent / name) for name in near)}" if near else ""
    why = "no config.json" if path.exists() else "it does not exist"
    return f"There is no run at {path} ({why}){found}"
