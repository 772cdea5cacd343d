"""Runs on disk are found, followed, and read only when they change."""

import json
import os
import time

import numpy as np
import pytest

from tfgan_kit import runs
from tfgan_kit.lab.watching import Watched, find_runs
from tfgan_kit.media import images


def make_run(path, **settings):
    found = {"name": "x", "num_images": 100, "image_shape": [8, 8, 1], "num_skipped": 0}
    config = runs.RunConfig(epochs=10, data=found, **settings)
    return runs.Run.create(path, config)


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs" / "one")


def log(run, *epochs):
    lines = [{"epoch": n, "step": 4 * n, "seconds": seconds} for n, seconds in epochs]
    run.metrics_path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_runs_are_found_from_a_folder_the_one_above_or_a_run(run, tmp_path):
    other = make_run(tmp_path / "runs" / "two")
    (tmp_path / "runs" / "three").mkdir()
    os.utime(run.config_path, (1, 1))
    folder = tmp_path / "runs"
    expected = {"two": other.path.resolve(), "one": run.path.resolve()}
    assert find_runs(folder) == expected and list(find_runs(folder)) == ["two", "one"]
    assert list(find_runs(run.path)) == ["one", "two"]
    assert list(find_runs(tmp_path)) == ["runs/two", "runs/one"]
    with pytest.raises(ValueError, match="There is no run in .*three. Start one with"):
        find_runs(tmp_path / "runs" / "three")
    with pytest.raises(ValueError, match="There is no folder no/such"):
        find_runs("no/such")


def test_only_what_changed_is_read_again(run, monkeypatch):
    log(run, (1, 8.0))
    run.write_status(state="finished", step=4, seconds=8.0)
    watched, calls = Watched(run.path), []
    for name in ("metrics", "status", "config"):
        read = getattr(runs.Run, name).fget
        monkeypatch.setattr(
            runs.Run, name, property(lambda self, r=read, n=name: calls.append(n) or r(self))
        )
    first = watched.get("metrics")
    assert watched.get("metrics") is first and watched.get("config") is watched.get("config")
    log(run, (1, 8.0), (2, 9.0))
    assert len(watched.get("metrics")) == 2
    assert calls == ["metrics", "config", "metrics"]


def test_a_killed_training_is_noticed_though_its_files_stay(run):
    watched = Watched(run.path)
    with run.lock():
        run.write_status(state="running", step=4, seconds=8.0)
        assert watched.get("status")["state"] == "running"
    assert watched.get("status")["state"] == "killed"


def test_frames_appear(run):
    watched = Watched(run.path)
    assert watched.frames == {}
    for name in ("epoch-0000", "epoch-0001-step-00000500", "epoch-0001"):
        images.write_image(run.samples_path / f"{name}.png", np.zeros((8, 8, 1), "uint8"))
    assert list(watched.frames) == [(0, float("inf")), (1, 500), (1, float("inf"))]
    assert watched.frames is watched.frames


@pytest.mark.parametrize(
    ("settings", "epochs", "status", "done", "left"),
    [
        # 100 images in batches of 32 are 4 steps; 10 epochs are 40.
        ({}, [], ("running", 0, 1.0), 0.0, None),
        ({}, [], ("running", 2, 5.0), 0.05, 38 * 2.5),
        # The median of the epochs, not the first one with its first step.
        ({}, [(1, 30.0), (2, 8.0), (3, 8.0)], ("running", 12, 46.0), 0.3, 28 * 2.0),
        ({}, [(1, 8.0)], ("stopped", 4, 8.0), 0.1, 36 * 2.0),
        ({}, [(1, 8.0)], ("finished", 4, 8.0), 1.0, 0.0),
        ({"minutes": 2}, [], ("running", 9, 30.0), 0.25, 90.0),
        ({"minutes": 2}, [], ("running", 9, 130.0), 1.0, 0.0),
    ],
)
def test_progress_and_time_left(tmp_path, settings, epochs, status, done, left, monkeypatch):
    run = make_run(tmp_path / "run", **settings)
    log(run, *epochs)
    state, step, seconds = status
    monkeypatch.setattr(runs.Run, "_is_locked", lambda self: True)
    run.write_status(state=state, step=step, seconds=seconds)
    written = run.status_path.stat().st_mtime
    monkeypatch.setattr(time, "time", lambda: written)
    watched = Watched(run.path)
    assert watched.progress() == (pytest.approx(done), left and pytest.approx(left))
    if state == "running" and left:
        # Since the status was written, time has passed.
        monkeypatch.setattr(time, "time", lambda: written + 10)
        assert watched.progress()[1] == pytest.approx(left - 10)
