import numpy as np
import pytest

from tfgan_kit.data import DataError
from tfgan_kit.data.pixels import convert


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((9, height, width), (9, height, width, 1)) for height, width in [(28, 28), (4, 4), (28, 20)]]
    + [(shape, shape) for shape in [(9, 28, 28, 1), (9, 32, 32, 3), (9, 3, 3, 3), (9, 4, 5, 3)]]
    + [((9, 3, 32, 32), (9, 32, 32, 3)), ((9, 1, 28, 20), (9, 28, 20, 1))],
)
def test_layouts(shape, wanted):
    array = np.arange(np.prod(shape)).reshape(shape)
    found = convert.channels_last(array, "x")
    assert found.shape == wanted
    channels_first = len(shape) == 4 and shape != wanted
    assert found[1, 2, 1, -1] == (array[1, -1, 2, 1] if channels_first else array[1, 2, 1].max())


@pytest.mark.parametrize(
    "shape",
    [(), (5,), (5, 784), (64, 48, 3), (9, 8, 8, 2), (2, 9, 8, 8, 3)] + [(0, 28, 28), (5, 0, 28, 1)],
)
def test_other_shapes_and_arrays_without_images_are_refused(shape):
    with pytest.raises(DataError, match="x contains no images" if 0 in shape else "x must contain"):
        convert.channels_last(np.empty(shape), "x")


@pytest.mark.parametrize(
    ("values", "dtype", "wanted"),
    [([0, 7, 255], dtype, [0, 7, 255]) for dtype in ("uint8", "int64", ">i2")]
    + [([0, 1], "bool", [0, 255]), ([0.0, 0.5, 1.0], "float32", [0, 128, 255])]
    + [([0.0, 0.2, 1.0005], "float64", [0, 51, 255]), ([-1.0, 0.0, 1.0], "float16", [0, 128, 255])]
    + [([-1.0, -0.5, 0.2], "float32", [0, 64, 153]), ([0.0, 7.4, 255.0], "float32", [0, 7, 255])]
    + [([0.0, 0.0], "float32", [0, 0])],
)
def test_ranges(values, dtype, wanted):
    array = np.array(values).astype(dtype)
    assert convert.to_pixels(array, convert.find_scale(array, "x")).tolist() == wanted


@pytest.mark.parametrize(
    ("values", "dtype", "message"),
    [([0.0, value], "float32", "finite") for value in (np.nan, np.inf, -np.inf)]
    + [
        ([-2.0, 1.0], "float32", r"\[-1, 1\].*-2.0 to 1.0"),
        ([0.0, 256.0], "float32", "0.0 to 256.0"),
    ]
    + [([0, 256], "uint16", "0 to 256"), ([-1, 1], "int8", "-1 to 1")]
    + [([1j], "complex64", "complex64"), (["a"], "U1", "<U1")],
)
def test_other_ranges_and_dtypes_are_refused(values, dtype, message):
    with pytest.raises(DataError, match=message):
        convert.find_scale(np.array(values).astype(dtype), "x")


def test_the_range_is_that_of_all_blocks(monkeypatch):
    monkeypatch.setattr(convert, "_BLOCK_BYTES", 8)
    array = np.zeros((100, 2))
    array[-1, -1] = 200.0
    assert convert.find_scale(array, "x") == (1, 0)


def test_channels_and_squares():
    colours = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]]], "uint8")
    assert convert.to_channels(colours, 1).ravel().tolist() == [76, 150, 29, 9]
    grey = np.array([[[[5]]]], "uint8")
    assert convert.to_channels(grey, 3).tolist() == [[[[5, 5, 5]]]]
    clear = np.array([[[[9, 9, 9, 0], [9, 9, 9, 255]]]], "uint8")
    assert convert.to_channels(clear, 3)[0, 0, :, 0].tolist() == [255, 9]
    array = np.arange(7, dtype="uint8")[np.newaxis, np.newaxis, :, np.newaxis].repeat(4, axis=1)
    assert convert.to_squares(array, 4)[0, 0, :, 0].tolist() == [1, 2, 3, 4]
    flat = np.full((2, 9, 9, 3), 77, "uint8")
    assert (convert.to_squares(flat, 16) == 77).all()
    assert convert.to_squares(flat, 9) is flat
