"""`evaluate`: files, page, protocol, and wrong arguments."""

import dataclasses
import io
import json
import shutil

import numpy as np
import pytest
from rich.console import Console

from tfgan_kit import runs
from tfgan_kit.evaluation import people
from tfgan_kit.evaluation.reference import get_extractor
from tfgan_kit.runs import page

FEW = {"features": "random", "num": 100}


def evaluated(run, cache_dir, quiet, **arguments):
    return runs.evaluate(run, **{**FEW, **arguments}, cache_dir=cache_dir, console=quiet)


@pytest.fixture(scope="module")
def first_evaluated(first_shapes_run, cache_dir, tmp_path_factory):
    """An evaluated run, and its report."""
    run = runs.Run(shutil.copytree(first_shapes_run.path, tmp_path_factory.mktemp("run") / "run"))
    return run, evaluated(run, cache_dir, Console(file=io.StringIO()))


@pytest.fixture
def evaluated_run(first_evaluated, tmp_path):
    """A copy that a test may change."""
    return runs.Run(shutil.copytree(first_evaluated[0].path, tmp_path / "evaluated"))


def test_results_are_in_the_directory_and_on_the_page(first_evaluated, first_shapes_run):
    run, report = first_evaluated
    first, names = ({path.name for path in each.path.iterdir()} for each in (first_shapes_run, run))
    assert names - first == {"evaluation.json", "evaluation"}
    pictures = {path.name for path in run.evaluation_path.iterdir()}
    assert pictures == {"best.png", "worst.png", "closest.png", "samples.png", "real.png"}
    text = run.page_path.read_text(encoding="utf-8")
    for word in ("Verdict", "frechet random distance", "closest.png", "real images", "collapse"):
        assert word in text
    assert run.report.values == report.values


def test_protocol_is_complete_and_repeatable_with_features_of_real_images_from_the_cache(
    first_evaluated, evaluated_run, cache_dir, quiet, monkeypatch
):
    run, report = first_evaluated
    assert report.protocol == {
        **report.protocol,
        "num": 100,
        "extractor": "random",
        "extractor_sha256": "random-1-0-128",
        "seed": 0,
        "heldout": False,
        "run": str(run.path),
    }
    assert report.protocol["data"].endswith("shapes.npz")
    assert report.protocol["epoch"] == run.best["epoch"]
    assert evaluated(evaluated_run, cache_dir, quiet, seed=1).values != report.values
    calls = []
    extractor = get_extractor("random", None, cache_dir)
    original = type(extractor).call
    monkeypatch.setattr(
        type(extractor), "call", lambda self, images: calls.append(1) or original(self, images)
    )
    assert evaluated(evaluated_run, cache_dir, quiet).values == report.values
    assert calls == []


def test_classifier_adds_classes(shapes_run, cache_dir, quiet, quick_judge):
    report = evaluated(shapes_run, cache_dir, quiet, features="auto")
    assert {"frechet_classifier_distance", "classifier_score", "classes_hit"} <= set(report.values)
    assert not any("fid" in name or "inception" in name for name in report.values)
    assert (shapes_run.evaluation_path / "classes.png").stat().st_size > 1000
    record = json.loads(shapes_run.report_path.read_text())
    assert record["protocol"]["extractor_accuracy"] > 0.8
    assert len(record["protocol"]["extractor_sha256"]) == 64


def test_held_out_images(shapes_run, cache_dir, quiet, tmp_path):
    rng = np.random.default_rng(5)
    np.savez(tmp_path / "other.npz", images=rng.integers(0, 256, (120, 20, 20), "uint8"))
    with pytest.warns(UserWarning, match="20×20 grey, are compared as 16×16 grey"):
        report = evaluated(shapes_run, cache_dir, quiet, data_source=tmp_path / "other.npz")
    assert report.protocol["heldout"] and report.protocol["num"] == 60
    assert not report.copies.leave_one_out


def test_what_people_judged_of_this_state_is_in_the_report_and_on_the_page(
    evaluated_run, cache_dir, quiet, command_line
):
    def judge(answer, step, num=1):
        record = {"kind": "real", "answer": answer, "step": step}
        for _ in range(num):
            people.append(evaluated_run.people_path, record)

    def row(report):
        return [(row.value, row.note) for row in report.rows if row.name == "human_error_rate"]

    step, before = evaluated_run.best["step"], evaluated_run.report
    assert row(before) == []
    judge("generated", step - 1)
    assert evaluated_run.report.rows == before.rows and evaluated_run.judgements == []
    judge("generated", step)
    judge("real", step, 3)
    expected = [(0.25, f"4 judgements of the state at step {step}")]
    assert row(evaluated_run.report) == expected
    assert row(evaluated(evaluated_run, cache_dir, quiet)) == expected
    judge("real", step, 4)
    page.write_page(evaluated_run)
    text = evaluated_run.page_path.read_text(encoding="utf-8")
    sentence = (
        "12 % (2 % to 47 %) of 8 images were taken for the wrong kind; 50 % if nobody can tell"
    )
    assert "human error rate →" in text and "8 judgements" in text and sentence in text
    out = command_line("info", evaluated_run.path, cwd=evaluated_run.path).out
    assert sentence in " ".join(out.split())


def test_errors_leave_an_earlier_report(evaluated_run, cache_dir, quiet, tmp_path):
    before = evaluated_run.report_path.read_bytes()
    with pytest.raises(ValueError, match="no such file"):
        evaluated(evaluated_run, cache_dir, quiet, data_source="gone.npz")
    with pytest.raises(ValueError, match="`num` must be at least 50"):
        evaluated(evaluated_run, cache_dir, quiet, num=20)
    config = evaluated_run.config
    source = np.load(config.source)
    changed = tmp_path / "changed.npz"
    np.savez(changed, images=source["images"][:-1], labels=source["labels"][:-1])
    text = evaluated_run.config_path.read_text().replace(config.source, str(changed))
    evaluated_run.config_path.write_text(text)
    with pytest.raises(ValueError, match="changed.npz has changed since .* 240 images then, 239"):
        evaluated(evaluated_run, cache_dir, quiet)
    assert evaluated_run.report_path.read_bytes() == before


def test_moved_training_images_are_not_needed_for_others(evaluated_run, cache_dir, quiet, tmp_path):
    known = evaluated_run.open_source().read(np.arange(240))
    moved = dataclasses.replace(evaluated_run.config, source=str(tmp_path / "moved.npz"))
    moved.save(evaluated_run.config_path)
    before = evaluated_run.report_path.read_bytes()
    with pytest.raises(ValueError, match="moved.npz"):
        evaluated(evaluated_run, cache_dir, quiet)
    assert evaluated_run.report_path.read_bytes() == before
    with pytest.warns(UserWarning, match="Copies of training images are not .*moved.npz"):
        report = evaluated(evaluated_run, cache_dir, quiet, data_source=255 - known)
    assert report.findings[-1].level == "unknown" and report.copies is None
    assert report.protocol["heldout"] is None
    assert "compared with other images" in evaluated_run.page_path.read_text(encoding="utf-8")


def test_training_images_are_not_held_out_images(
    shapes_run, shapes_file, cache_dir, quiet, tmp_path
):
    images = np.load(shapes_file)["images"]
    np.savez(tmp_path / "half.npz", images=images[:120])
    with pytest.warns(UserWarning, match="60 of the 60 different images .* are training images"):
        report = evaluated(shapes_run, cache_dir, quiet, data_source=tmp_path / "half.npz")
    assert not report.protocol["heldout"] and report.copies.leave_one_out


@pytest.mark.slow
def test_pictures_of_earlier_features_are_removed(shapes_run, cache_dir, quiet, quick_judge):
    evaluated(shapes_run, cache_dir, quiet, features="classifier")
    assert (shapes_run.evaluation_path / "classes.png").exists()
    evaluated(shapes_run, cache_dir, quiet)
    assert not (shapes_run.evaluation_path / "classes.png").exists()


def test_conditional_run(conditional_run, cache_dir, quiet):
    report = evaluated(conditional_run, cache_dir, quiet)
    assert conditional_run.report.values == report.values
