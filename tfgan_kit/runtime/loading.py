"""`load`: check a file, then open it."""

import json
import pathlib
import pkgutil
import shlex
import warnings

from tfgan_kit.runtime.formats import FORMATS
from tfgan_kit.runtime.manifest import Manifest
from tfgan_kit.runtime.probe import probe
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.streams import quiet
from tfgan_kit.utils.validation import check_integer

__all__ = ["find_file", "format_of", "is_run", "load", "open_file"]


def load(path, threads=None, max_bytes=2**30):
    """Load an exported generator, also a file that another tool wrote.

    A file listed in an `export.json` beside it must have the size and SHA-256 listed there.
    Any other file is first loaded and run in a separate process, because a damaged one can
    crash it. Keras files are read in safe mode; SavedModels that do more than compute are
    refused.

    Args:
        path: String or `os.PathLike`: a `.tflite`, `.onnx` or `.keras` file, a SavedModel
            folder, a folder of numbered SavedModels (the highest number is loaded), or a
            folder with an `export.json` (its first file is loaded).
        threads: Positive integer, or None for the runtime's default. Defaults to None.
        max_bytes: Positive integer, size limit of the file. Defaults to 1 GiB.

    Returns:
        An `ExportedGenerator`.

    Raises:
        InvalidArgument: If the file is missing, too large, damaged, in an unknown format or
            not a generator.

    Example:

    ```python
    from tfgan_kit import export, models

    generator, _ = models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(generator, "generator.tflite")
    export.load("generator.tflite").generate(4, seed=0).shape  # (4, 16, 16, 1)
    ```
    """
    check_integer("threads", threads, 1, optional=True)
    check_integer("max_bytes", max_bytes, 1)
    path = find_file(path)
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    size = sum(file.stat().st_size for file in files)
    if size > max_bytes:
        raise InvalidArgument(
            f"{path} has {size:,} bytes, more than `max_bytes` ({max_bytes:,}). Raise `max_bytes` "
            "if you trust the file"
        )
    entry = _verified_entry(path)
    if entry is None:
        probe(path)
    generator = open_file(path, threads, entry)
    if entry is None and path.name == "generator.keras" and generator.class_limit:
        _name_classes(generator, path.parent / "config.json")
    return generator


def _name_classes(generator, path):
    """Give a run's own `generator.keras` the classes that the settings beside it list."""
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8")).get("data", {})
        generator.num_classes = found.get("num_classes")
        generator.class_names = found.get("class_names")
        generator.class_shares = found.get("class_shares")


def open_file(path, threads=None, entry=None):
    """Load a file in this process, without checking it; `entry` is its manifest entry."""
    reader = format_of(pathlib.Path(path)).reader
    # TensorFlow logs when it is imported.
    with quiet():
        reader = pkgutil.resolve_name(reader)
    generator = reader(path, threads)
    if entry is not None:
        generator.manifest_entry = entry
        generator.num_classes = entry.num_classes or generator.num_classes
        generator.class_names, generator.class_shares = entry.class_names, entry.class_shares
    return generator


def find_file(path):
    """The file or SavedModel that a path stands for."""
    path = pathlib.Path(path)
    if path.is_file() or _is_saved_model(path):
        return path
    if not path.is_dir():
        raise InvalidArgument(f"There is no file or folder at {path}")
    versions = [each for each in path.iterdir() if each.name.isdecimal() and _is_saved_model(each)]
    if versions:
        return max(versions, key=lambda each: int(each.name))
    suffixes = {each.suffix for each in FORMATS.values()}
    manifest = Manifest.find(path)
    names = [name for entry in manifest.entries for name in entry.files]
    names = [name for name in names if pathlib.Path(name).suffix in suffixes]
    if not names and is_run(path):
        raise InvalidArgument(
            f"{path} is a run, not an exported generator. Export it with: tfgan-kit export "
            f"{shlex.quote(str(path))}"
        )
    runs = sorted(path.glob("*/config.json"))
    if not names and runs:
        raise InvalidArgument(f"{path} is a folder of runs. Give one, such as {runs[0].parent}")
    if not names:
        raise InvalidArgument(
            f"{path} holds no exported generator: no saved_model.pb, no numbered SavedModels and "
            "no export.json that lists a file"
        )
    present = [path / name for name in names if (path / name).exists()]
    if not present:
        raise InvalidArgument(f"No file listed in {manifest.path} exists: {', '.join(names)}")
    return present[0]


def is_run(path):
    """Whether it is a run's directory, or missing, which is then an error of `runs.Run`."""
    return not path.exists() or (path / "config.json").is_file()


def _is_saved_model(path):
    return (path / "saved_model.pb").is_file()


def format_of(path):
    """The format by the content of a file, whatever its name."""
    head = b""
    if path.is_file():
        with open(path, "rb") as file:
            head = file.read(16)
    readable = {name: each for name, each in FORMATS.items() if each.reader}
    for each in readable.values():
        if each.matches(path, head):
            return each
    raise InvalidArgument(
        f"{path} is in none of the formats {', '.join(readable)}. It starts with {head[:8]!r}"
    )


def _verified_entry(path):
    manifest = Manifest.find(path)
    entry = manifest.entry_of(path)
    if entry is not None:
        manifest.check(entry)
    elif manifest.entries:
        warnings.warn(
            f"{manifest.path} does not list {path.name}, so its content cannot be checked",
            stacklevel=3,
        )
    return entry
