"""`compare`: one protocol for all, and a page that shows it."""

import io
import json
import shutil

import numpy as np
import pytest
from rich.console import Console

from tfgan_kit import runs


@pytest.fixture
def pair(shapes_run, tmp_path):
    shutil.copytree(shapes_run.path, tmp_path / "other")
    return [shapes_run.path, tmp_path / "other"]


def compared(paths, out, cache_dir, **arguments):
    arguments = {"features": "random", "num": 60, **arguments}
    quiet = Console(file=io.StringIO())
    return runs.compare(paths, out, cache_dir=cache_dir, console=quiet, **arguments)


def test_same_generator_has_the_same_numbers(pair, tmp_path, cache_dir):
    reports = compared(pair, tmp_path / "out", cache_dir)
    assert list(reports) == ["shapes-dcgan", "other"]
    first, second = (report.values for report in reports.values())
    assert first == second
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"comparison.json", "comparison.png", "curves.png", "index.html"}
    record = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert set(record) == set(reports)
    page = (tmp_path / "out" / "index.html").read_text()
    assert "shapes-dcgan, other" in page and "coverage" in page and "Verdict" not in page


@pytest.mark.slow
def test_same_names_in_other_folders_stay_apart(pair, tmp_path, cache_dir):
    shutil.copytree(pair[0], tmp_path / "deeper" / "shapes-dcgan")
    paths = [pair[0], tmp_path / "deeper" / "shapes-dcgan"]
    assert len(compared(paths, tmp_path / "out", cache_dir)) == 2


@pytest.mark.slow
def test_other_data_needs_data(pair, tmp_path, cache_dir):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "new.npz", images=rng.integers(0, 256, (200, 16, 16), "uint8"))
    recipe = {**vars(runs.RunConfig().recipe), "batch_size": 50, "latent_dim": 4}
    config = runs.RunConfig(source=str(tmp_path / "new.npz"), recipe=recipe, epochs=1)
    third = runs.start(
        runs.plan(config), tmp_path / "third", console=Console(file=io.StringIO())
    ).path
    with pytest.raises(ValueError, match="use --data"):
        compared([pair[0], third], tmp_path / "out", cache_dir)
    assert not (tmp_path / "out").exists()
    source = tmp_path / "new.npz"
    reports = compared([pair[0], third], tmp_path / "out", cache_dir, data_source=source)
    assert [report.copies.leave_one_out for report in reports.values()] == [False, True]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_fewer_than_two_runs_are_refused(pair, tmp_path, cache_dir, number):
    with pytest.raises(ValueError, match=f"two runs or more. Received: {min(number, 1)}"):
        compared(pair[:1] * number, tmp_path / "out", cache_dir)


def test_what_is_no_run_is_named(pair, tmp_path, cache_dir):
    with pytest.raises(ValueError, match="There is no run at .*nothing"):
        compared([pair[0], tmp_path / "nothing"], tmp_path / "out", cache_dir)


def test_what_stands_in_the_folder_is_not_overwritten(pair, tmp_path, cache_dir):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("mine")
    for out in (tmp_path / "site", pair[0], tmp_path / "site" / "index.html"):
        with pytest.raises(ValueError, match="neither an empty folder nor an earlier comparison"):
            compared(pair, out, cache_dir)
    assert (tmp_path / "site" / "index.html").read_text() == "mine"
