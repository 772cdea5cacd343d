"""The page of a run shows every file that exists, and nothing else."""

import dataclasses
import html.parser
import json

import numpy as np
import pytest

from tfgan_kit import recipes, runs
from tfgan_kit.media import images
from tfgan_kit.runs import page


@pytest.fixture
def run(tmp_path):
    found = {"name": "<b>odd</b> & co", "num_images": 1797, "image_shape": [28, 28, 1]}
    config = dataclasses.replace(runs.RunConfig(), data={**found, "num_skipped": 2})
    return runs.Run.create(tmp_path / "a run", config)


class Reader(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.sources, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for name, value in attrs if name == "src"]

    def handle_data(self, data):
        self.words.append(data)


def written(run):
    page.write_page(run)
    return Reader(run.page_path.read_text(encoding="utf-8"))


def test_new_run_has_a_page_without_pictures(run):
    reader = written(run)
    text = " ".join(reader.words)
    assert reader.sources == []
    assert "<b>odd</b> & co, 1,797 images of 28x28x1, 2 unreadable left out" in text
    assert "script" not in reader.tags and "b" not in reader.tags


@pytest.mark.parametrize("recipe", recipes.names())
def test_every_recipe_has_its_settings_on_the_page(run, recipe):
    config = dataclasses.replace(run.config, recipe=recipes.get(recipe))
    config.save(run.config_path)
    text = " ".join(written(run).words)
    assert f"beta_1 {config.recipe.beta_1:g}" in text
    assert "class_name" not in text, "a raw config"
    schedule = "schedule=CosineDecay(initial_learning_rate=0.0002, decay_steps=640000"
    assert (schedule in text) == (recipe == "r3gan")


def test_existing_pictures_and_numbers_are_shown(run):
    images.write_image(run.newest_samples_path, np.zeros((8, 8, 1), "uint8"))
    images.write_image(run.losses_path, np.zeros((8, 8, 1), "uint8"))
    lines = [
        {"epoch": 1, "step": 57, "seconds": 1.25, "generator_loss": 0.5},
        {"epoch": 2, "step": 114, "seconds": 1.5, "generator_loss": 0.75, "new": 3.0},
    ]
    run.metrics_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run.write_status(state="stopped", step=114, seconds=3725.0)
    reader = written(run)
    assert [source.partition("?")[0] for source in reader.sources] == ["samples.png", "losses.png"]
    text = " ".join(reader.words)
    assert "0.75" in text and "1 h 2 min" in text and "can be resumed" in text and "114" in text


def test_commands_survive_a_space_in_the_path(run):
    assert "tfgan-kit sample '" in " ".join(written(run).words)
