"""One progress bar with the time left, for work that takes longer than a moment."""

import contextlib

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["make_progress", "progress_bar"]


def make_progress(console=None, **options):
    """A rich display of tasks with a `note` each; shown on a terminal only, once started."""
    console = Console(stderr=True) if console is None else console
    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=not console.is_terminal,
        **options,
    )


@contextlib.contextmanager
def progress_bar(name, total, console=None):
    """A bar that appears on the first step; yields `advance(num=1)`."""
    progress = make_progress(console, transient=True)
    task = progress.add_task(name, total=total, note="")

    def advance(num=1):
        progress.start()
        progress.advance(task, num)

    try:
        yield advance
    finally:
        progress.stop()
