"""What all commands share: options, quiet imports, tables, one-line errors."""

import importlib
import os
import pathlib
import sys
from typing import Annotated

import typer

from tfgan_kit.utils.streams import quiet

__all__ = [
    "RunPath",
    "SeedOption",
    "StepsOption",
    "argument",
    "fail",
    "import_quietly",
    "option",
    "print_rows",
    "print_table",
    "show_warning",
]


def argument(description, name):
    """A positional argument of a command with its help text."""
    return typer.Argument(metavar=name, help=description)


def option(description, *names, **settings):
    """An option of a command with its help text."""
    return typer.Option(*names, help=description, **settings)


RunPath = Annotated[pathlib.Path, argument("Directory of a run.", "RUN")]
SeedOption = Annotated[int, option("Random seed.", min=0)]
StepsOption = Annotated[int, option("Steps of the search.", min=1)]


def print_rows(rows):
    """Print names and values as two columns."""
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")


def print_table(table):
    """Print a rich table: as a list if a terminal is too narrow, with tabs in a pipe."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console, others = Console(), table.columns[1:]
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    if not console.is_terminal:
        for row in [[column.header for column in table.columns], *rows]:
            print("\t".join(Text.from_markup(cell).plain for cell in row))
        return
    # Only the last column may be wrapped: half a name or half a number is of no use.
    for column in table.columns[:-1]:
        column.no_wrap = True
    options = console.options.update(width=10_000)
    if console.measure(table, options=options).minimum <= console.width:
        console.print(table)
        return
    for name, *cells in rows:
        console.print(f"[bold]{name}[/bold]")
        for column, cell in zip(others, cells, strict=True):
            if cell:
                console.print(Padding(f"{column.header}: {cell}", (0, 0, 0, 2)))


def import_quietly(module):
    """Import a module of the package without TensorFlow's start-up messages."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow turns oneDNN on only if the processor has AVX512; with AVX2 alone it also makes
    # a step up to 1.6 times faster (benchmarks/throughput.py).
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with quiet():
        return importlib.import_module(module)


def show_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning as one line, without its place in the source."""
    print(f"tfgan-kit: {' '.join(str(message).split())}", file=sys.stderr)


def fail(message):
    """Print an error as one line on standard error and exit with code 2."""
    print(f"tfgan-kit: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)
