"""The equalized layers against NumPy, their statistics, mixed precision and saving."""

import keras
import numpy as np
import pytest

from tfgan_kit.layers import EqualizedConv2D, EqualizedDense

RANDOM = np.random.default_rng(0)


def by_loops(x, kernel, strides, padding):
    """A convolution pixel by pixel; `"same"` pads as TensorFlow does, more after than before."""
    side, (height, width) = len(kernel), x.shape[1:3]
    if padding == "same":
        sizes = [-(-length // strides) for length in (height, width)]
        missing = [
            max((out - 1) * strides + side - length, 0)
            for out, length in zip(sizes, (height, width), strict=True)
        ]
        x = np.pad(x, [(0, 0), *[(each // 2, each - each // 2) for each in missing], (0, 0)])
    else:
        sizes = [-(-(length - side + 1) // strides) for length in (height, width)]
    out = np.zeros((len(x), *sizes, kernel.shape[-1]))
    for row, column in np.ndindex(*sizes):
        top, left = row * strides, column * strides
        patch = x[:, top : top + side, left : left + side]
        out[:, row, column] = np.tensordot(patch, kernel, 3)
    return out


def test_dense_equals_numpy():
    x = RANDOM.normal(size=(5, 3, 7)).astype("float32")
    layer = EqualizedDense(4, gain=1.7, lr_multiplier=0.01, bias=1.5)
    out = layer(x)
    assert out.shape == layer.compute_output_shape(x.shape)
    expected = x @ (layer.kernel.numpy() * 1.7 * 0.01 / 7**0.5) + 1.5
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("kernel_size", "strides"), [(3, 1), (4, 1), (3, 2), (1, 1)])
def test_convolution_equals_numpy(kernel_size, strides, padding):
    x = RANDOM.normal(size=(2, 6, 5, 3)).astype("float32")
    layer = EqualizedConv2D(4, kernel_size, strides, padding, gain=2**0.5, lr_multiplier=0.5)
    out = layer(x)
    assert out.shape == layer.compute_output_shape(x.shape)
    layer.offset.assign([1, 2, 3, 4])
    scale = 2**0.5 * 0.5 / (kernel_size**2 * 3) ** 0.5
    expected = by_loops(x, layer.kernel.numpy() * scale, strides, padding) + [0.5, 1, 1.5, 2]
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("resample", ["up", "down"])
@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_resampling_equals_numpy(kernel_size, resample):
    x = RANDOM.normal(size=(2, 6, 4, 3)).astype("float32")
    layer = EqualizedConv2D(4, kernel_size, resample=resample, gain=1.3, bias=0.5)
    out = layer(x)
    assert out.shape == layer.compute_output_shape(x.shape)
    kernel = layer.kernel.numpy() * 1.3 / (kernel_size**2 * 3) ** 0.5
    if resample == "up":
        expected = by_loops(x.repeat(2, 1).repeat(2, 2), kernel, 1, "same")
    else:
        expected = by_loops(x, kernel, 1, "same").reshape(2, 3, 2, 2, 2, 4).mean((2, 4))
    np.testing.assert_allclose(out, expected + 0.5, rtol=1e-4, atol=1e-5)
    copy = EqualizedConv2D.from_config(layer.get_config())
    assert copy.resample == resample


@pytest.mark.parametrize("lr_multiplier", [1.0, 0.01])
@pytest.mark.parametrize(
    ("layer", "shape"), [(EqualizedDense, (64, 256)), (EqualizedConv2D, (4, 8, 8, 64))]
)
def test_weights_and_outputs_have_unit_variance(layer, shape, lr_multiplier):
    keras.utils.set_random_seed(0)
    layer = layer(128, lr_multiplier=lr_multiplier, bias=None, **_valid(layer))
    out = np.asarray(layer(RANDOM.normal(size=shape).astype("float32")))
    assert layer.kernel.numpy().std() * lr_multiplier == pytest.approx(1, abs=0.02)
    assert out.std() == pytest.approx(1, abs=0.04)
    assert len(layer.weights) == 1


def _valid(layer):
    # Zeros beyond the border have no variance.
    return {"padding": "valid"} if layer is EqualizedConv2D else {}


def test_a_step_of_adam_moves_the_output_by_the_multiplier():
    x = np.eye(4, dtype="float32")
    moved = {}
    for multiplier in (1.0, 0.01):
        layer = EqualizedDense(1, lr_multiplier=multiplier)
        before = layer(x)
        optimizer = keras.optimizers.Adam(0.1, epsilon=1e-12)
        ones = [keras.ops.ones(weight.shape) for weight in layer.trainable_weights]
        optimizer.apply(ones, layer.trainable_weights)
        moved[multiplier] = np.asarray(before - layer(x)).mean()
    assert moved[1.0] == pytest.approx(0.1 / 2 + 0.1, rel=1e-4)
    assert moved[0.01] == pytest.approx(moved[1.0] / 100, rel=1e-3)


@pytest.mark.parametrize("kind", [EqualizedDense, EqualizedConv2D])
def test_half_precision_rounds_the_scaled_kernel_once(kind):
    layer = kind(16, gain=1.3, bias=0.5, dtype="mixed_bfloat16")
    x = RANDOM.normal(size=(2, 8, 8, 48)).astype("float32")
    out = layer(x)
    assert (out.dtype, layer.kernel.dtype) == ("bfloat16", "float32")
    wide = kind.from_config({**layer.get_config(), "dtype": "float32"})
    wide.build(x.shape)
    wide.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(out, "float32"), wide(x), rtol=0.02, atol=0.02)


def test_saved_with_a_model(tmp_path):
    model = keras.Sequential([
        keras.Input((8, 8, 2)),
        EqualizedConv2D(3, 4, 2, "valid", gain=1.2, lr_multiplier=0.5, bias=None),
        keras.layers.Flatten(),
        EqualizedDense(2, gain=0.7, lr_multiplier=2.0, bias=1.0),
    ])  # fmt: skip
    x = RANDOM.normal(size=(2, 8, 8, 2)).astype("float32")
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gain": 0}, "`gain` must be a positive number. Received: gain=0"),
        ({"lr_multiplier": -1}, "`lr_multiplier` must be a positive number"),
        ({"resample": "up", "strides": 2}, "`resample` needs a `kernel_size` that is odd"),
        ({"padding": "full"}, "`padding` must be one of 'same', 'valid'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        EqualizedConv2D(4, **arguments)
