"""`Progress`: a progress bar over the whole of training."""

import time

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as RichProgress,
)

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["Progress"]


class Progress(keras.callbacks.Callback):
    """Show how far training is, the time left, losses and images a second.

    On a terminal one bar over all epochs, kept up to date; elsewhere one plain
    line at the end of each epoch. Use it with `fit(..., verbose=0)`.

    Args:
        total_steps: Integer, the step at which training ends, or None where the
            clock ends it.
        minutes: Float, minutes after which training ends, or None. One of the
            two is given.
        batch_size: Integer, images in a step, for images a second.
        console: A `rich.console.Console`, or None for standard error.

    Raises:
        InvalidArgument: If neither `total_steps` nor `minutes` is given.

    Example:

    ```python
    import numpy as np
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    real_images = np.zeros((32, 16, 16, 1), "float32")
    progress = tfgan_kit.callbacks.Progress(total_steps=4, batch_size=16)
    gan.fit(real_images, batch_size=16, epochs=2, callbacks=[progress], verbose=0)
    ```
    """

    def __init__(self, total_steps=None, minutes=None, batch_size=1, console=None):
        super().__init__()
        if total_steps is None and minutes is None:
            raise InvalidArgument("Progress needs one of `total_steps` and `minutes`")
        self.total_steps = total_steps
        self.minutes = minutes
        self.batch_size = batch_size
        self.console = console or Console(stderr=True)
        self._started = None
        self._bar = None

    def on_train_begin(self, logs=None):
        if self._started is None:
            self._started = time.monotonic()
            self._first_step = int(self.model.step.numpy())
        if self.console.is_terminal and self._bar is None:
            self._bar = RichProgress(
                TextColumn("epoch {task.fields[epoch]}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(elapsed_when_finished=True),
                TextColumn("{task.fields[numbers]}"),
                console=self.console,
                refresh_per_second=4,
                speed_estimate_period=120,
            )
            total = self.total_steps if self.minutes is None else self.minutes * 60
            # What an earlier session did is done, but says nothing of this one's speed.
            self._task = self._bar.add_task(
                "train", total=total, completed=self._done(), epoch="", numbers=""
            )
            self._bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._bar is not None:
            self._bar.update(
                self._task,
                completed=self._done(),
                epoch=self._epoch + 1,
                numbers=self._numbers(logs),
            )

    def on_epoch_end(self, epoch, logs=None):
        if self._bar is None:
            elapsed = time.monotonic() - self._started
            self.console.print(
                f"epoch {epoch + 1}, step {int(self.model.step.numpy())}, {elapsed:.0f} s, "
                f"{self._left(elapsed)}{self._numbers(logs)}",
                highlight=False,
                soft_wrap=True,
            )

    def close(self):
        """Take the bar off the terminal; training is over, however it ended."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_train_end(self, logs=None):
        self.close()

    def _done(self):
        """Steps so far or, where the clock ends training, seconds."""
        if self.minutes is not None:
            return time.monotonic() - self._started
        return int(self.model.step.numpy())

    def _left(self, elapsed):
        if self.minutes is not None:
            return f"{max(0, self.minutes * 60 - elapsed):.0f} s left, "
        done = int(self.model.step.numpy()) - self._first_step
        left = max(0, self.total_steps - self._done()) * elapsed / max(1, done)
        return f"{left:.0f} s left, "

    def _numbers(self, logs):
        elapsed = time.monotonic() - self._started
        speed = (
            (int(self.model.step.numpy()) - self._first_step) * self.batch_size / max(elapsed, 1e-9)
        )
        names = {"generator_loss": "G", "discriminator_loss": "D"}
        shown = [
            f"{short} {float(logs[name]):.3f}"
            for name, short in names.items()
            if name in (logs or {})
        ]
        return " ".join([*shown, f"{speed:.0f} images/s"])
