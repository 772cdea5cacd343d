"""A folder of image files, flat or with one folder per class, as a source."""

import hashlib
import math
import os
import pathlib
import threading
import warnings

import numpy as np
from PIL import Image

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels import decode
from tfgan_kit.data.source import DataError, Source

__all__ = ["choose_size", "open_folder"]

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif")

_FILES_PER_BLOCK = 32


def open_folder(path, image_size=None, channels=None, on_error="raise"):
    """Open a folder of PNG, JPEG, BMP, WebP or GIF files."""
    path = pathlib.Path(path)
    files = _find_files(path)
    num_found, skipped = len(files), []
    files, headers = _scan(files, path, on_error, skipped)
    size = image_size or choose_size([(header.width, header.height) for header in headers])
    channels = channels or (1 if all(header.is_grey for header in headers) else 3)
    images = _Files(path, files, size, channels, on_error, skipped)
    if math.prod(images.shape) <= spool.MAX_BYTES_IN_MEMORY:
        images.decode_all()
    if skipped:
        _warn(path, skipped, num_found)
    return Source(
        str(path),
        images.shape,
        images.read,
        fingerprint=images.fingerprint(),
        labels=images.labels,
        class_names=images.class_names,
        skipped=skipped,
    )


def choose_size(sizes):
    """The side that images of these sizes get where none is asked for."""
    shortest = min(min(size) for size in sizes)
    if set(sizes) == {(shortest, shortest)}:
        return shortest
    return min(64, max(16, 2 ** int(math.log2(shortest))))


def _find_files(path):
    found, seen = [], set()

    def fail(error):
        raise DataError(f"{error.filename}: cannot be listed ({error.strerror})") from error

    for folder, names, files in os.walk(path, onerror=fail, followlinks=True):
        status = os.stat(folder)
        identity = (status.st_dev, status.st_ino)
        # A link to a folder above would otherwise be followed for ever.
        names[:] = [] if identity in seen else [name for name in names if name[0] != "."]
        seen.add(identity)
        found += [
            pathlib.Path(folder, name)
            for name in files
            if name[0] != "." and os.path.splitext(name)[1].lower() in SUFFIXES
        ]
    if not found:
        raise DataError(
            f"{path}: expected a folder with PNG, JPEG, BMP, WebP or GIF files. Found none"
        )
    return sorted(found, key=lambda file: file.relative_to(path).parts)


def _try_each(function, files):
    results = []
    for file in files:
        try:
            results.append(function(file))
        except DataError as error:
            results.append(error)
    return results


def _try_all(function, files, description, on_error, run):
    """Yield a result or a `DataError` for each file, in order."""
    step = _FILES_PER_BLOCK
    blocks = [files[start : start + step] for start in range(0, len(files), step)]
    # Pillow warns of images between its limit and twice that, which are refused here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        for block in run(
            lambda block: _try_each(function, block), blocks, description, total=len(blocks)
        ):
            for result in block:
                if isinstance(result, DataError) and on_error == "raise":
                    raise result
                yield result


def _one_by_one(function, items, description, total):
    # Headers are parsed in Python, which threads would only slow down.
    return workers.track(map(function, items), description, total)


def _scan(files, path, on_error, skipped):
    kept, headers = [], []
    scan = _try_all(
        lambda file: decode.read_header(file, file),
        files,
        f"Looking at {path}",
        on_error,
        run=_one_by_one,
    )
    for file, header in zip(files, scan, strict=True):
        if isinstance(header, DataError):
            skipped.append((str(file), str(header)))
        else:
            kept.append(file)
            headers.append(header)
    if not kept:
        raise DataError(f"{path}: expected at least one readable image. First: {skipped[0][1]}")
    return kept, headers


def _warn(path, skipped, num_files):
    warnings.warn(
        f"{path}: left out {len(skipped)} of {num_files} images that cannot be read. "
        f"First: {skipped[0][1]}",
        stacklevel=2,
    )


class _Files:
    """Image files by number, decoded on each read or once and for all."""

    def __init__(self, root, files, size, channels, on_error, skipped):
        self.root = root
        self.files = files
        self.image_shape = (size, size, channels)
        self.on_error = on_error
        self.skipped = skipped
        self.class_names, self.labels = _find_classes(root, files)
        self._decoded = None
        self._replacements = {}
        self._lock = threading.Lock()
        self._pool = None

    @property
    def shape(self):
        return (len(self.files), *self.image_shape)

    def fingerprint(self):
        digest = hashlib.sha256(repr(self.shape).encode())
        for file in self.files:
            digest.update(os.fsencode(file.relative_to(self.root).as_posix()))
            digest.update(f"\0{file.stat().st_size}\0".encode())
        return digest.hexdigest()

    def read(self, indices):
        if self._decoded is not None:
            return self._decoded[indices]
        with self._lock:
            if self._pool is None:
                self._pool = workers.make_pool()
        images = list(self._pool.map(self._decode_or_replace, indices.tolist()))
        return np.stack(images) if images else np.empty((0, *self.image_shape), "uint8")

    def decode_all(self):
        decoded = np.empty(self.shape, "uint8")
        kept = []
        results = _try_all(
            self._decode,
            self.files,
            f"Decoding {self.root}",
            self.on_error,
            run=workers.in_order,
        )
        for index, image in enumerate(results):
            if isinstance(image, DataError):
                self.skipped.append((str(self.files[index]), str(image)))
            else:
                decoded[len(kept)] = image
                kept.append(index)
        if not kept:
            raise DataError(
                f"{self.root}: expected at least one readable image. First: {self.skipped[0][1]}"
            )
        self._decoded = decoded[: len(kept)]
        self.files = [self.files[index] for index in kept]
        self.class_names, self.labels = _find_classes(self.root, self.files)

    def _decode(self, file):
        size, _, channels = self.image_shape
        return decode.decode_image(file, file, size, channels)

    def _decode_or_replace(self, index):
        first = index
        for _ in range(len(self.files)):
            index = self._replacements.get(index, index)
            try:
                image = self._decode(self.files[index])
            except DataError as error:
                if self.on_error == "raise":
                    raise
                index = self._replace(index, error)
                continue
            if self.labels is not None:
                self.labels[first] = self.labels[index]
            return image
        raise DataError(f"{self.files[first]}: is unreadable, and so is every other image")

    def _replace(self, index, error):
        following = (index + 1) % len(self.files)
        with self._lock:
            if index not in self._replacements:
                self._replacements[index] = following
                self.skipped.append((str(self.files[index]), str(error)))
        return following


def _find_classes(root, files):
    parts = [file.relative_to(root).parts for file in files]
    if any(len(part) == 1 for part in parts):
        return None, None
    class_names = sorted({part[0] for part in parts})
    numbers = {name: number for number, name in enumerate(class_names)}
    return class_names, np.array([numbers[part[0]] for part in parts], "int64")
