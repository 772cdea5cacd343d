"""One progress bar with the time left, for work that takes longer than a moment."""

import contextlib

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["progress_bar"]


@contextlib.contextmanager
def progress_bar(name, total, console=None):
    """A bar that appears on the first step; yields `advance(num=1)`."""
    console = Console(stderr=True) if console is None else console
    progress = Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = progress.add_task(name, total=total)

    def advance(num=1):
        progress.start()
        progress.advance(task, num)

    try:
        yield advance
    finally:
        progress.stop()
