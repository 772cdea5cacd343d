"""Streaming mean and covariance against `np.cov`, and damaged files."""

import pathlib
import tracemalloc

import numpy as np
import pytest

from tfgan_kit.metrics import GaussianStatistics, statistics
from tfgan_kit.utils.errors import InvalidArgument

GOOD = {"mean": np.zeros(2), "covariance": np.eye(2), "num": np.int64(5)}


def features_of(num, width, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(num, width)) @ random.normal(size=(width, width)) + 3


def gather(features, sizes):
    gathered = GaussianStatistics()
    start = 0
    for size in sizes:
        gathered.update(features[start : start + size])
        start += size
    assert start == len(features)
    return gathered


@pytest.mark.parametrize("width", [1, 2, 7, 40])
@pytest.mark.parametrize("num", [2, 3, 30, 101])
def test_moments_are_numpys(num, width):
    features = features_of(num, width)
    gathered = GaussianStatistics.from_features(features)
    assert (gathered.num, gathered.width) == (num, width)
    np.testing.assert_allclose(gathered.mean, features.mean(axis=0), rtol=1e-12)
    expected = np.cov(features, rowvar=False).reshape(width, width)
    np.testing.assert_allclose(gathered.covariance, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(gathered.covariance, gathered.covariance.T)


@pytest.mark.parametrize(
    "sizes", [[1] * 60, [59, 1], [1, 59], [7, 13, 40], [30, 30], [2, 1, 1, 56]]
)
def test_any_split_gives_the_same(sizes):
    features = features_of(60, 9)
    whole, split = GaussianStatistics.from_features(features), gather(features, sizes)
    assert split.num == whole.num
    np.testing.assert_allclose(split.mean, whole.mean, rtol=1e-10)
    np.testing.assert_allclose(split.covariance, whole.covariance, rtol=1e-10, atol=1e-10)


def test_blocks_give_the_same(monkeypatch):
    features = features_of(100, 6)
    whole = GaussianStatistics.from_features(features)
    for values in (1, 60, 61, 599):
        monkeypatch.setattr(statistics, "_BLOCK_VALUES", values)
        blocks = GaussianStatistics.from_features(features)
        np.testing.assert_allclose(blocks.covariance, whole.covariance, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("offset", [1e4, -1e6, 1e8])
def test_large_offset_costs_no_precision(offset):
    # Multiples of 1/4 and such offsets are exact in float64, so that the
    # covariance must stay the same; E[xx'] - E[x]E[x]' would be off by 1e-16 offset^2.
    features = np.random.default_rng(1).integers(-8, 9, (500, 4)) / 4
    moved = gather(features + offset, [100] * 5)
    expected = np.cov(features, rowvar=False)
    # The means are rounded to 1e-16 of the offset.
    np.testing.assert_allclose(moved.covariance, expected, atol=1e-15 * abs(offset) + 1e-12)


def test_memory_is_a_block_and_not_a_copy(monkeypatch):
    monkeypatch.setattr(statistics, "_BLOCK_VALUES", 2**14)
    features = np.random.default_rng(0).normal(size=(20_000, 32))
    tracemalloc.start()
    GaussianStatistics.from_features(features)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A block is 0.13 MB; two of them and what Python needs. The features are 5.1 MB.
    assert peak < 0.5e6


def test_too_few_rows_are_refused():
    gathered = GaussianStatistics()
    assert gathered.width is None
    with pytest.raises(InvalidArgument, match="mean of features needs at least 1 row.*: 0"):
        gathered.mean  # noqa: B018
    gathered.update(np.ones((1, 3)))
    np.testing.assert_array_equal(gathered.mean, np.ones(3))
    with pytest.raises(InvalidArgument, match="covariance of features needs at least 2 rows.*: 1"):
        gathered.covariance  # noqa: B018


def test_a_refused_batch_changes_nothing():
    features = features_of(20, 3)
    gathered = GaussianStatistics.from_features(features)
    bad = np.zeros((5, 3))
    bad[4, 2] = np.nan
    for batch, message in (
        (bad, "nan in row 4, column 2"),
        (np.zeros((5, 4)), r"width of earlier batches, 3. Received: shape \(5, 4\)"),
        (np.zeros((0, 3)), "at least 1 row"),
        (np.zeros(3), "one row per sample"),
    ):
        with pytest.raises(InvalidArgument, match=f"`features` .*{message}"):
            gathered.update(batch)
    assert gathered.num == 20
    np.testing.assert_array_equal(
        gathered.covariance, GaussianStatistics.from_features(features).covariance
    )


def test_moments_go_in_and_out_and_can_be_updated():
    features = features_of(30, 4)
    first = GaussianStatistics.from_features(features[:20])
    again = GaussianStatistics.from_moments(first.mean, first.covariance, first.num)
    again.update(features[20:])
    np.testing.assert_allclose(
        again.covariance, GaussianStatistics.from_features(features).covariance, rtol=1e-10
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"covariance": np.eye(3)}, r"shapes \(2,\) and \(3, 3\)"),
        ({"mean": np.zeros((1, 2))}, r"shapes \(1, 2\)"),
        ({"num": 1}, "`num` must be an integer of at least 2"),
        ({"mean": np.array([0, np.nan])}, "`mean` must contain finite"),
        ({"covariance": np.full((2, 2), np.inf)}, "`covariance` must contain finite"),
        ({"covariance": np.array([[1, 0.5], [0, 1]])}, "must be symmetric"),
    ],
)
def test_wrong_moments_are_refused(changes, message):
    with pytest.raises(InvalidArgument, match=message):
        GaussianStatistics.from_moments(**{**GOOD, **changes})


@pytest.mark.parametrize("name", ["real.npz", "real", "deep/er/real.stats"])
def test_save_and_load(tmp_path, name):
    gathered = GaussianStatistics.from_features(features_of(33, 5))
    gathered.save(tmp_path / name)
    loaded = GaussianStatistics.load(str(tmp_path / name))
    assert loaded.num == 33
    np.testing.assert_array_equal(loaded.mean, gathered.mean)
    np.testing.assert_allclose(loaded.covariance, gathered.covariance, rtol=1e-14)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"mean = 0\n",
        {"images": np.zeros((2, 2))},
        {**GOOD, "mean": np.array([pathlib.Path("x"), None], object)},
        {**GOOD, "mean": np.zeros(3)},
        {**GOOD, "mean": np.full(2, np.nan)},
        {**GOOD, "num": np.arange(2)},
        {**GOOD, "num": np.array("many")},
    ],
    ids=["missing", "empty", "text", "other", "pickled", "shapes", "nan", "array", "string"],
)
def test_wrong_file_is_named(tmp_path, content):
    path = tmp_path / "stats.npz"
    if isinstance(content, dict):
        np.savez(path, **content)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidArgument, match=r"written by .*Received: .*stats\.npz"):
        GaussianStatistics.load(path)


def test_damaged_file_is_named(tmp_path):
    path = tmp_path / "stats.npz"
    np.savez(path, **GOOD)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[flipped.index(np.float64(1).tobytes()) + 3] ^= 0xFF
    for content in (bytes(flipped), *(whole[:length] for length in range(0, len(whole), 17))):
        path.write_bytes(content)
        with pytest.raises(InvalidArgument, match=r"stats\.npz"):
            GaussianStatistics.load(path)
