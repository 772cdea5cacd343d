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
        ("no.png", "There is no file or folder .*no.png"),
    ],
)
def test_what_cannot_be_read(folder, name, message):
    (folder / "empty").mkdir()
    with pytest.raises(data.DataError, match=message):
        data.read_photos([folder / name], (8, 8, 1))
    with pytest.raises(data.DataError, match="read as squares, and the generator makes 8×4 pixels"):
        data.read_photos([folder], (4, 8, 1))


HOLE = np.zeros((8, 8), bool)
HOLE[2:5, 3:6] = True


@pytest.fixture
def masks(folder):
    """White in the hole, or transparent in it, of the names of both pictures."""
    (folder / "masks").mkdir()
    Image.fromarray(np.where(HOLE, 255, 0).astype("uint8")).save(folder / "masks" / "a.png")
    alpha = np.where(HOLE, 0, 255).astype("uint8")
    Image.fromarray(np.dstack([PIXELS, alpha])).save(folder / "masks" / "b.png")
    return folder / "masks"


def test_masks_are_white_or_transparent(folder, masks):
    files = [folder / "a.png", folder / "b.png"]
    for given in (masks, masks / "a.png", masks / "b.png"):
        found = data.read_masks(files, (8, 8, 3), given)
        np.testing.assert_array_equal(found, [HOLE, HOLE])
    own = data.read_masks([masks / "b.png"], (8, 8, 1))
    np.testing.assert_array_equal(own, [HOLE])
    halved = data.read_masks([masks / "b.png"], (4, 4, 1))[0]
    assert halved.shape == (4, 4) and 1 < halved.sum() < 5


@pytest.mark.parametrize(
    "mask, message",
    [
        (None, "a.png has no hole, since no part of it is transparent. Give the hole as .* --mask"),
        (np.zeros((8, 8)), "mask.png has no hole, since no part of it is transparent or white$"),
        (np.full((8, 8), 255), "mask.png is a hole everywhere: some of the picture must be known"),
        (np.full((4, 6), 255), "mask.png has 6×4 pixels, and its picture .*a.png has 8×8"),
    ],
)
def test_masks_that_do_not_fit(folder, mask, message):
    path = None if mask is None else folder / "mask.png"
    if path:
        Image.fromarray(mask.astype("uint8")).save(path)
    with pytest.raises(data.DataError, match=message):
        data.read_masks([folder / "a.png"], (8, 8, 1), path)


def test_a_folder_without_a_mask(folder, masks):
    (masks / "a.png").unlink()
    with pytest.raises(data.DataError, match="masks must have one mask of the name of a.png"):
        data.read_masks([folder / "a.png"], (8, 8, 1), masks)
