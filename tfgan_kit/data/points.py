"""Points in the plane from a text file of two columns."""

import pathlib

import numpy as np

from tfgan_kit.utils.errors import InvalidArgument

_MOST = 100_000


def read_points(source):
    """The points `(num, 2)` of a path, of text with a line break, or of bytes."""
    if isinstance(source, str) and "\n" in source:
        source = source.encode()
    try:
        content = source if isinstance(source, bytes) else pathlib.Path(source).read_bytes()
    except (OSError, TypeError, ValueError) as error:
        raise InvalidArgument(
            "`source` must be the path of a file, or its content as text or bytes. "
            f"Received: source={source!r} ({getattr(error, 'strerror', None) or error})"
        ) from None
    try:
        # Excel writes UTF-16, with a mark.
        is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        lines = content.decode("utf-16" if is_wide else "utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InvalidArgument(
            "`source` must be text in UTF-8, two numbers on each line. Received other bytes"
        ) from None
    return np.array(_rows(lines))


def to_unit_square(points):
    """The points in the middle of [0.05, 0.95]², both axes divided by the larger range."""
    low, high = points.min(axis=0), points.max(axis=0)
    return 0.5 + 0.9 * (points - (low + high) / 2) / ((high - low).max() or 1)


def _rows(lines):
    rows, may_be_header = [], True
    for at, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        row = _numbers(line.rstrip(" ,;\r\n"))
        is_header = may_be_header and not any(each is not None for each in row)
        may_be_header = False
        if is_header:
            continue
        # Also without the numbers that overflow when they are scaled.
        if len(row) != 2 or not all(each is not None and abs(each) < 1e100 for each in row):
            raise InvalidArgument(
                "`source` must have two numbers on each line, such as 0.5, 0.25. "
                f"Received on line {at}: {line.strip()[:60]!r}"
            )
        if len(rows) == _MOST:
            raise InvalidArgument(f"`source` must have at most {_MOST:,} points. Line {at} is more")
        rows.append(row)
    if not rows:
        raise InvalidArgument("`source` must have two numbers on each line. Received: no numbers")
    return rows


def _numbers(line):
    """A line's fields as floats, or None where it is something else."""
    mark = next((mark for mark in "\t;," if mark in line), None)
    return [_number(field) for field in line.split(mark)]


def _number(field):
    try:
        # Where no comma divides the fields, it may be that of a decimal.
        return float(field.strip('" \t\r\n').replace(",", "."))
    except ValueError:
        return None
