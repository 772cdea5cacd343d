"""Streaming mean and covariance against `np.cov`, and files that are not what they should be."""

import pathlib
import tracemalloc

import numpy as np
import pytest

from tfgan_kit.metrics import statistics
from tfgan_kit.metrics.statistics import GaussianStatistics
from tfgan_kit.utils import files
from tfgan_kit.utils.errors import InvalidArgument


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
def test_large_offset_takes_no_digits(offset):
    # Multiples of 1/4 and such offsets are exact in float64, so that the
    # covariance must stay the same; E[xx'] - E[x]E[x]' would be off by 1e-16 offset^2.
    features = np.random.default_rng(1).integers(-8, 9, (500, 4)) / 4
    moved = gather(features + offset, [100] * 5)
    expected = np.cov(features, rowvar=False)
    # The means are rounded to 1e-16 of the offset.
    np.testing.assert_allclose(moved.covariance, expected, atol=1e-15 * abs(offset) + 1e-12)


def test_float32_is_summed_in_float64():
    features = features_of(400, 5).astype("float32") + np.float32(1e3)
    gathered = GaussianStatistics.from_features(features)
    assert gathered.mean.dtype == gathered.covariance.dtype == np.float64
    expected = np.cov(features.astype("float64"), rowvar=False)
    np.testing.assert_allclose(gathered.covariance, expected, rtol=1e-10, atol=1e-10)


def test_order_in_memory_does_not_matter_and_input_is_left_alone():
    features = features_of(50, 6)
    before = features.copy()
    expected = GaussianStatistics.from_features(features).covariance
    for view in (np.asfortranarray(features), np.repeat(features, 2, axis=1)[:, ::2]):
        np.testing.assert_allclose(
            GaussianStatistics.from_features(view).covariance, expected, rtol=1e-12
        )
    np.testing.assert_array_equal(features, before)


def test_results_are_copies():
    gathered = GaussianStatistics.from_features(features_of(10, 3))
    mean, covariance = gathered.mean, gathered.covariance
    mean[:] = covariance[:] = -1
    assert gathered.mean.min() != -1
    assert gathered.covariance[0, 0] > 0


def test_collapsed_set_has_no_variance():
    collapsed = GaussianStatistics.from_features(np.full((1000, 3), 0.1))
    # A sum of a thousand 0.1 is rounded by up to 1e-16 each, so the mean by 1e-14.
    np.testing.assert_allclose(collapsed.covariance, np.zeros((3, 3)), atol=1e-27)


def test_memory_is_a_block_and_not_a_copy(monkeypatch):
    monkeypatch.setattr(statistics, "_BLOCK_VALUES", 2**14)
    features = np.random.default_rng(0).normal(size=(20_000, 32))
    tracemalloc.start()
    GaussianStatistics.from_features(features)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A block is 0.13 MB; two of them and what Python needs. The features are 5.1 MB.
    assert peak < 0.5e6


def test_too_few_rows_are_told():
    gathered = GaussianStatistics()
    assert gathered.width is None
    assert "num=0" in repr(gathered)
    with pytest.raises(InvalidArgument, match="mean of features needs 1 row.*of 0"):
        gathered.mean  # noqa: B018
    gathered.update(np.ones((1, 3)))
    np.testing.assert_array_equal(gathered.mean, np.ones(3))
    with pytest.raises(InvalidArgument, match="covariance of features needs 2 rows.*of 1"):
        gathered.covariance  # noqa: B018


def test_a_refused_batch_changes_nothing():
    features = features_of(20, 3)
    gathered = GaussianStatistics.from_features(features)
    bad = np.zeros((5, 3))
    bad[4, 2] = np.nan
    for batch, message in (
        (bad, "nan in row 4, column 2"),
        (np.zeros((5, 4)), r"width of those before, 3. Received: shape \(5, 4\)"),
        (np.zeros((0, 3)), "1 row or more"),
        (np.zeros(3), "one row a sample"),
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
    ("mean", "covariance", "num", "message"),
    [
        (np.zeros(2), np.eye(3), 5, r"shapes \(2,\) and \(3, 3\)"),
        (np.zeros((1, 2)), np.eye(2), 5, r"shapes \(1, 2\)"),
        (np.zeros(2), np.eye(2), 1, "`num` must be an integer, 2 or more"),
        (np.zeros(2), np.eye(2), 2.5, "`num` must be an integer"),
        (np.array([0, np.nan]), np.eye(2), 5, "`mean` must hold finite"),
        (np.zeros(2), np.full((2, 2), np.inf), 5, "`covariance` must hold finite"),
        (np.zeros(2), np.array([[1, 0.5], [0, 1]]), 5, "must be symmetric"),
        (np.zeros(2), np.diag([1.0, -1]), 5, "diagonal of 0 or more. Received: -1"),
        (np.zeros(0), np.zeros((0, 0)), 5, "`mean` must be"),
    ],
)
def test_moments_that_are_none_are_refused(mean, covariance, num, message):
    with pytest.raises(InvalidArgument, match=message):
        GaussianStatistics.from_moments(mean, covariance, num)


@pytest.mark.parametrize("name", ["real.npz", "real", "deep/er/real.stats"])
def test_file_brings_everything_back(tmp_path, name):
    gathered = GaussianStatistics.from_features(features_of(33, 5))
    gathered.save(tmp_path / name)
    loaded = GaussianStatistics.load(str(tmp_path / name))
    assert loaded.num == 33
    np.testing.assert_array_equal(loaded.mean, gathered.mean)
    np.testing.assert_allclose(loaded.covariance, gathered.covariance, rtol=1e-14)


def test_file_of_too_few_rows_is_not_written(tmp_path):
    with pytest.raises(InvalidArgument, match="needs 2 rows"):
        GaussianStatistics.from_features(np.ones((1, 2))).save(tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []


def test_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "real.npz"
    GaussianStatistics.from_features(features_of(10, 2)).save(path)
    before = path.read_bytes()

    def fail(file, **arrays):
        file.write(b"PK half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space left"):
        GaussianStatistics.from_features(features_of(20, 2)).save(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["real.npz"]


def write_broken(path, kind):
    good = {"mean": np.zeros(2), "covariance": np.eye(2), "num": np.int64(5)}
    if kind == "missing":
        return
    if kind in ("empty", "text"):
        path.write_bytes(b"" if kind == "empty" else b"mean = 0\n")
    elif kind == "npy":
        with open(path, "wb") as file:
            np.save(file, np.eye(2))
    elif kind == "folder":
        path.mkdir()
    elif kind == "foreign":
        np.savez(path, images=np.zeros((2, 2)))
    elif kind == "pickled":
        np.savez(path, **{**good, "mean": np.array([pathlib.Path("x"), None], object)})
    elif kind == "shapes":
        np.savez(path, **{**good, "mean": np.zeros(3)})
    elif kind == "nan":
        np.savez(path, **{**good, "mean": np.full(2, np.nan)})
    elif kind == "num":
        np.savez(path, **{**good, "num": np.arange(2)})
    elif kind == "text num":
        np.savez(path, **{**good, "num": np.array("many")})
    else:
        np.savez(path, **good)
        whole = bytearray(path.read_bytes())
        if kind == "truncated":
            whole = whole[: len(whole) // 2]
        else:  # One byte of an array's content.
            whole[whole.index(np.float64(1).tobytes()) + 3] ^= 0xFF
        path.write_bytes(whole)


@pytest.mark.parametrize(
    "kind",
    [
        *("missing", "empty", "text", "npy", "folder", "foreign", "pickled", "shapes"),
        *("nan", "num", "text num", "truncated", "flipped"),
    ],
)
def test_broken_file_is_told_by_its_name(tmp_path, kind):
    path = tmp_path / "stats.npz"
    write_broken(path, kind)
    with pytest.raises(
        InvalidArgument, match=r"`path` must be a file written by .*Received: .*stats\.npz"
    ):
        GaussianStatistics.load(path)


def test_every_truncation_is_told(tmp_path):
    path = tmp_path / "stats.npz"
    GaussianStatistics.from_features(features_of(5, 2)).save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 17):
        path.write_bytes(whole[:length])
        with pytest.raises(InvalidArgument, match=r"stats\.npz"):
            GaussianStatistics.load(path)


def test_save_goes_through_the_atomic_writer(tmp_path, monkeypatch):
    used = []

    def spy(path):
        used.append(path)
        return files.atomic_path(path)

    monkeypatch.setattr(statistics, "atomic_path", spy)
    GaussianStatistics.from_features(features_of(5, 2)).save(tmp_path / "a.npz")
    assert used == [tmp_path / "a.npz"]
