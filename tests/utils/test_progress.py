"""The bar appears with the first step, and only on a terminal."""

import io

import pytest
from rich.console import Console

from tfgan_kit.utils import progress
from tfgan_kit.utils.progress import make_progress, progress_bar


@pytest.mark.parametrize(("terminal", "steps"), [(True, 2), (True, 0), (False, 2)])
def test_bar_is_shown_on_a_terminal_once_there_is_progress(terminal, steps):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    with progress_bar("Measuring", 2, console) as advance:
        for _ in range(steps):
            advance()
    assert ("Measuring" in console.file.getvalue()) == (terminal and steps > 0)


def test_brackets_of_a_name_are_shown():
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, color_system=None)
    with progress_bar("photos[train]", 2, console) as advance:
        advance()
    assert "photos[train]" in file.getvalue()


def test_bar_ends_with_an_error():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with pytest.raises(KeyError), progress_bar("Measuring", 2, console) as advance:
        advance()
        raise KeyError
    assert console.file.getvalue().endswith("\x1b[2K")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", ["epoch 12", "Decoding /a/long/path/of/a/folder/of/photos"])
def test_times_are_never_cut(width, name):
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system=None)
    note = "G 0.123 D 1.234 12345 images/s" if name.startswith("epoch") else ""
    bar = make_progress(console)
    bar.add_task(name, total=100, completed=30, note=note)
    bar.start()
    bar.stop()
    text = file.getvalue()
    assert "30% 0:00:00 left -:--:--" in text
    assert ("12345 images/s" in text) == (bool(note) and width >= 80)


def test_a_pipe_gets_a_line_now_and_then(monkeypatch):
    """Fifty steps of one second, then a stage that begins late; the clock advances only here."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 20)
    monkeypatch.setattr(progress.Lines, "_last", 100.0)
    console = Console(file=io.StringIO(), force_terminal=False, width=20)
    with progress_bar("Extracting [a]", 5_000, console) as advance:
        for _ in range(50):
            now[0] += 1
            advance(100)
    now[0] += 15
    with progress_bar("Metrics", None, console):
        pass
    assert console.file.getvalue().splitlines() == [
        "Extracting [a]: 2,000 of 5,000, 20 s",
        "Extracting [a]: 4,000 of 5,000, 40 s",
        "Metrics: 0, 0 s",
    ]
