"""MS-SSIM of pairs within a class: high for a collapsed class, and never NaN."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.metrics import diversity, ms_ssim_diversity


def smooth(num, side=28, channels=1, seed=0):
    """Random images with large shapes, as digits have."""
    coarse = np.random.default_rng(seed).integers(0, 256, (num, 4, 4, channels))
    images = tf.image.resize(coarse, (side, side), method="bilinear").numpy()
    return images.astype("uint8")


@pytest.mark.parametrize(
    ("side", "scales"),
    [(4, 1), (10, 1), (11, 1), (20, 1), (21, 2), (28, 2), (32, 2), (41, 3), (64, 3), (81, 4)]
    + [(128, 4), (160, 4), (161, 5), (256, 5)],
)
def test_a_scale_is_at_least_as_large_as_the_window(side, scales):
    images = smooth(3, side)
    result = ms_ssim_diversity(images)
    assert result.num_scales == scales and result.num_pairs == 3
    assert 0 <= result.mean < 1
    if scales < 5 and side >= 11:
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.image.ssim_multiscale(images[:1], images[1:2], 255, (0.2,) * (scales + 1))


def gaussian_window():
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets**2) / (2 * 1.5**2))
    return np.outer(window, window) / window.sum() ** 2


def contrast_and_ssim(x, y):
    """Wang et al., 2004, equations 6 and 13, by windows in float64."""
    windows = [np.lib.stride_tricks.sliding_window_view(z, (11, 11)) for z in (x, y)]
    weights = gaussian_window()
    mean_x, mean_y = ((w * weights).sum((-2, -1)) for w in windows)
    var_x, var_y = (
        (((w - m[..., None, None]) ** 2) * weights).sum((-2, -1))
        for w, m in zip(windows, (mean_x, mean_y), strict=True)
    )
    product = (windows[0] - mean_x[..., None, None]) * (windows[1] - mean_y[..., None, None])
    covariance = (product * weights).sum((-2, -1))
    contrast = (2 * covariance + 0.03**2) / (var_x + var_y + 0.03**2)
    luminance = (2 * mean_x * mean_y + 0.01**2) / (mean_x**2 + mean_y**2 + 0.01**2)
    return contrast.mean(), (contrast * luminance).mean()


def test_two_scales_by_hand():
    images = smooth(2)
    x, y = images[..., 0] / 255
    contrast, _ = contrast_and_ssim(x, y)
    halves = [z.reshape(14, 2, 14, 2).mean((1, 3)) for z in (x, y)]
    _, ssim = contrast_and_ssim(*halves)
    weights = np.array([0.0448, 0.2856]) / (0.0448 + 0.2856)
    expected = max(contrast, 0) ** weights[0] * max(ssim, 0) ** weights[1]
    assert expected > 0
    assert ms_ssim_diversity(images).mean == pytest.approx(expected, abs=1e-4)


def test_a_collapsed_class_has_its_own_value():
    images, labels = smooth(60), np.arange(60) % 3
    images[labels == 1] = images[1]
    result = ms_ssim_diversity(images, labels, num_pairs=150)
    assert list(result.per_class) == [0, 1, 2] and result.num_pairs == 150
    assert result.per_class[1] > 0.999
    assert result.per_class[0] < 0.5 and result.per_class[2] < 0.5
    assert result.mean == pytest.approx(np.mean(list(result.per_class.values())))


def test_pairs_are_two_different_images_of_a_class():
    labels = np.random.default_rng(0).integers(-2, 3, 200)
    pairs = diversity._draw_pairs(labels, 1000, seed=3)
    assert list(pairs) == [-2, -1, 0, 1, 2]
    for label, (first, second) in pairs.items():
        assert len(first) == len(second) == 200
        assert (first != second).all()
        assert (labels[first] == label).all() and (labels[second] == label).all()
        # Of some 40 images, 400 draws leave out hardly any: 40 exp(-10) are expected.
        assert len(set(first) | set(second)) >= np.sum(labels == label) - 1


def test_small_classes_give_each_pair_once_and_single_images_are_left_out():
    labels = np.array([5, 5, 5, 5, 7, 9, 9])
    result = ms_ssim_diversity(smooth(7), labels, num_pairs=1000)
    assert list(result.per_class) == [5, 9] and result.num_pairs == 6 + 1
    pairs = diversity._draw_pairs(labels, 1000, seed=0)
    assert sorted(zip(*pairs[5], strict=True)) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_the_seed_matters_and_the_batch_size_does_not(monkeypatch):
    images = smooth(30, channels=3)
    whole = ms_ssim_diversity(images, num_pairs=40, seed=1)
    assert whole == ms_ssim_diversity(images, num_pairs=40, seed=1)
    assert whole.mean != ms_ssim_diversity(images, num_pairs=40, seed=2).mean
    monkeypatch.setattr(diversity, "_BATCH_NUMBERS", 7 * images[0].size)
    parts = ms_ssim_diversity(images, num_pairs=40, seed=1)
    assert parts.mean == pytest.approx(whole.mean, abs=1e-6)
    assert parts.std == pytest.approx(whole.std, abs=1e-6)


def test_negative_contrast_and_constant_images_are_finite():
    ramp = np.tile(np.linspace(0, 255, 28).astype("uint8"), (28, 1))[None, ..., None]
    opposite = ms_ssim_diversity(np.concatenate([ramp, 255 - ramp]))
    assert opposite.mean == 0 and opposite.per_class == {0: 0.0}
    flat = np.zeros((2, 28, 28, 1), "uint8")
    assert ms_ssim_diversity(flat).mean == pytest.approx(1, abs=1e-6)
    flat[1] = 255
    # Contrast is 1; luminance is C1 / (1 + C1), with C1 = 0.0001, at the second scale.
    expected = (1e-4 / (1 + 1e-4)) ** (0.2856 / (0.0448 + 0.2856))
    assert ms_ssim_diversity(flat).mean == pytest.approx(expected, rel=1e-3)
    mixed = np.concatenate([flat, ramp, 255 - ramp, smooth(2)])
    assert np.isfinite(ms_ssim_diversity(mixed).mean)
