"""Pixels, exact grids, labels and picture files."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_kit import media

NOISE = np.random.default_rng(0)


def test_all_256_values_are_exact_after_a_round_trip():
    pixels = np.arange(256, dtype="uint8")
    floats = media.to_float(pixels)
    assert floats.dtype == np.float32
    assert floats[0] == -1 and floats[255] == 1
    np.testing.assert_allclose(floats, np.linspace(-1, 1, 256), atol=1e-7)
    for dtype in ("float32", "float64", "float16"):
        back = media.to_uint8(floats.astype(dtype))
        assert back.dtype == np.uint8
        np.testing.assert_array_equal(back, pixels)
    np.testing.assert_array_equal(media.to_uint8(floats + 0.49 / 127.5), pixels)
    assert media.to_uint8(tf.constant([-1.0, 0.0, 1.0], "bfloat16")).tolist() == [0, 128, 255]
    assert media.to_float(tf.constant([0, 255], "uint8")).tolist() == [-1, 1]


def test_what_is_out_of_range_is_clipped_and_nan_is_black():
    values = [-np.inf, -7, -1.001, 1.001, 7, np.inf, np.nan]
    assert media.to_uint8(np.array(values)).tolist() == [0, 0, 0, 255, 255, 255, 0]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("num", "columns", "padding", "grid"),
    [(16, None, 2, (4, 4)), (5, None, 2, (2, 3)), (1, None, 0, (1, 1)), (5, 2, 1, (3, 2))]
    + [(3, 7, 2, (1, 3)), (3, 1, 3, (3, 1))],
)
def test_tile_puts_each_image_at_its_place(num, columns, padding, grid, channels):
    given = NOISE.integers(0, 200, (num, 5, 4, channels), dtype="uint8")
    picture = media.tile(given, columns=columns, padding=padding, background=211)
    rows, across = grid
    height, width = 5 + padding, 4 + padding
    assert picture.dtype == np.uint8
    assert picture.shape == (rows * height + padding, across * width + padding, channels)
    rest = picture.copy()
    for index, image in enumerate(given):
        top, left = padding + index // across * height, padding + index % across * width
        place = np.s_[top : top + 5, left : left + 4]
        np.testing.assert_array_equal(picture[place], image)
        rest[place] = 211
    assert (rest == 211).all()


@pytest.mark.parametrize("shape", [(0, 4, 4, 1), (4, 4, 1), (2, 4, 4, 2), (16, 2), ()])
def test_tile_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"`images` must have shape .*Received: shape"):
        media.tile(np.zeros(shape, "uint8"))


def test_tile_refuses_floats_and_wrong_columns():
    with pytest.raises(ValueError, match="must be uint8; .*to_uint8.*Received: dtype float32"):
        media.tile(np.zeros((1, 2, 2, 1), "float32"))
    with pytest.raises(ValueError, match="`columns` must be a positive integer"):
        media.tile(np.zeros((1, 2, 2, 1), "uint8"), columns=0)


@pytest.mark.parametrize(("side", "factor"), [(0, 1), (6, 1), (7, 2), (12, 2), (13, 3)])
def test_scale_up_repeats_pixels_until_the_longer_side_is_enough(side, factor):
    picture = NOISE.integers(0, 256, (4, 6, 3), dtype="uint8")
    larger = media.scale_up(picture, side)
    assert larger.shape == (4 * factor, 6 * factor, 3)
    for row in range(factor):
        for column in range(factor):
            np.testing.assert_array_equal(larger[row::factor, column::factor], picture)


def test_a_picture_that_programs_do_not_open_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`scale` must be at most 34 for a grid of 392×392 pixels"):
        media.write_grid(tmp_path / "grid.png", np.zeros((13 * 13, 28, 28, 1)), scale=35)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("num", "side", "options", "factor"),
    [(16, 28, {}, 4), (64, 28, {}, 2), (64, 64, {}, 1), (1, 28, {}, 15), (2, 28, {"columns": 1}, 8)]
    + [(16, 28, {"scale": 1}, 1), (16, 64, {"scale": 3}, 3), (16, 28, {"min_side": 256}, 3)],
)
def test_a_small_grid_is_enlarged_by_a_whole_factor(tmp_path, num, side, options, factor):
    given = NOISE.integers(0, 256, (num, side, side, 3), dtype="uint8")
    media.write_grid(tmp_path / "a.png", media.to_float(given), **options)
    with Image.open(tmp_path / "a.png") as file:
        found = np.asarray(file)
    grid = media.tile(given, columns=options.get("columns"))
    np.testing.assert_array_equal(found, grid.repeat(factor, axis=0).repeat(factor, axis=1))


@pytest.mark.parametrize("scale", [0, 1.5])
def test_other_factors_are_refused(tmp_path, scale):
    with pytest.raises(ValueError, match="`scale` must be None or a positive integer"):
        media.write_grid(tmp_path / "a.png", np.zeros((1, 8, 8, 1), "uint8"), scale=scale)


@pytest.mark.parametrize("channels", [1, 3])
def test_label_is_in_a_white_strip_below(channels):
    picture = NOISE.integers(0, 256, (40, 96, channels), dtype="uint8")
    labelled = media.label_image(picture, "epoch 3", height=24)
    assert labelled.shape == (64, 96, channels) and labelled.dtype == np.uint8
    np.testing.assert_array_equal(labelled[:40], picture)
    strip = labelled[40:]
    assert strip.min() < 64 and (strip == 255).mean() > 0.7
    # The text is in the middle and touches no edge of the strip.
    dark = (strip.min(-1) < 128).nonzero()
    assert abs((dark[1].min() + dark[1].max()) / 2 - 47.5) < 3
    assert dark[0].min() > 0 and dark[0].max() < 23
    other = media.label_image(picture, "epoch 4", height=24)
    assert (other != labelled).any()
    assert (media.label_image(picture, "")[40:] == 255).all()


@pytest.mark.parametrize("width", [64, 90, 150])
def test_long_label_shrinks_to_fit(width):
    picture = np.zeros((8, width, 1), "uint8")
    strip = media.label_image(picture, "epoch 12, step 3400")[8:, :, 0]
    columns = (strip < 200).any(0).nonzero()[0]
    # No legible text is as narrow as 64 pixels: the smallest letters are cut off.
    assert len(columns) > 20
    if width > 64:
        assert columns[0] > 0 and columns[-1] < width - 1
        assert columns[-1] - columns[0] > 0.7 * width


@pytest.mark.parametrize("name", ["a.png", "a.PNG", "a.b.bmp", "deep/er/a.png"])
@pytest.mark.parametrize("channels", [1, 3])
def test_picture_files_read_back(tmp_path, name, channels):
    picture = NOISE.integers(0, 256, (7, 5, channels), dtype="uint8")
    media.write_image(tmp_path / name, picture)
    with Image.open(tmp_path / name) as file:
        assert file.mode == ("L" if channels == 1 else "RGB")
        np.testing.assert_array_equal(np.asarray(file).reshape(picture.shape), picture)
    assert len(list((tmp_path / name).parent.iterdir())) == 1


@pytest.mark.parametrize("name", ["a.npy", "dir.png/a"])
def test_other_suffixes_are_refused_before_writing(tmp_path, name):
    with pytest.raises(ValueError, match="must end in an image format"):
        media.write_image(tmp_path / name, np.zeros((2, 2, 1), "uint8"))
    assert not list(tmp_path.iterdir())


def test_failing_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises((TypeError, ValueError)):
        media.write_image(path, np.zeros((2, 2, 5), "uint8"))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
