"""The bar appears with the first step, and only on a terminal."""

import io

import pytest
from rich.console import Console

from tfgan_kit.utils.progress import progress_bar


@pytest.mark.parametrize(("terminal", "steps"), [(True, 2), (True, 0), (False, 2)])
def test_bar_is_shown_on_a_terminal_once_there_is_progress(terminal, steps):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    with progress_bar("Measuring", 2, console) as advance:
        for _ in range(steps):
            advance()
    assert ("Measuring" in console.file.getvalue()) == (terminal and steps > 0)


def test_bar_ends_with_an_error():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with pytest.raises(KeyError), progress_bar("Measuring", 2, console) as advance:
        advance()
        raise KeyError
    assert console.file.getvalue().endswith("\x1b[2K")
