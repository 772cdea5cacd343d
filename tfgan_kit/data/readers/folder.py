"""A folder of image files, flat or with one folder per class, as a source."""

import hashlib
import math
import os
import pathlib
import warnings

import numpy as np
from PIL import Image

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels import decode
from tfgan_kit.data.readers import encoded
from tfgan_kit.data.readers.reader import Reader
from tfgan_kit.data.source import DataError, Source

__all__ = ["READER", "choose_size"]

_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif")


def _is_folder_or_image(request):
    path = request.path
    return path is not None and (
        os.path.isdir(path) or (os.path.isfile(path) and path.suffix.lower() in _SUFFIXES)
    )


def _open(request):
    root = request.path
    if not root.is_dir():
        raise DataError(f"{root} is a single image. Give the folder that contains it instead")
    found = _find_files(root)
    # Pillow warns about images between its limit and twice that, which are refused here.
    with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
        files, headers, skipped = _scan(found, root, request.on_error)
        size = request.image_size or choose_size([(each.width, each.height) for each in headers])
        channels = request.channels or (1 if all(each.is_grey for each in headers) else 3)
        shape = (len(files), size, size, channels)
        if is_eager := math.prod(shape) <= spool.MAX_BYTES_IN_MEMORY:
            pixels, kept, unreadable = encoded.decode_all(
                zip(files, files, strict=True), shape, str(root), request.on_error
            )
            files = [files[index] for index in kept]
            skipped += unreadable
    class_names, labels = _find_classes(root, files)
    if is_eager:
        shape, read = pixels.shape, pixels.__getitem__
    else:
        read = encoded.LazyImages(
            lambda indices: [(files[index], files[index]) for index in indices],
            shape,
            request.on_error,
            skipped,
            read_labels=lambda: labels,
        )
    encoded.warn_of_skipped(root, skipped, len(found))
    return Source(
        str(root),
        shape,
        read,
        fingerprint=_hash(root, files, shape),
        labels=labels if is_eager else read.labels,
        class_names=class_names,
        skipped=skipped,
    )


READER = Reader(_is_folder_or_image, _open)


def choose_size(sizes):
    """The side of images of these sizes when none is requested."""
    shortest = min(min(size) for size in sizes)
    if set(sizes) == {(shortest, shortest)}:
        return shortest
    return min(64, max(16, 2 ** int(math.log2(shortest))))


def _find_files(root):
    found, seen = [], set()

    def fail(error):
        raise DataError(f"{error.filename} cannot be listed ({error.strerror})") from error

    for folder, names, files in os.walk(root, onerror=fail, followlinks=True):
        status = os.stat(folder)
        identity = (status.st_dev, status.st_ino)
        # A link to a parent folder would otherwise be followed for ever.
        names[:] = [] if identity in seen else [name for name in names if name[0] != "."]
        seen.add(identity)
        found += [
            pathlib.Path(folder, name)
            for name in files
            if name[0] != "." and os.path.splitext(name)[1].lower() in _SUFFIXES
        ]
    if not found:
        raise DataError(f"{root} contains no PNG, JPEG, BMP, WebP or GIF file")
    return sorted(found, key=lambda file: file.relative_to(root).parts)


def _scan(found, root, on_error):
    """Read the headers, one by one: threads would only slow down this work in Python."""
    files, headers, skipped = [], [], []
    for file in workers.track(found, f"Scanning {root}", len(found)):
        try:
            headers.append(decode.read_header(file, file))
            files.append(file)
        except DataError as error:
            if on_error == "raise":
                raise
            skipped.append((str(file), str(error)))
    if not files:
        raise DataError(f"{root} contains no readable image. The first: {skipped[0][1]}")
    return files, headers, skipped


def _find_classes(root, files):
    parts = [file.relative_to(root).parts for file in files]
    if any(len(part) == 1 for part in parts):
        return None, None
    class_names = sorted({part[0] for part in parts})
    numbers = {name: number for number, name in enumerate(class_names)}
    return class_names, np.array([numbers[part[0]] for part in parts], "int64")


def _hash(root, files, shape):
    digest = hashlib.sha256(repr(shape).encode())
    for file in files:
        digest.update(os.fsencode(file.relative_to(root).as_posix()))
        digest.update(f"\0{file.stat().st_size}\0".encode())
    return digest.hexdigest()
