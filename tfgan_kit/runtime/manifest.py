"""`export.json`: what stands beside an exported file and tells what it must be."""

import dataclasses
import hashlib
import json
import pathlib

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["Manifest", "ManifestEntry", "fingerprint"]

_FILE_NAME = "export.json"
_FORMAT_VERSION = 1
_FORMATS = ("saved_model", "tflite", "onnx", "web", "keras")


@dataclasses.dataclass(frozen=True)
class ManifestEntry:
    """What is known of one exported generator.

    Args:
        name: String, the file's name, or `"."` for the manifest's own folder.
        format: String: `"saved_model"`, `"tflite"`, `"onnx"`, `"web"` or `"keras"`.
        files: Dict from a file's path, relative to the manifest, to a dict of its `bytes`
            and `sha256`.
        latent_dim: Integer, the length of a noise vector.
        image_shape: List `[height, width, channels]`.
        image_range: List of two numbers, black and white. Defaults to `[-1, 1]`.
        labels: None, or a dict of the labels' `shape` without the batch and `dtype`.
        settings: Dict, what was asked of the exporter.
        verification: Dict, the figures of `export.verify`.
        versions: Dict from package to version.
        source: Dict, the run that it came from, or empty.

    Example:

    ```python
    from tfgan_kit.runtime import ManifestEntry

    ManifestEntry("a.tflite", "tflite", {}, latent_dim=100, image_shape=[28, 28, 1])
    ```
    """

    name: str
    format: str
    files: dict
    latent_dim: int
    image_shape: list
    image_range: list = dataclasses.field(default_factory=lambda: [-1, 1])
    labels: dict = None
    settings: dict = dataclasses.field(default_factory=dict)
    verification: dict = dataclasses.field(default_factory=dict)
    versions: dict = dataclasses.field(default_factory=dict)
    source: dict = dataclasses.field(default_factory=dict)


class Manifest:
    """The `export.json` of a folder, which may tell of several exports.

    Args:
        folder: String or `os.PathLike`.
        entries: List of `ManifestEntry`.

    Example:

    ```python
    from tfgan_kit import runtime

    manifest = runtime.Manifest.find("saved_models/digits/generator.int8.tflite")
    print([entry.name for entry in manifest.entries] if manifest else "none")
    ```
    """

    def __init__(self, folder, entries=()):
        self.folder = pathlib.Path(folder)
        self.entries = list(entries)

    @property
    def path(self):
        """The manifest's own path."""
        return self.folder / _FILE_NAME

    @classmethod
    def find(cls, path):
        """The manifest that stands beside a file, or in a folder.

        Args:
            path: String or `os.PathLike`, the exported file or folder.

        Returns:
            A `Manifest`, or None where there is none.

        Raises:
            InvalidArgument: If there is one that cannot be read.
        """
        path = pathlib.Path(path)
        folder = path if path.is_dir() else path.parent
        if not (folder / _FILE_NAME).is_file():
            return None
        return cls(folder, _read_entries(folder / _FILE_NAME))

    @classmethod
    def at(cls, folder):
        """The manifest of a folder, empty where there is none yet.

        Args:
            folder: String or `os.PathLike`.

        Returns:
            A `Manifest`.

        Raises:
            InvalidArgument: If there is one that cannot be read.
        """
        found = cls.find(folder) if pathlib.Path(folder).is_dir() else None
        return found or cls(folder)

    def entry_of(self, path):
        """The entry that tells of a file or folder, or of a folder with that file in it.

        Args:
            path: String or `os.PathLike`.

        Returns:
            A `ManifestEntry`, or None.
        """
        path = pathlib.Path(path).resolve()
        for entry in self.entries:
            if path in [(self.folder / name).resolve() for name in (entry.name, *entry.files)]:
                return entry
        return None

    def write(self, entry):
        """Write the manifest with this entry in the place of the one of the same name.

        Args:
            entry: A `ManifestEntry`.
        """
        others = [each for each in self.entries if each.name != entry.name]
        self.entries = [*others, entry]
        content = {
            "format_version": _FORMAT_VERSION,
            "exports": [dataclasses.asdict(each) for each in self.entries],
        }
        atomic_write_text(self.path, json.dumps(content, indent=2, allow_nan=False) + "\n")

    def check(self, entry):
        """Compare the files of an entry with what was written down of them.

        Args:
            entry: A `ManifestEntry` of this manifest.

        Raises:
            InvalidArgument: If a file is missing, or has another size or content.
        """
        for name, told in entry.files.items():
            path = self.folder / name
            if not path.is_file():
                raise InvalidArgument(f"{path} is missing; {self.path} tells of it")
            if path.stat().st_size != told["bytes"] or _sha256(path) != told["sha256"]:
                raise InvalidArgument(
                    f"{path} is not the file that {self.path} tells of: its SHA-256 or size is "
                    "another. It was damaged or replaced; export it again"
                )


def fingerprint(path):
    """What a manifest tells of a file, or of all files of a folder but the manifest itself."""
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return {
        file.relative_to(folder).as_posix(): {
            "bytes": file.stat().st_size,
            "sha256": _sha256(file),
        }
        for file in files
        if file.name != _FILE_NAME
    }


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_entries(path):
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version, exports = content["format_version"], content["exports"]
        entries = [ManifestEntry(**export) for export in exports]
        for entry in entries:
            _check_entry(entry)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise InvalidArgument(
            f"{path} is no manifest of an export: {str(error) or type(error).__name__}"
        ) from error
    if version != _FORMAT_VERSION:
        raise InvalidArgument(
            f"{path} has format_version {version!r}; this tfgan_kit reads {_FORMAT_VERSION}"
        )
    return entries


def _check_entry(entry):
    """A manifest may come from anywhere: no file outside its folder, and types as promised."""
    for name in (entry.name, *entry.files):
        parts = pathlib.PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts:
            raise ValueError(f"{name!r} leads out of the folder")
    for told in entry.files.values():
        if not isinstance(told["bytes"], int) or len(told["sha256"]) != 64:
            raise ValueError(f"{entry.name!r} has no size and SHA-256 for each of its files")
    if not entry.files:
        raise ValueError(f"{entry.name!r} tells of no file")
    if entry.format not in _FORMATS:
        raise ValueError(f"{entry.name!r} has the format {entry.format!r}")
    if entry.name != "." and entry.name not in entry.files:
        raise ValueError(f"{entry.name!r} has no size and SHA-256 of its own")
    if not isinstance(entry.labels, (dict, type(None))):
        raise ValueError(f"'labels' of {entry.name!r} is no object")
    sizes = [entry.latent_dim, *entry.image_shape]
    if not all(type(size) is int and size > 0 for size in sizes):
        raise ValueError(f"{entry.name!r} has no whole latent_dim and image_shape")
    for key in ("settings", "verification", "versions", "source"):
        if not isinstance(getattr(entry, key), dict):
            raise ValueError(f"{key!r} of {entry.name!r} is no object")
    for size in entry.verification.get("latency", {}):
        int(size)
