"""Pictures have the pixels of their images, and a GIF its frames."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tfgan_kit.lab.pages import tiles

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), "uint8")


def opened(url):
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def test_a_grid_of_images():
    grid = tiles.Tiles()
    grid.show(IMAGES, 3)
    assert (grid.columns, grid.rows, grid.count) == (3, 2, 5)
    np.testing.assert_array_equal(opened(grid.source), tiles.tiled(IMAGES, 3))
    grid.show([], 1)
    assert (grid.source, grid.count) == ("", 0)


def test_a_map_has_no_space_between_images():
    grid = tiles.Tiles(continuous=True)
    grid.show(IMAGES[:4], 2)
    np.testing.assert_array_equal(opened(grid.source)[8:, :8], IMAGES[2])


def test_large_images_become_thumbnails():
    grid = tiles.Tiles(continuous=True)
    large = IMAGES[:1].repeat(16, axis=1).repeat(16, axis=2)
    grid.show(large, 1)
    np.testing.assert_array_equal(opened(grid.source), IMAGES[0].repeat(8, 0).repeat(8, 1))
    assert tiles.is_smooth((128, 128, 3)) and not tiles.is_smooth((64, 64, 3))


def test_pixels_for_a_canvas():
    grey = tiles.rgba(IMAGES[0, :, :, :1])
    np.testing.assert_array_equal(grey[..., :3], IMAGES[0, :, :, :1].repeat(3, -1))
    np.testing.assert_array_equal(tiles.rgba(IMAGES[0])[..., 3], 255)


def test_a_tag():
    text = tiles.tag(IMAGES[:2], 2, "Two images", False)
    assert 'alt="Two images"' in text and "pixelated" in text
    source = re.search('src="([^"]+)"', text)[1]
    np.testing.assert_array_equal(opened(source), tiles.tiled(IMAGES[:2], 2, 1))


@pytest.mark.parametrize("closed, frames", [(False, 5), (True, 4)])
def test_a_gif(closed, frames):
    with Image.open(io.BytesIO(tiles.gif(IMAGES[..., :1], closed))) as file:
        assert (file.n_frames, file.size) == (frames, (160, 160))
        np.testing.assert_array_equal(np.array(file.convert("L"))[::20, ::20], IMAGES[0, ..., 0])
