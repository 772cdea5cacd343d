"""`invert` and `edit` as a user types them: what they write, print and refuse."""

import functools
import shutil

import numpy as np
import pytest
from PIL import Image

import tfgan_kit as kit
from tfgan_kit import latent, media, models
from tfgan_kit.cli import edit as command

SHORT = ["--steps", 10, "--starts", 1]


@pytest.fixture(scope="module")
def folder(generators, open_once):
    """Runs, and pictures that their generators made."""
    path = generators
    for name in ("styles", "plain"):
        own = open_once(path / name)
        images = own.images(own.sample(3, 5), own.labels(3, label="1" if own.class_names else None))
        for number, image in enumerate(images):
            media.write_image(path / f"{name}-{number}.png", image)
    return path


def read(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def grid(path, size, columns):
    """The images of a grid of which each pixel is enlarged."""
    with Image.open(path) as file:
        pixels = np.asarray(file)
    factor = pixels.shape[1] // (2 + columns * (size + 2))
    cells = pixels[2 * factor :: factor, 2 * factor :: factor]
    rows = len(cells) // (size + 2)
    cells = cells[: rows * (size + 2)].reshape(rows, size + 2, columns, size + 2, -1)
    return cells.swapaxes(1, 2)[:, :, :size, :size].reshape(-1, size, size, cells.shape[-1])


def test_invert_writes_pairs_latents_and_the_search(tfgan_kit, folder, open_once, tmp_path):
    given = [folder / f"plain-{number}.png" for number in range(3)]
    out = tfgan_kit("invert", folder / "plain", *given, *SHORT, "--gif", "a.gif", "-o", "a.png").out
    found, own = read(tmp_path / "a.npz"), open_once(folder / "plain")
    lines = out.splitlines()
    assert lines[:3] == [f"plain-{i}.png: PSNR {found['psnr'][i]:.2f} dB" for i in range(3)]
    assert lines[3] == f"Median PSNR {np.median(found['psnr']):.2f} dB"
    assert lines[4] == "Wrote 3 pictures to a.png, a.gif and a.npz"
    assert str(found["space"]) == "z" and found["latents"].shape == (3, 6) and "labels" not in found
    pairs = grid(tmp_path / "a.png", 16, 4)
    np.testing.assert_array_equal(pairs[0:6:2], found["originals"])
    np.testing.assert_array_equal(pairs[1:6:2], own.images(found["latents"], None))
    with Image.open(folder / "plain-2.png") as file:
        np.testing.assert_array_equal(found["originals"][2], np.asarray(file))
    with Image.open(tmp_path / "a.gif") as file:
        assert file.n_frames > 5


def test_edit_of_styles_moves_the_latents_that_invert_found(tfgan_kit, folder, open_once, tmp_path):
    path, photo = folder / "styles", folder / "styles-0.png"
    out = tfgan_kit("invert", path, photo, *SHORT, "--label", "1").out
    own = open_once(path)
    name = own.class_names[1]
    found = read(tmp_path / "inverted.npz")
    assert out.startswith(
        f"styles-0.png: PSNR {found['psnr'][0]:.2f} dB, {name}, a poor match\nWrote 1 "
    )
    assert str(found["space"]) == "w+" and found["latents"].shape == (1, *own.style_shape)
    options = ["--direction", 2, "--amount", "-1:1", "--columns", 3, "-o", "b.png"]
    out = tfgan_kit("edit", path, "inverted.npz", *options).out
    assert out.endswith("Wrote 3 images along sefa 2 to b.png and b.gif\n")
    direction = own.directions("SeFa", 2)[1][own.latent_dim :]
    moved = found["latents"] + np.array([-1, 0, 1])[:, None, None] * direction
    expected = latent.style_networks(own.model)[1](moved.astype("float32"))
    strip = grid(tmp_path / "b.png", 16, 4)
    np.testing.assert_array_equal(strip[0], found["originals"][0])
    assert np.abs(strip[1:].astype(int) - media.to_uint8(expected)).max() <= 1
    with Image.open(tmp_path / "b.gif") as file:
        assert file.n_frames == 16 and file.size == (256, 256)


@pytest.mark.parametrize("name, space", [("plain", "z"), ("styles", "w"), ("styles", "z")])
def test_a_walk_goes_through_the_pictures(tfgan_kit, folder, tmp_path, name, space):
    given = [folder / f"{name}-{number}.png" for number in range(2)]
    labels = ["--label", 1] * (name == "styles")
    options = [*SHORT[2:], "--steps", 2, "--space", space, *labels]
    tfgan_kit("invert", folder / name, *given, *options)
    walk = ["--latents", "inverted.npz", "--closed", "--steps", 2]
    out = tfgan_kit("interpolate", folder / name, *walk).out
    assert out == "Wrote 5 images through 2 points to walk.png\n"
    pairs, walked = grid(tmp_path / "inverted.png", 16, 2), grid(tmp_path / "walk.png", 16, 3)
    for place, number in {0: 1, 2: 3, 3: 3, 5: 1}.items():
        assert np.abs(walked[place].astype(int) - pairs[number]).max() <= 1


def test_edit_of_a_picture_along_a_file(tfgan_kit, folder, open_once, tmp_path):
    np.savez(tmp_path / "d.npz", vector=np.eye(6)[0], space="z", name="first")
    options = ["--direction", "d.npz", "--columns", 2, "--amount", "0:2"]
    out = tfgan_kit("edit", folder / "plain", folder / "plain-1.png", *SHORT, *options).out
    assert out.startswith("plain-1.png: PSNR ") and "along first to edited.png" in out
    strip, own = grid(tmp_path / "edited.png", 16, 3), open_once(folder / "plain")
    few = {"starts": 1, "pool": 100, "optimizer": latent.Descent(10)}
    found = latent.invert(own, strip[:1], **few)
    np.testing.assert_array_equal(strip[1], media.to_uint8(found.images)[0])
    moved = media.to_uint8(own.model(found.latents + 2 * np.eye(6)[:1]))[0]
    assert np.abs(strip[2].astype(int) - moved).max() <= 1


def test_an_encoder_is_trained_once_and_kept(tfgan_kit, folder, tmp_path, monkeypatch):
    train = latent.train_encoder
    monkeypatch.setattr(latent, "train_encoder", functools.partial(train, steps=2, width=2))
    call = ["invert", folder / "plain", folder / "plain-0.png", *SHORT, "--encoder", "e.keras"]
    assert f"Wrote an encoder of {folder / 'plain'} to e.keras" in tfgan_kit(*call).out
    first = (tmp_path / "e.keras").read_bytes()
    assert "encoder" not in tfgan_kit(*call).out
    assert (tmp_path / "e.keras").read_bytes() == first


def test_a_picture_that_it_cannot_make(tfgan_kit, folder, tmp_path):
    noise = np.random.default_rng(0).integers(0, 2, (16, 16, 3), "uint8") * 255
    Image.fromarray(noise).save(tmp_path / "noise.png")
    out = tfgan_kit("invert", folder / "plain", "noise.png", *SHORT).out
    assert out.splitlines()[0].endswith(" dB, a poor match")


def test_features_of_the_discriminator(tfgan_kit, folder, tmp_path):
    shutil.copytree(folder / "plain", tmp_path / "whole")
    gan = kit.GAN(*models.dcgan((16, 16, 3), latent_dim=6, width=2), seed=0)
    gan.compile()
    (tmp_path / "whole" / "checkpoints").mkdir()
    gan.save(tmp_path / "whole" / "checkpoints" / "step-0000001.keras")
    call = ["invert", "whole", folder / "plain-0.png", *SHORT]
    tfgan_kit(*call)
    without = read(tmp_path / "inverted.npz")["latents"]
    tfgan_kit(*call, "--feature-weight", 1)
    assert (read(tmp_path / "inverted.npz")["latents"] != without).any()


def test_pictures_that_are_read_are_not_written_over(tfgan_kit, folder, tmp_path):
    for name in ("photo.png", "photo.gif"):
        shutil.copy(folder / "plain-0.png", tmp_path / name)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    plain, more = folder / "plain", ["--mask", folder / "plain-0.png"]
    for call in (
        ["invert", plain, "photo.png", "-o", "photo.png"],
        ["edit", plain, "photo.png", "-o", "./photo.png"],
        ["edit", plain, "photo.gif", "-o", "photo.jpg"],
        ["inpaint", plain, tmp_path, "-o", "photo.png", *more],
    ):
        error = tfgan_kit(*call, code=2).err
        assert "is one of the pictures that are read. Choose another -o" in error
        assert error.count("\n") == 1
        assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_ctrl_c_leaves_what_is_done(tfgan_kit, folder, tmp_path, monkeypatch):
    invert, calls = command._invert, []

    def interrupted(*arguments, **settings):
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        return invert(*arguments, **settings)

    monkeypatch.setattr(command, "_invert", interrupted)
    monkeypatch.setattr(command, "AT_ONCE", 2)
    given = [folder / f"plain-{number}.png" for number in range(3)]
    out = tfgan_kit("invert", folder / "plain", *given, *SHORT, code=130)
    assert "Wrote 2 pictures to inverted.png and inverted.npz" in out.out
    assert len(read(tmp_path / "inverted.npz")["latents"]) == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["invert", "plain", "plain-0.png", "-o", "a.xyz"], "--output must end in an image format"),
        (["invert", "plain", "plain-0.png", "--gif", "a.png"], "--gif must end in .gif, .webp"),
        (["invert", "plain", "no.png"], "There is no file or folder "),
        (["invert", "plain", "plain-0.png", "--space", "w"], "has no styles. Use --space z"),
        (["invert", "plain", "plain-0.png", "--space", "x"], "`space` must be one of 'z', 'w'"),
        (["invert", "plain", "plain-0.png", "--label", "1"], "`label` only works with generators"),
        (["invert", "styles", "styles-0.png", "--label", "9"], "`label` must be "),
        (
            ["invert", "plain", "plain-0.png", "--starts", "0"],
            "`starts` must be a positive integer",
        ),
        (["invert", "plain", "plain-0.png", "--encoder", "e.h5"], "--encoder must end in .keras"),
        (
            ["invert", "plain", "plain-0.png", "--feature-weight", "1"],
            "--feature-weight needs a run with its checkpoints, not ",
        ),
        (["edit", "plain", "plain-0.png", "--amount", "3"], "`amount` must be two numbers with a"),
        (
            ["edit", "plain", "plain-0.png", "--amount", "1:nan"],
            "`amount` must be two numbers with",
        ),
        (
            ["edit", "plain", "plain-0.png", "--direction", "7"],
            "`direction` must be an integer from",
        ),
        (["edit", "plain", "plain-0.png", "--direction", "no.npz"], "`direction` must be a number"),
        (["edit", "plain", "plain-0.png", "--direction", "w.npz"], "w.npz is of another generator"),
        (
            ["edit", "styles", "styles-0.png", "--direction", "z.npz"],
            "moves z, and the space of the picture is w+",
        ),
        (["edit", "plain", "w.npz"], "w.npz is not a .npz file that `tfgan-kit invert` wrote"),
        (["edit", "plain", "z.npz"], "z.npz is not a .npz file that `tfgan-kit invert` wrote"),
        (["edit", "plain", "other.npz"], "other.npz is of another generator"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(tfgan_kit, folder, tmp_path, arguments, message):
    np.savez(tmp_path / "w.npz", vector=np.zeros(4), space="w", name="a")
    np.savez(tmp_path / "z.npz", vector=np.zeros(4), space="z", name="a")
    zeros = {"latents": np.zeros((1, 9)), "psnr": [1.0], "originals": np.zeros((1, 16, 16, 3))}
    np.savez(tmp_path / "other.npz", space="z", **zeros)
    before = sorted(tmp_path.iterdir())
    name, path, photo, *options = arguments
    photo = tmp_path / photo if photo.endswith(".npz") else folder / photo
    short = SHORT if "--starts" not in options else SHORT[:2]
    out = tfgan_kit(name, folder / path, photo, *options, *short, code=2)
    assert message in out.err and out.err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
