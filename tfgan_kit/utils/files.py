"""Files that appear whole or not at all, and where those that can be made again are kept."""

import contextlib
import os
import pathlib
import shutil
import uuid

__all__ = ["atomic_folder", "atomic_path", "atomic_write_text", "cache_path"]


@contextlib.contextmanager
def atomic_path(path):
    """A temporary name to write to, which becomes `path` when the block ends.

    A reader sees the file that was there before or the whole new one, never a
    half. Where the block raises, the temporary file is removed and `path` stays
    as it was. The temporary name stands in the same folder, begins with a dot
    and keeps the suffix of `path`, since writers choose the format by it.

    Args:
        path: String or `os.PathLike`, the file to write. Missing parent folders
            are made.

    Yields:
        A `pathlib.Path` to write to.

    Example:

    ```python
    from tfgan_kit.utils.files import atomic_path

    with atomic_path("notes/today.txt") as temporary:
        temporary.write_text("whole")
    ```
    """
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    with _parents_of(path):
        try:
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path):
    """A temporary folder to fill, which becomes `path` when the block ends.

    Where the block raises, the temporary folder is removed with all that is in it.

    Args:
        path: String or `os.PathLike`, the folder to make. It must not exist when the
            block ends. Missing parent folders are made.

    Yields:
        A `pathlib.Path`, an empty folder.

    Example:

    ```python
    import uuid
    from tfgan_kit.utils.files import atomic_folder

    with atomic_folder(f"exports/{uuid.uuid4()}") as temporary:
        (temporary / "notes.txt").write_text("whole")
    ```
    """
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    with _parents_of(path):
        temporary.mkdir()
        try:
            yield temporary
            os.rename(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def _parents_of(path):
    """Makes missing parent folders; where the block raises, those that stayed empty go again."""
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
    """Write `text` to `path` as UTF-8, whole or not at all.

    Args:
        path: String or `os.PathLike`, the file to write.
        text: String, its new content.

    Example:

    ```python
    from tfgan_kit.utils.files import atomic_write_text

    atomic_write_text("config.json", '{"seed": 0}')
    ```
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def cache_path(cache_dir=None):
    """Where features, classifiers and what was downloaded are kept.

    Args:
        cache_dir: String or `os.PathLike`, or None: the environment variable
            `TFGAN_KIT_CACHE`, or else `~/.cache/tfgan_kit`. Defaults to None.

    Returns:
        A `pathlib.Path`.

    Example:

    ```python
    from tfgan_kit.utils.files import cache_path

    cache_path("here").name  # "here"
    ```
    """
    given = cache_dir or os.environ.get("TFGAN_KIT_CACHE") or "~/.cache/tfgan_kit"
    return pathlib.Path(given).expanduser()
