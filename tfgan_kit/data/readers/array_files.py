"""`.npz`, `.npy` and IDX files, also gzipped, as sources."""

import contextlib
import gzip
import math
import os
import struct
import tokenize
import typing
import warnings
import zipfile

import numpy as np

from tfgan_kit.data import spool
from tfgan_kit.data.pixels.decode import BROKEN
from tfgan_kit.data.readers.arrays import clean_labels, open_array, refuse_objects
from tfgan_kit.data.readers.reader import Reader
from tfgan_kit.data.source import DataError
from tfgan_kit.utils.errors import first_line

__all__ = ["READER"]

_IMAGE_KEYS = ("images", "x_train", "x", "data", "arr_0")
_LABEL_KEYS = ("labels", "y_train", "y", "arr_1")

_NPY_MAGIC = b"\x93NUMPY"
_IDX_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class _Header(typing.NamedTuple):
    shape: tuple
    dtype: np.dtype
    is_fortran: bool
    num_bytes: int

    @property
    def data_bytes(self):
        return math.prod(self.shape) * self.dtype.itemsize


def _is_file(request):
    return request.path is not None and os.path.isfile(request.path)


def _open(request):
    path, labels, class_names = request.path, None, None
    with _as_data_errors(path):
        kind = _find_kind(path)
        if kind == "npz":
            array, labels, class_names = _read_npz(path)
        elif kind == "idx":
            array = _read_idx(path)
            labels, class_names = _read_idx_labels(path, len(array))
        else:
            array = _read_npy(path)
    options = request.image_size, request.channels, class_names, request.value_range
    return open_array(array, str(path), labels, *options)


READER = Reader(_is_file, _open)


@contextlib.contextmanager
def _as_data_errors(path):
    try:
        yield
    except DataError:
        raise
    except (*BROKEN, RuntimeError, tokenize.TokenError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} is unreadable, truncated or corrupted ({first_line(error)})"
        ) from error


def _find_kind(path):
    if not path.stat().st_size:
        raise DataError(f"{path} is empty (0 bytes)")
    with _open_unpacked(path) as file:
        start = file.read(512)
    if path.suffix == ".npz":
        return "npz"
    if start.startswith(b"PK\x03\x04"):
        raise DataError(f"{path} is a zip archive. Unzip it and give the folder instead")
    if start[257:262] == b"ustar" or ".tar" in path.suffixes or path.suffix == ".tgz":
        raise DataError(f"{path} is a tar archive. Unpack it and give the folder instead")
    if start.startswith(_NPY_MAGIC):
        return "npy"
    if len(start) >= 4 and start[:2] == b"\0\0" and start[2] in _IDX_DTYPES and start[3]:
        return "idx"
    raise DataError(
        f"{path} must be a folder of images or a .npz, .npy or IDX file. "
        f"Found: a file that begins with {start[:8]!r}"
    )


def _open_unpacked(path):
    with open(path, "rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else open(path, "rb")


def _read_npz(path):
    with zipfile.ZipFile(path) as archive:
        headers = {}
        for info in archive.infolist():
            if info.filename.endswith(".npy"):
                with archive.open(info) as file:
                    headers[info.filename[:-4]] = _read_npy_header(file, f"{path}:{info.filename}")
        key = _choose_images(headers, path)
        array = _read_member(archive, key, headers[key], path)
        label_key = next((each for each in _LABEL_KEYS if each in headers and each != key), None)
        if label_key is None:
            return array, None, None
        try:
            labels = _read_member(archive, label_key, headers[label_key], path)
            return array, *clean_labels(labels, len(array), f"{path}:{label_key}")
        except DataError as error:
            # An array of this name may be something else.
            warnings.warn(f"{error}. The images are used without labels", stacklevel=2)
            return array, None, None


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
        f"{path} must contain images in an array named {', '.join(_IMAGE_KEYS)}, or in the only "
        f"array of three or four axes. Found: {found}"
    )


def _read_member(archive, key, header, path):
    info = archive.getinfo(f"{key}.npy")
    name = f"{path}:{key}"
    refuse_objects(header.dtype, name)
    declared = header.num_bytes + header.data_bytes
    if declared != info.file_size:
        raise DataError(
            f"{name} is truncated or corrupted. Its header declares {declared} bytes, the archive "
            f"{info.file_size}"
        )
    spool.refuse_bomb(name, declared, info.compress_size)
    with archive.open(info) as file:
        file.read(header.num_bytes)
        return _fill(header, file, name)


def _read_npy(path):
    with _open_unpacked(path) as file:
        header = _read_npy_header(file, path)
        refuse_objects(header.dtype, path)
        return _read_data(header, file, path)


def _read_npy_header(file, name):
    version = np.lib.format.read_magic(file)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise DataError(f"{name} must have .npy format 1.0 or 2.0. Found: {version}")
    shape, is_fortran, dtype = readers[version](file)
    if any(side < 0 for side in shape):
        raise DataError(f"{name} is corrupted. Its header declares the shape {shape}")
    return _Header(shape, dtype, is_fortran, file.tell())


def _read_idx(path):
    """Read an IDX file, the format of MNIST."""
    with _open_unpacked(path) as file:
        start = file.read(4)
        if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _IDX_DTYPES:
            raise DataError(f"{path} must be an IDX file. Found: one that begins with {start!r}")
        shape = struct.unpack(f">{start[3]}I", file.read(4 * start[3]))
        header = _Header(shape, np.dtype(_IDX_DTYPES[start[2]]), False, file.tell())
        return _read_data(header, file, path)


def _read_idx_labels(path, num_images):
    sibling_name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if sibling_name == path.name:
        return None, None
    plain = sibling_name.removesuffix(".gz")
    for sibling in map(path.with_name, (sibling_name, plain, plain + ".gz")):
        if sibling.is_file():
            with _as_data_errors(sibling):
                array = _read_idx(sibling)
            return clean_labels(array, num_images, sibling)
    return None, None


def _read_data(header, file, path):
    """What follows the header: memory-mapped, or unpacked if the file is gzipped."""
    if isinstance(file, gzip.GzipFile):
        spool.refuse_bomb(path, header.data_bytes, path.stat().st_size)
        return _fill(header, file, path)
    expected, found = header.num_bytes + header.data_bytes, path.stat().st_size
    if expected != found:
        state = "is truncated" if found < expected else "is too long"
        raise DataError(f"{path} {state}. Its header declares {expected} bytes. Found: {found}")
    if not header.data_bytes:
        return np.empty(header.shape, header.dtype)
    order = "F" if header.is_fortran else "C"
    return np.memmap(path, header.dtype, "r", header.num_bytes, header.shape, order)


def _fill(header, file, name):
    shape = header.shape[::-1] if header.is_fortran else header.shape
    array = spool.allocate(shape, header.dtype, name)
    spool.fill(array, file, name)
    return array.T if header.is_fortran else array
