import gzip
import io
import os
import struct
import zipfile
from unittest import mock

import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.data import spool

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (30, 10, 10), "uint8")
LABELS = RNG.integers(0, 10, 30)


def idx_bytes(array, code=0x08):
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def saved(save, *arrays, **members):
    stream = io.BytesIO()
    save(stream, *arrays, **members)
    return stream.getvalue()


def npy_header(shape):
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    return saved(np.lib.format.write_array_header_1_0, header)


def write(path, content):
    path.write_bytes(content)
    return path


def assert_holds_pixels(source, pixels=PIXELS):
    np.testing.assert_array_equal(source.read(range(len(source)))[..., 0], pixels)


@pytest.mark.parametrize("key", ["images", "x_train", "x", "data", "arr_0", "anything"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_images_are_found_by_key(tmp_path, key, save):
    save(tmp_path / "a.npz", **{key: PIXELS, "y": LABELS, "note": np.array("x")})
    source = data.open_source(tmp_path / "a.npz")
    assert_holds_pixels(source)
    np.testing.assert_array_equal(source.labels, LABELS)
    assert source.name == str(tmp_path / "a.npz") and source.num_classes == 10
    save(tmp_path / "a.npz", **{key: PIXELS, "y": LABELS.astype(str)})
    assert data.open_source(tmp_path / "a.npz").class_names == sorted(set(LABELS.astype(str)))
    for wrong in (LABELS[:5], LABELS.astype(object)):
        save(tmp_path / "a.npz", **{key: PIXELS, "y": wrong})
        with pytest.warns(UserWarning, match=r"a\.npz:y must be .*are used without labels"):
            assert data.open_source(tmp_path / "a.npz").labels is None


def test_layouts_ranges_and_byte_orders(tmp_path):
    swapped = np.asfortranarray(PIXELS.astype(">i4"))
    floats = saved(np.save, (PIXELS / 127.5 - 1).astype("float32")[:, np.newaxis])
    files = {"a.npz": saved(np.savez, images=swapped), "a.npy": saved(np.save, swapped)}
    files |= {"a.idx": idx_bytes(PIXELS.astype(">i4"), 0x0C)}
    files |= {"b.npy": floats, "b.npy.gz": gzip.compress(floats)}
    for name, content in files.items():
        assert_holds_pixels(data.open_source(write(tmp_path / name, content)))


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_pickles_are_refused_and_never_run(tmp_path, name):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    array = np.array([Trap()], object)
    save = np.savez if name == "a.npz" else np.save
    save(tmp_path / name, array, allow_pickle=True)
    with pytest.raises(data.DataError, match="pickles can run any code"):
        data.open_source(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_large_npz_members_and_gzip_go_to_an_unlinked_file(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 100)
    allocate = mock.Mock(wraps=spool.allocate)
    monkeypatch.setattr(spool, "allocate", allocate)
    for name, content in {"a.npz": NPZ, "images.gz": PACKED}.items():
        assert_holds_pixels(data.open_source(write(tmp_path / name, content)))
    assert allocate.call_count == 3  # The labels of the .npz as well.
    assert sorted(os.listdir(tmp_path)) == ["a.npz", "images.gz"]


def test_a_huge_npy_is_opened_and_read_without_loading_it(tmp_path):
    shape = (2**33 // (64 * 64 * 3), 64, 64, 3)
    header = npy_header(shape)
    path = write(tmp_path / "huge.npy", header)
    with open(path, "r+b") as file:
        file.truncate(len(header) + int(np.prod(shape)))
        file.seek(-5, os.SEEK_END)
        file.write(bytes([1, 2, 3, 4, 255]))
    source = data.open_source(path)
    assert source.read([0, len(source) - 1])[1].ravel()[-5:].tolist() == [1, 2, 3, 4, 255]
    assert len(source.fingerprint) == 64
    assert next(iter(data.load(path, batch_size=8))).shape == (8, 64, 64, 3)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("label_suffix", ["", ".gz"])
def test_idx_with_its_labels_beside_it(tmp_path, suffix, label_suffix):
    def add(name, array, suffix):
        pack = gzip.compress if suffix else bytes
        return write(tmp_path / f"train-{name}{suffix}", pack(idx_bytes(array.astype("uint8"))))

    path = add("images-idx3-ubyte", PIXELS, suffix)
    assert data.open_source(path).labels is None
    add("labels-idx1-ubyte", LABELS, label_suffix)
    source = data.open_source(path)
    assert_holds_pixels(source)
    np.testing.assert_array_equal(source.labels, LABELS)
    add("labels-idx1-ubyte", LABELS[:5], label_suffix)
    with pytest.raises(data.DataError, match="labels-idx1-ubyte.* must be 30 labels"):
        data.open_source(path)


IDX, NPY, FEW = idx_bytes(PIXELS), saved(np.save, PIXELS), LABELS.astype("uint8")
NPZ = saved(np.savez_compressed, images=PIXELS, labels=LABELS)
SEVERAL = saved(np.savez, left=PIXELS, right=PIXELS, age=LABELS)
PACKED, CUT = gzip.compress(IDX), "unreadable, truncated or corrupted"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [(f"a.{suffix}", b"", "is empty") for suffix in ("npz", "npy")]
    + [("a.npy", NPY[:-1], "is truncated"), ("a.npy", NPY[:20], CUT)]
    + [("a.npy", NPY + b"x", "is too long"), ("a.npy", b"hello", "begins with b'hello'")]
    + [("a.npy", saved(np.save, np.zeros((0, 4, 4), "uint8")), "contains no images")]
    + [("a.npy", saved(np.save, np.zeros((5, 784), "uint8")), "must contain images of shape")]
    + [
        ("a.npz", content, CUT)
        for content in (b"hello", NPZ[:1500], NPZ[:1500] + b"x" + NPZ[1501:])
    ]
    + [("a.npz", SEVERAL, r"left \(30, 10, 10\), right .*, age \(30,\)")]
    + [("a-idx3", IDX[:-1], "is truncated"), ("a-idx3", IDX[:9], CUT)]
    + [("a-idx3", IDX + b"x", "is too long"), ("a-idx3", idx_bytes(PIXELS[:0]), "no images")]
    + [("a-idx3", idx_bytes(FEW), "must contain images of shape")]
    + [("a.gz", PACKED[:-20], CUT), ("a.gz", gzip.compress(IDX[:-1]), "is truncated")]
    + [("a.gz", gzip.compress(content + b"x"), "is too long") for content in (IDX, NPY)]
    + [("a.gz", gzip.compress(b"hello"), "begins with b'hello'"), ("a.gz", PACKED[:2], CUT)]
    + [("a.tar.gz", gzip.compress(bytes(1024)), "is a tar archive. Unpack it")]
    + [("a.zip", b"PK\x03\x04", "is a zip archive. Unzip it")]
    + [("a.bin", bytes(100), "must be a folder of images or")],
    # gzip writes the time of day: bytes in a name would give each test process other tests.
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
def test_broken_files_are_named(tmp_path, name, content, message):
    path = write(tmp_path / name, content)
    with pytest.raises(data.DataError, match=message) as caught:
        data.open_source(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bombs_and_false_headers_are_refused_before_space_is_allocated(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "allocate", lambda *_: pytest.fail("space was allocated"))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", npy_header((10**9, 64, 64)) + bytes(100))
    with pytest.raises(data.DataError, match="Its header declares 4096000000128 bytes"):
        data.open_source(tmp_path / "a.npz")
    monkeypatch.setattr(spool, "_MAX_BYTES_OF_A_BOMB", 10_000)
    black = np.zeros((100, 64, 64), "uint8")
    write(tmp_path / "a.npz", saved(np.savez_compressed, images=black))
    write(tmp_path / "a.gz", gzip.compress(idx_bytes(black)))
    write(tmp_path / "a.npy.gz", gzip.compress(saved(np.save, black)))
    for name in ("a.npz", "a.gz", "a.npy.gz"):
        with pytest.raises(data.DataError, match="decompression bomb"):
            data.open_source(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a-idx3", "a.gz"])
def test_damaged_bytes_give_images_or_a_data_error(tmp_path, name):
    content = {"a.npz": NPZ, "a.npy": NPY, "a-idx3": IDX, "a.gz": PACKED}[name]
    rng = np.random.default_rng(2)
    for _ in range(60):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 400), 2):
            damaged[place] = rng.integers(256)
        path = write(tmp_path / name, damaged)
        try:
            source = data.open_source(path)
        except data.DataError:
            continue
        source.read([0])
