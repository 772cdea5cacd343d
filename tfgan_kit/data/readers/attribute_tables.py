"""Attributes of the images of a folder: from a CSV or JSON table, or from nested folders."""

import csv
import json
import math
import pathlib
import warnings

import numpy as np

from tfgan_kit.data.attributes import Attributes
from tfgan_kit.data.source import DataError
from tfgan_kit.utils.errors import did_you_mean
from tfgan_kit.utils.text import count

__all__ = ["TABLES", "absolute_setting", "find_attributes", "find_table"]

TABLES = ("attributes.csv", "attributes.json")
_DELIMITERS = (",", ";", "\t")
_NUM_NAMED = 3
# Of deeper folders not all combinations occur, if they divide those above them.
_FEWEST_COMBINATIONS = 0.5


def absolute_setting(setting):
    """A setting that is right in any folder; a table among the images stays relative to them."""
    if setting in (None, "folders", "none"):
        return setting
    path, names = _split(setting)
    path = str(path.resolve() if path.is_file() else path)
    return path if names is None else f"{path}:{','.join(names)}"


def _split(setting):
    """The path and the chosen names of `PATH` or `PATH:NAME,NAME`."""
    path, _, names = str(setting).rpartition(":")
    if not path.lower().endswith((".csv", ".json", ".tsv", ".txt")):
        return pathlib.Path(setting).expanduser(), None
    return pathlib.Path(path).expanduser(), [name.strip() for name in names.split(",")]


def find_table(root, setting):
    """The table that a setting asks for, beside or among the images; None for none."""
    if setting is None:
        found = [root / name for name in TABLES if (root / name).is_file()]
        if len(found) > 1:
            raise DataError(f"{root} must have one of {' and '.join(TABLES)}, and it has both")
        return found[0] if found else None
    if setting in ("none", "folders"):
        return None
    path, _ = _split(setting)
    for place in (path, root / path):
        if place.is_file():
            return place
    raise DataError(
        '`attributes` (--attributes) must be a table of .csv or .json, "folders" or "none". '
        f"There is no file {path}, also not in {root}"
    )


def find_attributes(root, setting, table, files, parts, notes):
    """The `Attributes` of image files, and their labels; None twice if there are none.

    `parts` are the folders and the name of each file, without those of a split.
    """
    if table is not None:
        columns = _columns_of(table, root, files, _split(setting)[1] if setting else None)
    elif setting == "none":
        return None, None
    else:
        columns = _columns_of_folders(root, parts, setting == "folders")
        if columns is None:
            return None, None
    alike = [name for name, column in columns.items() if len(set(column) - {None, ""}) < 2]
    if len(alike) == len(columns):
        raise DataError(
            f"{table or root} must have an attribute with at least two values. To use no "
            "attributes, give --attributes none"
        )
    columns = {name: columns[name] for name in columns if name not in alike}
    if alike:
        notes.append(f"left out attributes with fewer than two values: {', '.join(alike)}")
    for name in columns:
        texts = sorted({each for each in columns[name] if isinstance(each, str)})
        alike = [each for each in texts if [*map(str.lower, texts)].count(each.lower()) > 1]
        if alike:
            notes.append(f"values of {name} that differ in capitals only: {', '.join(alike)}")
    return Attributes.of(columns)


def _columns_of_folders(root, parts, is_asked):
    """Each level of folders as an attribute, if it is asked for or most combinations occur."""
    folders = [part[:-1] for part in parts]
    if len(set(map(len, folders))) > 1 or not folders[0]:
        if is_asked:
            raise DataError(
                '`attributes` "folders" (--attributes folders) needs all images of '
                f"{root} in folders, at the same depth"
            )
        return None
    levels = [level for level in zip(*folders, strict=True) if len(set(level)) > 1]
    product = math.prod(len(set(each)) for each in levels)
    occurring = len(set(zip(*levels, strict=True)))
    if not is_asked and (len(levels) < 2 or occurring <= _FEWEST_COMBINATIONS * product):
        return None
    return {f"folder {number}": list(level) for number, level in enumerate(levels, 1)}


def _columns_of(table, root, files, names):
    """Dict of attributes, with a value or None for each file."""
    read = _read_json if table.suffix.lower() == ".json" else _read_csv
    index = _Index(root, files)
    columns, seen, missing = {}, {}, []
    for where, name, given in read(table, index):
        place = index.find(name, f"{table}, {where}")
        if place is None:
            missing.append(name)
            continue
        if place in seen:
            raise DataError(f"{table}, {where}: {name} has a row already, {seen[place]}")
        seen[place] = where
        for attribute, value in given.items():
            columns.setdefault(attribute, [None] * len(files))[place] = value
    if not seen:
        raise DataError(
            f"{table} must have rows of images in {root}, such as {index.name(0)}. None of its "
            "files is there"
        )
    if missing:  # Some may be of another split.
        there = {file.name for file in root.rglob("*")}
        missing = [name for name in missing if _as_path(name).rpartition("/")[2] not in there]
    _warn_of(table, "row", "left out, since there is no such image", missing)
    rest = [index.name(place) for place in range(len(files)) if place not in seen]
    _warn_of(table, "image", "without a row, so none of its attributes is given", rest)
    for name in names or ():
        if name not in columns:
            raise DataError(
                f"{table} has no attribute {name!r}. It has {', '.join(columns)}"
                + did_you_mean(name, columns)
            )
    return columns if names is None else {name: columns[name] for name in names}


def _read_csv(path, index):
    """Yield place, image and attributes of each row; the column of images has most of them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            cells_at = {
                each: len(next(csv.reader([first], delimiter=each))) for each in _DELIMITERS
            }
            reader = csv.reader(file, delimiter=max(cells_at, key=cells_at.get))
            rows = [(f"line {reader.line_num}", [*map(str.strip, cells)]) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a CSV file in UTF-8. Save it as CSV UTF-8: {error}"
        ) from error
    rows = [(where, cells) for where, cells in rows if any(cells)]
    header = rows[0][1] if rows else []
    for where, cells in rows:
        if len(cells) != len(header):
            raise DataError(
                f"{path}, {where} has {count(len(cells), 'cell')}; the first line has {len(header)}"
            )
    named = [name for name in header if name]
    if len(set(named)) < len(named):
        raise DataError(f"{path} must have a different name for each column. Received: {header}")
    found = [sum(cells[at] in index for _, cells in rows[1:]) for at in range(len(header))]
    if not any(found):
        raise DataError(
            f"{path} must have a column with file names such as {index.name(0)}, and a first line "
            f"with the names of its columns. Received: {', '.join(named) or 'no columns'}"
        )
    if image := next((cell for cell in header if cell in index), None):
        raise DataError(
            f"{path} must have a first line with the names of its columns, such as file,hair. "
            f"Received: a first line with the image {image}"
        )
    images = int(np.argmax(found))
    for where, cells in rows[1:]:
        given = dict(zip(header, cells, strict=True))
        del given[header[images]]
        given.pop("", None)  # The row numbers that pandas writes.
        yield where, cells[images], given


def _read_json(path, index):
    """Yield place, image and attributes of each entry of `{"image": {"name": value}}`."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a JSON file: {error}") from error
    for name, given in entries.items() if isinstance(entries, dict) else [("all", entries)]:
        values = given.values() if isinstance(given, dict) else [given]
        if not isinstance(given, dict) or any(isinstance(each, (dict, list)) for each in values):
            raise DataError(
                f'{path} must be like {{"{index.name(0)}": {{"hair": "black", "smile": null}}}}. '
                f"Received: {json.dumps(given):.60} for {name}"
            )
        yield f"entry {name}", name, given


def _once(pairs):
    """A dict of pairs, none of which would replace an earlier one."""
    found = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} is there twice")
        found[name] = value
    return found


class _Index:
    """Finds image files by the end of their path, from a whole one to the name alone."""

    def __init__(self, root, files):
        self._paths = [file.relative_to(root).as_posix() for file in files]
        self._places = {path: [place] for place, path in enumerate(self._paths)}
        ends = {}
        for place, path in enumerate(self._paths):
            while "/" in path:
                path = path.partition("/")[2]
                ends.setdefault(path, []).append(place)
        self._places = {**ends, **self._places}

    def __contains__(self, name):
        return _as_path(name) in self._places

    def name(self, place):
        """The path of a file below the folder."""
        return self._paths[place]

    def find(self, name, where):
        """The number of a file, or None."""
        places = self._places.get(_as_path(name), [None])
        if len(places) > 1:
            several = " and ".join(self._paths[place] for place in places[:2])
            raise DataError(f"{where}: {name} may be {several}. Give its path")
        return places[0]


def _as_path(name):
    return name.replace("\\", "/").removeprefix("./")


def _warn_of(table, noun, what, items):
    if items:
        first = ", ".join([*items[:_NUM_NAMED], *["…"] * (len(items) > _NUM_NAMED)])
        warnings.warn(f"{table}: {count(len(items), noun)} {what}: {first}", stacklevel=2)
