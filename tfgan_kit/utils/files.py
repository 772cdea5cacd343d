"""Files that are written whole or not at all, and the folder of the cache."""

import contextlib
import os
import pathlib
import shutil
import tempfile
import uuid

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["atomic_folder", "atomic_path", "atomic_write_text", "cache_path", "check_writable"]


@contextlib.contextmanager
def atomic_path(path):
    """A temporary path to write to, renamed to `path` when the block ends."""
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    with _parents_of(path):
        try:
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError as error:
            raise _named(error, temporary, path) from error.__cause__
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path):
    """A temporary folder to fill, renamed to `path` when the block ends."""
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    with _parents_of(path):
        temporary.mkdir()
        try:
            yield temporary
            os.rename(temporary, path)
        except OSError as error:
            raise _named(error, temporary, path) from error.__cause__
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _named(error, temporary, path):
    """The error with the name of the file: that of a full disk has none, or the temporary one."""
    if error.errno is not None and error.filename in (None, temporary, str(temporary)):
        error.filename = str(path)
    return error


@contextlib.contextmanager
def _parents_of(path):
    """Create missing parent folders; if the block raises, remove those that are empty."""
    missing = [parent for parent in path.parents if not parent.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for parent in missing:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def atomic_write_text(path, text):
    """Write `text` to `path` as UTF-8, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def check_writable(path):
    """Refuse a folder that cannot be written or made; leaves nothing behind."""
    path = pathlib.Path(path)
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".tfgan-kit-") as file:
            file.write(bytes(4096))  # A full disk has room for an empty file.
    except OSError as error:
        raise InvalidArgument(f"Cannot write into {there}: {error.strerror}") from error


def cache_path(cache_dir=None):
    """The folder of cached features, classifiers and downloads."""
    given = cache_dir or os.environ.get("TFGAN_KIT_CACHE") or "~/.cache/tfgan_kit"
    return pathlib.Path(given).expanduser()
