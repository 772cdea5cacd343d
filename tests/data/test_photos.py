"""Picture files become images of one shape, with one warning for those of other sizes."""

import numpy as np
import pytest
from PIL import Image

from tfgan_kit import data

PIXELS = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype="uint8")


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "b.png")
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.mark.parametrize("channels", [1, 3])
def test_files_and_folders_in_order(folder, channels):
    files, images = data.read_photos([folder / "b.png", folder], (8, 8, channels))
    assert [file.name for file in files] == ["b.png", "a.png", "b.png"]
    assert images.shape == (3, 8, 8, channels) and images.dtype == np.uint8
    colour = (
        PIXELS if channels == 3 else np.asarray(Image.fromarray(PIXELS).convert("L"))[..., None]
    )
    np.testing.assert_array_equal(images[0], colour)
    np.testing.assert_array_equal(images[1], PIXELS[..., :1].repeat(channels, axis=-1))


def test_others_are_cropped_and_resized_with_a_warning(folder):
    wide = np.zeros((8, 24, 3), "uint8")
    wide[:, 8:16] = 200
    Image.fromarray(wide).save(folder / "c.png")
    with pytest.warns(UserWarning, match="^1 picture of 3 cropped to the middle square and"):
        images = data.read_photos([folder], (8, 8, 1))[1]
    assert (images[2] == 200).all()
    with pytest.warns(UserWarning, match="3 pictures of 3 .* resized to 4×4 pixels"):
        assert data.read_photos([folder], (4, 4, 1))[1].shape == (3, 4, 4, 1)


@pytest.mark.parametrize(
    "name, message",
    [
        ("empty", "empty contains no picture"),
        ("notes.txt", "notes.txt is not a PNG, JPEG or other image"),
        ("no.png", "no.png is not a regular file, or is a broken link"),
    ],
)
def test_what_cannot_be_read(folder, name, message):
    (folder / "empty").mkdir()
    with pytest.raises(data.DataError, match=message):
        data.read_photos([folder / name], (8, 8, 1))
    with pytest.raises(data.DataError, match="read as squares, and the generator makes 8×4 pixels"):
        data.read_photos([folder], (4, 8, 1))
