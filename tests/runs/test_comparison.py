"""`compare`: one protocol for all runs, and a page that shows it."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from tfgan_kit import runs


@pytest.fixture
def pair(shapes_run, tmp_path):
    shutil.copytree(shapes_run.path, tmp_path / "other")
    return [shapes_run.path, tmp_path / "other"]


@pytest.fixture
def compared(tmp_path, cache_dir, quiet):
    def compare(paths, out=tmp_path / "out", **arguments):
        arguments = {"features": "random", "num": 60, **arguments}
        return runs.compare(paths, out, cache_dir=cache_dir, console=quiet, **arguments)

    return compare


def test_same_generator_has_the_same_numbers(pair, tmp_path, compared):
    reports = compared(pair)
    assert list(reports) == ["dcgan (shapes-dcgan)", "dcgan (other)"]
    first, second = (report.values for report in reports.values())
    assert first == second
    written = {path.name for path in (tmp_path / "out").iterdir()}
    tables = {f"comparison.{suffix}" for suffix in ("csv", "md", "tex")}
    assert written == tables | {"comparison.json", "comparison.png", "curves.png", "index.html"}
    record = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert set(record) == set(reports)
    page = (tmp_path / "out" / "index.html").read_text()
    assert (
        "dcgan (shapes-dcgan), dcgan (other)" in page
        and "coverage" in page
        and "Verdict" not in page
    )


@pytest.mark.slow
def test_runs_of_the_same_name_are_kept_apart(pair, tmp_path, compared):
    shutil.copytree(pair[0], tmp_path / "deeper" / "shapes-dcgan")
    paths = [pair[0], tmp_path / "deeper" / "shapes-dcgan"]
    first, second = compared(paths)
    assert first.endswith("/shapes-dcgan)") and second == "dcgan (deeper/shapes-dcgan)"


@pytest.mark.slow
def test_runs_on_different_data_need_data(pair, tmp_path, compared, quiet):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "new.npz", images=rng.integers(0, 256, (200, 16, 16), "uint8"))
    recipe = {**vars(runs.RunConfig().recipe), "batch_size": 50, "latent_dim": 4}
    config = runs.RunConfig(source=str(tmp_path / "new.npz"), recipe=recipe, epochs=1)
    third = runs.start(runs.plan(config), tmp_path / "third", console=quiet).path
    with pytest.raises(ValueError, match="use --data"):
        compared([pair[0], third])
    assert not (tmp_path / "out").exists()
    source = tmp_path / "new.npz"
    reports = compared([pair[0], third], data_source=source)
    assert [report.copies.leave_one_out for report in reports.values()] == [False, True]


def change_seed(run, seed):
    dataclasses.replace(run.config, seed=seed).save(run.config_path)


@pytest.mark.slow
def test_seeds_of_a_recipe_are_put_together_and_images_compared(
    pair, tmp_path, compared, shapes_file
):
    """Two seeds of a recipe, a third run that trained longer, a file and an array."""
    shutil.copytree(pair[0], tmp_path / "longer")
    for run in pair[1], tmp_path / "longer":
        change_seed(runs.Run(run), 1)
    longer = runs.Run(tmp_path / "longer")
    dataclasses.replace(longer.config, epochs=3).save(longer.config_path)
    generator = runs.Run(pair[1]).load_generator()
    generator.set_weights([0.5 * weights for weights in generator.get_weights()])
    generator.save(pair[1] / "generator.keras")
    images = np.random.default_rng(0).integers(0, 256, (80, 16, 16), "uint8")
    np.savez(tmp_path / "noise.npz", images=images)
    paths = [*pair, tmp_path / "longer", tmp_path / "noise.npz", images[:70, ::-1]]
    reports = compared(paths, data_source=shapes_file, num=100)
    names = ["dcgan (shapes-dcgan, 2 seeds)", "dcgan (longer)", "noise.npz", "array"]
    assert list(reports) == names
    change_seed(runs.Run(pair[1]), 0)
    singles = compared(pair, data_source=shapes_file, num=70).values()
    both, *others = reports.values()
    assert both.protocol["seeds"] == [0, 1] and both.protocol["num"] == 70, "as few as the array"
    for row, *found in zip(both.rows, *(each.rows for each in singles), strict=True):
        values = [each.value for each in found]
        assert (row.name, row.value) == (found[0].name, pytest.approx(np.mean(values)))
        assert row.error == pytest.approx(np.std(values, ddof=1)) and np.isnan(row.interval).all()
    assert len({each.values["frechet_random_distance"] for each in (both, *others)}) == 4
    assert "copied_share" in both.values and "copied_share" not in others[1].values
    lines = (tmp_path / "out" / "comparison.csv").read_text().splitlines()
    assert len(lines) == 4


def test_images_need_real_ones_of_one_shape(pair, compared):
    images = np.zeros((60, 8, 8), "uint8")
    for paths, message in (
        ([pair[0], np.zeros((60, 16, 16), "uint8")], r"\(--data\) .*compare array with"),
        ([pair[0], images], "must have images of one shape.*--image-size"),
    ):
        with pytest.raises(ValueError, match=message):
            compared(paths)


@pytest.mark.parametrize(
    "number, found", [(0, "nothing"), (1, "shapes-dcgan"), (2, "shapes-dcgan")]
)
def test_fewer_than_two_runs_are_refused(pair, compared, number, found):
    with pytest.raises(ValueError, match=f"two or more different runs, .*. Received: {found}$"):
        compared(pair[:1] * number)


def test_missing_run_is_named(pair, tmp_path, compared):
    with pytest.raises(ValueError, match="There is no run at .*nothing"):
        compared([pair[0], tmp_path / "nothing"])


def test_other_files_are_not_overwritten(pair, tmp_path, compared):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("mine")
    for out in (tmp_path / "site", pair[0], tmp_path / "site" / "index.html"):
        with pytest.raises(ValueError, match="not an empty folder|contains a run"):
            compared(pair, out)
    assert (tmp_path / "site" / "index.html").read_text() == "mine"


def test_one_with_labels_and_one_without(conditional_run, shapes_run, tmp_path, compared):
    reports = compared([conditional_run.path, shapes_run.path])
    first, second = (set(report.values) for report in reports.values())
    assert {"coverage", "frechet_random_distance"} <= second < first, "what needs labels is more"
    page = (tmp_path / "out" / "index.html").read_text()
    assert all(name in page for name in reports)
