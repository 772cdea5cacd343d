"""What all commands share: quiet imports, tables, one line for a mistake."""

import importlib
import os
import pathlib
import sys
from typing import Annotated

import typer

from tfgan_kit.utils.streams import quiet

__all__ = [
    "RunPath",
    "describe",
    "fail",
    "import_quietly",
    "print_rows",
    "print_table",
    "show_warning",
]

RunPath = Annotated[pathlib.Path, typer.Argument(metavar="RUN", help="A run's directory.")]


def print_rows(rows):
    """Names and values as two columns."""
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")


def print_table(table):
    """A rich table; on a pipe as wide as it needs to be."""
    console = import_quietly("rich.console").Console()
    if not console.is_terminal:
        console = import_quietly("rich.console").Console(width=200)
    console.print(table)


def import_quietly(module):
    """Import a module of the kit without TensorFlow's start-up messages."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # On by itself only where a processor has AVX512; with AVX2 alone a step is up to 1.6 times
    # faster with it (benchmarks/throughput.py).
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with quiet():
        return importlib.import_module(module)


def show_warning(message, category, filename, lineno, file=None, line=None):
    """A warning as one line, without the place in the source that raised it."""
    print(f"tfgan-kit: {' '.join(str(message).split())}", file=sys.stderr)


def fail(message):
    """End with a user's mistake: one line on standard error, exit code 2."""
    print(f"tfgan-kit: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)


def describe(config):
    """A run's settings as names and texts."""
    found, recipe = config.data, config.recipe
    height, width, channels = found["image_shape"]
    length = f"{config.minutes:g} minutes" if config.minutes else f"{config.epochs} epochs"
    left_out = f", {found['num_skipped']} left out" if found["num_skipped"] else ""
    return {
        "data": f"{found['name']}, {found['num_images']} images of "
        f"{height}x{width}x{channels}{left_out}",
        "recipe": f"{recipe.name}, batch {recipe.batch_size}, {config.precision}, "
        f"seed {config.seed}",
        "length": length,
    }
