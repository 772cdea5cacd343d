"""TFLite files of other tools."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import export
from tfgan_kit.runtime.tflite import TFLiteGenerator
from tfgan_kit.utils.errors import InvalidArgument

NOISE = tf.TensorSpec((2, 4), tf.float32, "z")


@pytest.fixture
def read(tmp_path):
    def make(function):
        concrete = tf.function(function, input_signature=[NOISE]).get_concrete_function()
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
        (tmp_path / "other.tflite").write_bytes(converter.convert())
        return TFLiteGenerator(tmp_path / "other.tflite")

    return make


def test_other_interfaces(read):
    with pytest.raises(InvalidArgument, match="one output of float32 images. Received: .*int32"):
        read(lambda z: {"images": tf.cast(z, tf.int32)})


def test_other_names(read):
    generator = read(lambda z: {"x": tf.reshape(2.0 * z, (2, 2, 2, 1))})
    noise = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    np.testing.assert_allclose(generator.run(noise).reshape((3, 4)), 2 * noise)


def test_several_threads_get_their_own_images(tflite_file):
    generator = export.load(tflite_file)
    wrong = []

    def draw(seed):
        for num in (1, 3, 2):
            images = generator.generate(num, seed=seed)
            if np.abs(images - expected[seed][:num]).max() > 1e-5:
                wrong.append(seed)

    expected = [generator.generate(3, seed=seed) for seed in range(8)]
    threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
