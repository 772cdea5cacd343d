"""What stands beside an export: its manifest."""

import json
import math

import keras
import pytest

import tfgan_kit
from tfgan_kit import export
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.publishing import check_target, record
from tfgan_kit.runtime import Manifest
from tfgan_kit.utils.errors import InvalidArgument


def test_manifest_tells_what_the_file_is(make_gan, tmp_path):
    gan = make_gan()
    run = {"title": "Blobs", "recipe": "dcgan"}
    verification = export.to_tflite(gan, tmp_path / "a.tflite", "float16", 1, run=run)
    (entry,) = Manifest.find(tmp_path).entries
    assert (entry.name, entry.format) == ("a.tflite", "tflite")
    assert entry.settings == {"quantize": "float16", "batch_size": 1}
    assert (entry.latent_dim, entry.image_shape, entry.image_range) == (6, [8, 8, 1], [-1, 1])
    assert entry.verification["max_error"] == verification.max_error
    assert entry.versions["tfgan_kit"] == tfgan_kit.__version__
    assert entry.source == run
    assert entry.files["a.tflite"]["bytes"] == (tmp_path / "a.tflite").stat().st_size
    assert len(entry.files["a.tflite"]["sha256"]) == 64


def test_two_files_in_a_folder_and_one_of_them_again(make_gan, tmp_path):
    gan = make_gan()
    for name in ("a", "b", "a"):
        export.to_tflite(gan, tmp_path / f"{name}.tflite")
    assert [entry.name for entry in Manifest.find(tmp_path).entries] == ["b.tflite", "a.tflite"]
    for name in ("a", "b"):
        export.load(tmp_path / f"{name}.tflite").generate(1, seed=0)


def test_manifest_is_strict_json(tflite_file):
    text = tflite_file.with_name("export.json").read_text()

    def refuse(constant):
        raise AssertionError(constant)

    told = json.loads(text, parse_constant=refuse)["exports"][0]
    assert told["verification"]["psnr"] is None or math.isfinite(told["verification"]["psnr"])


def test_infinite_psnr_is_null(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"content")
    figures = {"max_error": 0.0, "mean_error": 0.0, "psnr": math.inf, "sample_distance": None}
    verification = export.Verification(
        str(tmp_path), **figures, bytes=7, latency={}, operations={}, needs=[]
    )
    inputs = keras.Input((4,))
    exportable = Exportable(keras.Model(inputs, keras.layers.Reshape((2, 2, 1))(inputs)))
    record(exportable, tmp_path / "a.tflite", "tflite", {}, verification, None)
    (entry,) = Manifest.find(tmp_path).entries
    assert entry.verification["psnr"] is None


@pytest.mark.parametrize(
    "there, run, message",
    [
        ({"export.json": ""}, None, "no manifest"),
        ({"MODEL_CARD.md": "my own"}, None, "not written by an export"),
        ({}, "abc", "`run` must be None or a dict"),
        ({}, {"license": 5}, "strings for"),
        ({}, {"x": {1, 2}}, "what JSON can hold"),
    ],
)
def test_what_could_not_be_written_is_refused_first(first_export, tmp_path, there, run, message):
    there = {"a.tflite": "before", **there}
    for name, text in there.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidArgument, match=message):
        export.to_tflite(first_export[0], tmp_path / "a.tflite", run=run)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == there


@pytest.mark.parametrize("path, message", [(None, "path=None"), ("", "path=''"), (5, "path=5")])
def test_what_is_no_path(path, message):
    for call in (export.load, lambda path: check_target(path, None, None)):
        with pytest.raises(InvalidArgument, match=message):
            call(path)


def test_folder_where_a_file_is_meant_and_the_other_way(tmp_path):
    (tmp_path / "a.tflite").mkdir()
    (tmp_path / "file").touch()
    for path, suffix, message in (
        ("a.tflite", ".tflite", "is a folder"),
        ("file/b.tflite", ".tflite", "file is a file"),
        ("file", None, "must be a folder"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            check_target(tmp_path / path, None, None, suffix)


@pytest.mark.parametrize(
    "run, message",
    [
        ({"loss": float("nan")}, "`run` must hold what JSON can hold"),
        ({"report": "good"}, r"`run\['report'\]`"),
        ({"report": {"protocol": {}}}, r"`run\['report'\]`"),
    ],
)
def test_run_that_could_not_be_told_is_refused_first(run, message, first_export, tflite_file):
    before = {path.name: path.read_bytes() for path in tflite_file.parent.iterdir()}
    with pytest.raises(InvalidArgument, match=message):
        export.to_tflite(first_export[0], tflite_file, run=run)
    assert {path.name: path.read_bytes() for path in tflite_file.parent.iterdir()} == before


def test_folder_in_the_place_of_the_manifest_and_odd_paths(tmp_path):
    (tmp_path / "export.json").mkdir()
    (tmp_path / "file").touch()
    for path, suffix, message in (
        ("a.tflite", ".tflite", "export.json would be written, and is a folder"),
        ("file/folder", None, "file is a file"),
        ("a\0b.tflite", ".tflite", "cannot be a path"),
        (300 * "x" + ".tflite", ".tflite", "cannot be a path"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            check_target(f"{tmp_path}/{path}", None, None, suffix)
