"""Checks of an export's arguments, and its description."""

import json
import math

import pytest

import tfgan_kit
from tfgan_kit import export, metrics
from tfgan_kit.export import publishing
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.runtime.manifest import Manifest
from tfgan_kit.utils.errors import InvalidArgument


def test_manifest_and_card_describe_the_file(make_gan, tmp_path):
    run = {"title": "Blobs", "recipe": "dcgan"}
    verification = export.to_tflite(make_gan(), tmp_path / "a.tflite", "float16", 1, run=run)
    (entry,) = Manifest.find(tmp_path).entries
    assert (entry.name, entry.format, entry.num_classes) == ("a.tflite", "tflite", None)
    assert entry.settings == {"quantize": "float16", "batch_size": 1}
    assert (entry.latent_dim, entry.image_shape, entry.image_range) == (6, [8, 8, 1], [-1, 1])
    assert entry.verification["max_error"] == verification.max_error
    assert entry.versions["tfgan_kit"] == tfgan_kit.__version__
    assert entry.source == run
    assert entry.files["a.tflite"]["bytes"] == (tmp_path / "a.tflite").stat().st_size
    assert len(entry.files["a.tflite"]["sha256"]) == 64
    assert verification.path == str(tmp_path / "a.tflite")
    assert "# Blobs" in (tmp_path / "MODEL_CARD.md").read_text()


@pytest.fixture
def publish_bytes(conditional_gan, monkeypatch):
    """Publish any content as the file of a conditional GAN, without comparing them."""
    figures = export.Verification("", 0.0, 0.0, math.inf, None, 7, {}, {}, [])
    monkeypatch.setattr(publishing, "prove", lambda *arguments: figures)
    exportable = Exportable(conditional_gan)

    def make(path, content=b""):
        def write(file, entry):
            file.write_bytes(content)

        publishing.publish(exportable, "tflite", path, write)

    return make


def test_two_files_in_a_folder_and_one_of_them_again(publish_bytes, tmp_path):
    for name in ("a", "b", "a"):
        publish_bytes(tmp_path / f"{name}.tflite", name.encode())
    manifest = Manifest.find(tmp_path)
    assert [entry.name for entry in manifest.entries] == ["b.tflite", "a.tflite"]
    for entry in manifest.entries:
        manifest.check(entry)


def test_labels_are_described_and_infinite_psnr_is_null_in_strict_json(publish_bytes, tmp_path):
    publish_bytes(tmp_path / "a.tflite")

    def refuse(constant):
        raise AssertionError(constant)

    text = (tmp_path / "export.json").read_text()
    (entry,) = json.loads(text, parse_constant=refuse)["exports"]
    assert entry["verification"]["psnr"] is None
    assert entry["num_classes"] == 3
    assert entry["labels"] == {"shape": [], "dtype": "int32", "shares": None}


@pytest.mark.parametrize(
    "present, run, message",
    [
        ({"export.json": ""}, None, "not a valid manifest"),
        ({"MODEL_CARD.md": "my own"}, None, "not written by an export"),
        ({}, "abc", "`run` must be None or a dict"),
        ({}, {"license": 5}, "strings for"),
        ({}, {"x": {1, 2}}, "TypeError: Object of type set"),
        ({}, {"loss": float("nan")}, "a dict for a JSON file"),
        ({}, {"report": "good"}, "evaluation.Report.to_dict"),
        ({}, {"report": {"protocol": {}}}, "evaluation.Report.to_dict"),
    ],
)
def test_what_could_not_be_described_is_refused_first(
    first_export, tmp_path, present, run, message
):
    present = {"a.tflite": "before", **present}
    for name, text in present.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidArgument, match=message):
        export.to_tflite(first_export[0], tmp_path / "a.tflite", run=run)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == present


def test_invalid_suffix_and_frechet(tmp_path):
    for suffix, frechet, message in (
        (".tflite", None, "must end in .onnx. Received: .*a.tflite"),
        (".onnx", 0.5, "export.FrechetChange. Received: frechet="),
        (".onnx", metrics.Pixels(), "export.FrechetChange. Received: frechet="),
    ):
        with pytest.raises(InvalidArgument, match=message):
            publishing.check_target("onnx", tmp_path / f"a{suffix}", frechet, None)
