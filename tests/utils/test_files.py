"""Files and folders are written whole or not at all."""

import errno
import os
import pathlib
import subprocess
import sys

import pytest

from tfgan_kit.utils.files import (
    atomic_folder,
    atomic_path,
    atomic_write_text,
    cache_path,
    check_writable,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("old")
    return path


def test_makes_folders_writes_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a" / "b" / "notes.txt"
    for text in ("first", "second"):
        with atomic_path(path) as temporary:
            temporary.write_text(text)
        assert path.read_text() == text
        assert names(path.parent) == ["notes.txt"]


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


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_old_file_stays_where_the_block_raises(notes, error):
    for path in (notes, notes.with_name("new.txt")):
        with pytest.raises(error), atomic_path(path) as temporary:
            temporary.write_text("half")
            raise error
    assert notes.read_text() == "old" and names(notes.parent) == ["notes.txt"]


def test_failing_replace_leaves_no_temporary_file(tmp_path):
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        atomic_write_text(tmp_path / "folder", "text")
    assert names(tmp_path) == ["folder"] and names(tmp_path / "folder") == ["inside"]


def test_old_file_stays_where_nothing_or_unencodable_text_is_written(notes):
    with pytest.raises(FileNotFoundError), atomic_path(notes):
        pass
    assert notes.read_text() == "old" and names(notes.parent) == ["notes.txt"]
    atomic_write_text(notes, "Größe, 大きさ\n")
    with pytest.raises(UnicodeEncodeError):
        atomic_write_text(notes, "half \udcff")
    assert notes.read_bytes() == "Größe, 大きさ\n".encode()
    assert names(notes.parent) == ["notes.txt"]


@pytest.mark.parametrize("moment", ["in the block", "before the rename"])
def test_old_file_stays_where_the_process_is_killed(notes, moment):
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
    root = str(pathlib.Path(__file__).parents[2])
    killed = subprocess.run(
        [sys.executable, "-c", script, notes], env={**os.environ, "PYTHONPATH": root}, check=False
    )
    assert killed.returncode == -9
    assert notes.read_text() == "old"
    # What the kill left is hidden, so that no `notes*` finds it.
    assert list(notes.parent.glob("notes*")) == [notes]


def test_folder_appears_whole_or_not_at_all_and_is_not_replaced(tmp_path):
    path = tmp_path / "a" / "model"
    with atomic_folder(path) as temporary:
        assert not path.exists()
        (temporary / "weights").write_text("whole")
    for other, error in ((path.with_name("other"), RuntimeError), (path, OSError)):
        with pytest.raises(error), atomic_folder(other) as temporary:
            (temporary / "weights").write_text("new")
            if error is RuntimeError:
                raise error
    assert (path / "weights").read_text() == "whole" and names(path.parent) == ["model"]


@pytest.mark.parametrize("opened", [atomic_path, atomic_folder])
@pytest.mark.parametrize("named", [False, True])
def test_full_disk_names_the_file_that_was_to_be_written(opened, named, tmp_path):
    with pytest.raises(OSError, match="No space") as caught, opened(tmp_path / "a.txt") as path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *([str(path)] if named else []))
    assert caught.value.filename == str(tmp_path / "a.txt") and names(tmp_path) == []


def test_other_errors_keep_their_file(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic_path(tmp_path / "a.txt"):
        (tmp_path / "gone.txt").read_text()
    assert caught.value.filename == str(tmp_path / "gone.txt")


def test_folders_that_can_be_written(tmp_path, monkeypatch):
    check_writable(tmp_path / "new" / "newer")
    assert names(tmp_path) == []
    (tmp_path / "file").write_text("text")
    with pytest.raises(ValueError, match="Cannot write into .*file: Not a directory"):
        check_writable(tmp_path / "file" / "new")

    def full(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    with pytest.raises(ValueError, match=f"Cannot write into {tmp_path}: Read-only file system"):
        check_writable(tmp_path)


def test_cache_path(monkeypatch, tmp_path):
    monkeypatch.setenv("TFGAN_KIT_CACHE", str(tmp_path))
    assert cache_path() == tmp_path
    assert cache_path("other").name == "other"


@pytest.mark.parametrize("opened", [atomic_path, atomic_folder])
def test_empty_new_folders_are_removed_after_an_error(opened, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(KeyError), opened(tmp_path / "there" / "new" / "newer" / "a.txt"):
        raise KeyError
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]
