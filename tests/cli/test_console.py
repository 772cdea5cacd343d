"""What all commands share."""

import re
import sys

import pytest
from rich.table import Table

from tfgan_kit.cli import console


def test_rows_are_aligned(capsys):
    console.print_rows({"a": 1, "longer": "two"})
    assert capsys.readouterr().out == "a       1\nlonger  two\n"


def test_table_in_a_pipe_has_tabs_and_no_markup(capsys):
    console.print_table(small_table())
    assert capsys.readouterr().out == "metric\tvalue\tnotes\nprecision ↑\t0.5\tk=3 of many\n"


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, ["metric       value  notes", "precision ↑  0.5    k=3 of many"]),
        (
            25,
            [
                "metric       value  notes",
                "precision ↑  0.5    k=3",
                "                    of",
                *["                    many"],
            ],
        ),
        (20, ["precision ↑", "  value: 0.5", "  notes: k=3 of many"]),
    ],
)
def test_table_on_a_terminal_cuts_no_word(capsys, monkeypatch, width, expected):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    console.print_table(small_table())
    plain = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert [line.rstrip() for line in plain.splitlines()] == expected


def small_table():
    table = Table("metric", "value", "notes", box=None, pad_edge=False)
    table.add_row("precision ↑", "[bold]0.5[/bold]", "k=3 of many")
    return table


def test_error_is_one_line_and_exit_code_2(capsys):
    with pytest.raises(SystemExit) as done:
        console.fail("first line\n  second line")
    assert done.value.code == 2
    assert capsys.readouterr().err == "tfgan-kit: first line second line\n"


def test_warning_is_one_line(capsys):
    console.show_warning("a\nb", UserWarning, "file.py", 3)
    assert capsys.readouterr().err == "tfgan-kit: a b\n"


def test_messages_of_an_import_are_hidden_unless_it_fails(tmp_path, monkeypatch, capfd):
    monkeypatch.syspath_prepend(tmp_path)
    message = "import os; os.write(2, b'message from C++\\n')"
    (tmp_path / "noisy_module.py").write_text(message)
    (tmp_path / "broken_module.py").write_text(f"{message}; raise RuntimeError('broken')")
    assert console.import_quietly("noisy_module") is sys.modules["noisy_module"]
    assert capfd.readouterr().err == ""
    with pytest.raises(RuntimeError, match="broken"):
        console.import_quietly("broken_module")
    assert capfd.readouterr().err == "message from C++\n"
