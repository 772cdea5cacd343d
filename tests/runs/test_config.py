"""`RunConfig`: complete, checked, and the same after writing and reading."""

import dataclasses
import json

import pytest

from tfgan_kit import recipes, runs


def test_defaults_are_the_recipes():
    config = runs.RunConfig()
    assert config.recipe == recipes.get("dcgan") and config.epochs == config.recipe.epochs
    assert runs.RunConfig(recipe="tutorial").epochs == 50


def test_written_and_read_is_equal(tmp_path):
    recipe = dataclasses.replace(recipes.get("tutorial"), batch_size=7)
    config = runs.RunConfig(
        source="a b/ü.npz", recipe=recipe, minutes=2.5, seed=9, versions=runs.installed_versions()
    )
    config.save(tmp_path / "config.json")
    assert runs.RunConfig.load(tmp_path / "config.json") == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "`epochs` must be an integer of 1 or more. Received: epochs=0"),
        ({"epochs": 1.5}, "`epochs` must be"),
        ({"minutes": 0}, "`minutes` must be above 0"),
        ({"minutes": float("nan")}, "`minutes` must be above 0"),
        ({"minutes": float("inf")}, "`minutes` must be above 0 and finite"),
        ({"seed": None}, "`seed` must be an integer"),
        ({"seed": -1}, "`seed` must be"),
        ({"precision": "half"}, "`precision` must be one of"),
        ({"recipe": "tutorail"}, "did you mean 'tutorial'"),
        ({"recipe": {"name": "x", "batchsize": 3}}, "did you mean 'batch_size'"),
        ({"recipe": {"name": "x"}}, "not complete"),
    ],
)
def test_wrong_values(change, message):
    with pytest.raises(ValueError, match=message):
        runs.RunConfig(**change)


def test_unknown_key_names_the_nearest(tmp_path):
    path = tmp_path / "config.json"
    runs.RunConfig().save(path)
    values = json.loads(path.read_text())
    values["image_sise"] = 32
    path.write_text(json.dumps(values))
    with pytest.raises(ValueError, match="'image_sise'; did you mean 'image_size'"):
        runs.RunConfig.load(path)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null"])
def test_files_that_are_no_settings(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="config.json"):
        runs.RunConfig.load(path)


def test_runs_of_the_first_version_were_float32(tmp_path):
    path = tmp_path / "config.json"
    runs.RunConfig().save(path)
    values = json.loads(path.read_text())
    assert values.pop("precision") == "auto"
    path.write_text(json.dumps(values))
    assert runs.RunConfig.load(path).precision == "float32"


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_is_written_and_read(tmp_path, name):
    config = runs.RunConfig(recipe=name)
    config.save(tmp_path / "config.json")
    assert runs.RunConfig.load(tmp_path / "config.json") == config
