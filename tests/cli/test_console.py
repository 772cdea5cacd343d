"""What all commands share."""

import sys

import pytest

from tfgan_kit.cli import console


def test_rows_are_aligned(capsys):
    console.print_rows({"a": 1, "longer": "two"})
    assert capsys.readouterr().out == "a       1\nlonger  two\n"


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
