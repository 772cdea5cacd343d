"""Operations that a SavedModel may use."""

import pytest
import tensorflow as tf

from tfgan_kit import models
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.runtime import saved_model_ops
from tfgan_kit.runtime.loading import open_file
from tfgan_kit.utils.errors import InvalidArgument

SPEC = tf.TensorSpec((None, 4), tf.float32, "noise")


def write_file(noise, path):
    tf.io.write_file(f"{path}/x", "x")
    return tf.identity(noise)


def read_file(noise, path):
    return noise + tf.cast(tf.strings.length(tf.io.read_file("/etc/hosts")), tf.float32)


def run_python(noise, path):
    return tf.py_function(lambda x: x, [noise], tf.float32)


def save_tensors(noise, path):
    names = {"tensor_names": ["x"], "shape_and_slices": [""]}
    tf.raw_ops.SaveV2(prefix=f"{path}/x", tensors=[noise], **names)
    return tf.identity(noise)


def in_a_branch(noise, path):
    return tf.cond(tf.reduce_sum(noise) > 0, lambda: write_file(noise, path), lambda: noise)


FUNCTIONS = {
    write_file: "WriteFile",
    read_file: "ReadFile",
    run_python: "EagerPyFunc",
    save_tensors: "SaveV2",
    in_a_branch: "WriteFile",
}


@pytest.mark.parametrize("function, name", FUNCTIONS.items())
def test_operations_that_do_more_than_compute(save, function, name, tmp_path):
    save(tmp_path / "model", lambda noise: {"images": function(noise, tmp_path)}, SPEC)
    with pytest.raises(InvalidArgument, match=f"the operation {name}"):
        open_file(tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_asset_files_are_refused(tmp_path):
    (tmp_path / "words.txt").write_text("a\nb\n")
    module = tf.Module()
    module.words = tf.saved_model.Asset(str(tmp_path / "words.txt"))
    module.serve = tf.function(lambda noise: {"images": noise}, input_signature=[SPEC])
    tf.saved_model.save(module, str(tmp_path / "model"), signatures=module.serve)
    with pytest.raises(InvalidArgument, match="asset files"):
        saved_model_ops.check(tmp_path / "model")


def test_networks_of_the_kit_and_keras_exporter_pass(make_networks, tmp_path):
    generator, _ = models.get("residual")((16, 16, 1), latent_dim=8, width=4)
    Exportable(generator).save(tmp_path / "kit")
    saved_model_ops.check(tmp_path / "kit")
    generator, _ = make_networks()
    generator.export(tmp_path / "keras", verbose=False)
    assert open_file(tmp_path / "keras").generate(2, seed=0).shape == (2, 8, 8, 1)


def test_damaged_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff no protocol buffer")
    with pytest.raises(InvalidArgument, match="as a SavedModel"):
        saved_model_ops.check(tmp_path)
