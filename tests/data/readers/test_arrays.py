import numpy as np
import pytest

from tfgan_kit.data import DataError, spool
from tfgan_kit.data.readers import arrays

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (600, 10, 10), "uint8")


def test_pixels_that_need_no_change_and_opacity():
    source = arrays.open_array(PIXELS[..., np.newaxis], "x")
    np.testing.assert_array_equal(source.read([7, 3])[..., 0], PIXELS[[7, 3]])
    assert source.image_shape == (10, 10, 1)
    clear = arrays.open_array(np.zeros((2, 8, 8, 4), "uint8"), "x")
    assert clear.image_shape == (8, 8, 3)
    assert (clear.read([0]) == 255).all()


@pytest.mark.parametrize("limit", [2**30, 100])
def test_converting_ahead_and_on_each_read_agree(monkeypatch, limit):
    monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", limit)
    floats = (PIXELS / 255).astype("float32")[:, np.newaxis]
    kept = arrays.open_array(floats, "x", channels=3)
    np.testing.assert_array_equal(kept.read([599, 0])[..., 2], PIXELS[[599, 0]])
    resized = arrays.open_array(floats, "x", image_size=16)
    assert resized.image_shape == (16, 16, 1)
    whole = arrays.open_array(PIXELS, "x", image_size=16)
    np.testing.assert_array_equal(resized.read(range(600)), whole.read(range(600)))


def test_oblong_arrays_are_kept_or_cut():
    assert arrays.open_array(PIXELS[:, :6], "x").image_shape == (6, 10, 1)
    cut = arrays.open_array(PIXELS[:, :6], "x", image_size=6)
    np.testing.assert_array_equal(cut.read([1])[0, ..., 0], PIXELS[1, :6, 2:8])


@pytest.mark.parametrize("large", [False, True])
def test_the_fingerprint_depends_on_pixels_shape_and_labels(monkeypatch, large):
    if large:
        monkeypatch.setattr(spool, "MAX_BYTES_IN_MEMORY", 100)
        monkeypatch.setattr(arrays, "_NUM_HASHED", 2)
    changed = PIXELS.copy()
    changed[599 if large else 300, 5, 5] ^= 1
    options = [{}, {"image_size": 8}, {"channels": 3}, {"labels": np.zeros(600, int)}]
    options += [{"value_range": (0, 256)}]
    prints = {arrays.open_array(PIXELS, "x", **each).fingerprint for each in options}
    prints.add(arrays.open_array(changed, "x").fingerprint)
    assert len(prints) == 6
    assert arrays.open_array(PIXELS.copy(), "other").fingerprint in prints
    assert all(len(value) == 64 and int(value, 16) for value in prints)


def test_objects_are_refused_with_the_reason():
    with pytest.raises(DataError, match="pickles can run any code"):
        arrays.open_array(np.array([np.zeros((2, 2)), np.zeros((3, 3))], object), "x")


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_stated_range_and_opacity_that_does_not_count(dtype):
    levels = np.arange(17).reshape(17, 1, 1).repeat(4, 1).repeat(4, 2).astype(dtype)
    source = arrays.open_array(levels, "x", value_range=(0, 16))
    assert source.value_range == (0, 16) and "range 0 to 16>" in repr(source)
    np.testing.assert_array_equal(
        source.read(range(17))[:, 0, 0, 0], np.rint(levels[:, 0, 0] * 15.9375)
    )
    opaque = np.dstack([levels[0], levels[1], levels[2], np.full((4, 4), 255)])[np.newaxis]
    with pytest.raises(DataError, match="from 0 to 2"):
        arrays.open_array(opaque.astype(dtype), "x")


@pytest.mark.parametrize(
    ("labels", "wanted", "names"),
    [([1, 2], [1, 2], None), ([[1], [2]], [1, 2], None), ([1.0, 2.0], [1, 2], None)]
    + [([True, False], [1, 0], None), ([[1, 0], [0, 1]], [0, 1], None)]
    + [([[0.0, 0, 1], [0, 1, 0]], [2, 1], None), (["b", "a"], [1, 0], ["a", "b"])]
    + [([[b"cat"], [b"cat"]], [0, 0], ["cat"])],
)
def test_labels_that_are_understood(labels, wanted, names):
    numbers, found = arrays.clean_labels(np.array(labels), 2, "x")
    assert numbers.dtype == "int64" and (numbers.tolist(), found) == (wanted, names)


@pytest.mark.parametrize(
    "labels",
    [[0.5, 2.0], [np.nan, 2.0], [1, 2, 3], [-1, 0], [], [1j, 2j], ["a"], 3, np.zeros((2, 8, 8))]
    + [[[1, 1], [0, 1]], [[0, 0], [0, 1]], [[2, 0], [0, 2]], [[0.5, 0.5], [1, 0]], [[1, 0]]],
)
def test_other_labels_are_refused(labels):
    with pytest.raises(DataError, match="x must be 2 labels, .*Found: shape"):
        arrays.clean_labels(np.array(labels), 2, "x")
