"""Pixels in [0, 1], and points unchanged."""

import numpy as np

from tfgan_kit import metrics


def test_pixels_are_zero_to_one_and_points_are_unchanged(pixels):
    features = metrics.Pixels()(pixels)
    np.testing.assert_allclose(features.values, pixels.reshape(6, -1) / 255)
    assert (features.values.min(), features.values.max()) == (0, 1) and features.logits is None
    points = np.random.default_rng(0).normal(size=(5, 2))
    for extractor in (metrics.Pixels(), metrics.RandomFeatures()):
        np.testing.assert_array_equal(extractor(points).values, points)
