"""`export.json`, which may come from anywhere and is not trusted."""

import dataclasses
import json

import pytest

from tfgan_kit.runtime.manifest import Manifest, ManifestEntry, fingerprint
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"content")
    entry = ManifestEntry("a.tflite", "tflite", fingerprint(tmp_path / "a.tflite"), 4, [8, 8, 1])
    Manifest.find(tmp_path).write(entry)
    return tmp_path


def test_round_trip(folder):
    manifest = Manifest.find(folder / "a.tflite")
    entry = manifest.entry_of(folder / "a.tflite")
    assert (entry.latent_dim, entry.image_shape) == (4, [8, 8, 1])
    manifest.check(entry)
    assert manifest.entry_of(folder / "b.tflite") is None
    assert Manifest.find(folder / "nowhere" / "a.tflite").entries == []


def test_changed_and_missing_files_are_named(folder):
    manifest = Manifest.find(folder)
    for content in (b"cOntent", b"conten"):
        (folder / "a.tflite").write_bytes(content)
        with pytest.raises(InvalidArgument, match="a.tflite is not the file"):
            manifest.check(manifest.entries[0])
    (folder / "a.tflite").unlink()
    with pytest.raises(InvalidArgument, match="a.tflite is missing"):
        manifest.check(manifest.entries[0])


def test_folder_is_one_entry(tmp_path):
    (tmp_path / "1" / "variables").mkdir(parents=True)
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "1" / "variables" / "data").write_bytes(b"weights")
    files = fingerprint(tmp_path / "1")
    assert sorted(files) == ["saved_model.pb", "variables/data"]
    manifest = Manifest.find(tmp_path / "1")
    manifest.write(ManifestEntry(".", "saved_model", files, 4, [8, 8, 1]))
    assert Manifest.find(tmp_path / "1").entry_of(tmp_path / "1").format == "saved_model"
    assert fingerprint(tmp_path / "1") == files, "without the manifest itself"


BROKEN = {
    "no JSON": "{",
    "a list": "[]",
    "no exports": '{"format_version": 1}',
    "unknown key": {"color": "red"},
    "leads out": {"name": "../a.tflite"},
    "absolute": {"files": {"/etc/passwd": {"bytes": 1, "sha256": "0" * 64}}},
    "no hash": {"files": {"a.tflite": {"bytes": 7, "sha256": ""}}},
    "no size": {"files": {"a.tflite": {"bytes": "7", "sha256": "0" * 64}}},
    "no file": {"files": {}},
    "shape": {"image_shape": 5},
    "latent_dim": {"latent_dim": "8"},
    "figures": {"verification": "abc"},
    "another file's hash": {"files": {"b.tflite": {"bytes": 7, "sha256": "0" * 64}}},
    "classes": {"num_classes": 0},
    "labels": {"labels": "x"},
    "a name too few": {"num_classes": 2, "class_names": ["cat"]},
    "a name that is none": {"num_classes": 1, "class_names": [7]},
    "names of no classes": {"class_names": ["cat"]},
    "a share too few": {"num_classes": 2, "labels": {"shares": [1.0]}},
    "shares of no classes": {"labels": {"shares": [1.0]}},
    "shares that are none": {"num_classes": 2, "labels": {"shares": "ab"}},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_broken_manifest_is_one_error(folder, change):
    text = change
    if isinstance(change, dict):
        entry = dataclasses.asdict(Manifest.find(folder).entries[0])
        text = json.dumps({"format_version": 1, "exports": [{**entry, **change}]})
    (folder / "export.json").write_text(text)
    with pytest.raises(InvalidArgument, match="export.json is not a valid manifest"):
        Manifest.find(folder)


def test_older_and_newer_manifests(folder):
    content = json.loads((folder / "export.json").read_text())
    assert content["exports"][0].pop("num_classes") is None
    assert content["exports"][0].pop("class_names") is None
    assert content["exports"][0].pop("noise") == "standard normal"
    (folder / "export.json").write_text(json.dumps(content))
    assert Manifest.find(folder).entries[0].num_classes is None
    assert Manifest.find(folder).entries[0].class_shares is None
    (folder / "export.json").write_text(json.dumps({**content, "format_version": 2}))
    with pytest.raises(InvalidArgument, match="format_version 2"):
        Manifest.find(folder)
