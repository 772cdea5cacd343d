"""What a GAN refuses, beside what `test_gan.py` tries through `fit`."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.training import batch


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_float_is_fine(dtype):
    batch = tf.zeros((3, 8, 8, 1), dtype)
    assert batch.check_images(batch, (8, 8, 1)) is batch


def test_unknown_sizes_are_left_to_the_network():
    batch = keras.ops.convert_to_tensor(np.zeros((3, 8, 8, 1), "float32"))

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 1))])
    def traced(images):
        return batch.check_images(images, (8, 8, 1))

    assert traced(batch).shape == (3, 8, 8, 1)


@pytest.mark.parametrize("images", [np.ones(4), np.full(4, -1.0), np.zeros(0), np.full(4, 255)])
def test_range_leaves_the_rest_alone(images):
    assert batch.check_range(images) is None


def test_symbolic_call_builds_and_says_what_does_not_fit():
    network = keras.Sequential([keras.layers.Dense(3)])
    assert batch.call_symbolically("generator", network, keras.KerasTensor((None, 5))).shape == (
        None,
        3,
    )
    assert network.built
    with pytest.raises(ValueError, match=r"`generator` must take inputs of shape \(None, 6\)"):
        batch.call_symbolically("generator", network, keras.KerasTensor((None, 6)))
