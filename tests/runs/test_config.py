"""`RunConfig`: complete, checked, and the same after writing and reading."""

import dataclasses
import functools
import json

import pytest
from PIL import Image

from tfgan_kit import models, recipes, runs


@pytest.fixture
def saved(tmp_path):
    """The path of saved settings and their content."""
    path = tmp_path / "config.json"
    runs.RunConfig().save(path)
    return path, json.loads(path.read_text())


def test_defaults_are_the_recipes():
    config = runs.RunConfig()
    assert config.recipe == recipes.get("dcgan") and config.epochs == config.recipe.epochs
    assert runs.RunConfig(recipe="tutorial").epochs == 50


@pytest.mark.parametrize("name", recipes.names())
def test_written_and_read_is_equal(tmp_path, name):
    recipe = dataclasses.replace(recipes.get(name), batch_size=7)
    config = runs.RunConfig(
        source="a b/ü.npz",
        recipe=recipe,
        minutes=2.5,
        seed=9,
        versions=runs.installed_versions(),
        value_range=(0, 16),
    )
    config.save(tmp_path / "config.json")
    assert runs.RunConfig.load(tmp_path / "config.json") == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "`epochs` must be a positive integer. Received: epochs=0"),
        ({"epochs": 1.5}, "`epochs` must be a positive integer"),
        ({"minutes": 0}, "`minutes` must be a positive number"),
        ({"minutes": float("nan")}, "`minutes` must be a positive number"),
        ({"minutes": float("inf")}, "`minutes` must be a positive number"),
        ({"seed": None}, "`seed` must be an integer"),
        ({"seed": -1}, "`seed` must be an integer"),
        ({"precision": "half"}, "`precision` must be one of"),
        ({"on_collapse": "panic"}, "`on_collapse` must be one of"),
        ({"value_range": 3}, "`value_range` .* must be two numbers"),
        ({"recipe": "tutorail"}, "did you mean 'tutorial'"),
        ({"recipe": {"name": "x", "batchsize": 3}}, "did you mean 'batch_size'"),
        ({"recipe": {"name": "x"}}, "incomplete"),
    ],
)
def test_wrong_values(change, message):
    with pytest.raises(ValueError, match=message):
        runs.RunConfig(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"model": lambda **_: 0},
        {"model": functools.partial(models.dcgan, width=4)},
        {"model_arguments": {"width": object()}},
    ],
    ids=["lambda", "partial", "object"],
)
def test_a_recipe_that_cannot_be_written_is_refused_before_anything_is(change):
    recipe = dataclasses.replace(recipes.get(), **change)
    with pytest.raises(ValueError, match="`recipe` must be made of .*Received: Object of type"):
        runs.RunConfig(recipe=recipe)


def test_the_description_names_classes_and_what_the_reader_decided(saved):
    path, values = saved
    found = {"name": "faces[train]", "num_images": 1000, "image_shape": [64, 64, 3]}
    old = dataclasses.replace(runs.RunConfig(), data={**found, "num_skipped": 0})
    assert old.describe()["data"] == "faces[train], 1,000 images of 64x64x3"
    assert "images" not in old.describe()
    found |= {"num_skipped": 2, "num_classes": 3, "notes": ["one", "two"]}
    rows = dataclasses.replace(runs.RunConfig(), data=found).describe()
    assert rows["data"].endswith("64x64x3, 2 unreadable left out")
    assert rows["images"] == "one; two"


@pytest.mark.parametrize(
    ("found", "expected"), [({}, 64), ({"image_shape": [16, 16, 1]}, 16)], ids=["new", "planned"]
)
@pytest.mark.filterwarnings("ignore:.*enlarged")
def test_a_planned_run_keeps_its_size_whatever_would_be_chosen_now(tmp_path, found, expected):
    for number, side in enumerate([96, 97, 98, 99, 20]):
        Image.new("L", (side, side)).save(tmp_path / f"{number}.png")
    source = runs.RunConfig(source=str(tmp_path), data=found).open_source()
    assert source.image_shape == (expected, expected, 1)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", '{"image_sise": 32}'])
def test_files_that_are_not_settings(saved, text):
    saved[0].write_text(text)
    with pytest.raises(ValueError, match="Cannot read .*config.json.*(image_sise)?"):
        runs.RunConfig.load(saved[0])


def test_runs_of_earlier_versions(saved):
    path, values = saved
    assert values.pop("precision") == "auto"
    # Written also for sources without splits, which now refuse it.
    values["split"] = "train"
    path.write_text(json.dumps(values))
    config = runs.RunConfig.load(path)
    assert (config.precision, config.split) == ("float32", None)
    path.write_text(json.dumps({**values, "data": {"notes": []}}))
    assert runs.RunConfig.load(path).split == "train"
