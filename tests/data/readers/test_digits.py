import numpy as np

from tfgan_kit import data


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    source = data.open_source("digits", image_size=8)
    pixels = source.read(range(len(source)))[..., 0]
    wanted = load_digits()
    assert len(source) == 1797
    np.testing.assert_array_equal(np.rint(pixels * (16 / 255)), wanted.images)
    np.testing.assert_array_equal(source.labels, wanted.target)
    assert source.class_names == list("0123456789")


def test_digits_are_enlarged_to_28_pixels_unless_told_otherwise():
    source = data.open_source("digits")
    assert source.image_shape == (28, 28, 1)
    small = data.open_source("digits", image_size=8).read([5]).mean()
    assert abs(source.read([5]).mean() - small) < 8
    assert data.open_source("digits", channels=3).image_shape == (28, 28, 3)
    assert source.fingerprint == data.open_source("digits").fingerprint
