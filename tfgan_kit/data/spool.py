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
    """An array to write to, in memory or, where it is large, on disk.

    The temporary file has no name, so that nothing is left behind however the
    process ends. It stands in `tempfile.gettempdir()`, which the environment
    variable `TMPDIR` moves.

    Args:
        shape: Tuple of integers.
        dtype: NumPy dtype, without objects.
        name: String, the file that it is for, for the message.

    Returns:
        A writable NumPy array of that shape and dtype, not initialised.

    Raises:
        DataError: If the disk has too little room.

    Example:

    ```python
    from tfgan_kit.data import spool

    spool.allocate((10, 28, 28, 1), "uint8", "example").nbytes  # 7840
    ```
    """
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
    """Fill an array with the bytes of a stream, which must end where the array ends.

    Args:
        array: Writable contiguous NumPy array.
        stream: Binary file open for reading.
        name: String, the file that is read, for the message.

    Raises:
        DataError: If the stream holds fewer bytes or more.

    Example:

    ```python
    import io
    import numpy as np
    from tfgan_kit.data import spool

    array = np.empty((2, 2), "uint8")
    spool.fill(array, io.BytesIO(bytes(4)), "example")
    ```
    """
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
    """Tell the system that a memory-mapped array is read in random order.

    Without it, each image read from a large file brings megabytes of its
    neighbours along, which made a batch 2,500 times slower.

    Args:
        array: NumPy array, memory-mapped or not.

    Example:

    ```python
    import numpy as np
    from tfgan_kit.data import spool

    np.save("pixels.npy", np.zeros((10, 28, 28), "uint8"))
    spool.advise_random(np.load("pixels.npy", mmap_mode="r"))
    ```
    """
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        base.madvise(mmap.MADV_RANDOM)


def refuse_bomb(name, declared_bytes, packed_bytes):
    """Refuse a small compressed file that declares an enormous content.

    Args:
        name: String, the file, for the message.
        declared_bytes: Integer, the size that it says it unpacks to.
        packed_bytes: Integer, its size on disk.

    Raises:
        DataError: If `declared_bytes` is more than 4 GiB and more than 100
            times `packed_bytes`.

    Example:

    ```python
    from tfgan_kit.data import spool

    spool.refuse_bomb("honest.npz", declared_bytes=47_040_000, packed_bytes=9_851_298)
    ```
    """
    too_large = declared_bytes > MAX_BYTES_OF_A_BOMB
    if too_large and declared_bytes > MAX_RATIO_OF_A_BOMB * max(packed_bytes, 1):
        raise DataError(
            f"{name}: refused as a decompression bomb: {packed_bytes} bytes declare "
            f"{declared_bytes}, more than {MAX_RATIO_OF_A_BOMB} times as many and above the "
            f"limit of {MAX_BYTES_OF_A_BOMB}"
        )
