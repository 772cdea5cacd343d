"""`DivergenceGuard`: goes back when numbers stop being numbers, and tries more slowly."""

import math
import pathlib
import warnings

import keras
import tensorflow as tf

from tfgan_kit.callbacks.restoring import go_back
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = ["DivergenceGuard", "TrainingDiverged"]


class TrainingDiverged(RuntimeError):
    """A training whose numbers are NaN or infinite again and again.

    Args:
        message: String. Names the step, what was not finite and what to do.

    Example:

    ```python
    from tfgan_kit.callbacks import TrainingDiverged

    try:
        raise TrainingDiverged("Step 12: generator_loss is nan")
    except RuntimeError as error:
        print(error)
    ```
    """


class DivergenceGuard(keras.callbacks.Callback):
    """Go back to the last good state where a loss or a weight is NaN or infinite.

    A state is good, and kept in a file, where all weights, moments, averages and
    losses are finite; the first is that of the start. Going back multiplies both
    learning rates by `factor` and warns. Step and noise go on, so that the same
    does not happen again by necessity. A training that diverges again after
    `max_tries` restores, without one whole healthy epoch between them, ends with
    an error, and the GAN stands at the last good state then.

    It stands before the callbacks that save, so that they save no NaN. A
    `LearningRateScheduler` sets the rates anew at each epoch, and so undoes it.
    `keras.callbacks.TerminateOnNaN` looks at a log named `loss` only, which a GAN
    has not.

    Args:
        path: String or `os.PathLike`, a `.keras` file for the last good state.
            A file of an earlier training there is overwritten.
        max_tries: Integer, 1 or more, how often to go back. Defaults to 3.
        factor: Float in (0, 1], what the learning rates are multiplied by.
            Defaults to 0.5.
        check_every: Integer, 1 or more, steps from one look at all weights to the
            next; they are looked at when an epoch ends, too, and the losses at
            every step. Defaults to 50.
        save_freq: `"epoch"` or an integer, steps, how often a good state is kept.
            Defaults to `"epoch"`.

    Raises:
        InvalidArgument: If an argument is none of these.
        TrainingDiverged: In training, as told above; or as it begins, if weights
            are not finite already.

    Example:

    ```python
    import numpy as np
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    images = np.random.uniform(-1, 1, (32, 16, 16, 1)).astype("float32")
    guard = tfgan_kit.callbacks.DivergenceGuard("good.keras", save_freq=500)
    gan.fit(images, callbacks=[guard])
    ```
    """

    def __init__(self, path, max_tries=3, factor=0.5, check_every=50, save_freq="epoch"):
        super().__init__()
        self.path = pathlib.Path(path)
        if self.path.suffix != ".keras":
            raise InvalidArgument(f"`path` must end with '.keras'. Received: path={str(path)!r}")
        self.max_tries = check_integer("max_tries", max_tries, 1)
        self.factor = check_number("factor", factor, above=0)
        if self.factor > 1:
            raise InvalidArgument(f"`factor` must be 1 or less. Received: factor={factor!r}")
        self.check_every = check_integer("check_every", check_every, 1)
        self.save_freq = (
            save_freq if save_freq == "epoch" else check_integer("save_freq", save_freq, 1)
        )

    def on_train_begin(self, logs=None):
        # An optimizer whose rate cannot be scaled shall say so now, not when it is needed.
        self.model.optimizer.scale_learning_rates(1.0)
        self._state = _float_state(self.model)
        self._are_finite = tf.function(lambda: _are_finite(self._state)).get_concrete_function()
        self._tries = 0
        self._real_images_alone = True
        self._to_reset = []
        self._checked_step = self._step()
        bad = self._bad_state()
        if bad:
            raise TrainingDiverged(
                f"As training begins {bad}: build the GAN anew or load an earlier checkpoint"
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
        bad = {name: value for name, value in (logs or {}).items() if not math.isfinite(value)}
        if bad:
            self._real_images_alone &= "discriminator_loss" in bad and "generator_loss" not in bad
            self._go_back(" and ".join(f"{name} is {value}" for name, value in bad.items()))
            self._mend_metrics(bad)
            return
        self._last_logs = dict(logs or {})
        saves = self.save_freq != "epoch" and self._is_due(self._saved_step, self.save_freq)
        if saves or self._is_due(self._checked_step, self.check_every):
            self._check(saves)

    def on_epoch_end(self, epoch, logs=None):
        self._check(saves=self.save_freq == "epoch")
        if self._healthy:
            self._tries = 0
            self._real_images_alone = True

    def _check(self, saves):
        self._checked_step = self._step()
        bad = self._bad_state()
        if bad:
            self._real_images_alone = False
            self._go_back(bad)
        elif saves:
            self._save()

    def _bad_state(self):
        """Names what is not finite of all that training changes, or is empty."""
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

    def _go_back(self, reason):
        self._healthy = False
        self._tries += 1
        go_back(self.model, self.path)
        optimizer, step = self.model.optimizer, self._step()
        if self._tries > self.max_tries:
            raise TrainingDiverged(
                f"Step {step}: {reason}, again after {self.max_tries} restores, with learning "
                f"rates of {_rates(optimizer)}. {self._advice()}. The GAN stands at its last good "
                f"state, of step {self._saved_step}, which is {self.path}"
            )
        optimizer.scale_learning_rates(self.factor)
        warnings.warn(
            f"Step {step}: {reason}; back to the state of step {self._saved_step}, for the "
            f"{self._tries}. of {self.max_tries} times, with learning rates of {_rates(optimizer)}",
            stacklevel=2,
        )

    def _advice(self):
        # Fakes and both networks were fine, so it came with what the generator does not see.
        if self._real_images_alone:
            return (
                "The generator's loss was finite each time, so look at the data first: real images "
                "that hold NaN, Inf or huge values are no fault of the learning rates"
            )
        return (
            "Lower the learning rates, add a penalty such as R1, or train in float32; where lower "
            "rates change nothing, look for NaN or Inf in the real images"
        )

    def _mend_metrics(self, bad):
        """Let running means that are not finite stand where they stood before this step."""
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
        # With `steps_per_execution` the step jumps, perhaps past the multiple.
        return self._step() // every > last // every


def _float_state(gan):
    """The variables that must be finite: networks, moments, average and replayed fakes."""
    keepers = [keeper for keeper in (gan.ema, gan.replay) if keeper is not None]
    variables = [*gan.weights, *gan.optimizer.variables]
    variables += [variable for keeper in keepers for variable in keeper.variables]
    return [variable for variable in variables if tf.as_dtype(variable.dtype).is_floating]


def _are_finite(variables):
    return tf.stack([tf.reduce_all(tf.math.is_finite(variable)) for variable in variables])


def _name(variable):
    """Keras's path of it; variables of TensorFlow have but a name."""
    return variable.path if isinstance(variable, keras.Variable) else variable.name


def _rates(optimizer):
    return " and ".join(f"{rate:.3g}" for rate in optimizer.learning_rates)
