import numpy as np
from sklearn.datasets import load_digits

from tfgan_kit import data


def test_digits_are_those_of_scikit_learn():
    source = data.open_source("digits", image_size=8)
    pixels = source.read(range(len(source)))[..., 0]
    expected = load_digits()
    np.testing.assert_array_equal(np.rint(pixels * (16 / 255)), expected.images)
    np.testing.assert_array_equal(source.labels, expected.target)
    assert source.class_names == list("0123456789") and source.num_classes == 10


def test_digits_are_enlarged_to_28_pixels_by_default():
    source = data.open_source("digits")
    assert source.image_shape == (28, 28, 1)
    small = data.open_source("digits", image_size=8).read([5]).mean()
    assert abs(source.read([5]).mean() - small) < 8
