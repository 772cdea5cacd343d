"""`RunCheckpoint`: everything that is needed to resume training exactly."""

import json
import math
import pathlib
import shutil
import warnings
import zipfile
import zlib

import keras

from tfgan_kit.utils.errors import InvalidArgument, first_line
from tfgan_kit.utils.files import atomic_path, atomic_write_text
from tfgan_kit.utils.validation import check_choice, check_integer

__all__ = ["RunCheckpoint"]

_BROKEN = (OSError, ValueError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)


class RunCheckpoint(keras.callbacks.Callback):
    """Save the whole GAN during training, atomically.

    A checkpoint (`step-00001234.keras`) has everything that training needs. With `restore` and data
    that depends on the step alone, such as `tfgan_kit.data.load(..., start_step=step)`, training
    resumes bit for bit. The generator (its average, if there is one) is also saved alone. Saving
    removes old checkpoints, and later ones, which an abandoned attempt wrote.

    Args:
        directory: String or `os.PathLike`, folder of the checkpoints.
        save_freq: `"epoch"` or a positive integer, steps between checkpoints. Defaults to
            `"epoch"`.
        keep: Positive integer, number of checkpoints to keep. Defaults to 3.
        monitor: String, the metric in `logs` whose best state is kept as `best.keras`. Defaults to
            None: no best state, since a GAN's losses do not measure image quality.
        mode: `"min"` or `"max"`, whether small or large values of `monitor` are better. Defaults
            to `"min"`.
        generator_path: String or `os.PathLike`, file of the generator: the best one if `monitor`
            is given, else the latest. Defaults to None: `generator.keras` in `directory`.

    Raises:
        InvalidArgument: If `save_freq`, `keep` or `mode` is out of range.

    Example:

    ```python
    import tfgan_kit

    gan = tfgan_kit.recipes.get("dcgan").build()
    checkpoint = tfgan_kit.callbacks.RunCheckpoint("checkpoints")
    step = checkpoint.restore(gan)  # 0 the first time
    batches = tfgan_kit.data.load("digits", batch_size=32, start_step=step)
    gan.fit(batches, steps_per_epoch=2, epochs=1, callbacks=[checkpoint])
    ```
    """

    def __init__(
        self, directory, save_freq="epoch", keep=3, monitor=None, mode="min", generator_path=None
    ):
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.save_freq = (
            save_freq if save_freq == "epoch" else check_integer("save_freq", save_freq, 1)
        )
        self.keep = check_integer("keep", keep, 1)
        self.monitor = monitor
        self.mode = check_choice("mode", mode, ("min", "max"))
        self.generator_path = pathlib.Path(generator_path or self.directory / "generator.keras")
        self._restored_metrics = None
        self._saved_step = None

    @property
    def paths(self):
        """List of the checkpoints' paths, oldest first."""
        return sorted(self.directory.glob("step-*.keras"))

    best_path = property(lambda self: self.directory / "best.keras")
    best_record_path = property(lambda self: self.directory / "best.json")

    def restore(self, model):
        """Restore a compiled GAN from the newest readable checkpoint.

        Returns:
            Integer, the step of the GAN; 0 if there is no checkpoint.

        Raises:
            InvalidArgument: If there are checkpoints and none is readable.
        """
        failures = []
        for path in reversed(self.paths):
            try:
                model.load_weights(path)
            except _BROKEN as error:
                failures.append(f"{path}: {first_line(error)}")
                continue
            for failure in failures:
                warnings.warn(f"Skipped an unreadable checkpoint: {failure}", stacklevel=2)
            self._restored_metrics = [variable.numpy() for variable in model.metrics_variables]
            return int(model.step.numpy())
        if failures:
            raise InvalidArgument(
                f"No checkpoint in {self.directory} is readable: {'; '.join(failures)}"
            )
        return 0

    def on_epoch_begin(self, epoch, logs=None):
        self._saved_step = int(self.model.step.numpy())
        in_the_middle = self._saved_step != epoch * (self.params.get("steps") or 0)
        if self._restored_metrics is not None and in_the_middle:
            # `fit` has just reset the metrics of the epoch that is resumed.
            self._assign_metrics(self._restored_metrics)
        self._restored_metrics = None

    def on_train_batch_end(self, batch, logs=None):
        # After the last step of an epoch, earlier callbacks have not yet written what belongs to
        # it, and a resumed run would lack that.
        ends_epoch = batch + 1 >= (self.params.get("steps") or math.inf)
        if not ends_epoch and self._is_due():
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch" or self._is_due():
            # As the next epoch begins: without the running means of this one.
            values = [variable.numpy() for variable in self.model.metrics_variables]
            self.model.reset_metrics()
            self.save()
            self._assign_metrics(values)
        if self.monitor is not None:
            self.keep_best((logs or {}).get(self.monitor), epoch + 1)

    def save(self):
        """Write a checkpoint and the generator now."""
        self._saved_step = int(self.model.step.numpy())
        path = self._path(self._saved_step)
        with atomic_path(path) as temporary:
            self.model.save(temporary)
        if self.monitor is None or self.best is None:
            self._save_generator()
        # Later steps are from an abandoned attempt or unreadable.
        kept = [other for other in self.paths if other <= path][-self.keep :]
        for other in set(self.paths) - set(kept):
            other.unlink()

    @property
    def best(self):
        """Dict of `monitor`, `value`, `step` and `epoch` of the best state, or None."""
        if not self.best_record_path.exists() or not self.best_path.exists():
            return None
        try:
            best = json.loads(self.best_record_path.read_text(encoding="utf-8"))
            return {name: best[name] for name in ("monitor", "value", "step", "epoch")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidArgument(
                f"{self.best_record_path} is not readable ({first_line(error)}). Remove it; the "
                "next epoch will write a new one."
            ) from error

    def keep_best(self, value, epoch):
        """Keep the current state if the float `value` of `monitor` is the best so far."""
        if value is None:
            warnings.warn(
                f"RunCheckpoint(monitor={self.monitor!r}) did not find that name in the logs. Pass "
                "the callback that writes it before this one.",
                stacklevel=2,
            )
            return
        best = self.best
        if math.isnan(value) or (best is not None and not self._is_better(value, best)):
            return
        step = int(self.model.step.numpy())
        with atomic_path(self.best_path) as temporary:
            if step == self._saved_step and self._path(step).exists():
                shutil.copyfile(self._path(step), temporary)
            else:
                self.model.save(temporary)
        self._save_generator()
        record = {"monitor": self.monitor, "value": float(value), "step": step, "epoch": epoch}
        atomic_write_text(self.best_record_path, json.dumps(record))

    def _is_better(self, value, best):
        # Values of different metrics cannot be compared.
        if best["monitor"] != self.monitor:
            return True
        return value < best["value"] if self.mode == "min" else value > best["value"]

    def _path(self, step):
        return self.directory / f"step-{step:08d}.keras"

    def _save_generator(self):
        with atomic_path(self.generator_path) as temporary:
            self.model.sampling_generator.save(temporary)

    def _assign_metrics(self, values):
        for variable, value in zip(self.model.metrics_variables, values, strict=True):
            variable.assign(value)

    def _is_due(self):
        if self.save_freq == "epoch":
            return False
        # With `steps_per_execution` the step can skip the multiple.
        step = int(self.model.step.numpy())
        return step // self.save_freq > self._saved_step // self.save_freq
