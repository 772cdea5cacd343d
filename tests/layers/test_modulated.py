"""The modulated convolution against one convolution for each example, and its statistics."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.layers import ModulatedConv2D, Upsample2D

RANDOM = np.random.default_rng(0)


def values(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def in_groups(layer, features, scales):
    """The other implementation: weights for each example, in a convolution of as many groups."""
    kernel = layer.kernel * (layer.gain / math.prod(layer.kernel.shape[:-1]) ** 0.5)
    kernels = kernel[None] * scales[:, None, None, :, None]
    if layer.demodulate:
        power = tf.reduce_sum(kernels**2, axis=(1, 2, 3), keepdims=True)
        kernels *= tf.math.rsqrt(power + 1e-8)
    if layer.upsample:
        # Zeros between the pixels, this convolution and the filter, which is `Upsample2D` first,
        # but for the border.
        features = Upsample2D()(features)
    batch, height, width, channels = features.shape
    kernels = tf.reshape(tf.transpose(kernels, (1, 2, 3, 0, 4)), (*kernel.shape[:3], -1))
    features = tf.reshape(tf.transpose(features, (1, 2, 0, 3)), (1, height, width, -1))
    outputs = tf.nn.conv2d(features, kernels, 1, "SAME")
    outputs = tf.reshape(outputs, (height, width, batch, layer.filters))
    return tf.transpose(outputs, (2, 0, 1, 3)) + layer.offset


@pytest.mark.parametrize(
    ("kernel_size", "upsample", "demodulate"),
    [(3, False, True), (3, True, True), (1, False, False), (1, False, True)],
)
def test_equals_a_convolution_for_each_example(kernel_size, upsample, demodulate):
    features, scales = values(3, 6, 5, 4), values(3, 4)
    layer = ModulatedConv2D(7, kernel_size, upsample, demodulate, gain=1.3)
    out = layer([features, scales])
    assert out.shape == layer.compute_output_shape([features.shape, scales.shape])
    layer.offset.assign(np.arange(7))
    out, other = layer([features, scales]), in_groups(layer, features, scales)
    inner = slice(2, -2) if upsample else slice(None)
    np.testing.assert_allclose(out[:, inner, inner], other[:, inner, inner], atol=2e-5)


def test_border_and_phase_of_upsampling():
    # One pixel and a kernel of one tap: the filter's values, at the place of the tap.
    layer = ModulatedConv2D(1, upsample=True, demodulate=False, gain=3.0, bias=None)
    features = np.zeros((1, 3, 3, 1), "float32")
    features[0, 0, 1] = 1
    taps = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16
    layer.build([features.shape, (1, 1)])
    for row, column in itertools.product(range(3), repeat=2):
        kernel = np.zeros((3, 3, 1, 1))
        kernel[row, column] = 1
        layer.kernel.assign(kernel)
        # The centre's taps begin one pixel before; a correlation moves against its tap.
        whole = np.zeros((12, 12))
        top, left = 3 - 1 - (row - 1), 3 + 2 - 1 - (column - 1)
        whole[top : top + 4, left : left + 4] = taps
        out = layer([features, np.ones((1, 1), "float32")])[0, ..., 0]
        np.testing.assert_allclose(out, whole[3:9, 3:9], atol=1e-6)


@pytest.mark.parametrize("scale", [0.01, 1, 100])
@pytest.mark.parametrize("upsample", [False, True])
def test_demodulated_outputs_have_unit_variance(upsample, scale):
    features, scales = values(4, 16, 16, 32), scale * values(4, 32)
    out = np.asarray(ModulatedConv2D(64, upsample=upsample)([features, scales]))[:, 2:-2, 2:-2]
    # Of white noise, [1, 3] / 4 in each direction lets through this share.
    expected = ((1 + 9) / 16) ** 2 if upsample else 1
    assert out.var() == pytest.approx(expected, rel=0.06)
    assert out.var(axis=(0, 1, 2)).std() < 0.4 * expected


def test_gradients_equal_those_of_the_other_implementation():
    features, scales = tf.constant(values(2, 5, 5, 3)), tf.constant(values(2, 3))
    layer = ModulatedConv2D(4)
    layer([features, scales])
    weights = values(2, 5, 5, 4)
    gradients = []
    for function in (layer, lambda inputs: in_groups(layer, *inputs)):
        with tf.GradientTape() as tape:
            tape.watch([features, scales])
            total = tf.reduce_sum(function([features, scales]) * weights)
        gradients.append(tape.gradient(total, [features, scales, *layer.trainable_variables]))
    for ours, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, other, atol=2e-5)


@pytest.mark.parametrize("upsample", [False, True])
def test_half_precision(upsample):
    inputs = values(2, 8, 8, 16), values(2, 16)
    layer = ModulatedConv2D(8, upsample=upsample, dtype="mixed_bfloat16")
    out = layer(inputs)
    assert (out.dtype, layer.kernel.dtype) == ("bfloat16", "float32")
    wide = ModulatedConv2D.from_config({**layer.get_config(), "dtype": "float32"})
    wide.build([each.shape for each in inputs])
    wide.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(out, "float32"), wide(inputs), atol=0.06)


def test_saved_with_a_model(tmp_path):
    inputs = keras.Input((4, 4, 3)), keras.Input((3,))
    arguments = {"gain": 0.7, "lr_multiplier": 0.5, "bias": 1.0}
    x = ModulatedConv2D(3, upsample=True, **arguments)(inputs)
    x = ModulatedConv2D(2, 1, demodulate=False, bias=None)([x, inputs[1]])
    model = keras.Model(inputs, x)
    assert model.output_shape == (None, 8, 8, 2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    data = [values(2, 4, 4, 3), values(2, 3)]
    np.testing.assert_array_equal(loaded(data), model(data))


def test_upsampling_needs_a_kernel_of_3():
    with pytest.raises(ValueError, match="`kernel_size` must be an integer from 3 to 3"):
        ModulatedConv2D(4, 1, upsample=True)
