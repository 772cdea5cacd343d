"""Stopping: the first signal is a request, a later one interrupts, handlers are restored."""

import concurrent.futures
import contextlib
import os
import signal

import pytest

from tfgan_kit.runs import stopping
from tfgan_kit.runs.stopping import StopCallback, TrainingStopped, stop_on_signals


@pytest.fixture(autouse=True)
def interrupts():
    """As in a terminal; a process that was started in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def callback(**arguments):
    stop = StopCallback(**arguments)
    stop.set_params({"steps": 3})
    return stop


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGINT, "Ctrl-C"), (15, "SIGTERM")])
def test_first_signal_is_a_request(number, reason):
    stop = callback()
    with stop_on_signals(stop):
        stop.on_train_batch_end(0)
        os.kill(os.getpid(), number)
        with pytest.raises(TrainingStopped, match=reason):
            stop.on_train_batch_end(1)


def test_two_quick_ctrl_c_are_one():
    stop = callback()
    with stop_on_signals(stop):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert stop.reason == "Ctrl-C"


def test_later_second_ctrl_c_interrupts(monkeypatch):
    monkeypatch.setattr(stopping, "_PATIENCE_SECONDS", -1)
    stop = callback()
    with stop_on_signals(stop):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_handlers_are_restored_after_an_error():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(ZeroDivisionError), stop_on_signals(callback()):
        raise ZeroDivisionError
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_it_does_nothing_outside_the_main_thread():
    with concurrent.futures.ThreadPoolExecutor() as pool:
        enter = contextlib.ExitStack().enter_context
        assert pool.submit(enter, stop_on_signals(callback())).result() is None


def test_time_is_up_after_the_end_of_an_epoch():
    stop = callback(deadline=0.0)
    stop.on_train_batch_end(2)
    with pytest.raises(TrainingStopped, match="time is up"):
        stop.on_epoch_end(0)
    with pytest.raises(TrainingStopped, match="time is up"):
        stop.on_train_batch_end(0)
