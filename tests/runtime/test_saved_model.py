"""SavedModels of other tools."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.runtime.saved_model import SavedModelGenerator
from tfgan_kit.utils.errors import InvalidArgument

NOISE = tf.TensorSpec((None, 4), tf.float32, "z")


def test_other_names_and_a_fixed_batch(save, tmp_path):
    fixed = tf.TensorSpec((2, 4), tf.float32, "z")
    save(tmp_path, lambda z: {"x": tf.reshape(2.0 * z, (2, 2, 2, 1))}, fixed)
    generator = SavedModelGenerator(tmp_path)
    assert (generator.batch_size, generator.latent_dim) == (2, 4)
    noise = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    np.testing.assert_allclose(generator.run(noise).reshape((3, 4)), 2 * noise)


@pytest.mark.parametrize(
    "spec, signature, message",
    [
        (tf.TensorSpec(None, tf.float32, "z"), "serving_default", r"z float32 \(\) to a float32"),
        (NOISE, "train", "no signature 'serving_default'"),
    ],
)
def test_other_interfaces(save, spec, signature, message, tmp_path):
    save(tmp_path, lambda z: {"a": z}, spec, signature=signature)
    with pytest.raises(InvalidArgument, match=message):
        SavedModelGenerator(tmp_path)


def test_damaged_weights(make_networks, tmp_path):
    generator, _ = make_networks()
    generator.export(tmp_path, verbose=False)
    data = tmp_path / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(InvalidArgument, match="as a SavedModel"):
        SavedModelGenerator(tmp_path)
