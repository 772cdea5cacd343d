"""What all commands share: quiet imports, tables, one line for a mistake."""

import importlib
import os
import sys

from tfgan_kit.utils.streams import quiet

__all__ = ["fail", "import_quietly", "print_rows", "print_table", "show_warning"]


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
