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
