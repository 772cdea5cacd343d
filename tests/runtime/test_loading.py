"""`load`: every format, and one clear error for every kind of damage."""

import shutil
import warnings

import numpy as np
import pytest

from tfgan_kit import export, latent
from tfgan_kit.runtime import loading
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def path(tflite_file):
    return tflite_file


def test_every_format(unproven, first_export, path, tmp_path):
    generator, _ = first_export
    generator.save(tmp_path / "generator.keras")
    places = {
        "tflite": path.rename(tmp_path / "tflite.bin"),
        "saved_model": export.to_saved_model(generator, tmp_path / "served").path,
        "keras": tmp_path / "generator.keras",
    }
    expected = generator.predict(latent.sample(5, 6, seed=3), verbose=0)
    for name, place in places.items():
        loaded = loading.open_file(place)
        assert (loaded.format, loaded.latent_dim, loaded.image_shape) == (name, 6, (8, 8, 1))
        np.testing.assert_allclose(loaded.generate(5, seed=3), expected, atol=1e-5)


def test_a_folder_means_its_highest_version_or_first_file(path, tmp_path):
    for version in ("9", "10", "x"):
        (tmp_path / "served" / version).mkdir(parents=True)
        (tmp_path / "served" / version / "saved_model.pb").touch()
    assert loading.find_file(tmp_path / "served").name == "10"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    with pytest.raises(InvalidArgument, match="is a run, not an exported generator"):
        loading.find_file(tmp_path / "run")
    assert loading.find_file(tmp_path) == path
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidArgument, match="holds no exported generator"):
        loading.find_file(tmp_path / "empty")
    with pytest.raises(InvalidArgument, match="no file or folder"):
        loading.find_file(tmp_path / "nowhere")
    path.unlink()
    with pytest.raises(InvalidArgument, match=f"export.json exists: {path.name}"):
        loading.find_file(tmp_path)


def test_a_run_is_a_folder_with_settings_or_nothing_yet(path, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    found = [loading.is_run(each) for each in (tmp_path / "run", tmp_path / "no", tmp_path, path)]
    assert found == [True, True, False, False]


def test_damage_is_found_by_the_hashes(path):
    content = path.read_bytes()
    flipped = content[:99] + bytes([content[99] ^ 1]) + content[100:]
    for damaged in (b"", flipped, content + b"\0"):
        path.write_bytes(damaged)
        with pytest.raises(InvalidArgument, match="SHA-256 or size differs"):
            export.load(path)


def test_files_that_no_manifest_lists_are_first_run_in_another_process(path, monkeypatch):
    tried = []
    probe = loading.probe
    monkeypatch.setattr(loading, "probe", lambda path: tried.append(path) or probe(path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export.load(path).generate(2, seed=0)
    assert tried == [], "the manifest lists this file"
    other = path.with_name("other.tflite")
    shutil.copy(path, other)
    with pytest.warns(UserWarning, match="does not list other.tflite"):
        export.load(other)
    assert tried == [other]


def test_damage_without_a_manifest(path):
    (path.parent / "export.json").unlink()
    for damaged, message in (
        (path.read_bytes()[:5000], "generator.tflite"),
        (b"", "none of the formats saved_model, tflite, onnx, keras"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(InvalidArgument, match=message):
            export.load(path)


def test_max_bytes_and_threads(path):
    with pytest.raises(InvalidArgument, match=r"more than `max_bytes` \(10\)"):
        export.load(path, max_bytes=10)
    for arguments in ({"max_bytes": 0}, {"threads": 0}):
        with pytest.raises(InvalidArgument, match="must be .*a positive integer"):
            export.load(path, **arguments)
    export.load(path, threads=1).generate(1)
