"""Stopping a run between two steps: Ctrl-C, a terminating signal, or the clock."""

import contextlib
import os
import signal
import threading
import time

import keras

__all__ = ["StopCallback", "TrainingStopped", "stop_on_signals"]


class TrainingStopped(Exception):
    """Raised between two steps, so that no callback takes the epoch for finished."""


_PATIENCE_SECONDS = 1.0


class StopCallback(keras.callbacks.Callback):
    """Stop after the step in which a signal came or the time ran out."""

    def __init__(self, deadline=None):
        super().__init__()
        self.deadline = deadline
        self.reason = None

    def on_train_batch_end(self, batch, logs=None):
        if self.deadline is not None and time.monotonic() >= self.deadline:
            self.reason = self.reason or "time is up"
        # After the last step of an epoch its end comes first: the other callbacks need it.
        if batch + 1 < self.params["steps"]:
            self._raise_if_asked()

    def on_epoch_end(self, epoch, logs=None):
        self._raise_if_asked()

    def _raise_if_asked(self):
        if self.reason is not None:
            raise TrainingStopped(self.reason)


@contextlib.contextmanager
def stop_on_signals(stop):
    """Turn the first Ctrl-C or SIGTERM into a request; one more, a second later, acts at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}

    first = []

    def request(number, frame):
        if not first:
            first.append(time.monotonic())
            stop.reason = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
            os.write(2, b"\nStopping after this step, and saving.\n")
        elif time.monotonic() - first[0] > _PATIENCE_SECONDS:
            for each in signals:
                signal.signal(each, before[each])
            signal.raise_signal(number)

    for number in signals:
        signal.signal(number, request)
    try:
        yield
    finally:
        for number in signals:
            signal.signal(number, before[number])
