"""The cache on disk: found by content, written atomically, ignored if damaged."""

import io

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import extract
from tfgan_kit.metrics.features import hash_arrays
from tfgan_kit.utils.errors import InvalidArgument


class Counting(metrics.FeatureExtractor):
    """Thirds of pixels and optional logits; keeps the sizes of its batches."""

    def __init__(self, fingerprint="counting-1", logits=False, dtype="float64", last=None):
        super().__init__("counting", fingerprint)
        self.logits, self.dtype, self.last = logits, dtype, last
        self.batch_sizes = []

    @property
    def num_seen(self):
        return sum(self.batch_sizes)

    def call(self, images):
        self.batch_sizes.append(len(images))
        values = (images.reshape(len(images), -1)[:, :3] / 3).astype(self.dtype)
        if self.last is not None:
            values[-1, -1] = self.last
        return values, (-values if self.logits else None)


class Lazy:
    """Images with only a length and slices."""

    def __init__(self, images):
        self._images = images
        self.num_read = 0

    def __len__(self):
        return len(self._images)

    def __getitem__(self, rows):
        assert isinstance(rows, slice)
        self.num_read += len(self._images[rows])
        return self._images[rows]


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (30, 4, 4, 1), dtype="uint8")


def assert_equal_features(first, second):
    np.testing.assert_array_equal(first.values, second.values)
    assert (first.logits is None) == (second.logits is None)
    if first.logits is not None:
        np.testing.assert_array_equal(first.logits, second.logits)


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_second_time_comes_from_disk_as_float64(pixels, tmp_path, logits, dtype):
    folder = tmp_path / "deep" / "cache"
    extractor = Counting(logits=logits, dtype=dtype)
    computed = extract(pixels, extractor, cache_dir=folder)
    read = extract(pixels, extractor, cache_dir=folder)
    assert extractor.num_seen == 30
    assert_equal_features(read, computed)
    assert_equal_features(read, Counting(logits=logits, dtype=dtype)(pixels))
    for features in (computed, read):
        assert {each.dtype for each in features if each is not None} == {np.dtype("float64")}
    with np.load(next(folder.iterdir())) as file:
        # A third is not exact in float32.
        assert file["values"].dtype == ("float64" if dtype == "float64" else "float32")


def test_nothing_is_written_without_a_folder_or_a_fingerprint(pixels, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    extract(pixels, Counting())
    nameless = Counting(fingerprint=None)
    for _ in range(2):
        extract(pixels, nameless, cache_dir=tmp_path)
    assert nameless.num_seen == 60
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "fingerprint", "cached"),
    [
        (np.asfortranarray, "a", True),  # Neither memory layout nor batch size matters.
        (np.copy, "b", False),
        (lambda pixels: pixels ^ (np.arange(480).reshape(pixels.shape) == 479), "a", False),
        (lambda pixels: pixels[::-1], "a", False),
        (lambda pixels: pixels[:-1], "a", False),
        (lambda pixels: pixels.reshape(30, 2, 8, 1), "a", False),
        (lambda pixels: pixels.reshape(30, 16).astype("float32"), "a", False),
    ],
    ids=["layout", "fingerprint", "one pixel", "order", "number", "shape", "dtype"],
)
def test_the_key_is_the_content_and_the_fingerprint(pixels, tmp_path, change, fingerprint, cached):
    extract(pixels, Counting("a"), batch_size=4, cache_dir=tmp_path)
    extractor, images = Counting(fingerprint), change(pixels)
    found = extract(images, extractor, batch_size=11, cache_dir=tmp_path)
    assert extractor.num_seen == (0 if cached else len(images))
    assert_equal_features(found, Counting()(images))


@pytest.mark.parametrize("batch_size", [1, 7, 29, 30, 1000])
def test_batch_size_bounds_the_batches_and_changes_nothing(pixels, batch_size):
    extractor, progress = Counting(logits=True), []
    features = extractor(pixels, batch_size, progress.append)
    whole = Counting(logits=True)(pixels)
    np.testing.assert_allclose(features.values, whole.values, rtol=1e-5)
    np.testing.assert_allclose(features.logits, whole.logits, rtol=1e-5)
    assert max(extractor.batch_sizes) <= batch_size
    assert progress == extractor.batch_sizes and extractor.num_seen == 30


def test_lazy_images_equal_the_array_and_share_its_cache(pixels, tmp_path):
    lazy = Lazy(pixels)
    features = extract(lazy, Counting(), batch_size=8, cache_dir=tmp_path)
    assert_equal_features(features, Counting()(pixels))
    assert lazy.num_read == 60, "once to hash, once to extract"
    extractor = Counting()
    extract(pixels, extractor, cache_dir=tmp_path)
    assert extractor.num_seen == 0


def test_images_with_a_content_hash_are_not_read_for_the_key(pixels, tmp_path):
    lazy, found = Lazy(pixels), []
    for content_hash, num_read in (("one", 30), ("one", 30), ("two", 60)):
        lazy.content_hash = content_hash
        found.append(extract(lazy, Counting(), cache_dir=tmp_path))
        assert lazy.num_read == num_read
    assert_equal_features(found[0], found[1])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_refused_is_not_cached(pixels, tmp_path, bad):
    with pytest.raises(InvalidArgument, match="'counting'.*finite"):
        extract(pixels, Counting(last=bad), cache_dir=tmp_path)
    for empty in (pixels[:0], np.zeros((0, 2)), []):
        with pytest.raises(InvalidArgument, match="at least one image"):
            extract(empty, Counting(), cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_hash_of_arrays_depends_on_values_shapes_dtypes_and_cuts():
    zeros = np.zeros(6, "float32")
    lists = [[zeros], [zeros, zeros], [zeros[:3], zeros[3:]], [zeros.reshape(2, 3)], [zeros + 1]]
    lists += [[zeros.astype("int32")], [], [np.zeros((0, 3), "float32")]]
    hashes = {hash_arrays(arrays) for arrays in lists}
    assert len(hashes) == len(lists) and {len(each) for each in hashes} == {64}
    assert hash_arrays([zeros.reshape(3, 2).T]) == hash_arrays([zeros.reshape(2, 3)])


def test_damaged_and_other_files_are_computed_again(pixels, tmp_path):
    first = extract(pixels[:4], Counting(logits=True), cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    damaged = [whole[: int(share * len(whole))] for share in (0, 0.02, 0.3, 0.6, 0.9, 0.99)]
    damaged += [b"no features", b"PK\x03\x04", b"\x80\x04N."]
    for position in range(0, len(whole), 7):
        damaged.append(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
    for save, arrays in (
        (np.savez, {"values": first.values[:3]}),
        (np.savez, {"other": first.values}),
        (np.save, {"arr": first.values}),
    ):
        file = io.BytesIO()
        save(file, **arrays)
        damaged.append(file.getvalue())
    for content in damaged:
        path.write_bytes(content)
        found = extract(pixels[:4], Counting(logits=True), cache_dir=tmp_path)
        assert_equal_features(found, first)
    assert path.read_bytes() == whole, "the last file is replaced"
