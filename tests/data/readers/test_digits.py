import numpy as np
from sklearn.datasets import load_digits

from tfgan_kit import data


def test_digits_are_those_of_scikit_learn_and_enlarged_to_28_pixels_by_default():
    source = data.open_source("digits", image_size=8)
    pixels = source.read(range(len(source)))[..., 0]
    expected = load_digits()
    np.testing.assert_array_equal(np.rint(pixels * (16 / 255)), expected.images)
    np.testing.assert_array_equal(source.labels, expected.target)
    assert source.class_names == list("0123456789") and source.num_classes == 10
    enlarged = data.open_source("digits")
    assert enlarged.image_shape == (28, 28, 1)
    assert abs(enlarged.read([5]).mean() - pixels[5].mean()) < 8
