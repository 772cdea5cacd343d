"""`Progress`: plain lines in a file, one bar on a terminal, and the correct progress."""

import io
import re
import types

import pytest
import tensorflow as tf
from rich.console import Console

from tfgan_kit.callbacks import Progress

NUMBERS = r"G \d+\.\d{3} D \d+\.\d{3} \d+ images/s"
LOSSES = {"generator_loss": 0.5, "discriminator_loss": 1.25, "level": 0.4, "resolution": 8.0}
GROWING = "4x4, fading in 8x8 (40 %)"


@pytest.fixture
def clock(monkeypatch):
    """A clock that advances one second at each reading."""
    now = [100.0]

    def monotonic():
        now[0] += 1
        return now[0]

    monkeypatch.setattr("tfgan_kit.callbacks.progress.time.monotonic", monotonic)
    return now


@pytest.fixture
def begin():
    """Start a training at a step, with any model that counts steps."""

    def make(terminal, step=0, **arguments):
        file = io.StringIO()
        console = Console(file=file, force_terminal=terminal, width=200, color_system=None)
        progress = Progress(console=console, **arguments)
        progress.set_model(types.SimpleNamespace(step=tf.Variable(step)))
        progress.on_train_begin()
        progress.on_epoch_begin(0)
        return progress, file

    return make


def at(clock, progress, step, elapsed):
    """Set the step, and the seconds since training began."""
    progress.model.step.assign(step)
    clock[0] = progress._started + elapsed - 1


def share(progress):
    return progress._bar.tasks[0].percentage


@pytest.mark.parametrize("terminal", [False, True])
def test_a_whole_training(make_gan, real_images, begin, terminal):
    progress, file = begin(terminal, total_steps=4, batch_size=20)
    make_gan().fit(real_images, batch_size=20, epochs=2, verbose=0, callbacks=[progress])
    text = file.getvalue()
    if not terminal:
        preparing, first, second = text.splitlines()
        assert preparing == "preparing the first step"
        assert re.fullmatch(rf"epoch 1, step 2, \d+ s, \d+ s left, {NUMBERS}", first)
        assert re.fullmatch(rf"epoch 2, step 4, \d+ s, 0 s left, {NUMBERS}", second)
        return
    drawn = [line for line in re.split(r"[\r\n]|\x1b\[2K", text) if "images/s" in line]
    assert "preparing the first step" in text.splitlines()[0]
    assert "epoch 2" in drawn[-1] and "100%" in drawn[-1] and re.search(NUMBERS, drawn[-1])
    assert "step 2" not in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor is visible again"


def test_time_left_and_speed_are_of_the_steps_of_this_session_after_the_first(begin, clock):
    progress, file = begin(False, step=60, total_steps=100, batch_size=8)
    at(clock, progress, step=61, elapsed=30)
    progress.on_train_batch_end(0, LOSSES)
    progress.on_epoch_end(2, LOSSES)
    at(clock, progress, step=81, elapsed=39)
    progress.on_epoch_end(3, LOSSES)
    # 20 steps in 10 seconds, 19 to go; the speed is computed a second later.
    assert file.getvalue().splitlines() == [
        "preparing the first step",
        f"epoch 3, step 61, 32 s, {GROWING}, G 0.500 D 1.250",
        f"epoch 4, step 81, 39 s, 10 s left, {GROWING}, G 0.500 D 1.250 {160 / 11:.0f} images/s",
    ]
    at(clock, progress, step=105, elapsed=50)
    progress.on_epoch_end(4)
    assert "step 105, 50 s, 0 s left, " in file.getvalue()


def test_a_long_epoch_has_more_lines_in_a_pipe(begin, clock, monkeypatch):
    monkeypatch.setattr("tfgan_kit.utils.progress._SECONDS_BETWEEN_LINES", 15)
    progress, file = begin(False, total_steps=100, batch_size=8)
    for step in range(1, 11):
        at(clock, progress, step=step, elapsed=4 * step)
        progress.on_train_batch_end(step, LOSSES)
    steps = re.findall(r"epoch 1, step (\d+), \d+ s, \d+ s left, 4x4", file.getvalue())
    assert steps == ["4", "9"]  # Each reading of the clock takes a second.


def test_the_bar_counts_steps_from_the_progress_of_the_training(begin):
    progress, _ = begin(True, step=150, total_steps=200)
    assert share(progress) == 75
    progress.model.step.assign(160)
    progress.on_train_batch_end(9, {})
    assert share(progress) == 80
    progress.on_train_end()
    progress.close()
    assert progress._bar is None
    # A second fit with the same callback, as after the rest of an epoch.
    progress.on_train_begin()
    assert share(progress) == 80
    progress.close()


def test_progress_by_the_clock(begin, clock):
    progress, file = begin(False, minutes=10)
    progress.on_train_batch_end(0, LOSSES)
    at(clock, progress, step=5, elapsed=10)
    progress.on_epoch_end(0, LOSSES)
    assert "\nepoch 1, step 5, 10 s, 590 s left, 4x4" in file.getvalue()
    progress, _ = begin(True, step=150, minutes=2)
    (task,) = progress._bar.tasks
    assert task.total == 120 and task.completed <= 2
    at(clock, progress, step=151, elapsed=60)
    progress.on_train_batch_end(0, {"generator_loss": 1.0})
    assert task.completed == 61
    progress.close()


def test_default_console_is_standard_error():
    assert Progress(total_steps=5).console.stderr
