"""`texture`, and `train` with one picture, as a user types them."""

import dataclasses
import functools

import keras
import numpy as np
import pytest
from conftest import assert_same, state
from PIL import Image

from tfgan_kit import latent, media, models, recipes, runs

RANDOM = np.random.default_rng(0)


@pytest.fixture
def tfgan_kit(command_line, tmp_path):
    return functools.partial(command_line, cwd=tmp_path)


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return models.texture((32, 32, 3), width=2, max_width=4, noise=(3, 2, 1))[0]


def pixels_of(path):
    with Image.open(path) as file:
        return np.asarray(file)


def test_tiles_and_a_panorama(tfgan_kit, generator, tmp_path):
    generator.save(tmp_path / "generator.keras")
    drawn = ["texture", "generator.keras", "--seed", 3]
    assert tfgan_kit(*drawn, "--size", "64x32").out == "Wrote tile.png\n"
    expected = media.to_uint8(latent.sample_texture(generator, 32, 64, seed=3))[0]
    np.testing.assert_array_equal(pixels_of(tmp_path / "tile.png"), expected)
    several = [*drawn, "--size", "40x32", "-n", 2, "-o", "a.jpg", "--panorama", "a.html"]
    assert tfgan_kit(*several).out.split()[1::2] == ["a-1.jpg", "a-2.jpg", "a.html"]
    assert pixels_of(tmp_path / "a-2.jpg").shape == (32, 40, 3)
    assert (tmp_path / "a.html").read_text().count("data:image/jpeg;base64,") == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "60"], "--size must be WIDTHxHEIGHT, such as 1024x512. Received: 60"),
        (["--size", "64x30"], "--size must be multiples of 4. Received: 64x30"),
        (["-o", "tile.xyz"], "--output must end in an image format"),
    ],
)
def test_refused(tfgan_kit, generator, tmp_path, arguments, message):
    generator.save(tmp_path / "generator.keras")
    done = tfgan_kit("texture", "generator.keras", *arguments, code=2)
    assert message in done.err and done.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["generator.keras"]


def test_other_generators_are_refused(tfgan_kit, shapes_run, tflite_file):
    for path, message in (
        (shapes_run.path, "does not make textures: train one picture with --recipe texture"),
        (tflite_file, "Textures need a Keras model; "),
    ):
        err = tfgan_kit("texture", path, code=2).err
        assert message in err and err.count("\n") == 1


def test_train_with_one_picture(tfgan_kit, tmp_path):
    columns = np.sin(np.arange(70) * 2 * np.pi / 8) * 90 + RANDOM.normal(size=(64, 70)) * 9
    Image.fromarray((columns + 128).clip(0, 255).astype("uint8")).save(tmp_path / "bars.png")
    out = tfgan_kit("train", "bars.png", "--recipe", "texture", "--dry-run").out
    assert "bars.png, 1,287 images of 32x32x1" in out and "crops of one picture of 70x64" in out
    for source, arguments, message in (
        ("digits", [], "The recipe texture is trained on one picture. Received: digits, which is"),
        ("bars.png", ["--image-size", 40], "`image_size` (--image-size) must be 32 or 64, the"),
        ("bars.png", ["--image-size", 96], "as large as its crops, 96x96 pixels. Received: 70x64"),
    ):
        done = tfgan_kit("train", source, "--recipe", "texture", *arguments, code=2)
        assert message in done.err and done.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bars.png"]


@pytest.mark.slow
def test_a_run_is_resumed_bit_for_bit_and_drawn(tfgan_kit, tmp_path):
    pixels = np.tile(RANDOM.integers(0, 256, (8, 8, 3), "uint8"), (5, 5, 1))
    Image.fromarray(pixels).save(tmp_path / "tiles.png")
    small = {"width": 2, "max_width": 4, "noise": (3, 2, 1), "discriminator_width": 2}
    recipe = dataclasses.replace(recipes.get("texture"), model_arguments=small, batch_size=27)
    config = runs.RunConfig(source=str(tmp_path / "tiles.png"), recipe=recipe, epochs=2)
    whole = runs.start(runs.plan(config), tmp_path / "whole")
    runs.start(runs.plan(dataclasses.replace(config, epochs=1)), tmp_path / "half")
    half = runs.resume(tmp_path / "half", epochs=2)
    assert len(whole.config.recipe.model_arguments["waves"]) == 2
    # The latest state, and not the best of a distance.
    assert whole.best is None and whole.metrics[-1]["frechet_random_distance"] > 0
    assert_same(state(whole.load_gan()), state(half.load_gan()))
    drawn = media.to_uint8(latent.sample_texture(whole.load_generator(), 32, 40, seed=0))[0]
    tfgan_kit("texture", "half", "--size", "40x32")
    np.testing.assert_array_equal(pixels_of(tmp_path / "tile.png"), drawn)
    out = tfgan_kit("export", "half").out
    assert "largest error" in out
