"""Files that appear whole or not at all."""

import contextlib
import os
import pathlib
import uuid

__all__ = ["atomic_path", "atomic_write_text"]


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
    from tfgan_kit.files import atomic_path

    with atomic_path("notes/today.txt") as temporary:
        temporary.write_text("whole")
    ```
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def atomic_write_text(path, text):
    """Write `text` to `path` as UTF-8, whole or not at all.

    Args:
        path: String or `os.PathLike`, the file to write.
        text: String, its new content.

    Example:

    ```python
    from tfgan_kit.files import atomic_write_text

    atomic_write_text("config.json", '{"seed": 0}')
    ```
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
