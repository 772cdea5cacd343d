"""`Progress`: plain lines in a file, one bar on a terminal, the right share done."""

import functools
import io
import re

import pytest
from rich.console import Console

from tfgan_kit.callbacks import Progress


@pytest.fixture
def make_gan(make_gan):
    """Without graphs: a few steps take less time than to trace one."""
    return functools.partial(make_gan, run_eagerly=True)


@pytest.fixture
def make_console():
    def make(terminal):
        return Console(file=io.StringIO(), force_terminal=terminal, width=200, color_system=None)

    return make


def fit(gan, real_images, progress, **arguments):
    gan.fit(real_images, batch_size=8, verbose=0, callbacks=[progress], **arguments)
    return progress.console.file.getvalue()


@pytest.fixture
def clock(monkeypatch):
    """A clock that gains one second whenever `Progress` looks at it."""
    now = [100.0]

    def monotonic():
        now[0] += 1
        return now[0]

    monkeypatch.setattr("tfgan_kit.callbacks.progress.time.monotonic", monotonic)
    return now


NUMBERS = r"G \d+\.\d{3} D \d+\.\d{3} \d+ images/s"


def test_plain_lines_off_a_terminal(make_gan, real_images, make_console):
    progress = Progress(total_steps=10, batch_size=8, console=make_console(False))
    lines = fit(make_gan(), real_images, progress, epochs=2).splitlines()
    assert len(lines) == 2
    for epoch, line in enumerate(lines, 1):
        assert re.fullmatch(rf"epoch {epoch}, step {5 * epoch}, \d+ s, \d+ s left, {NUMBERS}", line)
    assert ", 0 s left, " in lines[1]


def test_plain_lines_by_the_clock(make_gan, real_images, make_console):
    progress = Progress(minutes=10, batch_size=8, console=make_console(False))
    (line,) = fit(make_gan(), real_images, progress).splitlines()
    assert re.fullmatch(rf"epoch 1, step 5, \d+ s, (59\d|600) s left, {NUMBERS}", line)


def at(gan, clock, progress, step, elapsed):
    """Let the callback see a step, so many seconds after training began."""
    gan.step.assign(step)
    clock[0] = progress._started + elapsed - 1


def test_time_left_and_speed_are_of_this_session(make_gan, make_console, clock):
    gan = make_gan()
    gan.step.assign(60)
    progress = Progress(total_steps=100, batch_size=8, console=make_console(False))
    progress.set_model(gan)
    progress.on_train_begin()
    at(gan, clock, progress, step=80, elapsed=10)
    progress.on_epoch_end(3, {"generator_loss": 0.5, "discriminator_loss": 1.25})
    line = progress.console.file.getvalue().strip()
    # 20 steps in 10 seconds, 20 to go; the speed is asked for a second later.
    assert line == f"epoch 4, step 80, 10 s, 10 s left, G 0.500 D 1.250 {160 / 11:.0f} images/s"


def test_more_steps_than_told_are_no_negative_time(make_gan, real_images, make_console):
    progress = Progress(total_steps=3, console=make_console(False))
    assert ", 0 s left, " in fit(make_gan(), real_images, progress)


def test_bar_on_a_terminal(make_gan, real_images, make_console):
    progress = Progress(total_steps=10, batch_size=8, console=make_console(True))
    text = fit(make_gan(), real_images, progress, epochs=2)
    last = re.split(r"[\r\n]|\x1b\[2K", text.rstrip("\n"))
    last = [line for line in last if "images/s" in line][-1]
    assert "epoch 2" in last and "100%" in last
    assert re.search(NUMBERS, last)
    assert "step 5" not in text
    # The cursor is shown again.
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def share(progress):
    (task,) = progress._bar.tasks
    return task.percentage


def begin(progress, gan):
    progress.set_model(gan)
    progress.on_train_begin()
    progress.on_epoch_begin(0)


def test_bar_counts_steps(make_gan, make_console):
    gan, progress = make_gan(), Progress(total_steps=200, console=make_console(True))
    begin(progress, gan)
    assert share(progress) == 0
    gan.step.assign(30)
    progress.on_train_batch_end(29, {})
    assert share(progress) == 15
    progress.close()
    progress.close()


def test_resumed_bar_begins_where_training_was(make_gan, make_console):
    gan, progress = make_gan(), Progress(total_steps=200, console=make_console(True))
    gan.step.assign(150)
    begin(progress, gan)
    assert share(progress) == 75
    # Another fit with the same callback, as after the rest of a begun epoch.
    gan.step.assign(160)
    progress.on_train_end()
    assert progress._bar is None
    progress.on_train_begin()
    assert share(progress) == 80
    progress.close()


def test_bar_by_the_clock(make_gan, make_console, clock):
    gan, progress = make_gan(), Progress(minutes=2, console=make_console(True))
    gan.step.assign(150)
    begin(progress, gan)
    (task,) = progress._bar.tasks
    assert task.total == 120 and task.completed <= 2
    at(gan, clock, progress, step=151, elapsed=60)
    progress.on_train_batch_end(0, {"generator_loss": 1.0})
    assert task.completed == 60
    progress.close()


def test_logs_may_be_missing(make_gan, make_console):
    gan = make_gan()
    for terminal in (True, False):
        progress = Progress(total_steps=5, console=make_console(terminal))
        begin(progress, gan)
        progress.on_train_batch_end(0)
        progress.on_epoch_end(0)
        progress.close()
        assert "images/s" in progress.console.file.getvalue() or terminal


def test_default_console_is_standard_error(capsys, make_gan, real_images):
    fit_into = Progress(total_steps=5)
    make_gan().fit(real_images, batch_size=8, verbose=0, callbacks=[fit_into])
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("epoch 1, step 5, ")


def test_needs_an_end():
    with pytest.raises(ValueError, match="needs one of `total_steps` and `minutes`"):
        Progress()
