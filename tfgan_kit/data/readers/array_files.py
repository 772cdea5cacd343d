"""`.npz`, `.npy` and IDX files, also gzipped, as sources."""

import gzip
import math
import pathlib
import struct
import tokenize
import typing
import zipfile
import zlib

import numpy as np

from tfgan_kit.data import spool
from tfgan_kit.data.readers.arrays import clean_labels, open_array
from tfgan_kit.data.source import DataError, Source

__all__ = ["open_array_file", "read_idx", "read_npz"]

_IMAGE_KEYS = ("images", "x_train", "x", "data", "arr_0")
_LABEL_KEYS = ("labels", "y_train", "y", "arr_1")

_NPY_MAGIC = b"\x93NUMPY"
_IDX_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    tokenize.TokenError,
    RuntimeError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


class _Header(typing.NamedTuple):
    shape: tuple
    dtype: np.dtype
    is_fortran: bool
    num_bytes: int

    @property
    def data_bytes(self):
        return math.prod(self.shape) * self.dtype.itemsize


def open_array_file(path, image_size=None, channels=None) -> Source:
    """Open a `.npz`, `.npy` or IDX file, or one of the last two gzipped."""
    path = pathlib.Path(path)
    labels = None
    with _told_as_data_errors(path):
        kind = _find_kind(path)
        if kind == "npz":
            array, labels = read_npz(path)
        elif kind == "idx":
            array = read_idx(path)
            labels = _read_idx_labels(path, len(array))
        else:
            array = _read_npy(path)
    return open_array(array, str(path), labels, image_size, channels)


class _told_as_data_errors:  # noqa: N801 (used like a function)
    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, _BROKEN) and not isinstance(error, DataError):
            reason = str(error).splitlines()[0] if str(error) else kind.__name__
            raise DataError(
                f"{self.path}: is unreadable, truncated or corrupted ({reason})"
            ) from error


def _find_kind(path):
    if not path.stat().st_size:
        raise DataError(f"{path}: is empty (0 bytes)")
    with _open_unpacked(path) as file:
        start = file.read(512)
    if start.startswith(b"PK\x03\x04") or path.suffix == ".npz":
        if path.suffix != ".npz":
            raise DataError(f"{path}: is a zip archive. Unzip it and give the folder instead")
        return "npz"
    if start[257:262] == b"ustar" or ".tar" in path.suffixes or path.suffix == ".tgz":
        raise DataError(f"{path}: is a tar archive. Unpack it and give the folder instead")
    if start.startswith(_NPY_MAGIC):
        return "npy"
    if len(start) >= 4 and start[:2] == b"\0\0" and start[2] in _IDX_DTYPES and start[3]:
        return "idx"
    raise DataError(
        f"{path}: expected a folder of images or a .npz, .npy or IDX file. "
        f"Found: a file that begins with {start[:8]!r}"
    )


def _is_gzip(path):
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _open_unpacked(path):
    return gzip.open(path, "rb") if _is_gzip(path) else open(path, "rb")


def read_npz(path):
    """Read the images and labels of a `.npz` file."""
    with _told_as_data_errors(path), zipfile.ZipFile(path) as archive:
        headers = {}
        for info in archive.infolist():
            if info.filename.endswith(".npy"):
                with archive.open(info) as file:
                    headers[info.filename[:-4]] = _read_npy_header(file, f"{path}:{info.filename}")
        key = _choose_images(headers, path)
        array = _read_member(archive, key, headers[key], path)
        for label_key in _LABEL_KEYS:
            header = headers.get(label_key)
            if header and header.shape in ((len(array),), (len(array), 1)):
                if header.dtype.kind in "biuf":
                    labels = _read_member(archive, label_key, header, path)
                    return array, clean_labels(labels, len(array))
                break
    return array, None


def _choose_images(headers, path):
    for key in _IMAGE_KEYS:
        if key in headers:
            return key
    candidates = [
        key
        for key, header in headers.items()
        if len(header.shape) in (3, 4) and header.dtype.kind in "biuf"
    ]
    if len(candidates) == 1:
        return candidates[0]
    found = ", ".join(f"{key} {header.shape}" for key, header in headers.items()) or "no array"
    raise DataError(
        f"{path}: expected images in an array named {', '.join(_IMAGE_KEYS)}, or in the only array "
        f"of three or four axes. Found: {found}"
    )


def _read_member(archive, key, header, path):
    info = archive.getinfo(f"{key}.npy")
    name = f"{path}:{key}"
    _refuse_objects(header, name)
    declared = header.num_bytes + header.data_bytes
    if declared != info.file_size:
        raise DataError(
            f"{name}: is truncated or corrupted. Its header declares {declared} bytes, the archive "
            f"{info.file_size}"
        )
    spool.refuse_bomb(name, declared, info.compress_size)
    with archive.open(info) as file:
        file.read(header.num_bytes)
        return _fill(header, file, name)


def _read_npy(path):
    with _open_unpacked(path) as file:
        header = _read_npy_header(file, path)
        _refuse_objects(header, path)
        if isinstance(file, gzip.GzipFile):
            spool.refuse_bomb(path, header.data_bytes, path.stat().st_size)
            return _fill(header, file, path)
    _check_length(path, header)
    if not header.data_bytes:
        return np.empty(header.shape, header.dtype)
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _read_npy_header(file, name):
    version = np.lib.format.read_magic(file)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise DataError(f"{name}: expected .npy format 1.0 or 2.0. Found: {version}")
    shape, is_fortran, dtype = readers[version](file)
    if any(side < 0 for side in shape):
        raise DataError(f"{name}: is corrupted. Its header declares the shape {shape}")
    return _Header(shape, dtype, is_fortran, file.tell())


def _refuse_objects(header, name):
    if header.dtype.hasobject:
        raise DataError(
            f"{name}: expected an array of numbers. Found: dtype {header.dtype}; such arrays are "
            "stored as pickles, which can run any code, and are refused"
        )


def _check_length(path, header):
    expected, found = header.num_bytes + header.data_bytes, path.stat().st_size
    if expected != found:
        state = "is truncated" if found < expected else "is too long"
        raise DataError(f"{path}: {state}. Its header declares {expected} bytes, found {found}")


def _fill(header, file, name):
    shape = header.shape[::-1] if header.is_fortran else header.shape
    array = spool.allocate(shape, header.dtype, name)
    spool.fill(array, file, name)
    return array.T if header.is_fortran else array


def read_idx(path):
    """Read an IDX file, the format of MNIST, plain or gzipped."""
    path = pathlib.Path(path)
    with _told_as_data_errors(path), _open_unpacked(path) as file:
        start = file.read(4)
        if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _IDX_DTYPES:
            raise DataError(f"{path}: expected an IDX file. Found: one that begins with {start!r}")
        sides = file.read(4 * start[3])
        shape = struct.unpack(f">{start[3]}I", sides)
        header = _Header(shape, np.dtype(_IDX_DTYPES[start[2]]), False, 4 + len(sides))
        if isinstance(file, gzip.GzipFile):
            spool.refuse_bomb(path, header.data_bytes, path.stat().st_size)
            return _fill(header, file, path)
        _check_length(path, header)
        if not header.data_bytes:
            return np.empty(shape, header.dtype)
        return np.memmap(path, header.dtype, "r", offset=header.num_bytes, shape=shape)


def _read_idx_labels(path, num_images):
    sibling_name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if sibling_name == path.name:
        return None
    plain = sibling_name.removesuffix(".gz")
    for sibling in map(path.with_name, (sibling_name, plain, plain + ".gz")):
        if sibling.is_file():
            array = read_idx(sibling)
            labels = clean_labels(array, num_images)
            if labels is None:
                raise DataError(
                    f"{sibling}: expected {num_images} labels for {path.name}. "
                    f"Found: shape {array.shape}, dtype {array.dtype}"
                )
            return labels
    return None
