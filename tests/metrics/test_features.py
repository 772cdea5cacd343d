"""The cache on disk: found by content, written atomically, ignored if damaged."""

import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.metrics import extract
from tfgan_kit.metrics.features import hash_arrays
from tfgan_kit.utils.errors import InvalidArgument


class Counting(metrics.FeatureExtractor):
    """Means and optional logits; counts the images."""

    def __init__(self, fingerprint="counting-1", scale=1.0, logits=False, dtype="float64"):
        super().__init__("counting", fingerprint)
        self.scale = scale
        self.logits = logits
        self.dtype = dtype
        self.num_seen = 0
        self.batch_sizes = []

    def call(self, images):
        self.num_seen += len(images)
        self.batch_sizes.append(len(images))
        values = images.reshape(len(images), -1)[:, :3] * self.scale / 3
        return values.astype(self.dtype), (-values if self.logits else None)


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
def test_second_time_comes_from_disk(pixels, tmp_path, logits):
    first = extract(pixels, Counting(logits=logits), cache_dir=tmp_path / "deep" / "cache")
    again = Counting(logits=logits)
    assert_equal_features(extract(pixels, again, cache_dir=tmp_path / "deep" / "cache"), first)
    assert again.num_seen == 0
    assert_equal_features(first, Counting(logits=logits)(pixels))


def test_nothing_is_written_without_a_folder_or_a_fingerprint(pixels, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    extract(pixels, Counting())
    nameless = Counting(fingerprint=None)
    extract(pixels, nameless, cache_dir=tmp_path)
    extract(pixels, nameless, cache_dir=tmp_path)
    assert nameless.num_seen == 60
    assert not list(tmp_path.iterdir())


def changed_pixel(pixels):
    pixels = pixels.copy()
    pixels[-1, -1, -1, -1] ^= 1
    return pixels


@pytest.mark.parametrize(
    "change",
    [
        changed_pixel,
        lambda pixels: pixels[::-1],
        lambda pixels: pixels[:-1],
        lambda pixels: pixels.reshape(30, 2, 8, 1),
        lambda pixels: pixels.reshape(30, 16).astype("float32"),
    ],
    ids=["one pixel", "order", "number", "shape", "dtype"],
)
def test_other_images_have_another_key(pixels, tmp_path, change):
    extract(pixels, Counting(), cache_dir=tmp_path)
    extractor = Counting()
    found = extract(change(pixels), extractor, cache_dir=tmp_path)
    assert extractor.num_seen == len(change(pixels))
    assert_equal_features(found, Counting()(change(pixels)))


def test_files_with_other_content_are_computed_again(pixels, tmp_path):
    first = extract(pixels, Counting(), cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()

    def write_npy():
        with open(path, "wb") as file:
            np.save(file, first.values)

    for write in (
        lambda: np.savez(path, values=first.values[:5]),
        lambda: np.savez(path, other=first.values),
        write_npy,
    ):
        write()
        extractor = Counting()
        assert_equal_features(extract(pixels, extractor, cache_dir=tmp_path), first)
        assert extractor.num_seen == 30


@pytest.mark.parametrize("batch_size", [1, 7, 29, 30, 1000])
def test_batch_size_bounds_the_batches_and_changes_nothing(pixels, batch_size):
    extractor, progress = Counting(logits=True), []
    features = extractor(pixels, batch_size, progress.append)
    whole = Counting(logits=True)(pixels)
    np.testing.assert_allclose(features.values, whole.values, rtol=1e-5)
    np.testing.assert_allclose(features.logits, whole.logits, rtol=1e-5)
    assert max(extractor.batch_sizes) <= batch_size
    assert progress == extractor.batch_sizes and extractor.num_seen == 30


@pytest.mark.parametrize("batch_size", [0, -1, 2.5])
def test_batch_size_out_of_range(pixels, batch_size):
    with pytest.raises(InvalidArgument, match="`batch_size`"):
        Counting()(pixels, batch_size=batch_size)


def test_lazy_images_equal_the_array_and_share_its_cache(pixels, tmp_path):
    lazy = Lazy(pixels)
    features = extract(lazy, Counting(), batch_size=8, cache_dir=tmp_path)
    assert_equal_features(features, Counting()(pixels))
    assert lazy.num_read == 60, "once to hash, once to extract"
    extractor = Counting()
    extract(pixels, extractor, cache_dir=tmp_path)
    assert extractor.num_seen == 0


def test_images_with_a_content_hash_are_not_read_for_the_key(pixels, tmp_path):
    lazy = Lazy(pixels)
    lazy.content_hash = "one"
    first = extract(lazy, Counting(), cache_dir=tmp_path)
    assert lazy.num_read == 30
    assert_equal_features(extract(lazy, Counting(), cache_dir=tmp_path), first)
    assert lazy.num_read == 30
    lazy.content_hash = "two"
    extractor = Counting()
    extract(lazy, extractor, cache_dir=tmp_path)
    assert extractor.num_seen == 30


@pytest.mark.parametrize(
    "images",
    [
        *(np.zeros(shape, "uint8") for shape in ((3, 4, 4), (3, 4), (3,))),
        *(np.zeros((3, 4, 4, 1), dtype) for dtype in ("float32", "int64")),
        np.zeros((3, 2), "int64"),
        [np.zeros((4, 4, 1), "uint8")],
    ],
)
def test_other_arrays_are_refused(images):
    extractor = Counting()
    with pytest.raises(InvalidArgument, match="`images` must be uint8.*Received"):
        extractor(images)
    assert extractor.num_seen == 0


@pytest.mark.parametrize("empty", [np.zeros((0, 4, 4, 1), "uint8"), np.zeros((0, 2)), []])
def test_no_images_are_refused_and_not_cached(empty, tmp_path):
    with pytest.raises(InvalidArgument, match="at least one image"):
        extract(empty, Counting(), cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_refused_and_not_cached(pixels, tmp_path, bad):
    class Bad(Counting):
        def call(self, images):
            values = np.ones((len(images), 3), "float32")
            values[-1, -1] = bad
            return values, None

    with pytest.raises(InvalidArgument, match="'counting'.*finite"):
        extract(pixels, Bad(), cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_features_are_float64_and_stored_exactly(pixels, tmp_path, dtype):
    extractor = Counting(fingerprint=dtype, logits=True, dtype=dtype)
    computed = extract(pixels, extractor, cache_dir=tmp_path)
    read = extract(pixels, extractor, cache_dir=tmp_path)
    assert extractor.num_seen == 30
    assert_equal_features(read, computed)
    for features in (computed, read):
        assert features.values.dtype == features.logits.dtype == np.float64
    with np.load(next(tmp_path.iterdir())) as file:
        # A third is not exact in float32.
        assert file["values"].dtype == ("float64" if dtype == "float64" else "float32")


def test_hash_of_arrays_sees_values_shapes_dtypes_and_cuts():
    zeros = np.zeros(6, "float32")
    hashes = [
        hash_arrays(arrays)
        for arrays in (
            [zeros],
            [zeros, zeros],
            [zeros[:3], zeros[3:]],
            [zeros.reshape(2, 3)],
            [zeros.astype("int32")],
            [zeros + 1],
            [],
            [np.zeros((0, 3), "float32")],
        )
    ]
    assert len(set(hashes)) == len(hashes)
    assert all(len(digest) == 64 for digest in hashes)
    assert hash_arrays([zeros.reshape(3, 2).T]) == hash_arrays([np.zeros((2, 3), "float32")])


def test_damaged_files_are_computed_again(pixels, tmp_path):
    first = extract(pixels[:4], Counting(logits=True), cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    damaged = [whole[: int(share * len(whole))] for share in (0, 0.02, 0.3, 0.6, 0.9, 0.99)]
    damaged += [b"no features", b"PK\x03\x04", b"\x80\x04N."]
    for position in range(0, len(whole), 7):
        damaged.append(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
    for content in damaged:
        path.write_bytes(content)
        found = extract(pixels[:4], Counting(logits=True), cache_dir=tmp_path)
        assert_equal_features(found, first)
    path.write_bytes(whole[:99])
    extract(pixels[:4], Counting(logits=True), cache_dir=tmp_path)
    assert path.read_bytes() == whole, "the damaged file is replaced"


def test_the_key_is_the_content_and_the_fingerprint(pixels, tmp_path):
    extract(pixels, Counting("a"), batch_size=4, cache_dir=tmp_path)
    for images, fingerprint, num_seen in (
        (np.asfortranarray(pixels), "a", 0),  # Neither memory layout nor batch size matter.
        (pixels, "b", 30),
    ):
        extractor = Counting(fingerprint)
        extract(images, extractor, batch_size=11, cache_dir=tmp_path)
        assert extractor.num_seen == num_seen
