import numpy as np
import pytest

from tfgan_kit import data
from tfgan_kit.data.pixels import ranges
from tfgan_kit.media import images


def pixels_of(values, dtype, stated=None, **kwargs):
    array = np.array(values).astype(dtype)
    return ranges.to_pixels(array, ranges.find_range(array, "x", stated, **kwargs)).tolist()


@pytest.mark.parametrize(
    ("values", "dtype", "wanted"),
    [([0, 7, 255], dtype, [0, 7, 255]) for dtype in ("uint8", "int64", ">i2", "uint16")]
    + [([0, 1], "bool", [0, 255]), ([0.0, 0.5, 1.0], "float32", [0, 128, 255])]
    + [([0.0, 0.2, 1.0005], "float64", [0, 51, 255]), ([-1.0, 0.0, 1.0], "float16", [0, 128, 255])]
    + [([-1.0, -0.5, 0.2], "float32", [0, 64, 153]), ([0.0, 7.4, 255.0], "float32", [0, 7, 255])]
    + [([0.0, 0.0], "float32", [0, 0]), ([0, 0], "uint8", [0, 0]), ([-1.0], "float32", [0])]
    + [([0, 257, 65535], "uint16", [0, 1, 255]), ([0, 32, 60], "uint8", [0, 32, 60])],
)
def test_ranges_that_are_found(values, dtype, wanted):
    assert pixels_of(values, dtype) == wanted


@pytest.mark.parametrize(
    ("values", "dtype", "stated", "wanted"),
    [([0.0, 0.5, 1.0], "float64", (0, 255), [0, 0, 1]), ([0, 4095], "uint16", (0, 4095), [0, 255])]
    + [([0, 9], "uint8", (0, 9), [0, 255]), ([0, 1], "int64", (0, 1), [0, 255])]
    + [([-1000, 0, 1000], "int16", (-1000, 1000), [0, 128, 255])]
    + [([0.0, 8.0, 16.0], "float64", (0, 16), [0, 128, 255]), ([0, 1], "bool", (0, 2), [0, 128])],
)
def test_ranges_that_are_stated(values, dtype, stated, wanted):
    assert pixels_of(values, dtype, stated) == wanted


@pytest.mark.parametrize(
    ("values", "dtype", "stated", "wanted", "message"),
    [([0.0, 0.2, 1.002], "float32", None, [0, 51, 255], "x: values from 0 to 1.002 are clipped")]
    + [
        (
            [-0.002, 0.2, 1.0],
            "float32",
            None,
            [0, 51, 255],
            "from -0.002 to 1 are clipped to 0 to 1",
        )
    ]
    + [([-1.01, 0.0, 1.05], "float32", None, [0, 128, 255], "are clipped to -1 to 1")]
    + [([-3.0, 9.0, 258.0], "float32", None, [0, 9, 255], "are clipped to 0 to 255")]
    + [([-0.5, 8.0, 16.5], "float32", (0, 16), [0, 128, 255], "are clipped to 0 to 16")]
    + [([0.0, 50.0, 100.0], "float32", None, [0, 50, 100], r"above 100.* value_range=\(0, 100\)")]
    + [([0, 16383], "uint16", None, [0, 64], r"is dark: .*0 to 65535.*--range 0 16383")]
    + [([0.0, 0.4], "float32", None, [0, 102], "taken as 0 to 1, and no value is above 0.4")],
)
def test_a_small_overshoot_is_clipped_and_darkness_named(values, dtype, stated, wanted, message):
    with pytest.warns(UserWarning, match=message) as caught:
        assert pixels_of(values, dtype, stated) == wanted
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("values", "dtype", "stated", "message"),
    [([0.0, value], "float32", None, "finite") for value in (np.nan, np.inf, -np.inf)]
    + [([0.0, np.nan], "float32", (0, 1), "finite")]
    + [
        (
            [-2.0, 1.0],
            "float32",
            None,
            r"x is not known.* -2 to 1 fill neither 0 to 1 nor -1 to 1 nor 0 to 255.*range -2 1 of",
        )
    ]
    + [([0.0, 300.0], "float32", None, "0 to 300"), ([-0.5, 0.5], "float32", None, "-0.5 to 0.5")]
    + [([0.0, 16.0], "float64", None, r"value_range=\(0, 16\), or --range 0 16 of tfgan-kit train")]
    + [([0.0, 0.0039], "float32", None, "0 to 0.0039"), ([-1, 1], "int8", None, "-1 to 1")]
    + [([0, 1], dtype, None, r"value_range=\(0, 1\)") for dtype in ("uint8", "int64")]
    + [([0, 9], "uint8", None, "0 to 9"), ([0, 4000], "uint16", None, r"value_range=\(0, 4095\)")]
    + [([0, 70000], "int32", None, "0 to 70000"), ([-1, 255], "int16", None, "-1 to 255")]
    + [([0, 255], "uint8", (0, 16), r"`value_range` \(--range\), 0 to 16.*from 0 to 255")]
    + [([-1.0, 1.0], "float32", (0, 1), "`value_range`.*0 to 1.*from -1 to 1")]
    + [([1j], "complex64", None, "complex64"), (["a"], "U1", None, "<U1")],
)
def test_other_ranges_and_dtypes_are_refused_with_what_to_do(values, dtype, stated, message):
    with pytest.raises(data.DataError, match=message):
        pixels_of(values, dtype, stated)


def test_the_range_is_that_of_all_blocks_and_sampled_only_where_one_bright_value_is_enough(
    monkeypatch,
):
    monkeypatch.setattr(images, "_BLOCK_BYTES", 8)
    array = np.zeros((1000, 2))
    array[-1, -1] = 200.0
    assert ranges.find_range(array, "x") == (0, 255)
    array = array.astype("uint8")
    monkeypatch.setattr(ranges, "_NUM_SAMPLED", 2)
    assert ranges.find_range(array, "x") == (0, 255)
    array = np.roll(array, 5, axis=0)
    assert ranges.find_range(array, "x") == (0, 255)


def test_one_level_of_a_deep_image_is_257_of_its_values():
    assert ranges.find_range(np.array([0, 200], "uint8"), "x", unit=257) == (0, 65535)
    with pytest.raises(data.DataError, match=r"value_range=\(0, 4095\)"):
        ranges.find_range(np.array([0, 16], "uint8"), "x", unit=257)
    with pytest.warns(UserWarning, match="no value is above 16191"):
        ranges.find_range(np.array([0, 63], "uint8"), "x", unit=257)
