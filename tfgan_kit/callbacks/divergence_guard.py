"""`DivergenceGuard`: restores the last good state after NaN, with lower learning rates."""

import math
import pathlib
import warnings

import keras
import tensorflow as tf

from tfgan_kit.training.state import restore_state
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["DivergenceGuard", "TrainingDiverged"]


class TrainingDiverged(RuntimeError):
    """Losses or weights are NaN or infinite, and restoring an earlier state did not help.

    Args:
        message: String: the step, what is not finite and what to do.

    Example:

    ```python
    from tfgan_kit.callbacks import TrainingDiverged

    isinstance(TrainingDiverged("Step 12: generator_loss is nan."), RuntimeError)  # True
    ```
    """


class DivergenceGuard(keras.callbacks.Callback):
    """Restore the last good state when a loss or a weight is NaN or infinite.

    In a good state all losses, weights, optimizer moments and averages are finite. Each restore
    warns and multiplies both learning rates by `factor`; step and random states continue, so that
    training takes a different course. An epoch without a restore resets the count of `max_tries`.
    Pass this callback before those that save. `LearningRateScheduler` overrides the lower rates.

    Args:
        path: String or `os.PathLike`, a `.keras` file for the last good state. An existing file is
            overwritten.
        max_tries: Positive integer, maximum number of successive restores. Defaults to 3.
        factor: Float in (0, 1], by which a restore multiplies the learning rates. Defaults to 0.5.
        check_every: Positive integer, steps between checks of all weights, which also take place
            after each epoch. Losses are checked at every step. Defaults to 50.
        save_freq: `"epoch"` or a positive integer, steps between saves of a good state. Defaults to
            `"epoch"`.

    Raises:
        InvalidArgument: If an argument is out of range.
        TrainingDiverged: When training begins, if a weight is not finite; during training, after
            `max_tries` restores. The GAN is then in the last good state.

    Example:

    ```python
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    guard = callbacks.DivergenceGuard("good.keras", save_freq=500)
    gan.fit(data.load("digits").take(2), callbacks=[guard])
    ```
    """

    def __init__(self, path, max_tries=3, factor=0.5, check_every=50, save_freq="epoch"):
        super().__init__()
        self.path = pathlib.Path(path)
        if self.path.suffix != ".keras":
            raise InvalidArgument(f"`path` must end with '.keras'. Received: path={str(path)!r}")
        self.max_tries = check_integer("max_tries", max_tries, 1)
        self.factor = check_number("factor", factor, above=0, maximum=1)
        self.check_every = check_integer("check_every", check_every, 1)
        self.save_freq = (
            save_freq if save_freq == "epoch" else check_integer("save_freq", save_freq, 1)
        )

    def on_train_begin(self, logs=None):
        # Raises now, not when it is needed, if a learning rate cannot be scaled.
        self.model.optimizer.scale_learning_rates(1.0)
        self._state = _float_state(self.model)
        self._are_finite = tf.function(lambda: _are_finite(self._state)).get_concrete_function()
        self._tries = 0
        self._only_real_images = True
        self._to_reset = []
        self._checked_step = self._step()
        bad = self._bad_state()
        if bad:
            raise TrainingDiverged(
                f"{bad} before the first step. Build the GAN again or load an earlier checkpoint."
            )
        self._save()

    def on_epoch_begin(self, epoch, logs=None):
        self._healthy = True
        self._last_logs = {}

    def on_train_batch_begin(self, batch, logs=None):
        for metric in self._to_reset:
            metric.reset_state()
        self._to_reset = []

    def on_train_batch_end(self, batch, logs=None):
        logs = dict(logs or {})
        bad = {name: value for name, value in logs.items() if not math.isfinite(value)}
        if bad:
            self._only_real_images &= "discriminator_loss" in bad and "generator_loss" not in bad
            self._restore(" and ".join(f"{name} is {value}" for name, value in bad.items()))
            self._repair_metrics(bad)
            return
        self._last_logs = logs
        saves = self.save_freq != "epoch" and self._is_due(self._saved_step, self.save_freq)
        if saves or self._is_due(self._checked_step, self.check_every):
            self._check(saves)

    def on_epoch_end(self, epoch, logs=None):
        self._check(saves=self.save_freq == "epoch")
        if self._healthy:
            self._tries = 0
            self._only_real_images = True

    def _check(self, saves):
        self._checked_step = self._step()
        bad = self._bad_state()
        if bad:
            self._only_real_images = False
            self._restore(bad)
        elif saves:
            self._save()

    def _bad_state(self):
        """The first variable that is not finite and the number of others, or an empty string."""
        finite = self._are_finite().numpy()
        bad = [_name(v) for v, is_finite in zip(self._state, finite, strict=True) if not is_finite]
        if not bad:
            return ""
        more = f" and {len(bad) - 1} more variables" if len(bad) > 1 else ""
        return f"{bad[0]}{more} {'are' if more else 'is'} not finite"

    def _save(self):
        self._saved_step = self._step()
        with atomic_path(self.path) as temporary:
            self.model.save(temporary)

    def _restore(self, reason):
        self._healthy = False
        self._tries += 1
        restore_state(self.model, self.path)
        optimizer, step = self.model.optimizer, self._step()
        if self._tries > self.max_tries:
            raise TrainingDiverged(
                f"Step {step}: {reason} after {self.max_tries} restores, with learning rates "
                f"{_rates(optimizer)}. {self._advice()} The GAN is in its last good state, of step "
                f"{self._saved_step}, which is also in {self.path}."
            )
        optimizer.scale_learning_rates(self.factor)
        warnings.warn(
            f"Step {step}: {reason}. Restored the state of step {self._saved_step} ({self._tries} "
            f"of at most {self.max_tries} restores), with learning rates {_rates(optimizer)}.",
            stacklevel=2,
        )

    def _advice(self):
        # Both networks and the generated images were fine, so the cause is in the real images.
        if self._only_real_images:
            return (
                "Check the real images for NaN, Inf or huge values first: the generator's loss was "
                "finite each time, so the learning rates are not the cause."
            )
        return (
            "Lower the learning rates, add a penalty such as R1, or train in float32. If lower "
            "rates do not help, check the real images for NaN or Inf."
        )

    def _repair_metrics(self, bad):
        """Set running means that are not finite to their values before this step."""
        for metric in self.model.metrics:
            if metric.name not in bad:
                continue
            last = self._last_logs.get(metric.name)
            if last is None or not isinstance(metric, keras.metrics.Mean):
                self._to_reset.append(metric)
            else:
                metric.total.assign(last * metric.count.numpy())

    def _step(self):
        return int(self.model.step.numpy())

    def _is_due(self, last, every):
        # With `steps_per_execution` the step can skip the multiple.
        return self._step() // every > last // every


def _float_state(gan):
    """The variables that must be finite: networks, moments, average and replayed images."""
    variables = [*gan.weights, *gan.optimizer.variables]
    for keeper in (gan.ema, gan.replay):
        variables += [] if keeper is None else keeper.state.values()
    return [variable for variable in variables if tf.as_dtype(variable.dtype).is_floating]


def _are_finite(variables):
    return tf.stack([tf.reduce_all(tf.math.is_finite(variable)) for variable in variables])


def _name(variable):
    return variable.path if isinstance(variable, keras.Variable) else variable.name


def _rates(optimizer):
    return " and ".join(f"{rate:.3g}" for rate in optimizer.learning_rates)
