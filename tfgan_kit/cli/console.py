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


def print_rows(rows):
    """Print names and values as two columns."""
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")


def print_table(table):
    """Print a rich table; wide enough for its content unless on a terminal."""
    from rich.console import Console

    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)


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
