"""Room for pixels: memory for a gibibyte, an unlinked temporary file for more."""

import math
import mmap
import shutil
import tempfile

import numpy as np

from tfgan_kit.data.source import DataError

__all__ = ["MAX_BYTES_IN_MEMORY", "advise_random", "allocate", "fill", "refuse_bomb"]

MAX_BYTES_IN_MEMORY = 2**30

MAX_BYTES_OF_A_BOMB = 2**32
MAX_RATIO_OF_A_BOMB = 100

_BLOCK_BYTES = 2**24


def allocate(shape, dtype, name):
    """An array to write to, in memory or, where it is large, on disk."""
    dtype = np.dtype(dtype)
    num_bytes = math.prod(shape) * dtype.itemsize
    if num_bytes <= MAX_BYTES_IN_MEMORY:
        return np.empty(shape, dtype)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if num_bytes > free:
        raise DataError(
            f"{name}: expected {num_bytes} bytes of free space for its pixels in {folder} "
            f"(set TMPDIR to use another disk). Found: {free}"
        )
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=dtype, mode="w+", shape=tuple(shape))


def fill(array, stream, name):
    """Fill an array with the bytes of a stream, which must end where the array ends."""
    room = array.reshape(-1).view("uint8")
    done = 0
    while done < len(room):
        block = stream.read(min(_BLOCK_BYTES, len(room) - done))
        if not block:
            raise DataError(
                f"{name}: is truncated. Expected {len(room)} bytes of data, found {done}"
            )
        room[done : done + len(block)] = np.frombuffer(block, "uint8")
        done += len(block)
    if stream.read(1):
        raise DataError(f"{name}: expected {len(room)} bytes of data, found more")


def advise_random(array):
    """Tell the system that a memory-mapped array is read in random order."""
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        base.madvise(mmap.MADV_RANDOM)


def refuse_bomb(name, declared_bytes, packed_bytes):
    """Refuse a small compressed file that declares an enormous content."""
    too_large = declared_bytes > MAX_BYTES_OF_A_BOMB
    if too_large and declared_bytes > MAX_RATIO_OF_A_BOMB * max(packed_bytes, 1):
        raise DataError(
            f"{name}: refused as a decompression bomb: {packed_bytes} bytes declare "
            f"{declared_bytes}, more than {MAX_RATIO_OF_A_BOMB} times as many and above the "
            f"limit of {MAX_BYTES_OF_A_BOMB}"
        )
