"""`Progress`: a progress bar over the whole training."""

import time

import keras
from rich.console import Console

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.progress import Lines, make_progress
from tfgan_kit.utils.text import level

__all__ = ["Progress"]

_PREPARING = "preparing the first step"
_SHORT = {"generator_loss": "G", "discriminator_loss": "D"}


class Progress(keras.callbacks.Callback):
    """Show epoch, progress, time left, level of growing networks, losses and images per second.

    On a terminal this is one bar for all epochs, elsewhere one line per epoch, and more in a long
    one. Use it with `fit(..., verbose=0)`.

    Args:
        total_steps: Integer, step at which training ends, or None if `minutes` ends it. Defaults
            to None.
        minutes: Float, minutes after which training ends, or None. Defaults to None.
        batch_size: Integer, images in a step. Defaults to 1.
        console: A `rich.console.Console`. Defaults to None: standard error.

    Raises:
        InvalidArgument: If neither `total_steps` nor `minutes` is given.

    Example:

    ```python
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    progress = callbacks.Progress(total_steps=2, batch_size=256)
    gan.fit(data.load("digits").take(2), callbacks=[progress], verbose=0)
    ```
    """

    def __init__(self, total_steps=None, minutes=None, batch_size=1, console=None):
        super().__init__()
        if total_steps is None and minutes is None:
            raise InvalidArgument(
                "Progress needs `total_steps` or `minutes`. Received: neither of them"
            )
        self.total_steps = total_steps
        self.minutes = minutes
        self.batch_size = batch_size
        self.console = console or Console(stderr=True)
        self._lines = Lines(self.console)
        self._started = None
        self._timed_from = None
        self._bar = None

    def on_train_begin(self, logs=None):
        if self._started is None:
            self._started = time.monotonic()
            self._lines.print(lambda: _PREPARING, due=True)
        if self.console.is_terminal and self._bar is None:
            self._bar = make_progress(self.console, refresh_per_second=4, speed_estimate_period=120)
            total = self.total_steps if self.minutes is None else self.minutes * 60
            # Steps of an earlier session are done, but do not count for the speed of this one.
            self._task = self._bar.add_task(
                "" if self._timed_from else _PREPARING, total=total, completed=self._done(), note=""
            )
            self._bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._timed_from is None:
            # The first step is traced, which may take longer than a hundred others.
            self._timed_from = self._step(), time.monotonic()
        if self._bar is not None:
            self._bar.update(
                self._task,
                completed=self._done(),
                description=f"epoch {self._epoch + 1}",
                note=self._numbers(logs),
            )
        self._lines.print(lambda: self._line(self._epoch, logs))

    def on_epoch_end(self, epoch, logs=None):
        self._lines.print(lambda: self._line(epoch, logs), due=True)

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """Remove the bar from the terminal, also after an error."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _line(self, epoch, logs):
        elapsed = time.monotonic() - self._started
        left = self._seconds_left(elapsed)
        numbers = [] if left is None else [f"{left:.0f} s left"]
        numbers = ", ".join([f"{elapsed:.0f} s", *numbers, self._numbers(logs)])
        return f"epoch {epoch + 1}, step {self._step()}, {numbers}"

    def _step(self):
        return int(self.model.step.numpy())

    def _done(self):
        """Steps so far, or seconds if `minutes` ends the training."""
        return self._step() if self.minutes is None else time.monotonic() - self._started

    def _seconds_left(self, elapsed):
        """None if it is not known yet."""
        if self.minutes is not None:
            return max(0, self.minutes * 60 - elapsed)
        left, speed = max(0, self.total_steps - self._step()), self._steps_per_second()
        if left == 0:
            return 0
        return left / speed if speed else None

    def _steps_per_second(self):
        """0 if no step was timed yet."""
        first, since = self._timed_from
        return (self._step() - first) / max(time.monotonic() - since, 1e-9)

    def _numbers(self, logs):
        logs, speed = logs or {}, self._steps_per_second() * self.batch_size
        losses = [f"{_SHORT[name]} {float(logs[name]):.3f}" for name in _SHORT if name in logs]
        numbers = " ".join([*losses, *([f"{speed:.0f} images/s"] if speed else [])])
        return ", ".join(filter(None, (level(logs), numbers)))
