"""Streaming mean and covariance against `np.cov`, and damaged files."""

import pathlib
import tracemalloc

import numpy as np
import pytest

from tfgan_kit.metrics import GaussianStatistics, statistics
from tfgan_kit.utils.errors import InvalidArgument

GOOD = {"mean": np.zeros(2), "covariance": np.eye(2), "num": np.int64(5)}


def gather(features, sizes):
    gathered, start = GaussianStatistics(), 0
    for size in sizes:
        gathered.update(features[start : start + size])
        start += size
    assert start == len(features)
    return gathered


@pytest.mark.parametrize("width", [1, 2, 7, 40])
@pytest.mark.parametrize("num", [2, 3, 30, 101])
def test_moments_are_numpys(num, width, correlated):
    features = correlated(num, width, 0)
    gathered = GaussianStatistics.from_features(features)
    assert (gathered.num, gathered.width) == (num, width)
    np.testing.assert_allclose(gathered.mean, features.mean(axis=0), rtol=1e-12)
    expected = np.cov(features, rowvar=False).reshape(width, width)
    np.testing.assert_allclose(gathered.covariance, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(gathered.covariance, gathered.covariance.T)


@pytest.mark.parametrize(
    "sizes", [[1] * 60, [59, 1], [1, 59], [7, 13, 40], [30, 30], [2, 1, 1, 56]]
)
def test_any_split_and_any_block_give_the_same(sizes, correlated, monkeypatch):
    features = correlated(60, 9, 0)
    whole = GaussianStatistics.from_features(features)
    for block in (statistics._BLOCK_VALUES, 1, 60, 61, 599):
        monkeypatch.setattr(statistics, "_BLOCK_VALUES", block)
        split = gather(features, sizes)
        assert split.num == whole.num
        np.testing.assert_allclose(split.mean, whole.mean, rtol=1e-10)
        np.testing.assert_allclose(split.covariance, whole.covariance, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("offset", [1e4, -1e6, 1e8])
def test_large_offset_costs_no_precision(offset):
    # Multiples of 1/4 and such offsets are exact in float64, so that the
    # covariance must stay the same; E[xx'] - E[x]E[x]' would be off by 1e-16 offset^2.
    features = np.random.default_rng(1).integers(-8, 9, (500, 4)) / 4
    shifted = gather(features + offset, [100] * 5)
    expected = np.cov(features, rowvar=False)
    # The means are rounded to 1e-16 of the offset.
    np.testing.assert_allclose(shifted.covariance, expected, atol=1e-15 * abs(offset) + 1e-12)


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


@pytest.mark.parametrize(
    "batch", [np.full((5, 3), np.nan), np.zeros((5, 4)), np.zeros((0, 3)), np.zeros(3)]
)
def test_a_refused_batch_changes_nothing(batch, correlated):
    features = correlated(20, 3, 0)
    gathered, same = (GaussianStatistics.from_features(features) for _ in range(2))
    with pytest.raises(InvalidArgument, match="`features` .*Received"):
        gathered.update(batch)
    assert gathered.num == 20
    np.testing.assert_array_equal(gathered.covariance, same.covariance)


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
def test_saved_statistics_can_be_loaded_and_updated(tmp_path, name, correlated):
    features = correlated(53, 5, 0)
    gathered = GaussianStatistics.from_features(features[:33])
    gathered.save(tmp_path / name)
    loaded = GaussianStatistics.load(str(tmp_path / name))
    assert loaded.num == 33
    np.testing.assert_array_equal(loaded.mean, gathered.mean)
    np.testing.assert_allclose(loaded.covariance, gathered.covariance, rtol=1e-14)
    for each in (loaded, GaussianStatistics.from_moments(loaded.mean, loaded.covariance, 33)):
        each.update(features[33:])
        expected = np.cov(features, rowvar=False)
        np.testing.assert_allclose(each.covariance, expected, rtol=1e-10)


def test_wrong_and_damaged_files_are_named(tmp_path):
    path = tmp_path / "stats.npz"

    def write(arrays):
        np.savez(path, **arrays)
        return path.read_bytes()

    whole = write(GOOD)
    flipped = bytearray(whole)
    flipped[flipped.index(np.float64(1).tobytes()) + 3] ^= 0xFF
    wrong = [b"mean = 0\n", flipped, *(whole[:end] for end in range(0, len(whole), 17))]
    for arrays in (
        {"images": np.zeros((2, 2))},
        {**GOOD, "mean": np.array([pathlib.Path("x"), None], object)},
        *({**GOOD, "mean": mean} for mean in (np.zeros(3), np.full(2, np.nan))),
        *({**GOOD, "num": num} for num in (np.arange(2), np.array("many"))),
    ):
        wrong.append(write(arrays))
    for content in wrong:
        path.write_bytes(content)
        with pytest.raises(InvalidArgument, match=r"written by .*Received: .*stats\.npz"):
            GaussianStatistics.load(path)
    path.unlink()
    with pytest.raises(InvalidArgument, match=r"written by .*Received: .*stats\.npz"):
        GaussianStatistics.load(path)
