"""Pyramids that reconstruct their images, patches, and known distances."""

import numpy as np
import pytest
from scipy import ndimage, signal, stats

from tfgan_kit.metrics import sliced, sliced_wasserstein
from tfgan_kit.metrics.sliced import laplacian_pyramid, patch_descriptors

FEW = {"num_patches": 16, "num_directions": 16, "num_repeats": 2}


def noise(num=6, height=28, width=28, channels=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (num, height, width, channels), "uint8")


def smooth(num, seed):
    """Images with structure at every scale, uint8."""
    fine = np.random.default_rng(seed).normal(size=(num, 28, 28, 1))
    shapes = sum(s * ndimage.gaussian_filter(fine, (0, s, s, 0)) for s in (0.5, 1, 2, 4))
    return np.clip(128 + 50 * shapes, 0, 255).astype("uint8")


def doubled(half, shape):
    """Burt and Adelson's EXPAND by a full two-dimensional convolution."""
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    between = np.zeros(shape)
    between[:, ::2, ::2] = half
    padded = np.pad(between, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    return 4 * signal.fftconvolve(padded, kernel[np.newaxis, :, :, np.newaxis], mode="valid")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width"), [(28, 28), (29, 33), (31, 28), (4, 5), (3, 3)])
def test_pyramid_rebuilds_the_images(height, width, channels):
    images = noise(3, height, width, channels)
    *levels, rebuilt = laplacian_pyramid(images, min_size=2)
    assert levels
    for level in reversed(levels):
        rebuilt = level + doubled(rebuilt, level.shape)
    # float32 of numbers up to 255, a few operations.
    np.testing.assert_allclose(rebuilt, images, atol=1e-3)


def test_descriptors_are_patches_of_their_own_image():
    images = np.arange(3 * 9 * 9, dtype="float32").reshape(3, 9, 9, 1)
    descriptors = patch_descriptors(images, num_patches=4, patch_size=3, seed=2)
    random = np.random.default_rng(2)
    rows, columns = random.integers(0, 7, (3, 4)), random.integers(0, 7, (3, 4))
    windows = np.lib.stride_tricks.sliding_window_view(images[..., 0], (3, 3), axis=(1, 2))
    expected = windows[np.arange(3)[:, None], rows, columns].reshape(12, 9)
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(descriptors, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_equal_sets_have_distance_zero(channels):
    images = noise(channels=channels)
    distance = sliced_wasserstein(images, images.copy(), **FEW)
    assert distance.levels == {28: 0.0, 14: 0.0}
    assert distance.mean == 0


def test_distance_is_symmetric_seeded_and_keyed_by_height():
    real = noise(4, 64, 60)
    fake = ndimage.gaussian_filter(noise(4, 64, 60, seed=9).astype("float32"), (0, 2, 2, 0))
    there = sliced_wasserstein(real, fake, **FEW)
    back = sliced_wasserstein(fake, real, **FEW)
    assert list(there.levels) == [64, 32, 16]
    assert there.mean == pytest.approx(np.mean(list(there.levels.values())))
    assert there.levels == pytest.approx(back.levels, rel=1e-6)
    assert sliced_wasserstein(real, fake, **FEW) == there
    assert sliced_wasserstein(real, fake, seed=1, **FEW) != there


def test_distance_does_not_depend_on_the_range():
    real, fake = smooth(8, 0).astype("float32"), noise(8).astype("float32")
    expected = sliced_wasserstein(real, fake, **FEW).levels
    scaled = sliced_wasserstein(real / 127.5 - 1, fake / 127.5 - 1, **FEW).levels
    # float32, and descriptors of deviation 1.
    assert scaled == pytest.approx(expected, rel=1e-3)


def test_distance_grows_with_blur():
    images = smooth(40, 0).astype("float32")
    blurred = [ndimage.gaussian_filter(images, (0, blur, blur, 0)) for blur in (0.5, 1.0, 2.0)]
    found = [sliced_wasserstein(images, each, **FEW).levels[28] for each in (images, *blurred)]
    assert found == sorted(found) and found[0] == 0 and found[1] > 1


@pytest.mark.parametrize("block", [1, 700, 2**24])
def test_projected_distance_is_scipys(monkeypatch, block):
    monkeypatch.setattr(sliced, "_BLOCK_VALUES", block)
    real, fake = np.random.default_rng(0).normal(size=(2, 300, 9)).astype("float32")
    fake **= 2
    found = sliced._distance(real, fake, 7, np.random.default_rng(1))
    directions = np.random.default_rng(1).standard_normal((7, 9))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = np.mean([stats.wasserstein_distance(real @ u, fake @ u) for u in directions])
    assert found == pytest.approx(expected, rel=1e-5)
    # Of one number a row every direction is 1 or -1, and the distance is the shift.
    real = np.arange(10, dtype="float32")[:, np.newaxis]
    found = sliced._distance(real, real[::-1] + 3, 5, np.random.default_rng(0))
    assert found == pytest.approx(3, rel=1e-6)


def test_distance_is_in_thousandths():
    real, fake = smooth(4, 0), noise(4)
    options = {"num_patches": 8, "seed": [3, 0, 0]}
    level = [patch_descriptors(laplacian_pyramid(each)[0], **options) for each in (real, fake)]
    expected = 1000 * sliced._distance(*level, 32, np.random.default_rng([3, 0, 1]))
    found = sliced_wasserstein(real, fake, 8, num_directions=16, num_repeats=2, seed=3)
    assert found.levels[28] == pytest.approx(expected, rel=1e-9)
