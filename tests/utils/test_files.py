"""Atomic files: whole or not at all, whatever happens in the middle."""

import os
import pathlib
import subprocess
import sys

import pytest

from tfgan_kit.utils.files import atomic_folder, atomic_path, atomic_write_text, cache_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_and_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "notes.txt"
    for text in ("first", "second"):
        with atomic_path(path) as temporary:
            temporary.write_text(text)
        assert path.read_text() == text
        assert names(tmp_path) == ["notes.txt"]


def test_temporary_name_is_hidden_beside_and_keeps_the_suffix(tmp_path):
    with atomic_path(tmp_path / "a.b.keras") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".") and temporary.suffix == ".keras"
        assert not temporary.exists()
        with atomic_path(str(tmp_path / "a.b.keras")) as other:
            assert other != temporary
            other.write_bytes(b"other")
        temporary.write_bytes(b"this")
    assert (tmp_path / "a.b.keras").read_bytes() == b"this"


def test_missing_folders_are_made(tmp_path):
    atomic_write_text(tmp_path / "a" / "b" / "c.json", "{}")
    assert (tmp_path / "a" / "b" / "c.json").read_text() == "{}"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_old_file_stands_where_the_block_raises(tmp_path, error):
    path = tmp_path / "notes.txt"
    path.write_text("old")
    with pytest.raises(error), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["notes.txt"]


def test_new_file_does_not_appear_where_the_block_raises(tmp_path):
    with pytest.raises(RuntimeError), atomic_path(tmp_path / "notes.txt") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert names(tmp_path) == []


def test_block_that_writes_nothing_is_an_error_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), atomic_path(path):
        pass
    assert path.read_text() == "old"
    assert names(tmp_path) == ["notes.txt"]


def test_failing_replace_leaves_no_temporary_file(tmp_path):
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        atomic_write_text(tmp_path / "folder", "text")
    assert names(tmp_path) == ["folder"] and names(tmp_path / "folder") == ["inside"]


def test_text_is_utf8_and_unencodable_text_keeps_the_old_file(tmp_path):
    path = tmp_path / "notes.txt"
    atomic_write_text(path, "Größe, 大きさ\n")
    assert path.read_bytes() == "Größe, 大きさ\n".encode()
    with pytest.raises(UnicodeEncodeError):
        atomic_write_text(path, "half \udcff")
    assert path.read_bytes() == "Größe, 大きさ\n".encode()
    assert names(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("moment", ["in the block", "before the rename"])
def test_old_file_stands_where_the_process_is_killed(tmp_path, moment):
    path = tmp_path / "notes.txt"
    path.write_text("old")
    kill = "os.kill(os.getpid(), signal.SIGKILL)"
    script = "\n".join(
        [
            "import os, signal, sys",
            "from tfgan_kit.utils.files import atomic_path",
            f"os.replace = lambda *_: {kill}",
            "with atomic_path(sys.argv[1]) as temporary:",
            "    temporary.write_text('half')",
            f"    {kill if moment == 'in the block' else 'pass'}",
        ]
    )
    root = pathlib.Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", script, path],
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert killed.returncode == -9
    assert path.read_text() == "old"
    # What the kill left is hidden, so that no `notes*` finds it.
    assert list(tmp_path.glob("notes*")) == [path]


def test_folder_appears_whole_or_not_at_all(tmp_path):
    with atomic_folder(tmp_path / "a" / "model") as temporary:
        assert not (tmp_path / "a" / "model").exists()
        (temporary / "weights").write_text("whole")
    assert (tmp_path / "a" / "model" / "weights").read_text() == "whole"
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "a" / "other") as temporary:
        (temporary / "weights").write_text("half")
        raise RuntimeError
    assert names(tmp_path / "a") == ["model"]


def test_folder_that_is_there_stays(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("old")
    with pytest.raises(OSError), atomic_folder(tmp_path / "model") as temporary:
        (temporary / "weights").write_text("new")
    assert (tmp_path / "model" / "weights").read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_cache_path(monkeypatch, tmp_path):
    monkeypatch.setenv("TFGAN_KIT_CACHE", str(tmp_path))
    assert cache_path() == tmp_path
    assert cache_path("other").name == "other"


@pytest.mark.parametrize("opened", [atomic_path, atomic_folder])
def test_folders_that_were_made_for_nothing_go_again(opened, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(KeyError), opened(tmp_path / "there" / "new" / "newer" / "a.txt"):
        raise KeyError
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]
