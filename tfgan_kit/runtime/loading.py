"""`load`: look at a file before anything in it is believed, then run it."""

import importlib
import os
import pathlib
import warnings

from tfgan_kit.runtime.manifest import Manifest
from tfgan_kit.runtime.probe import probe
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.streams import quiet
from tfgan_kit.utils.validation import check_integer

__all__ = ["load", "open_file"]

_MAX_BYTES = 2**30
_MODEL_OF_PAGE = "generator.tflite"

# Format: its module and class, loaded only when a file of that format is.
_GENERATORS = {
    "saved_model": ("tfgan_kit.runtime.saved_model", "SavedModelGenerator"),
    "tflite": ("tfgan_kit.runtime.tflite", "TFLiteGenerator"),
    "onnx": ("tfgan_kit.runtime.onnx", "OnnxGenerator"),
    "keras": ("tfgan_kit.runtime.keras_model", "KerasGenerator"),
}


def load(path, threads=None, max_bytes=_MAX_BYTES):
    """Load an exported generator, the kit's own or one that came from elsewhere.

    Where an `export.json` beside it tells of the file, its size and SHA-256 must be
    those. Any other file is first loaded and run in a process of its own, which a
    damaged file may end without harm. Keras files are read in safe mode, and of
    SavedModels only those that do nothing but compute.

    Args:
        path: String or `os.PathLike`: a `.tflite`, `.onnx` or `.keras` file, a SavedModel
            folder, a folder of numbered SavedModels (the highest number is taken), or a
            folder with an `export.json` (its first file is taken).
        threads: Integer, 1 or more, or None for the runtime's own choice. Defaults to
            None.
        max_bytes: Integer, the largest file that is read. Defaults to 1 GiB.

    Returns:
        An `ExportedGenerator`, with `generate(num, seed)` and `run(noise)`.

    Raises:
        InvalidArgument: If it is missing, too large, damaged, of another kind, or not a
            generator.

    Example:

    ```python
    import tfgan_kit
    from tfgan_kit import export

    networks = tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8, width=4)
    export.to_tflite(networks[0], "generator.tflite")
    generator = export.load("generator.tflite")
    generator.generate(4, seed=0).shape  # (4, 16, 16, 1)
    ```
    """
    check_integer("threads", threads, 1, optional=True)
    if type(max_bytes) is not int or max_bytes < 1:
        raise InvalidArgument(
            f"`max_bytes` must be an integer of 1 or more. Received: max_bytes={max_bytes!r}"
        )
    path = find_file(path)
    _check_size(path, max_bytes)
    entry = _checked_entry(path)
    if entry is None:
        probe(path)
    generator = open_file(path, threads)
    if entry is not None and (generator.latent_dim, list(generator.image_shape)) != (
        entry.latent_dim,
        list(entry.image_shape),
    ):
        raise InvalidArgument(
            f"{path} maps {generator.latent_dim} numbers to images {generator.image_shape}; its "
            f"manifest says {entry.latent_dim} and {tuple(entry.image_shape)}"
        )
    generator.manifest_entry = entry
    return generator


def open_file(path, threads=None):
    """Load a file by its format, in this process and without a look at a manifest."""
    module, name = _GENERATORS[_format_of(pathlib.Path(path))]
    # TensorFlow tells of itself when it is imported.
    with quiet():
        module = importlib.import_module(module)
    return getattr(module, name)(path, threads)


def find_file(path):
    """The file or SavedModel that a path stands for."""
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        raise InvalidArgument(f"`path` must be a string or a path. Received: path={path!r}")
    path = pathlib.Path(path)
    if path.is_file() or (path / "saved_model.pb").is_file():
        return path
    if not path.is_dir():
        raise InvalidArgument(f"There is no file or folder at {path}")
    versions = [
        each
        for each in path.iterdir()
        if each.name.isdecimal() and (each / "saved_model.pb").exists()
    ]
    if versions:
        return max(versions, key=lambda each: int(each.name))
    return _first_told(path)


def _first_told(folder):
    """The first file of a folder's manifest that is there."""
    names = [
        _MODEL_OF_PAGE if entry.format == "web" else entry.name
        for entry in Manifest.at(folder).entries
    ]
    if not names and (folder / "config.json").is_file():
        raise InvalidArgument(
            f"{folder} is a run, and no exported generator: tfgan-kit export {folder}"
        )
    if not names:
        raise InvalidArgument(
            f"{folder} holds no exported generator: no saved_model.pb, no numbered SavedModels and "
            "no export.json that tells of a file"
        )
    there = [folder / name for name in names if (folder / name).exists()]
    if not there:
        raise InvalidArgument(
            f"Nothing that {folder / 'export.json'} tells of is there: {', '.join(names)}"
        )
    return there[0]


def _format_of(path):
    """The format by what stands in the file, whatever it is called."""
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return "saved_model"
        raise InvalidArgument(f"{path} is a folder without saved_model.pb")
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except OSError as error:
        raise InvalidArgument(f"Cannot read {path}: {error.strerror}") from error
    if not head:
        raise InvalidArgument(f"{path} is empty")
    if head[4:8] == b"TFL3":
        return "tflite"
    if head[:4] == b"PK\x03\x04":
        return "keras"
    # ONNX has no magic bytes: its first field is the version, a small number.
    if path.suffix == ".onnx" and head[0] == 0x08 and head[1] < 64:
        return "onnx"
    raise InvalidArgument(f"{path} is no TFLite, Keras or ONNX file: it begins with {head[:8]!r}")


def _check_size(path, max_bytes):
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    size = sum(file.stat().st_size for file in files)
    if size > max_bytes:
        raise InvalidArgument(
            f"{path} has {size:,} bytes, and `max_bytes` is {max_bytes:,}. Raise it if you trust "
            "the file"
        )


def _checked_entry(path):
    manifest = Manifest.find(path)
    if manifest is None:
        return None
    entry = manifest.entry_of(path)
    if entry is None:
        warnings.warn(
            f"{manifest.path} does not tell of {path.name}; nothing vouches for its content",
            stacklevel=3,
        )
        return None
    manifest.check(entry)
    return entry
