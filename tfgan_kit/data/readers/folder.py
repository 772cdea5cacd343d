"""A folder of image files, flat, with one folder per class, or with splits, as a source."""

import collections
import hashlib
import math
import os
import pathlib
import re
import warnings

import numpy as np
from PIL import Image

from tfgan_kit.data import spool, workers
from tfgan_kit.data.pixels import decode
from tfgan_kit.data.readers import attribute_tables, encoded
from tfgan_kit.data.readers.reader import Reader
from tfgan_kit.data.source import DataError, Source
from tfgan_kit.utils.text import shorten

__all__ = ["READER", "choose_size"]

_SPLIT = re.compile(
    r"(train|test|val)(?:ing|id|idation)?[ _-]?(?:set|data|images|[ab]|\d+)?", re.IGNORECASE
)
# The last one is what `runs.synthesize` writes beside its images.
_MADE_BY_SYSTEMS = ("thumbs.db", "desktop.ini", "__macosx", "@eadir", "synthesis.json")
_LARGEST_SIZE = 64
_NUM_NAMED = 3


def _is_folder(request):
    return request.path is not None and os.path.isdir(request.path)


def _open(request):
    root, notes = request.path, []
    table = attribute_tables.find_table(root, request.attributes)
    places, split = _choose_split(root, _find_files(root, table), request.split, notes)
    if table is None and split:
        table = attribute_tables.find_table(root / split, request.attributes)
    # Pillow warns about images between its limit and twice that, which are refused here, and about
    # metadata that it cannot read.
    with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
        warnings.filterwarnings("ignore", module="PIL")
        files, headers, skipped = _scan(places, root, request.on_error)
        size = request.image_size or _choose_size(root, files, headers)
        channels = request.channels or (1 if all(each.is_grey for each in headers) else 3)
        shape = (len(files), size, size, channels)
        if is_eager := math.prod(shape) <= spool.MAX_BYTES_IN_MEMORY:
            pixels, kept, unreadable = encoded.decode_all(
                zip(files, files, strict=True),
                shape,
                str(root),
                request.on_error,
                request.value_range,
            )
            files = [files[index] for index in kept]
            skipped += unreadable
    if any((each.width, each.height) != (size, size) for each in headers):
        sides = sorted({min(each.width, each.height) for each in headers})
        sides = " to ".join(map(str, sides[:: max(1, len(sides) - 1)]))
        notes.append(f"cropped and resized, from shorter sides of {sides} pixels")
    parts = [places[file] for file in files]
    attributes, labels = attribute_tables.find_attributes(
        root, request.attributes, table, files, parts, notes
    )
    class_names = None
    if attributes is None:
        class_names, labels = _find_classes(parts, notes)
    if is_eager:
        shape, read = pixels.shape, pixels.__getitem__
    else:
        read = encoded.LazyImages(
            lambda indices: [(files[index], files[index]) for index in indices],
            shape,
            request.on_error,
            skipped,
            read_labels=lambda: labels,
            value_range=request.value_range,
        )
        pixels = read.sample()
    are_deep = all(each.is_deep for each in headers)
    value_range = encoded.find_range(pixels, root, request.value_range, are_deep)
    encoded.warn_of_skipped(root, skipped, len(places))
    return Source(
        f"{root}[{split}]" if split else str(root),
        shape,
        read,
        fingerprint=_hash(root, files, shape, request.value_range)
        + (attributes.digest(labels) if attributes else ""),
        labels=labels if is_eager else read.labels,
        class_names=class_names,
        skipped=skipped,
        notes=notes,
        value_range=value_range,
        attributes=attributes,
    )


READER = Reader(_is_folder, _open, has_splits=True, has_attributes=True)


def choose_size(sizes):
    """The side of images of these sizes when none is requested; a quarter of them can be odd."""
    (usual, count), *others = collections.Counter(sizes).most_common()
    is_usual = not others or (usual[0] <= _LARGEST_SIZE and count >= 0.75 * len(sizes))
    if usual[0] == usual[1] and is_usual:
        return usual[0]
    quartile = sorted(min(size) for size in sizes)[len(sizes) // 4]
    return min(_LARGEST_SIZE, max(16, 2 ** int(math.log2(quartile))))


def _choose_size(root, files, headers):
    size = choose_size([(each.width, each.height) for each in headers])
    small = [
        f"{file.relative_to(root)} ({each.width}×{each.height})"
        for file, each in zip(files, headers, strict=True)
        if min(each.width, each.height) < size
    ]
    _warn_of(root, f"enlarged images that are smaller than {size}×{size}, of {len(files)}", small)
    return size


def _find_files(root, table=None):
    """The image files below a folder, each once, however many links lead to it."""
    files, others, again, empty, seen = [], [], [], [], set()

    def fail(error):
        raise DataError(f"{error.filename} cannot be listed ({error.strerror})") from error

    # Folders behind links come last, so that a link adds only what is nowhere else.
    starts = [root]
    for start in starts:
        for folder, names, members in os.walk(start, onerror=fail):
            if not _is_new(folder, seen):
                again.append(pathlib.Path(folder))
                names.clear()
                continue
            names[:] = sorted(filter(_is_content, names))
            folders = [pathlib.Path(folder, name) for name in names]
            starts += [each for each in folders if each.is_symlink()]
            members = sorted(filter(_is_content, members))
            if not names and not members:
                empty.append(pathlib.Path(folder))
            for name in members:
                file = pathlib.Path(folder, name)
                is_table = name in attribute_tables.TABLES or (table and table.name == name)
                if not is_table:
                    (files if decode.is_picture_name(file) else others).append(file)
    unique = [file for file in sorted(files, key=os.path.islink) if _is_new(file, seen)]
    if not unique:
        found = f". Found: {_first(root, others)}" if others else ""
        raise DataError(
            f"{root} contains no PNG, JPEG or other image file that Pillow reads{found}"
        )
    again += sorted(set(files).difference(unique))
    _warn_of(root, "left out links to images that are counted already", again)
    _warn_of(root, "left out empty folders", sorted(empty))
    _warn_of(root, "left out files that Pillow does not read as images", others)
    return sorted(unique, key=lambda file: file.relative_to(root).parts)


def _is_content(name):
    return name[0] != "." and name.lower() not in _MADE_BY_SYSTEMS


def _is_new(path, seen):
    """Whether a file or folder has not been seen under any name."""
    try:
        status = os.stat(path)
    except OSError:
        return True  # A broken link is an error when it is opened.
    # Size and time, since not every network drive numbers its files.
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    is_new = identity not in seen
    seen.add(identity)
    return is_new


def _choose_split(root, files, wanted, notes):
    """The files of one split, each with the parts of its path that name classes; and its name."""
    parts = {file: file.relative_to(root).parts for file in files}
    split_of = {
        file: next((name.lower() for name in parts[file][:-1] if _SPLIT.fullmatch(name)), None)
        for file in files
    }
    names = sorted(set(split_of.values()) - {None})
    kinds, outside = set(map(_kind, names)), [file for file in files if split_of[file] is None]
    if wanted is None and (not names or (outside and len(kinds) == 1)):
        # A class can be called "train".
        _warn_of(root, "used all images, although a folder is named like a split", names)
        return parts, None
    if not names:
        raise DataError(
            f"`split` only works with folders named train, test or val, and {root} contains none. "
            f"Received: split={wanted!r}"
        )
    asked = (names[0] if len(names) == 1 else "train") if wanted is None else wanted.lower()
    chosen = [asked] if asked in names else [name for name in names if _kind(name) == _kind(asked)]
    if len(chosen) != 1:
        raise DataError(
            f"`split` of {root} must be one of {', '.join(names)}, or give such a folder itself. "
            f"Received: split={wanted!r}"
        )
    _warn_of(root, "left out images that are in no split", outside)
    others = ", ".join(name for name in names if name != chosen[0])
    notes.append(f"split {chosen[0]}" + f", without {others}" * bool(others))
    return {
        file: tuple(name for name in parts[file][:-1] if name.lower() != chosen[0]) + (file.name,)
        for file in files
        if split_of[file] == chosen[0]
    }, chosen[0]


def _kind(name):
    match = _SPLIT.fullmatch(name)
    return match and match[1].lower()


def _warn_of(root, text, items):
    if items:
        warnings.warn(f"{root}: {text} ({len(items)}): {_first(root, items)}", stacklevel=2)


def _first(root, items):
    """The first of files or names, as text."""
    first = [
        str(item.relative_to(root) if isinstance(item, pathlib.Path) else item)
        for item in items[:_NUM_NAMED]
    ]
    return ", ".join(first + ["…"] * (len(items) > _NUM_NAMED))


def _scan(found, root, on_error):
    """Read the headers, one by one: threads would only slow down this work in Python."""
    files, headers, skipped = [], [], []
    for file in workers.track(found, f"Scanning {root}", len(found)):
        try:
            headers.append(decode.read_header(file, file))
            files.append(file)
        except DataError as error:
            if on_error == "raise":
                raise encoded.stop(error) from error
            skipped.append((str(file), str(error)))
    if not files:
        raise DataError(f"{root} contains no readable image. The first: {skipped[0][1]}")
    animated = [file for file, each in zip(files, headers, strict=True) if each.is_animated]
    _warn_of(root, "took only the first frame of images with several", animated)
    deep = [file for file, each in zip(files, headers, strict=True) if each.is_deep]
    if len(deep) < len(files):
        _warn_of(root, "mixed images of more than 8 bits, of another range, with others", deep)
    return files, headers, skipped


def _find_classes(parts, notes):
    """Names and numbers of the classes: the folders that the files, below all that they share."""
    shared = None
    while len({part[0] for part in parts}) == 1 and min(map(len, parts)) > 1:
        shared, parts = parts[0][0], [part[1:] for part in parts]
    if min(map(len, parts)) == 1:
        if max(map(len, parts)) > 1:
            notes.append("some images are in no folder of a class: no labels")
        elif shared is not None:
            notes.append(f'one class only, "{shorten(shared)}": not used as labels')
        return None, None
    class_names = sorted({part[0] for part in parts})
    numbers = {name: number for number, name in enumerate(class_names)}
    return class_names, np.array([numbers[part[0]] for part in parts], "int64")


def _hash(root, files, shape, value_range):
    digest = hashlib.sha256(repr(shape).encode())
    if value_range is not None:
        digest.update(repr(value_range).encode())
    for file in files:
        digest.update(os.fsencode(file.relative_to(root).as_posix()))
        digest.update(f"\0{file.stat().st_size}\0".encode())
    return digest.hexdigest()
