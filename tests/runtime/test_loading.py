"""`load`: every kind of file, and every kind of damage one clear error."""

import shutil
import warnings

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import export, latent
from tfgan_kit.runtime import loading
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def path(tflite_file):
    return tflite_file


def test_every_format_gives_the_images_of_the_model(unproven, first_export, path, tmp_path):
    generator, _ = first_export
    export.to_saved_model(generator, tmp_path / "served")
    (tmp_path / "saved").mkdir()
    generator.save(tmp_path / "saved" / "generator.keras")
    places = {
        "tflite": path,
        "saved_model": tmp_path / "served",
        "keras": tmp_path / "saved" / "generator.keras",
    }
    noise = latent.sample(5, 6, seed=3)
    for name, place in places.items():
        loaded = export.load(place)
        assert (loaded.format, loaded.latent_dim, loaded.image_shape) == (name, 6, (8, 8, 1))
        images = loaded.generate(5, seed=3)
        np.testing.assert_allclose(images, generator.predict(noise, verbose=0), atol=1e-5)


def test_folder_means_its_newest_version_or_its_first_file(path, tmp_path):
    for version in ("9", "10", "x"):
        (tmp_path / "served" / version).mkdir(parents=True)
        (tmp_path / "served" / version / "saved_model.pb").touch()
    assert loading.find_file(tmp_path / "served").name == "10"
    assert loading.find_file(tmp_path) == path
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidArgument, match="holds no exported generator"):
        loading.find_file(tmp_path / "empty")
    with pytest.raises(InvalidArgument, match="no file or folder"):
        loading.find_file(tmp_path / "nowhere")
    path.unlink()
    with pytest.raises(InvalidArgument, match=f"export.json tells of is there: {path.name}"):
        loading.find_file(tmp_path)


def damaged(content, kind):
    middle = len(content) // 2
    return {
        "empty": b"",
        "truncated": content[:middle],
        "flipped": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "longer": content + b"\0",
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "truncated", "flipped", "longer"])
def test_damage_is_told_by_the_manifest(path, kind):
    path.write_bytes(damaged(path.read_bytes(), kind))
    with pytest.raises(InvalidArgument, match="SHA-256 or size is another"):
        export.load(path)


def test_foreign_file_is_tried_in_another_process(path, monkeypatch):
    tried = []
    probe = loading.probe
    monkeypatch.setattr(loading, "probe", lambda path: tried.append(path) or probe(path))
    export.load(path)
    assert tried == [], "a file that a manifest vouches for"
    (path.parent / "export.json").unlink()
    export.load(path)
    assert tried == [path]


@pytest.mark.parametrize("kind", ["empty", "truncated"])
def test_damage_without_a_manifest(path, kind):
    (path.parent / "export.json").unlink()
    path.write_bytes(damaged(path.read_bytes(), kind))
    with pytest.raises(InvalidArgument, match="generator.tflite"):
        export.load(path)


def test_file_that_the_manifest_does_not_know_is_loaded_with_a_warning(path):
    other = path.with_name("other.tflite")
    shutil.copy(path, other)
    with pytest.warns(UserWarning, match="does not tell of other.tflite"):
        export.load(other)


def test_other_kind_under_this_name(tmp_path):
    for name, content, message in (
        ("a.tflite", b"PNG\r\n....", "no TFLite, Keras or ONNX file"),
        ("c.tflite", b"\0\0\0\0TFL3 and no more", "c.tflite"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidArgument, match=message):
            export.load(tmp_path / name)


def test_manifest_of_another_generator(path):
    manifest = path.parent / "export.json"
    manifest.write_text(manifest.read_text().replace('"latent_dim": 6', '"latent_dim": 7'))
    with pytest.raises(InvalidArgument, match="manifest says 7"):
        export.load(path)


def test_size_cap_and_threads(path):
    with pytest.raises(InvalidArgument, match="`max_bytes` is 10"):
        export.load(path, max_bytes=10)
    for max_bytes in (None, "1", 0, 1.5):
        with pytest.raises(InvalidArgument, match="max_bytes="):
            export.load(path, max_bytes=max_bytes)
    for threads in (0, "2", True):
        with pytest.raises(InvalidArgument, match="threads="):
            export.load(path, threads=threads)
    export.load(path, threads=1).generate(1)


def test_saved_model_that_writes_a_file_is_not_called(tmp_path):
    class Writer(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 6), tf.float32, "noise")])
        def serve(self, noise):
            tf.io.write_file(str(tmp_path / "written.txt"), "written")
            return {"images": tf.reshape(tf.tile(noise, [1, 8]), (-1, 8, 6, 1))}

    module = Writer()
    tf.saved_model.save(module, str(tmp_path / "model"), signatures=module.serve)
    with pytest.raises(InvalidArgument, match="WriteFile"):
        export.load(tmp_path / "model")
    assert not (tmp_path / "written.txt").exists()


def test_nothing_warns_of_a_file_of_the_kit(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export.load(path).generate(2, seed=0)
