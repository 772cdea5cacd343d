"""`inpaint` and `inspire` as a user types them: what pictures hold, and what is refused."""

import shutil

import numpy as np
import pytest
from PIL import Image

import tfgan_kit as kit
from tfgan_kit import models
from tfgan_kit.cli import repair


@pytest.fixture(scope="module")
def folder(generators):
    """Generators, and pictures with holes."""
    path = generators
    # With the whole GAN of a run.
    shutil.copytree(path / "plain", path / "whole")
    gan = kit.GAN(*models.dcgan((16, 16, 3), latent_dim=6, width=2), seed=0)
    gan.compile()
    (path / "whole" / "checkpoints").mkdir()
    gan.save(path / "whole" / "checkpoints" / "step-0000001.keras")
    (path / "pictures").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 4), "uint8")
    pixels[..., 3] = 255
    pixels[0, 4:9, 4:9, 3], pixels[1, :4, 10:, 3] = 0, 0
    for name, each in zip("ab", pixels, strict=True):
        Image.fromarray(each).save(path / "pictures" / f"{name}.png")
    Image.fromarray(pixels[0, ..., :3]).save(path / "whole.png")
    Image.fromarray(np.zeros((16, 16), "uint8")).save(path / "black.png")
    Image.fromarray(np.full((8, 16), 255, "uint8")).save(path / "other.png")
    Image.fromarray(np.full((16, 16), 255, "uint8")).save(path / "white.png")
    return path


def read(path):
    with Image.open(path) as file:
        return np.asarray(file)


FEW = ["--steps", 2, "--pool", 8]


@pytest.mark.parametrize("run", ["plain", "whole"])
def test_pictures_are_filled_and_keep_what_is_known(tfgan_kit, folder, tmp_path, run):
    out = tfgan_kit("inpaint", folder / run, folder / "pictures", "-n", 3, *FEW).out
    assert out.endswith("Wrote 2 pictures to inpainted.png, and each candidate beside it\n")
    assert ("Without a discriminator" in out) == (run == "plain")
    grid = read(tmp_path / "inpainted.png")
    factor = grid.shape[1] // (2 + 4 * 18)
    cells = grid[2 * factor :: factor, 2 * factor :: factor].reshape(2, 18, 4, 18, 3)
    cells = cells.swapaxes(1, 2)[:, :, :16, :16]
    for row, name in enumerate("ab"):
        given = read(folder / "pictures" / f"{name}.png")
        known = given[..., 3] == 255
        assert (cells[row, 0][~known] == 128).all()
        for number in (1, 2, 3):
            filled = read(tmp_path / f"inpainted-{name}-{number}.png")
            np.testing.assert_array_equal(filled[known], given[known][:, :3])
            np.testing.assert_array_equal(filled, cells[row, number])
            assert np.ptp(filled[~known]) > 0
    assert len(list(tmp_path.iterdir())) == 7


def test_a_class_is_given(tfgan_kit, folder, monkeypatch):
    asked = []

    def refuse(*arguments, **settings):
        asked.append(arguments)
        raise kit.utils.errors.InvalidArgument("Enough")

    monkeypatch.setattr(kit.latent, "inpaint", refuse)
    arguments = folder / "styles", folder / "pictures"
    tfgan_kit("inpaint", *arguments, "--label", "hair=fair, smile=no", code=2)
    tfgan_kit("inpaint", *arguments, code=2)
    np.testing.assert_array_equal(asked[0][4], [2, 2])
    assert asked[1][4] is None and asked[1][5] == 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["export", "whole.png"], "has no gradients to search with, since it is tflite"),
        (["plain", "whole.png"], "whole.png has no hole, since no part of it is transparent"),
        (["plain", "whole.png", "--mask", "black.png"], "black.png has no hole"),
        (["plain", "whole.png", "--mask", "white.png"], "white.png is a hole everywhere"),
        (["plain", "whole.png", "--mask", "other.png"], "other.png has 16×8 pixels, and its pict"),
        (["plain", "pictures", "--label", "3"], "only works with generators that take labels"),
        (["plain", "pictures", "--pool", "2"], "`pool` must be an integer of at least 8"),
        (["plain", "nothing.png"], "There is no file or folder "),
        (["plain", "pictures", "-o", "a.txt"], "--output must end in an image format"),
        (["styles", "pictures", "--label", "red"], "`label` must be"),
    ],
)
def test_refusals_are_one_line_and_leave_no_file(tfgan_kit, folder, tmp_path, arguments, message):
    paths = [folder / each if each.split(".")[0].isalpha() else each for each in arguments[:2]]
    rest = [folder / each if each.endswith(".png") else each for each in arguments[2:]]
    error = tfgan_kit("inpaint", *paths, *rest, code=2).err
    assert message in error and error.count("\n") == 1 and error.startswith("tfgan-kit: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["inpaint", "inspire"])
def test_ctrl_c_leaves_the_rows_that_are_done(tfgan_kit, folder, tmp_path, monkeypatch, name):
    search, calls = getattr(kit.latent, name), []

    def interrupted(*arguments, **settings):
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        return search(*arguments, **settings)

    monkeypatch.setattr(kit.latent, name, interrupted)
    monkeypatch.setattr(repair, "AT_ONCE", 1)
    few = FEW if name == "inpaint" else FEW[:2]
    call = [name, folder / "whole", folder / "pictures", "-n", 2, *few, "-o", "a.png"]
    out = tfgan_kit(*call, code=130).out
    assert "1 picture to a.png" in out
    cells = read(tmp_path / "a.png")
    assert cells.shape[1] // cells.shape[0] == 2  # One row of three.
    written = ["a-a-1.png", "a-a-2.png"] if name == "inpaint" else []
    assert sorted(each.name for each in tmp_path.iterdir()) == [*written, "a.png"]


def test_new_images_stand_beside_each_reference(tfgan_kit, folder, tmp_path):
    out = tfgan_kit("inspire", folder / "whole", folder / "pictures", "-n", 2, "--steps", 2).out
    assert out == "Wrote 2 new images for each of 2 pictures to inspired.png\n"
    grid = read(tmp_path / "inspired.png")
    factor = grid.shape[1] // (2 + 3 * 18)
    cells = grid[2 * factor :: factor, 2 * factor :: factor].reshape(2, 18, 3, 18, 3)
    cells = cells.swapaxes(1, 2)[:, :, :16, :16]
    given = read(folder / "pictures" / "a.png")
    known = given[..., 3] == 255
    np.testing.assert_array_equal(cells[0, 0][known], given[known][:, :3])
    assert (cells[0, 1] != cells[0, 2]).any() and (cells[0, 1] != cells[1, 1]).any()


def test_classes_of_new_images_are_random_or_chosen(tfgan_kit, folder, open_once, monkeypatch):
    monkeypatch.setattr(open_once(folder / "styles"), "discriminator", "one")
    made = kit.latent.inspiration.Inspiration(np.zeros((1, 2, 16, 16, 1)), None, None, None)
    monkeypatch.setattr(kit.latent, "inspire", lambda *arguments, **settings: made)
    call = ["inspire", folder / "styles", folder / "whole.png", "-n", 2]
    assert tfgan_kit(*call).out.startswith("Classes are random: --label chooses one\nWrote 2 new")
    assert tfgan_kit(*call, "--label", 1).out.startswith("Wrote 2 new")


def test_inspire_needs_a_discriminator(tfgan_kit, folder, tmp_path):
    for name in ("plain", "export"):
        error = tfgan_kit("inspire", folder / name, folder / "whole.png", code=2).err
        assert "has no " in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())
