import io
import os
import tempfile

import numpy as np
import pytest

from tfgan_kit.data import DataError, spool


def test_only_large_arrays_are_in_a_file_which_has_no_name(monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 1000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert type(spool.allocate((10, 2), "uint8", "x")) is np.ndarray
    array = spool.allocate((600, 2), "uint8", "x")
    array[-1] = 7
    assert isinstance(array, np.memmap) and array.shape == (600, 2)
    assert array[-1].tolist() == [7, 7] and os.listdir(tmp_path) == []


def test_a_full_disk_is_an_error_before_anything_is_written(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(DataError, match=r"big\.npz needs 1\d+ bytes of free space"):
        spool.allocate((10**15, 1), "uint8", "big.npz")


def test_fill_keeps_the_order_of_blocks_and_refuses_other_lengths(monkeypatch):
    monkeypatch.setattr(spool, "_BLOCK_BYTES", 7)
    wanted = np.arange(12, dtype=">i4").reshape(3, 4)
    array = np.empty((3, 4), ">i4")
    spool.fill(array, io.BytesIO(wanted.tobytes()), "x")
    np.testing.assert_array_equal(array, wanted)
    for content, message in ((wanted.tobytes()[:-1], "is truncated"), (bytes(49), "is too long")):
        with pytest.raises(DataError, match=message):
            spool.fill(array, io.BytesIO(content), "x")


def test_only_large_and_dense_content_is_a_bomb():
    spool.refuse_bomb("x", 2**32, 1)
    spool.refuse_bomb("x", 2**33, 2**33 // 100 + 1)
    with pytest.raises(DataError, match="decompression bomb"):
        spool.refuse_bomb("x", 2**33, 2**20)
