"""Space for pixels: in memory up to one gibibyte, in an unlinked temporary file above."""

import math
import mmap
import shutil
import tempfile

import numpy as np

from tfgan_kit.data.source import DataError

__all__ = ["MAX_BYTES_IN_MEMORY", "advise_random", "allocate", "fill", "refuse_bomb"]

MAX_BYTES_IN_MEMORY = 2**30

_MAX_BYTES_OF_A_BOMB = 2**32
_MAX_RATIO_OF_A_BOMB = 100

_BLOCK_BYTES = 2**24


def allocate(shape, dtype, name):
    """A writable array, in memory or, if it is large, on disk."""
    dtype = np.dtype(dtype)
    num_bytes = math.prod(shape) * dtype.itemsize
    if num_bytes <= MAX_BYTES_IN_MEMORY:
        return np.empty(shape, dtype)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if num_bytes > free:
        raise DataError(
            f"{name} needs {num_bytes} bytes of free space in {folder} for its pixels. "
            f"Found: {free} bytes. Set TMPDIR to use another disk"
        )
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=dtype, mode="w+", shape=tuple(shape))


def fill(array, stream, name):
    """Fill an array with the bytes of a stream, which must have the same length."""
    room = memoryview(array.reshape(-1).view("uint8"))
    done = 0
    while count := stream.readinto(room[done : done + _BLOCK_BYTES]):
        done += count
    if done < len(room) or stream.read(1):
        state = "truncated" if done < len(room) else "too long"
        raise DataError(f"{name} is {state}. Its header declares {len(room)} bytes of data")


def advise_random(array):
    """Advise the system that a memory-mapped array is read in random order."""
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        base.madvise(mmap.MADV_RANDOM)


def refuse_bomb(name, declared_bytes, packed_bytes):
    """Refuse a small compressed file that declares enormous contents."""
    too_large = declared_bytes > _MAX_BYTES_OF_A_BOMB
    if too_large and declared_bytes > _MAX_RATIO_OF_A_BOMB * max(packed_bytes, 1):
        raise DataError(
            f"{name} is refused as a decompression bomb: {packed_bytes} bytes declare "
            f"{declared_bytes}, over {_MAX_RATIO_OF_A_BOMB} times as many and above the limit of "
            f"{_MAX_BYTES_OF_A_BOMB} bytes"
        )
