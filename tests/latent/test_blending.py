"""Blended pieces keep the image outside the hole, and inside what the method promises."""

import numpy as np
import pytest

from tfgan_kit import latent

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.uniform(-0.4, 0.4, (9, 8, 3)).astype("float32")
GENERATED = RANDOM.uniform(-0.4, 0.4, (9, 8, 3)).astype("float32")


def mask(*boxes):
    found = np.zeros((9, 8), bool)
    for top, bottom, left, right in boxes:
        found[top:bottom, left:right] = True
    return found


HOLES = {
    "inside": mask((2, 6, 3, 7)),
    "at the border": mask((0, 4, 0, 3)),
    "two": mask((1, 3, 1, 3), (5, 9, 2, 8)),
    "a row": mask((4, 5, 0, 8)),
    "all but one": ~mask((8, 9, 7, 8)),
}


def laplacian(image):
    """The sum of differences from the neighbours that there are."""
    padded = np.pad(image.astype("float64"), ((1, 1), (1, 1), (0, 0)), "edge")
    middle = padded[1:-1, 1:-1]
    sides = padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]
    return sum(middle - side for side in sides)


@pytest.mark.parametrize("hole", HOLES)
def test_poisson_keeps_the_generated_differences(hole):
    hole = HOLES[hole]
    found = latent.poisson(IMAGE, 0.2 * GENERATED, hole)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[~hole], IMAGE[~hole])
    wanted = np.where(hole[..., None], 0.2 * GENERATED, 0)
    differences = found - IMAGE * ~hole[..., None] - wanted  # The smooth shift, in the hole.
    shift = np.where(hole[..., None], differences, IMAGE - 0.2 * GENERATED)
    np.testing.assert_allclose(laplacian(shift)[hole], 0, atol=1e-5)


@pytest.mark.parametrize("hole", HOLES)
def test_poisson_leaves_nothing_of_a_constant_difference(hole):
    found = latent.poisson(IMAGE, IMAGE + 0.5, HOLES[hole])
    np.testing.assert_allclose(found, IMAGE, atol=1e-5)


def test_poisson_of_one_pixel_and_of_values_out_of_range():
    hole, sides = mask((4, 5, 4, 5)), [(3, 4), (5, 4), (4, 3), (4, 5)]
    mean = np.mean([IMAGE[each] - GENERATED[each] for each in sides], axis=0)
    found = latent.poisson(IMAGE, GENERATED, hole)
    np.testing.assert_allclose(found[4, 4], GENERATED[4, 4] + mean, atol=1e-6)
    bright = np.where(hole[..., None], 5, GENERATED)
    np.testing.assert_array_equal(latent.poisson(IMAGE, bright, hole)[4, 4], 1)


@pytest.mark.parametrize("hole", HOLES)
def test_feathered_fades_within_a_few_pixels(hole):
    hole = HOLES[hole]
    found = latent.feathered(np.ones((9, 8, 1)), -np.ones((9, 8, 1)), hole)[..., 0]
    np.testing.assert_array_equal(found[hole], -1)
    assert (np.abs(found) <= 1).all()


def test_feathered_falls_to_the_image_away_from_the_hole():
    hole = np.arange(40)[None] >= 20
    found = latent.feathered(np.ones((1, 40, 1)), np.zeros((1, 40, 1)), hole)[0, :, 0]
    np.testing.assert_array_equal(found[20:], 0)
    np.testing.assert_allclose(found[:14], 1, atol=1e-3)
    assert (np.diff(found[10:21]) <= 0).all() and 0.1 < found[19] < 0.4
