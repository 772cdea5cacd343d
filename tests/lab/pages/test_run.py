"""The Run page shows what the run's files say, and follows them."""

import json
import math
import shutil
from unittest import mock

import numpy as np
import pytest
from bokeh.models import ColumnDataSource

from tfgan_kit import runs
from tfgan_kit.lab.pages import run as page
from tfgan_kit.media import images


@pytest.fixture
def folder(first_shapes_run, tmp_path):
    """Two runs: that of two epochs, and a copy that was at its first one and is training."""
    for name in ("done", "young"):
        shutil.copytree(first_shapes_run.path, tmp_path / name)
    done, young = (runs.Run(tmp_path / name) for name in ("done", "young"))
    # Of so short a training it is 0.
    lines = [{**record, "precision": record["epoch"] / 8} for record in done.metrics]
    lines = [json.dumps(line).replace("NaN", "null") + "\n" for line in lines]
    done.metrics_path.write_text("".join(lines))
    young.metrics_path.write_text(lines[0])
    young.write_status(state="running", step=5, seconds=4.0)
    return tmp_path


@pytest.fixture
def opened(folder, monkeypatch):
    monkeypatch.setattr(page, "training_floors", lambda run: {"precision": 0.75})
    # The tests say when it looks again.
    monkeypatch.setattr(page.pn.state, "add_periodic_callback", lambda function, period: None)
    return page._Page(folder / "done")


def columns(made, slot=0):
    return made.charts.sources[slot].data


def test_what_is_shown_is_what_the_files_say(opened, folder, complete):
    run = runs.Run(folder / "done")
    records = run.metrics
    for name in ("generator_loss", "real_accuracy", "precision", "diversity"):
        assert list(columns(opened)[name]) == [record[name] for record in records]
    assert list(columns(opened)["epoch"]) == [1, 2] and set(columns(opened)["run"]) == {"done"}
    text = opened.state.object
    assert "<b>done</b>: finished · 100 % · 10 steps · 2 epochs" in text
    assert f"best state: {run.best_name}" in text
    assert opened.bar.value == 1000
    heading = opened.charts.charts["precision"].heading.object
    assert "<b>0.25</b>" in heading
    assert "Share of generated images that lie among real ones" in heading
    assert "real images" not in heading
    complete(opened._tick())
    assert "real images 0.75" in opened.charts.charts["precision"].heading.object
    assert list(opened.charts.charts["precision"].floor.data["value"]) == [0.75, 0.75]


def test_a_scrubber_goes_over_the_grids(opened, folder):
    labels = list(opened.player.options)
    assert labels == ["epoch 0", "epoch 1", "epoch 2"]
    first, *_, real = opened.pictures
    assert opened.player.value == (2, math.inf), "the newest"
    assert first.pane.object == (folder / "done/samples/epoch-0002.png").read_bytes()
    assert real.pane.object == (folder / "done/real.png").read_bytes()
    opened.player.value = (0, math.inf)
    assert first.pane.object == (folder / "done/samples/epoch-0000.png").read_bytes()
    assert first.line.object == "done: epoch 0"


def test_lines_are_appended_and_the_newest_grid_is_followed_but_not_by_who_looks_back(
    opened, folder, monkeypatch
):
    run, streamed, stream = runs.Run(folder / "done"), [], ColumnDataSource.stream
    monkeypatch.setattr(
        ColumnDataSource, "stream", lambda self, new: streamed.append(new) or stream(self, new)
    )
    for epoch in (3, 4):
        line = {**run.metrics[-1], "epoch": epoch, "precision": 0.5 + epoch}
        with open(run.metrics_path, "a") as file:
            file.write(json.dumps(line) + "\n")
        grid = np.zeros((8, 8, 1), "uint8")
        images.write_image(run.samples_path / f"epoch-000{epoch}.png", grid)
        opened.update()
        opened.update()
        assert len(streamed) == epoch - 2 and list(streamed[-1]["epoch"]) == [epoch]
        assert list(columns(opened)["precision"])[-1] == 0.5 + epoch
        assert opened.player.value == ((3, math.inf) if epoch == 3 else (1, math.inf))
        opened.player.value = (1, math.inf)
    # A resumed run that was cut back is drawn anew.
    run.metrics_path.write_text(json.dumps(run.metrics[0]) + "\n")
    opened.update()
    assert list(columns(opened)["epoch"]) == [1] and len(streamed) == 2


def test_runs_are_compared(opened, folder, monkeypatch):
    monkeypatch.setattr(runs.Run, "_is_locked", lambda self: True)
    assert opened.others.options == ["young"]
    opened.others.value = ["young"]
    assert list(columns(opened, 1)["epoch"]) == [1] and set(columns(opened, 1)["run"]) == {"young"}
    assert opened.pictures[1].line.object == "young: epoch 2" and opened.pictures[1].box.visible
    assert "young" in opened.key.object
    colors = [
        opened.charts.charts["losses"].lines[place][2][0].glyph.line_color for place in (0, 1)
    ]
    assert colors[0] == colors[1], "two lines of one run"
    opened.chosen.select.value = "young"
    assert opened.others.value == [] and opened.others.options == ["done"]
    assert list(columns(opened)["epoch"]) == [1] and list(columns(opened, 1)["epoch"]) == []
    assert "<b>young</b>: training now · 50 % · about" in opened.state.object
    assert opened.bar.value == 500 and opened.bar.active


def test_runs_with_other_metrics_and_without_an_epoch(opened, folder):
    young = runs.Run(folder / "young")
    line = {**young.metrics[0], "level": 1.0, "resolution": 16.0, "modes": 3.0}
    young.metrics_path.write_text(json.dumps(line).replace("NaN", "null") + "\n")
    opened.others.value = ["young"]
    assert opened.charts.charts["modes"].box.visible
    opened.others.value = []
    assert not opened.charts.charts["modes"].box.visible
    assert np.isnan(columns(opened)["modes"]).all(), "its chart still needs the column"
    young.metrics_path.write_text("")
    opened.chosen.select.value = "young"
    assert not any(chart.box.visible for chart in opened.charts.charts.values())
    assert opened.key.object == "Charts appear after the first epoch." and opened.bar.visible
    young.write_status(state="stopped", step=0, seconds=0.0)
    opened.update()
    assert not opened.bar.visible, "nothing was trained"


def test_warnings_with_advice(opened, folder):
    run = runs.Run(folder / "done")
    assert not opened.warnings.visible
    record = json.loads(run.collapse_path.read_text().splitlines()[0])
    lines = [{**record, "epoch": n, "repeated_share": share} for n, share in ((1, 0.9), (2, 0.9))]
    run.collapse_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    opened.update()
    assert opened.warnings.visible and opened.warnings.alert_type == "warning"
    assert "mode collapse" in opened.warnings.object and "Try the recipe" in opened.warnings.object
    lines.append({**record, "epoch": 3, "repeated_share": 0.0})
    run.collapse_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    opened.update()
    assert "passed at epoch 3" in opened.warnings.object
    assert opened.warnings.alert_type == "light"


def test_a_notebook_s_page_stops_when_its_cell_is_run_again(opened, complete):
    opened._timer = mock.Mock()
    complete(opened._tick())
    root = opened.layout.get_root()
    complete(opened._tick())
    assert not opened._timer.stop.called
    opened.layout._cleanup(root)
    complete(opened._tick())
    assert opened._timer.stop.called


def test_a_run_that_is_gone_is_one_sentence(opened, folder):
    shutil.rmtree(folder / "done")
    shutil.rmtree(folder / "young")
    opened.update()
    assert opened.chosen.alert.visible and "There is no" in opened.chosen.alert.object


def test_no_run_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(page.pn.state, "add_periodic_callback", lambda function, period: None)
    made = page._Page(tmp_path)
    assert made.chosen.alert.visible and "There is no run in" in made.chosen.alert.object


DATA = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter((model) => model.type === "ColumnDataSource" && model.data.run)
  .map(({data}) => ({...data, epoch: [...data.epoch]}))
  .map(({run, epoch, precision}) => [run[0] ?? "", epoch, [...precision]])
  .filter(([run]) => run)"""
FIGURES = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter((model) => model.type === "Figure").map((model) => model.id).sort()"""


def wait_for(page, lines):
    """Until the charts in the browser have these lines."""
    page.wait_for_function(f"wanted => JSON.stringify(({DATA})()) === wanted", arg=_json(lines))


def _json(lines):
    return json.dumps(lines, separators=(",", ":"))


@pytest.mark.slow
def test_a_training_is_followed_in_a_browser(page, start_lab, folder):
    run = runs.Run(folder / "young")
    address = start_lab(folder)
    with run.lock():
        page.goto(f"{address}/run?run=young")
        page.get_by_text("training now · 50 % · about").wait_for(timeout=60_000)
        wait_for(page, [["young", [1], [0.125]]])
        figures = page.evaluate(FIGURES)
        # It trains on.
        line = {**run.metrics[0], "epoch": 2, "step": 10, "precision": 0.5}
        with open(run.metrics_path, "a") as file:
            file.write(json.dumps(line).replace("NaN", "null") + "\n")
        images.write_image(run.samples_path / "epoch-0003.png", np.zeros((8, 8, 1), "uint8"))
        signals = json.loads(run.collapse_path.read_text().splitlines()[0])
        run.collapse_path.write_text(json.dumps({**signals, "repeated_share": 0.9}) + "\n")
        page.get_by_text("young: epoch 3").wait_for()
        page.get_by_text("Try the recipe r3gan or wgan_gp").wait_for()
        wait_for(page, [["young", [1, 2], [0.125, 0.5]]])
        assert page.evaluate(FIGURES) == figures, "rebuilt"
        # Every control.
        for button, epoch in (("previous", 2), ("first", 0), ("next", 1), ("last", 3)):
            page.locator(f"button.{button}").click()
            page.get_by_text(f"young: epoch {epoch}").wait_for()
        page.locator("button.first").click()
        page.locator("button.play").click()
        page.get_by_text("young: epoch 3").wait_for()
        page.locator("input[type=search]").click()
        page.locator("[role=option]", has_text="done").click()
        page.get_by_text("done: epoch 2").wait_for()
        both = [["young", [1, 2], [0.125, 0.5]], ["done", [1, 2], [0.125, 0.25]]]
        wait_for(page, both)
        page.wait_for_function("location.search.includes('compare=')")
        page.reload()
        page.get_by_text("done: epoch 2").wait_for()
        wait_for(page, both)
    run.write_status(state="finished", step=10, seconds=9.0)
    page.get_by_text("finished · 100 % · 10 steps").wait_for()
    page.get_by_label("Run").select_option("done")
    page.get_by_text("done: finished").wait_for()
    wait_for(page, [["done", [1, 2], [0.125, 0.25]]])
