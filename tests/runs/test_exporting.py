"""Export of a run's generator, with a description of the run."""

import dataclasses

import numpy as np
import pytest

from tfgan_kit import export, runs
from tfgan_kit.data.readers.arrays import open_array
from tfgan_kit.export import publishing
from tfgan_kit.runs import exporting
from tfgan_kit.runtime.manifest import Manifest
from tfgan_kit.utils.errors import InvalidArgument


def test_manifest_describes_the_run(shapes_run, tmp_path):
    runs.export_run(shapes_run, "tflite", tmp_path / "shapes.tflite", batch_size=1)
    (entry,) = Manifest.find(tmp_path).entries
    assert entry.source["title"] == "shapes.npz, dcgan"
    assert entry.source["data"] == "shapes.npz, 240 images"
    assert entry.source["training"].startswith("10 steps of 48 images")


@pytest.mark.slow
def test_folders_of_this_machine_are_left_out(shapes_run, tmp_path, quick_judge, cache_dir):
    runs.evaluate(shapes_run, num=50, cache_dir=cache_dir)
    runs.export_run(shapes_run, "tflite", tmp_path / "shapes.tflite", batch_size=1)
    assert Manifest.find(tmp_path).entries[0].source["report"]["protocol"]["num"] == 50
    for name in ("export.json", "MODEL_CARD.md"):
        text = (tmp_path / name).read_text()
        assert str(shapes_run.path.parent) not in text and shapes_run.config.source not in text


def test_best_epoch_is_what_is_exported(shapes_run, tmp_path, unproven):
    runs.export_run(shapes_run, "tflite", tmp_path / "shapes.tflite")
    verification = export.verify(shapes_run.load_generator(), tmp_path / "shapes.tflite")
    assert verification.max_error < 1e-4


def test_integer_exports_of_labelled_data_are_judged(
    shapes_run, tmp_path, quick_judge, cache_dir, monkeypatch
):
    monkeypatch.setattr(publishing, "check_limits", lambda *arguments: None)
    verification = runs.export_run(
        shapes_run, "tflite", tmp_path / "a.tflite", "int8", 1, cache_dir=cache_dir
    )
    assert verification.frechet["num"] == 2_000
    assert verification.frechet["model"] > 0
    plain = runs.export_run(
        shapes_run, "tflite", tmp_path / "b.tflite", "int8", 1, judged=False, cache_dir=cache_dir
    )
    assert plain.frechet is None


@pytest.mark.parametrize(
    "num, labels, reason", [(40, True, "Received: 40 images"), (200, False, "has no labels")]
)
def test_integer_exports_that_cannot_be_judged_say_so(
    num, labels, reason, shapes_run, tmp_path, monkeypatch, unproven
):
    numbers = np.arange(num) % 2 if labels else None
    source = open_array(np.zeros((num, 16, 16, 1), "uint8"), "few", numbers)
    monkeypatch.setattr(type(shapes_run), "open_source", lambda run: source)
    with pytest.warns(
        UserWarning, match=f"Exported without the Fréchet distance, as with --no-judge: .*{reason}"
    ):
        runs.export_run(shapes_run, "tflite", tmp_path / "a.tflite", "int8", 1)
    if labels:
        with pytest.raises(
            InvalidArgument, match=rf"`judged` \(--judge\) does not work .*{reason}"
        ):
            runs.export_run(shapes_run, "tflite", tmp_path / "a.tflite", "int8", judged=True)


def test_every_format_has_an_exporter(shapes_run):
    assert set(exporting.WRITABLE) == {"saved_model", "tflite", "onnx", "web"}
    with pytest.raises(InvalidArgument, match="did you mean 'saved_model'"):
        runs.export_run(shapes_run, "savedmodel")
    with pytest.raises(InvalidArgument, match="`batch_size` does not work with"):
        runs.export_run(shapes_run, "web", batch_size=2)


def test_conditional_run_exports_its_labels(conditional_run, tmp_path, monkeypatch):
    named = {**conditional_run.config.data, "class_names": ["disc", "square"]}
    config = dataclasses.replace(conditional_run.config, data=named)
    monkeypatch.setattr(runs.Run, "config", config)
    runs.export_run(conditional_run, "tflite", tmp_path / "shapes.tflite")
    loaded = export.load(tmp_path / "shapes.tflite")
    assert (loaded.num_classes, loaded.class_names) == (2, ["disc", "square"])
    assert loaded.class_shares == [0.5, 0.5]
    difference = loaded.generate(5, seed=1) - conditional_run.generate(5, seed=1)
    assert abs(difference).max() < 1e-4
