"""The trained generators in `saved_models/`: they load, and their recorded numbers are correct."""

import math
import pathlib

import keras
import numpy as np
import pytest
from PIL import Image

from tfgan_kit import export, latent, media
from tfgan_kit.export.model_card import model_card
from tfgan_kit.runtime.manifest import Manifest

FOLDER = pathlib.Path(__file__).parents[1] / "saved_models"
MODELS = sorted(path.parent for path in FOLDER.glob("*/export.json"))
ENTRIES = [(folder, entry) for folder in MODELS for entry in Manifest.find(folder).entries]
NAMES = [f"{folder.name}/{entry.name}" for folder, entry in ENTRIES]


def test_all_are_there_and_small():
    assert {"cifar10", "digits", "mnist", "mnist_styles"} == {folder.name for folder in MODELS}
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert size <= 25e6


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_folder_is_complete(folder):
    names = {path.name for path in folder.iterdir()}
    assert {"export.json", "MODEL_CARD.md", "samples.png", "training.gif"} <= names
    assert {"generator.keras", "saved_model"} <= names
    kinds = [entry.settings["quantize"] for entry in Manifest.find(folder).entries]
    # `tfgan-kit sample FOLDER` uses the first file. In float16 the styles' images would differ.
    assert kinds == ["none" if folder.name == "mnist_styles" else "float16", "int8"]


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_card_is_what_an_export_writes(folder):
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card == model_card(Manifest.find(folder).entries)
    assert "## Quality" in card and "unknown" not in card


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_samples_come_from_the_file(folder):
    drawn = media.to_uint8(export.load(folder).generate(64, seed=0))
    shown = np.asarray(Image.open(folder / "samples.png")).astype(int)
    grid = media.tile(drawn).astype(int)
    factor = len(shown) // len(grid)  # Small grids are enlarged.
    assert np.abs(shown[::factor, ::factor].reshape(grid.shape) - grid).max() <= 3


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_every_format_draws_the_class_that_is_asked_for(folder):
    labels = np.arange(32, dtype="int32") % 10
    expected = export.load(folder).generate(32, seed=1, labels=labels)
    saved = export.load(folder / "saved_model").generate(32, seed=1, labels=labels)
    model = keras.models.load_model(folder / "generator.keras")
    decoded = latent.decode(model, latent.sample(32, model.input_shape[0][1], seed=1), labels)
    assert np.abs(saved - expected).max() <= 0.02
    # It computes in bfloat16, as it was trained; the files compute in float32.
    assert np.abs(decoded - expected).mean() <= 0.01
    others = export.load(folder).generate(32, seed=1, labels=(labels + 1) % 10)
    assert np.abs(others - expected).mean() > 0.05


@pytest.mark.parametrize("folder, entry", ENTRIES, ids=NAMES)
def test_recorded_numbers_are_correct(folder, entry):
    generator = export.load(folder / entry.name)
    assert (folder / entry.name).stat().st_size == entry.verification["bytes"]
    drawn = generator.generate(256, seed=0)
    assert drawn.shape == (256, *entry.image_shape)
    first = export.load(folder).generate(256, seed=0)
    error = np.mean((drawn.astype("float64") - first) ** 2)
    psnr = math.inf if error == 0 else 10 * math.log10(4 / error)
    # The first file stands in for the model: its error is much smaller than that of int8.
    assert psnr >= min(entry.verification["psnr"], 45) - 0.5


def test_styles_can_be_truncated_and_mixed():
    """As in `saved_models/README.md`: less variety, and digits of the coarse layers' labels."""
    generator = keras.models.load_model(FOLDER / "mnist_styles/generator.keras")
    noise, labels = latent.sample(10, 64, seed=0), np.full(10, 3)
    drawn, safer = (
        latent.decode(latent.truncated(generator, psi), noise, labels) for psi in (None, 0.7)
    )
    assert 0.3 < safer.std(axis=0).mean() / drawn.std(axis=0).mean() < 0.95
    mixed = latent.mix_styles(generator, noise[:2], noise[2:4], 2, labels[:2], labels[:2] + 4)
    assert mixed.shape == (2, 2, 28, 28, 1)
    assert (np.abs(mixed - drawn[:2, None]).mean(axis=(2, 3, 4)) < 0.3).all()
