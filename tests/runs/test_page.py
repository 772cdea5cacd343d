"""The page of a run shows every file that exists, and nothing else."""

import dataclasses
import html.parser
import json

import numpy as np
import pytest

from tfgan_kit import metrics, recipes, runs
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
        self.text = " ".join(self.words)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for name, value in attrs if name == "src"]

    def handle_data(self, data):
        self.words.append(data)


def shown(run):
    return [source.partition("?")[0] for source in written(run).sources]


def written(run):
    page.write_page(run)
    return Reader(run.page_path.read_text(encoding="utf-8"))


def test_new_run_has_a_page_without_pictures(run):
    reader = written(run)
    text = reader.text
    assert reader.sources == []
    assert "<b>odd</b> & co, 1,797 images of 28x28x1, 2 unreadable left out" in text
    assert "script" not in reader.tags and "b" not in reader.tags


@pytest.mark.parametrize("recipe", recipes.names())
def test_every_recipe_has_its_settings_on_the_page(run, recipe):
    config = dataclasses.replace(run.config, recipe=recipes.get(recipe))
    config.save(run.config_path)
    text = written(run).text
    assert f"beta_1 {config.recipe.beta_1:g}" in text
    assert "class_name" not in text, "a raw config"
    schedule = "learning rate 0.0002, cosine decay over images: decay steps 640,000, alpha 0.25,"
    assert (schedule in text) == (recipe == "r3gan")


def test_existing_pictures_and_numbers_are_shown(run):
    images.write_image(run.newest_samples_path, np.zeros((8, 8, 1), "uint8"))
    images.write_image(run.losses_path, np.zeros((8, 8, 1), "uint8"))
    images.write_image(run.metrics_plot_path, np.zeros((8, 8, 1), "uint8"))
    lines = [
        {"epoch": 1, "step": 57, "seconds": 1.25, "generator_loss": 0.5},
        {"epoch": 2, "step": 114, "seconds": 1.5, "generator_loss": 0.75, "coverage": 0.5},
    ]
    lines[1] |= {"level": 1.25, "resolution": 16.0}
    run.metrics_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run.write_status(state="stopped", step=114, seconds=3725.0)
    reader = written(run)
    assert shown(run) == ["samples.png", "losses.png", "metrics.png"]
    assert "coverage ↑ Share of real images with a generated one near them" in reader.text
    text = reader.text
    assert "0.75" in text and "1 h 2 min" in text and "can be resumed" in text and "114" in text
    assert "of training · level 8x8, fading in 16x16 (25 %)" in text


def test_commands_have_the_whole_path_and_fit_the_state(run, monkeypatch):
    path = run.path.resolve()
    assert " " in str(path)
    for state, more in (("finished", " --epochs 160"), ("stopped", ""), ("running", None)):
        monkeypatch.setattr(runs.Run, "status", {"state": state, "step": 0, "seconds": 0.0})
        text = written(run).text
        assert (f"tfgan-kit train --out '{path}' --resume{more} " in text) == (more is not None)
        assert ("reloads every 20 s" in text) == (state == "running")
        assert "tfgan-kit sample" not in text
    run.generator_path.touch()
    text = written(run).text
    for command in ("sample", "evaluate", "export"):
        assert f"tfgan-kit {command} '{path}'" in text
    assert f"keras.models.load_model('{path}/generator.keras')" in text


def test_a_training_shows_its_newest_grid_until_its_animation_is_there(run):
    picture = np.zeros((8, 8, 1), "uint8")
    for name in ("epoch-0000", "epoch-0001-step-00000500", "epoch-0001"):
        images.write_image(run.samples_path / f"{name}.png", picture)
    images.write_image(run.real_path, picture)
    assert shown(run) == ["real.png", "samples/epoch-0001.png"]
    images.write_image(run.animation_path, picture)
    images.write_image(run.newest_samples_path, picture)
    assert shown(run) == ["real.png", "samples.png", "training.gif"]


@pytest.mark.parametrize("passed", [False, True])
def test_warnings_give_advice_and_say_when_they_passed(run, passed):
    shares = [0.9, 0.9] + [0.0] * passed
    signals = [metrics.Signals(1.0, 1.0, share, drift=0.1) for share in shares]
    lines = [{"epoch": n + 1, **dataclasses.asdict(each)} for n, each in enumerate(signals)]
    run.collapse_path.write_text(
        "".join(json.dumps(line).replace("NaN", "null") + "\n" for line in lines)
    )
    text = written(run).text
    assert "epoch 1:  mode collapse" in text and "Try the recipe r3gan" in text
    assert ("passed at epoch 3" in text) == passed
    assert run.alarms == [(1, "mode collapse")]


def test_a_collapsed_class_is_named(run):
    config = run.config
    names = ["cat", "a <b>" + 99 * "x"]
    dataclasses.replace(config, data={**config.data, "class_names": names}).save(run.config_path)
    narrow = metrics.Signals(1.0, 1.0, 0.0, drift=0.1, lowest_class_diversity=0.1)
    lines = [{"epoch": n + 1, **dataclasses.asdict(narrow), "narrowest_class": 1} for n in range(8)]
    run.collapse_path.write_text(
        "".join(json.dumps(line).replace("NaN", "null") + "\n" for line in lines)
    )
    assert f"mode collapse within a class : a <b>{34 * 'x'}…" in written(run).text
