"""MinibatchStdDev against NumPy, in graph, XLA and mixed precision, with its gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.layers import MinibatchStdDev
from tfgan_kit.utils.errors import InvalidArgument


def values(shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def by_loops(x, group_size=4, num_features=1):
    """The layer, example by example, with NumPy's own standard deviation."""
    x = np.float64(x)
    batch, channels = len(x), x.shape[-1]
    group = max(size for size in range(1, group_size + 1) if batch % size == 0)
    num_groups, width = batch // group, channels // num_features
    out = np.zeros((*x.shape[:-1], channels + num_features))
    out[..., :channels] = x
    for example in range(batch):
        together = x[example % num_groups :: num_groups]
        assert len(together) == group
        for part in range(num_features):
            deviation = together[..., part * width : (part + 1) * width].std(axis=0)
            out[example, ..., channels + part] = deviation.mean()
    return out


@pytest.mark.parametrize(
    ("shape", "group_size", "num_features"),
    # Groups of 4 and 2; then of 3, of 1, since 7 is a prime, and of fewer than `group_size`.
    [((8, 4, 3, 6), 4, 3), ((8, 5), 4, 1), ((8, 6), 2, 2), ((4, 2, 2, 2, 3), 4, 1)]
    + [((6, 3, 4), 4, 1), ((7, 2, 2, 2), 4, 1), ((3, 2, 2, 2), 4, 1), ((1, 4), 4, 1)]
    + [((10, 4), 100, 4)],
)
def test_equals_numpy(shape, group_size, num_features):
    x = values(shape)
    layer = MinibatchStdDev(group_size, num_features)
    result, expected = layer(x).numpy(), by_loops(x, group_size, num_features)
    assert result.dtype == np.float32
    assert result.shape == layer.compute_output_shape(shape)
    # A deviation of 0 becomes the square root of the epsilon.
    np.testing.assert_allclose(result, expected, atol=1.01e-4)
    if expected[..., shape[-1] :].min() > 0.1:
        np.testing.assert_allclose(result, expected, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_batch_size_and_positions_known_only_at_run_time(jit_compile):
    layer = MinibatchStdDev(4, 2)
    spec = tf.TensorSpec((None, None, None, 4))
    compiled = tf.function(layer, jit_compile=jit_compile, input_signature=[spec])
    # XLA compiles each shape anew.
    for batch in (6, 1) if jit_compile else (8, 6, 5, 1):
        x = values((batch, 2, 5, 4))
        np.testing.assert_allclose(compiled(x), layer(x), rtol=1e-5, atol=1e-6)
    assert compiled(values((0, 3, 3, 4))).shape == (0, 3, 3, 6)
    assert layer(values((0, 2))).shape == (0, 4)


@pytest.mark.parametrize("shape", [(4, 2, 2, 4), (6, 4)])
def test_gradient_by_finite_differences(shape):
    layer = MinibatchStdDev(num_features=2, dtype="float64")
    x = tf.constant(values(shape, dtype="float64"))
    weights = values((*shape[:-1], shape[-1] + 2), seed=1, dtype="float64")

    def value(x):
        return tf.reduce_sum(weights * layer(x) ** 2)

    with tf.GradientTape() as tape:
        tape.watch(x)
        result = value(x)
    gradient = tape.gradient(result, x).numpy()
    for index in np.ndindex(shape):
        step = np.zeros(shape)
        step[index] = 1e-6
        slope = float(value(x + step) - value(x - step)) / 2e-6
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize(("jit_compile", "batch"), [(False, 4), (False, 5), (True, 4)])
def test_second_order_gradients_are_finite_if_all_examples_are_equal(jit_compile, batch):
    layer = MinibatchStdDev()
    weight = tf.Variable(values((4, 1)))

    @tf.function(jit_compile=jit_compile, input_signature=[tf.TensorSpec((None, 3))])
    def penalty_gradient(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                logits = tf.reduce_sum(layer(tf.math.tanh(x)) @ weight)
            penalty = tf.reduce_sum(inner.gradient(logits, x) ** 2)
        return penalty, *outer.gradient(penalty, [x, weight])

    for x in (np.full((batch, 3), 0.5, "float32"), values((batch, 3))):
        for result in penalty_gradient(x):
            assert np.isfinite(result).all() and np.any(result)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_mixed_precision_computes_statistics_in_float32(dtype):
    # Deviations far below what the short formats resolve beside the mean.
    x = 100 + values((8, 16, 16, 8))
    layer = MinibatchStdDev(dtype=f"mixed_{dtype}")
    result = layer(x)
    assert result.dtype == dtype
    rounded = tf.cast(tf.cast(x, dtype), "float32").numpy()
    expected = tf.cast(tf.cast(by_loops(rounded), dtype), "float32").numpy()
    np.testing.assert_allclose(tf.cast(result, "float32"), expected, rtol=2**-8)
    # Squares of 1,000 would overflow float16.
    assert np.isfinite(tf.cast(layer(1000 * values((8, 4))), "float32")).all()


def test_saves_and_reloads_in_a_model(tmp_path):
    inputs = keras.Input((4, 4, 6))
    middle = MinibatchStdDev(3, 2, name="spread")(inputs)
    assert middle.shape == (None, 4, 4, 8)
    model = keras.Model(inputs, keras.layers.Conv2D(1, 4)(middle))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.get_layer("spread").get_config() == model.get_layer("spread").get_config()
    assert again.get_layer("spread").group_size == 3
    x = values((9, 4, 4, 6))
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_wrong_arguments():
    for name in ("group_size", "num_features"):
        with pytest.raises(InvalidArgument, match=f"`{name}` must be a positive integer"):
            MinibatchStdDev(**{name: 0})
    for shape in ((4, 2, 2, 3), (4, 3), (4,)):
        with pytest.raises(InvalidArgument, match=r"Received: input_shape=\(.*, num_features=2"):
            MinibatchStdDev(num_features=2)(np.zeros(shape, "float32"))
