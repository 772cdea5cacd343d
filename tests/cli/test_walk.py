"""`interpolate` and `directions` as a user types them: the pictures hold what they should."""

import functools
import shutil

import numpy as np
import pytest
from PIL import Image
from small_generators import save_plain_run, save_style_run

from tfgan_kit.runs import explorer


@pytest.fixture(scope="module")
def folder(tmp_path_factory, first_export):
    path = tmp_path_factory.mktemp("generators")
    save_style_run(path / "styles")
    save_plain_run(path / "plain")
    shutil.copytree(first_export[1].parent, path / "export")
    return path


@pytest.fixture(scope="module")
def open_once():
    return functools.cache(explorer.Explorer)


@pytest.fixture
def tfgan_kit(command_line, folder, tmp_path, open_once, monkeypatch):
    """The command line, which finds a generator open that another test has opened."""
    monkeypatch.setattr(explorer, "Explorer", open_once)
    open_once(folder / "styles").truncation = 1.0
    return functools.partial(command_line, cwd=tmp_path)


def tiles(path, size, columns):
    """The grey images of a grid, by row and column."""
    with Image.open(path) as file:
        pixels = np.asarray(file.convert("L"))
    factor = pixels.shape[1] // (2 + columns * (size + 2))
    cells = pixels[2 * factor :: factor, 2 * factor :: factor]
    return cells.reshape(-1, size + 2, columns, size + 2).swapaxes(1, 2)[:, :, :size, :size]


def test_a_picture_has_a_row_from_each_point_to_the_next(tfgan_kit, folder, open_once, tmp_path):
    path, own = folder / "styles", open_once(folder / "styles")
    labels = ["--label", "2", "--label", "hair=black, smile=no", "--label", "2"]
    out = tfgan_kit("interpolate", path, "--seeds", "5,6,7", *labels, "--steps", 3).out
    assert out == "Wrote 7 images through 3 points to walk.png\n"
    points = np.concatenate([own.sample(1, seed) for seed in (5, 6, 7)])
    expected = own.walk(points, np.array([2, 0, 2]), 3, "spherical", False)[..., 0]
    rows = [[0, 1, 2, 3], [3, 4, 5, 6]]
    np.testing.assert_array_equal(tiles(tmp_path / "walk.png", 16, 4), expected[rows])


def test_a_closed_walk_in_w_ends_where_it_began(tfgan_kit, folder, open_once, tmp_path):
    options = ["--method", "w", "--closed", "--steps", 2, "--truncation", 0.5, "--label", "1"]
    tfgan_kit("interpolate", folder / "styles", "--seeds", "3,4", *options)
    found, own = tiles(tmp_path / "walk.png", 16, 3), open_once(folder / "styles")
    np.testing.assert_array_equal(found[1, 2], found[0, 0])
    np.testing.assert_array_equal(found[1], found[0, ::-1])
    assert own.truncation == 0.5
    ends = own.images(np.concatenate([own.sample(1, 3), own.sample(1, 4)]), np.ones(2, int))
    np.testing.assert_array_equal(found[0, [0, 2]], ends[..., 0])


@pytest.mark.parametrize("closed", [False, True])
def test_an_animation_of_an_export(tfgan_kit, folder, tmp_path, closed):
    options = ["-o", "a.gif", "--steps", 4, *["--closed"][:closed]]
    tfgan_kit("interpolate", folder / "export", "--seeds", "0,1", *options)
    with Image.open(tmp_path / "a.gif") as file:
        # The first image follows the last one anyway.
        assert file.n_frames == (8 if closed else 5) and file.size == (256, 256)


def test_one_seed_from_label_to_label(tfgan_kit, folder, open_once, tmp_path):
    labels = ["--label", "0", "--label", "2", "--steps", 2]
    tfgan_kit("interpolate", folder / "styles", "--seeds", "3", *labels)
    own = open_once(folder / "styles")
    ends = own.images(own.sample(1, 3).repeat(2, axis=0), np.array([0, 2]))[..., 0]
    found = tiles(tmp_path / "walk.png", 16, 3)[0]
    assert np.abs(found[[0, 2]].astype(int) - ends).max() <= 1
    assert not (found[1] == found[0]).all() and not (found[1] == found[2]).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["plain", "--method", "w"], "--method w: Truncation and mixed styles need a generator"),
        (["plain", "--method", "cubic"], "`method` must be one of 'spherical', 'linear', 'w'"),
        (["plain", "--truncation", "0.7"], "--truncation 0.7: Truncation and mixed styles need"),
        (["plain", "--label", "3"], "`label` only works with generators that take labels"),
        (["plain", "--seeds", "1"], "at least two points: give several --seeds or several --label"),
        (["plain", "--seeds", "1,x"], "`seeds` must be non-negative integers with commas"),
        (["plain", "--seeds", "1,-2"], "`seeds` must be non-negative integers with commas"),
        (["styles", "--label", "0", "--label", "1"], "Received: 2 labels and 3 seeds"),
        (["styles", "--label", "3"], '`label` must be one of "hair=black'),
        (["plain", "-o", "walk.txt"], "`path` must end in an image format"),
        (["plain", "-o", "walk.gif", "--fps", "0"], "`fps` must be"),
        (["nowhere"], "nowhere"),
    ],
)
def test_refusals_are_one_line_and_leave_no_file(tfgan_kit, folder, tmp_path, arguments, message):
    error = tfgan_kit("interpolate", folder / arguments[0], *arguments[1:], code=2).err
    assert message in error and error.count("\n") == 1 and error.startswith("tfgan-kit: ")
    assert not list(tmp_path.iterdir())
