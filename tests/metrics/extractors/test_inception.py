"""InceptionV3 with random weights."""

import keras
import numpy as np
import pytest

from tfgan_kit import metrics
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture(scope="module")
def inception():
    """Built once, because it takes seconds."""
    keras.utils.set_random_seed(0)
    return metrics.Inception(weights=None)


@pytest.mark.slow
def test_inception_widths_and_grey_is_repeated_rgb(inception):
    grey = np.random.default_rng(0).integers(0, 256, (3, 20, 24, 1), dtype="uint8")
    features = inception(grey)
    assert features.values.shape == (3, 2048) and features.logits.shape == (3, 1000)
    rgb = inception(grey.repeat(3, axis=-1))
    np.testing.assert_array_equal(features.values, rgb.values)
    np.testing.assert_array_equal(features.logits, rgb.logits)
    assert np.abs(features.values[0] - features.values[1]).max() > 0
    assert len(inception.fingerprint) == 64
    assert abs(features.logits.sum(axis=1) - 1).min() > 1e-3 or features.logits.min() < 0
    assert "not comparable" in inception.note and inception.name == "inception"


@pytest.mark.slow
def test_inception_refuses_what_is_neither_grey_nor_rgb(inception):
    for shape in ((2, 8, 8, 2), (2, 8, 8, 4)):
        with pytest.raises(InvalidArgument, match="Inception.*Received"):
            inception(np.zeros(shape, "uint8"))
    with pytest.raises(InvalidArgument, match="Inception.*Received"):
        inception(np.zeros((2, 2)))


@pytest.mark.slow
def test_inception_does_not_depend_on_the_global_policy(inception, policy):
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype="uint8")
    expected = inception(images).values
    policy("mixed_bfloat16")
    other = metrics.Inception(weights=None)
    other._network.set_weights(inception._network.get_weights())
    np.testing.assert_array_equal(other(images).values, expected)


def test_inception_of_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(InvalidArgument, match="InceptionV3") as raised:
        metrics.Inception(weights=str(tmp_path / "absent.weights.h5"))
    assert "\n" not in str(raised.value) and "absent" in str(raised.value)
