"""One progress display with the time left, for work that takes longer than a moment."""

import contextlib
import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

__all__ = ["Lines", "make_progress", "progress_bar"]

_SECONDS_BETWEEN_LINES = 15.0
_MIN_WIDTH_OF_NOTE = 80


class _Note(TextColumn):
    """The numbers of a task, left out on a narrow terminal: the times need the room."""

    def __init__(self, console):
        super().__init__("{task.fields[note]}")
        self.console = console

    def render(self, task):
        return super().render(task) if self.console.width >= _MIN_WIDTH_OF_NOTE else Text()


def make_progress(console=None, **options):
    """A rich display of tasks with a `note` each; shown on a terminal only, once started."""
    console = Console(stderr=True) if console is None else console
    name = Column(no_wrap=True, max_width=max(8, console.width - 40))
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=name),
        BarColumn(None, table_column=Column(max_width=40)),
        TaskProgressColumn(),
        TimeElapsedColumn(Column(no_wrap=True)),
        TextColumn("left"),
        TimeRemainingColumn(table_column=Column(no_wrap=True)),
        _Note(console),
        console=console,
        disable=not console.is_terminal,
        **options,
    )


class Lines:
    """Where there is no terminal: prints a line, but none too soon after the last one of any."""

    _last = time.monotonic()

    def __init__(self, console=None):
        self.console = Console(stderr=True) if console is None else console

    def print(self, describe, due=False):
        """Print what a function returns if a line is `due` or the last one is some time ago."""
        if self.console.is_terminal:
            return
        if due or time.monotonic() - Lines._last >= _SECONDS_BETWEEN_LINES:
            self.console.print(describe(), highlight=False, markup=False, soft_wrap=True)
            Lines._last = time.monotonic()


@contextlib.contextmanager
def progress_bar(name, total, console=None):
    """A bar that appears on the first step, elsewhere lines; yields `advance(num=1)`."""
    progress, lines = make_progress(console, transient=True), Lines(console)
    task = progress.add_task(name, total=total, note="")
    done, started = 0, time.monotonic()

    def describe():
        of_total = f" of {total:,}" if total else ""
        return f"{name}: {done:,}{of_total}, {time.monotonic() - started:.0f} s"

    def advance(num=1):
        nonlocal done
        done += num
        progress.start()
        progress.advance(task, num)
        lines.print(describe)

    lines.print(describe)
    try:
        yield advance
    finally:
        progress.stop()
