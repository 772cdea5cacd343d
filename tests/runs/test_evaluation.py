"""`evaluate`: files, page, protocol, and wrong arguments."""

import dataclasses
import json

import numpy as np
import pytest

from tfgan_kit import runs
from tfgan_kit.evaluation.reference import get_extractor

FEW = {"features": "random", "num": 100}


def evaluated(run, cache_dir, quiet, **arguments):
    return runs.evaluate(run, **{**FEW, **arguments}, cache_dir=cache_dir, console=quiet)


def test_results_are_in_the_directory_and_on_the_page(shapes_run, cache_dir, quiet):
    before = {path.name for path in shapes_run.path.iterdir()}
    report = evaluated(shapes_run, cache_dir, quiet)
    new = {path.name for path in shapes_run.path.iterdir()} - before
    assert new == {"evaluation.json", "evaluation"}
    pictures = {path.name for path in shapes_run.evaluation_path.iterdir()}
    assert pictures == {"best.png", "worst.png", "closest.png", "samples.png", "real.png"}
    page = shapes_run.page_path.read_text(encoding="utf-8")
    for word in ("Verdict", "frechet random distance", "closest.png", "real images", "collapse"):
        assert word in page
    assert shapes_run.report.values == report.values


def test_protocol_is_complete_and_repeatable(shapes_run, cache_dir, quiet):
    report = evaluated(shapes_run, cache_dir, quiet)
    assert report.protocol == {
        **report.protocol,
        "num": 100,
        "extractor": "random",
        "extractor_sha256": "random-1-0-128",
        "seed": 0,
        "heldout": False,
        "run": str(shapes_run.path),
    }
    assert report.protocol["data"].endswith("shapes.npz")
    assert report.protocol["epoch"] == shapes_run.best["epoch"]
    assert evaluated(shapes_run, cache_dir, quiet).values == report.values
    assert evaluated(shapes_run, cache_dir, quiet, seed=1).values != report.values


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


def test_errors_leave_an_earlier_report(shapes_run, cache_dir, quiet, tmp_path):
    evaluated(shapes_run, cache_dir, quiet)
    before = shapes_run.report_path.read_bytes()
    with pytest.raises(ValueError, match="no such file"):
        evaluated(shapes_run, cache_dir, quiet, data_source="gone.npz")
    with pytest.raises(ValueError, match="`num` must be at least 50"):
        evaluated(shapes_run, cache_dir, quiet, num=20)
    config = shapes_run.config
    source = np.load(config.source)
    changed = tmp_path / "changed.npz"
    np.savez(changed, images=source["images"][:-1], labels=source["labels"][:-1])
    text = shapes_run.config_path.read_text().replace(config.source, str(changed))
    shapes_run.config_path.write_text(text)
    with pytest.raises(ValueError, match="changed.npz has changed since .* 240 images then, 239"):
        evaluated(shapes_run, cache_dir, quiet)
    assert shapes_run.report_path.read_bytes() == before


def test_moved_training_images_are_not_needed_for_others(shapes_run, cache_dir, quiet, tmp_path):
    evaluated(shapes_run, cache_dir, quiet)
    known = shapes_run.open_source().read(np.arange(240))
    moved = dataclasses.replace(shapes_run.config, source=str(tmp_path / "moved.npz"))
    moved.save(shapes_run.config_path)
    before = shapes_run.report_path.read_bytes()
    with pytest.raises(ValueError, match="moved.npz"):
        evaluated(shapes_run, cache_dir, quiet)
    assert shapes_run.report_path.read_bytes() == before
    with pytest.warns(UserWarning, match="Copies of training images are not .*moved.npz"):
        report = evaluated(shapes_run, cache_dir, quiet, data_source=255 - known)
    assert report.findings[-1].level == "unknown" and report.copies is None
    assert report.protocol["heldout"] is None
    assert "compared with other images" in shapes_run.page_path.read_text(encoding="utf-8")


def test_features_of_real_images_come_from_the_cache(shapes_run, cache_dir, quiet, monkeypatch):
    evaluated(shapes_run, cache_dir, quiet)
    calls = []
    extractor = get_extractor("random", None, cache_dir)
    original = type(extractor).call
    monkeypatch.setattr(
        type(extractor), "call", lambda self, images: calls.append(1) or original(self, images)
    )
    evaluated(shapes_run, cache_dir, quiet)
    assert calls == []


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
