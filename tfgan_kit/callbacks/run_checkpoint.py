"""`RunCheckpoint`: everything that training needs to go on exactly, kept safe."""

import json
import math
import pathlib
import shutil
import warnings
import zipfile
import zlib

import keras

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path, atomic_write_text

__all__ = ["RunCheckpoint"]

_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    RuntimeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)


class RunCheckpoint(keras.callbacks.Callback):
    """Save the whole GAN as training goes on, whole files or none.

    A checkpoint (`step-00001234.keras`) holds both networks, both optimizers'
    moments, the step, the state of every random generator and the running
    metrics. With `restore` and data that is a function of the step, as
    `tfgan_kit.data.load` gives it, training goes on bit for bit as if it had
    never stopped. The generator alone, the averaged one where there is an average, is
    written as well. Checkpoints of later
    steps than the one just written, of an earlier attempt, are removed with the
    old ones.

    Args:
        directory: String or `os.PathLike`, where checkpoints go; made if
            missing.
        save_freq: `"epoch"` or an integer, steps, as in Keras's
            `ModelCheckpoint`. Defaults to `"epoch"`.
        keep: Integer, 1 or more, how many of the newest stay. Defaults to 3.
        monitor: String, a name in the epoch's logs whose best value is kept as
            `best.keras`, or None for none. Defaults to None, since a GAN's
            losses do not say how good its images are.
        mode: `"min"` or `"max"`, which value of `monitor` is the best. Defaults
            to `"min"`.
        generator_path: String or `os.PathLike`, the generator alone: the best one
            where `monitor` is given, else the newest. Defaults to None:
            `generator.keras` in `directory`.

    Raises:
        InvalidArgument: If `save_freq`, `keep` or `mode` is none of these.

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
        self,
        directory,
        save_freq="epoch",
        keep=3,
        monitor=None,
        mode="min",
        generator_path=None,
    ):
        super().__init__()
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq >= 1):
            raise InvalidArgument(
                "`save_freq` must be 'epoch' or an integer of 1 or more. "
                f"Received: save_freq={save_freq!r}"
            )
        if not (isinstance(keep, int) and keep >= 1):
            raise InvalidArgument(
                f"`keep` must be an integer of 1 or more. Received: keep={keep!r}"
            )
        if mode not in ("min", "max"):
            raise InvalidArgument(f"`mode` must be 'min' or 'max'. Received: mode={mode!r}")
        self.directory = pathlib.Path(directory)
        self.save_freq = save_freq
        self.keep = keep
        self.monitor = monitor
        self.mode = mode
        self.generator_path = pathlib.Path(generator_path or self.directory / "generator.keras")
        self._restored_metrics = None

    @property
    def paths(self):
        """List of the checkpoints' paths, oldest first."""
        return sorted(self.directory.glob("step-*.keras"))

    best_path = property(lambda self: self.directory / "best.keras")
    best_record_path = property(lambda self: self.directory / "best.json")

    def restore(self, model):
        """Bring a compiled GAN to the newest checkpoint that can be read.

        Args:
            model: A compiled `GAN` with the networks that were saved.

        Returns:
            Integer, the step it stands at, 0 where there is no checkpoint.

        Raises:
            InvalidArgument: If there are checkpoints and none can be read.
        """
        failures = []
        for path in reversed(self.paths):
            try:
                model.load_weights(path)
            except _UNREADABLE as error:
                reason = str(error).partition("\n")[0]
                failures.append(f"{path}: {reason or type(error).__name__}")
                continue
            for failure in failures:
                warnings.warn(f"Left out a checkpoint that cannot be read: {failure}", stacklevel=2)
            self._restored_metrics = [variable.numpy() for variable in model.metrics_variables]
            return int(model.step.numpy())
        if failures:
            raise InvalidArgument(
                f"No checkpoint in {self.directory} can be read: {'; '.join(failures)}"
            )
        return 0

    def on_epoch_begin(self, epoch, logs=None):
        self._saved_step = int(self.model.step.numpy())
        in_the_middle = self._saved_step != epoch * (self.params.get("steps") or 0)
        if self._restored_metrics is not None and in_the_middle:
            # `fit` has just reset the metrics of the epoch that is taken up again.
            self._assign_metrics(self._restored_metrics)
        self._restored_metrics = None

    def on_train_batch_end(self, batch, logs=None):
        # After the last step of an epoch the callbacks before this one have yet to
        # write what belongs to it: a resumed run would go without.
        ends_epoch = batch + 1 >= (self.params.get("steps") or float("inf"))
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
        path = self.directory / f"step-{self._saved_step:08d}.keras"
        with atomic_path(path) as temporary:
            self.model.save(temporary)
        if self.monitor is None or self.best is None:
            self._save_generator()
        # Later steps are of an attempt that was given up, or cannot be read.
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
                f"{self.best_record_path} is broken ({error or type(error).__name__}); remove it, "
                "and the next epoch is the best"
            ) from error

    def _save_generator(self):
        with atomic_path(self.generator_path) as temporary:
            self.model.sampling_generator.save(temporary)

    def _assign_metrics(self, values):
        for variable, value in zip(self.model.metrics_variables, values, strict=True):
            variable.assign(value)

    def _is_due(self):
        if self.save_freq == "epoch":
            return False
        # With `steps_per_execution` the step jumps, perhaps past the multiple.
        step = int(self.model.step.numpy())
        return step // self.save_freq > self._saved_step // self.save_freq

    def keep_best(self, value, epoch):
        """Keep the model as it stands if it is better than the best before.

        Args:
            value: Float, of `monitor`; None where nobody measured it.
            epoch: Integer or float, when that is, for the record.
        """
        if value is None:
            warnings.warn(
                f"RunCheckpoint(monitor={self.monitor!r}) finds no such name in the logs; "
                "a callback that writes it must stand before this one",
                stacklevel=2,
            )
            return
        if math.isnan(value):
            return
        best = self.best
        # A best of another name says nothing of this one's values.
        if best is not None and best["monitor"] == self.monitor:
            better = value < best["value"] if self.mode == "min" else value > best["value"]
            if not better:
                return
        newest = self.paths[-1] if self.paths else None
        with atomic_path(self.best_path) as temporary:
            if newest and newest.stem == f"step-{int(self.model.step.numpy()):08d}":
                shutil.copyfile(newest, temporary)
            else:
                self.model.save(temporary)
        self._save_generator()
        record = {
            "monitor": self.monitor,
            "value": float(value),
            "step": int(self.model.step.numpy()),
            "epoch": epoch,
        }
        atomic_write_text(self.best_record_path, json.dumps(record))
