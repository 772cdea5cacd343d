"""Crops of one picture: where they come from, how large they are, what is refused."""

import numpy as np
import pytest
from PIL import Image

from tfgan_kit import data

RANDOM = np.random.default_rng(0)
GREY, COLOUR = (RANDOM.integers(0, 256, (80, 100, *last), "uint8") for last in ((), (3,)))


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize("pixels", [GREY, COLOUR])
def test_crops_are_parts_of_the_picture_by_number(tmp_path, pixels):
    path = save(tmp_path / "a.png", pixels)
    source, again = (data.open_source(path, image_size=32) for _ in range(2))
    # All 49 x 69 positions, each once.
    assert (len(source), source.labels) == (49 * 69, None)
    assert source.image_shape == (32, 32, 3 if pixels is COLOUR else 1)
    crops = source.read(np.arange(len(source)))
    np.testing.assert_array_equal(crops[[7, 0]], again.read([7, 0]))
    assert source.fingerprint == again.fingerprint
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (32, 32), axis=(0, 1))
    expected = {
        np.moveaxis(each, 0, -1).tobytes() if pixels is COLOUR else each.tobytes()
        for row in windows
        for each in row
    }
    assert {each.tobytes() for each in crops} == expected
    assert source.is_one_picture and "crops of one picture of 100x80" in source.notes


def test_sizes_and_what_they_change(tmp_path):
    path = save(tmp_path / "large.png", np.tile(GREY, (8, 8)))
    source = data.open_source(path)
    assert (len(source), source.image_shape) == (4096, (96, 96, 1))
    assert source.notes == ["crops of one picture of 640x512, reduced from 800x640"]
    assert data.open_source(path, channels=3).image_shape == (96, 96, 3)
    # Of large crops a picture has four in its shorter side.
    assert data.open_source(path, image_size=140).notes == [
        "crops of one picture of 700x560, reduced from 800x640"
    ]
    small = data.open_source(save(tmp_path / "small.png", GREY))
    assert small.image_shape == (32, 32, 1)
    others = [data.open_source(path, image_size=size).fingerprint for size in (64, 65)]
    assert len({source.fingerprint, small.fingerprint, *others}) == 4


def test_a_rotated_photo_is_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned clockwise.
    path = save(tmp_path / "photo.jpg", COLOUR, exif=exif, quality=100, subsampling=0)
    source = data.open_source(path, image_size=80)
    assert (len(source), source.notes) == (21, ["crops of one picture of 80x100"])
    turned, crops = np.rot90(COLOUR, -1).astype(int), source.read(range(21)).astype(int)
    errors = [np.abs(crops - turned[top : top + 80]).mean(axis=(1, 2, 3)) for top in range(21)]
    assert (np.min(errors, axis=1) < 12).all() and np.median(errors) > 60


@pytest.mark.parametrize(
    ("size", "options", "message"),
    [
        ((20, 20), {}, "as large as its crops, 32x32 pixels. Received: 20x20. Give a larger"),
        ((20, 90), {"image_size": 64}, r"as its crops, 64x64 pixels. Received: 90x20"),
        ((80, 80), {"split": "train"}, "`split` only works with"),
        ((80, 80), {"attributes": "folders"}, "`attributes` .* only works with a folder"),
    ],
)
def test_refused(tmp_path, size, options, message):
    path = save(tmp_path / "a.png", np.resize(GREY, size))
    with pytest.raises(data.DataError, match=message):
        data.open_source(path, **options)
