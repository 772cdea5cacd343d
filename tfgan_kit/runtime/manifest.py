"""`export.json`: describes the exported files in its folder, with sizes and hashes."""

import dataclasses
import hashlib
import json
import pathlib

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_write_text
from tfgan_kit.utils.validation import check_shares

__all__ = ["Manifest", "ManifestEntry", "fingerprint"]

_FILE_NAME = "export.json"
_FORMAT_VERSION = 1


@dataclasses.dataclass(frozen=True)
class ManifestEntry:
    """One exported generator."""

    name: str  # Of the file, or "." for the manifest's own folder.
    format: str
    files: dict  # Path relative to the manifest: its `bytes` and `sha256`.
    latent_dim: int
    image_shape: list
    image_range: list = dataclasses.field(default_factory=lambda: [-1, 1])  # Black, white.
    noise: str = "standard normal"  # The distribution of each number.
    labels: dict = None  # `shape` of one label, `dtype`, and `shares` of the classes or None.
    settings: dict = dataclasses.field(default_factory=dict)  # Arguments of the exporter.
    verification: dict = dataclasses.field(default_factory=dict)
    versions: dict = dataclasses.field(default_factory=dict)  # Package: version.
    source: dict = dataclasses.field(default_factory=dict)  # The run, or empty.
    num_classes: int = None
    class_names: list = None

    @property
    def class_shares(self):
        """The shares of the classes; inside `labels`, where earlier versions accept them."""
        return (self.labels or {}).get("shares")


class Manifest:
    """The `export.json` of a folder."""

    def __init__(self, folder, entries=()):
        self.folder = pathlib.Path(folder)
        self.path = self.folder / _FILE_NAME
        self.entries = list(entries)

    @classmethod
    def find(cls, path):
        """The manifest beside a file or in a folder; without entries if there is none."""
        path = pathlib.Path(path)
        manifest = cls(path if path.is_dir() else path.parent)
        if manifest.path.is_file():
            manifest.entries = _read_entries(manifest.path)
        return manifest

    def entry_of(self, path):
        """The entry for a file or folder, or for a folder with that file in it, or None."""
        path = pathlib.Path(path).resolve()
        for entry in self.entries:
            if path in [(self.folder / name).resolve() for name in (entry.name, *entry.files)]:
                return entry
        return None

    def write(self, entry):
        """Add an entry, or replace the one with its name, and write the file."""
        self.entries = [*(each for each in self.entries if each.name != entry.name), entry]
        content = {
            "format_version": _FORMAT_VERSION,
            "exports": [dataclasses.asdict(each) for each in self.entries],
        }
        atomic_write_text(self.path, json.dumps(content, indent=2, allow_nan=False) + "\n")

    def check(self, entry):
        """Refuse files whose size or SHA-256 differs from the entry's."""
        for name, listed in entry.files.items():
            path = self.folder / name
            if not path.is_file():
                raise InvalidArgument(f"{path} is missing, but listed in {self.path}")
            if path.stat().st_size != listed["bytes"] or _sha256(path) != listed["sha256"]:
                raise InvalidArgument(
                    f"{path} is not the file listed in {self.path}: its SHA-256 or size differs. "
                    "It was damaged or replaced; export it again"
                )


def fingerprint(path):
    """Size and SHA-256 of a file, or of all files in a folder except the manifest."""
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return {
        each.relative_to(folder).as_posix(): {"bytes": each.stat().st_size, "sha256": _sha256(each)}
        for each in files
        if each.name != _FILE_NAME
    }


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_entries(path):
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["format_version"]
        entries = [ManifestEntry(**export) for export in content["exports"]]
        for entry in entries:
            _check_entry(entry)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidArgument(
            f"{path} is not a valid manifest: {str(error) or type(error).__name__}"
        ) from error
    if version != _FORMAT_VERSION:
        raise InvalidArgument(
            f"{path} has format_version {version!r}; this tfgan_kit reads {_FORMAT_VERSION}"
        )
    return entries


def _check_entry(entry):
    """Manifests may come from anywhere: no file outside the folder, and the right types."""
    paths = [pathlib.PurePosixPath(name) for name in (entry.name, *entry.files)]
    sizes = [entry.latent_dim, *entry.image_shape]
    sizes += [] if entry.num_classes is None else [entry.num_classes]
    objects = [entry.settings, entry.verification, entry.versions, entry.source, entry.labels or {}]
    problems = {
        "a path outside its folder": any(
            each.is_absolute() or ".." in each.parts for each in paths
        ),
        "no size and SHA-256 for each file": entry.name not in (".", *entry.files)
        or not entry.files
        or any(
            type(each["bytes"]) is not int or len(each["sha256"]) != 64
            for each in entry.files.values()
        ),
        "a size that is not a positive integer": any(
            type(size) is not int or size < 1 for size in sizes
        ),
        "a value of the wrong type": not all(isinstance(each, dict) for each in objects),
        "class names that are not one text per class": entry.class_names is not None
        and [type(each) for each in entry.class_names] != [str] * (entry.num_classes or 0),
    }
    for problem, found in problems.items():
        if found:
            raise ValueError(f"{entry.name!r} has {problem}")
    check_shares("shares", entry.class_shares, entry.num_classes)
