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
    assert {"cifar10", "digits", "mnist"} == {folder.name for folder in MODELS}
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert size <= 25e6


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_folder_is_complete(folder):
    names = {path.name for path in folder.iterdir()}
    assert {"export.json", "MODEL_CARD.md", "samples.png", "training.gif"} <= names
    assert {"generator.keras", "saved_model"} <= names
    kinds = [entry.settings["quantize"] for entry in Manifest.find(folder).entries]
    assert kinds[0] == "float16", "`tfgan-kit sample FOLDER` uses the first file"
    assert set(kinds) - {"float16"} <= {"int8", "int16x8"} and len(kinds) >= 2


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
    decoded = latent.decode(model, latent.sample(32, 100, seed=1), labels)
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
    half = export.load(folder / Manifest.find(folder).entries[0].name).generate(256, seed=0)
    error = np.mean((drawn.astype("float64") - half) ** 2)
    psnr = math.inf if error == 0 else 10 * math.log10(4 / error)
    # The float16 file stands in for the model: its error is much smaller than that of int8.
    assert psnr >= min(entry.verification["psnr"], 45) - 0.5
