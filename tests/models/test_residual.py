"""R3GAN's networks: numbers by hand, initial variances, resampling and derivatives."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import models
from tfgan_kit.training import precision

SHAPE = (16, 16, 1)
LATENT_DIM = 6
# One stage for each way to convolve in groups: one group, two groups, one per channel.
ARGUMENTS = {"width": 4, "expansion": 2, "cardinality": (1, 2, 32)}


def values(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def layers_of(network, *kinds):
    return [layer for layer in network.layers if type(layer) in kinds]


def scramble(network, scale=0.3):
    """Set random weights, so that no branch is zero."""
    rng = np.random.default_rng(1)
    for variable in network.trainable_variables:
        variable.assign(rng.normal(0, scale, variable.shape))
    return network


def gradient_penalty(discriminator, images):
    """R1 and its gradients with respect to all weights; the last layer is linear."""
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(images)
            logits = discriminator(images, training=True)
            total = tf.reduce_sum(logits)
        penalty = tf.reduce_mean(tf.square(inner.gradient(total, images)))
    return penalty, outer.gradient(penalty, discriminator.trainable_variables)


def test_number_of_parameters():
    # 16x16x3; widths 2, 4, 8; inside blocks 4, 8, 16 in 2 groups; blocks 1, 2, 1.
    generator, discriminator = models.residual(
        (16, 16, 3), latent_dim=5, width=2, blocks=(1, 2, 1), cardinality=2, expansion=2
    )

    def block(width):
        inner = 2 * width
        return width * inner + inner + 9 * inner * inner // 2 + inner + inner * width

    blocks = block(2) + 2 * block(4) + block(8)
    transitions = 8 * 4 + 4 * 2
    assert generator.count_params() == 5 * 8 + 4 * 4 * 8 + blocks + transitions + 2 * 3
    assert discriminator.count_params() == 3 * 2 + blocks + transitions + 4 * 4 * 8 + 8


def test_default_parameters_and_stages():
    generator, discriminator = models.residual()
    assert [network.count_params() for network in (generator, discriminator)] == [69_168, 65_136]
    planes = [layer.output.shape[1:] for layer in layers_of(generator, layers.Add)]
    assert planes == [(7, 7, 64), (14, 14, 32), (28, 28, 16)]
    networks = models.residual(SHAPE, width=(3, 3, 5), blocks=(2, 1, 1))
    for network, widths in zip(networks, ([5, 3, 3, 3], [3, 3, 3, 5]), strict=True):
        assert [each.output.shape[-1] for each in layers_of(network, layers.Add)] == widths
        # Saved networks need Keras only.
        modules = {layer["module"] for layer in network.get_config()["layers"]}
        assert all(module.split(".")[0] == "keras" for module in modules)


def test_blocks_begin_as_the_identity():
    for network in models.residual(SHAPE, LATENT_DIM, **ARGUMENTS):
        added = [[*each.input, each.output] for each in layers_of(network, layers.Add)]
        pairs = keras.Model(network.input, added)
        for trunk, branch, output in pairs(values((2, *network.input_shape[1:]))):
            np.testing.assert_array_equal(trunk, output)
            assert not np.any(branch) and np.any(trunk)


@pytest.mark.parametrize(
    ("cardinality", "kernels_of_a_block", "fan_in"),
    [(1, 1, 64), (4, 4, 16), ((64, 128, 256), 1, 1)],
    ids=["together", "groups", "single"],
)
def test_initial_variances(cardinality, kernels_of_a_block, fan_in):
    _, discriminator = models.residual(
        SHAPE, width=64, blocks=(2, 1, 1), cardinality=cardinality, expansion=1
    )
    kernels = [weight for weight in discriminator.weights if len(weight.shape) == 4]
    gain = math.sqrt(2 / 1.04) * 4**-0.25
    in_blocks = [kernel for kernel in kernels if kernel.shape[:2] == (3, 3)]
    in_blocks = in_blocks[:kernels_of_a_block]
    drawn = np.concatenate([np.ravel(kernel) for kernel in in_blocks])
    # 576 weights at the least, whose deviation is right to 3 %.
    assert drawn.std() == pytest.approx(gain / math.sqrt(9 * fan_in), rel=0.1)
    assert len(drawn) == 9 * fan_in * 64
    assert np.std(kernels[1]) == pytest.approx(gain / math.sqrt(64), rel=0.1)
    if kernels_of_a_block > 1:
        assert not np.array_equal(*in_blocks[:2])
    transition = next(kernel for kernel in kernels if kernel.shape == (1, 1, 64, 128))
    assert np.std(transition) == pytest.approx(1 / math.sqrt(64), rel=0.1)
    assert np.std(discriminator.layers[-2].kernel) == pytest.approx(1 / 4, rel=0.1)


def test_basis_and_widths_keep_the_variance():
    generator, _ = models.residual(SHAPE, latent_dim=32, width=32)
    after = [layer.output for layer in layers_of(generator, layers.Dense, layers.EinsumDense)]
    transition = next(
        layer
        for layer in layers_of(generator, layers.Conv2D)
        if not layer.use_bias and layer.input.shape[-1] == 2 * layer.filters
    )
    inner = keras.Model(generator.input, [*after, transition.output])
    for output in inner(values((400, 32))):
        assert np.var(output) == pytest.approx(1, rel=0.25)
    image = keras.Model(generator.input, generator.layers[-1].input)(values((400, 32)))
    assert 0.1 < np.std(image) < 1


def by_loops(x, kernel, stride):
    """A filter of four weights along both axes, with zeros beyond the edge."""
    padded = np.pad(x, ((0, 0), (1, 2), (1, 2), (0, 0)))
    out = np.zeros_like(x)[:, ::stride, ::stride]
    for i, j in np.ndindex(4, 4):
        part = padded[:, i : i + x.shape[1], j : j + x.shape[2]][:, ::stride, ::stride]
        out += kernel[i] * kernel[j] * part
    return out


def test_resampling_is_bilinear():
    generator, discriminator = models.residual(SHAPE, LATENT_DIM, width=(3, 3, 3))
    x = values((2, 8, 8, 3))
    kernel = np.array([1, 3, 3, 1], "float32") / 8
    pools = layers_of(discriminator, layers.AveragePooling2D)
    pads = layers_of(discriminator, layers.ZeroPadding2D)
    down = keras.Model(pads[1].input, pools[5].output)(x)
    np.testing.assert_allclose(down, by_loops(x, kernel, stride=2), atol=1e-6)
    pools = layers_of(generator, layers.AveragePooling2D)
    double = layers_of(generator, layers.UpSampling2D)
    up = keras.Model(double[1].input, pools[3].output)(x)
    spread = np.zeros((2, 16, 16, 3), "float32")
    spread[:, ::2, ::2] = x
    # Zeros between pixels; the filter, twice as strong, begins one pixel earlier.
    shifted = by_loops(np.pad(spread, ((0, 0), (1, 0), (1, 0), (0, 0))), 2 * kernel, stride=1)
    np.testing.assert_allclose(up, shifted[:, :-1, :-1], atol=1e-6)


@pytest.mark.parametrize(("cardinality", "fan_in"), [(2, 4), (8, 1)])
def test_groups_equal_a_grouped_convolution(cardinality, fan_in):
    _, discriminator = models.residual(SHAPE, width=8, cardinality=cardinality)
    scramble(discriminator)
    activations = layers_of(discriminator, layers.LeakyReLU)
    convolutions = layers_of(discriminator, layers.Conv2D, layers.DepthwiseConv2D)
    threes = [each for each in convolutions if each.kernel_size[0] == 3]
    threes = threes[: cardinality if fan_in > 1 else 1]
    kernel = np.concatenate([np.reshape(each.kernel, (3, 3, fan_in, -1)) for each in threes], -1)
    bias = np.concatenate([each.bias for each in threes])
    x = values((2, 16, 16, 8))
    ours = keras.Model(activations[0].output, activations[1].input)(x)
    # TensorFlow's own grouped convolution has no gradient on a CPU.
    np.testing.assert_allclose(ours, tf.nn.conv2d(x, kernel, 1, "SAME") + bias, atol=1e-5)


@pytest.fixture
def float64():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


def as_one(gradients):
    return np.concatenate([np.ravel(each) for each in gradients if each is not None])


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "tolerance"), [("float32", 1e-4), ("mixed_bfloat16", 0.1)])
def test_second_derivatives_in_eager_graph_and_xla(policy, tolerance):
    with precision.scope(policy):
        _, discriminator = models.residual(SHAPE, LATENT_DIM, **ARGUMENTS)
    scramble(discriminator)
    images = tf.constant(values((2, *SHAPE)))
    penalty, expected = gradient_penalty(discriminator, images)
    assert penalty > 0 and penalty.dtype == "float32"
    # Biases change the slope only by changing the sign of leaky ReLU's input.
    kernels = [variable for variable in discriminator.trainable_variables if variable.ndim > 1]
    assert sum(gradient is not None for gradient in expected) >= len(kernels)
    for jit_compile in (False, True):
        compiled = tf.function(gradient_penalty, jit_compile=jit_compile)
        same, gradients = compiled(discriminator, images)
        np.testing.assert_allclose(same, penalty, rtol=tolerance)
        assert [each is None for each in gradients] == [each is None for each in expected]
        error = as_one(gradients) - as_one(expected)
        assert np.linalg.norm(error) < tolerance * np.linalg.norm(as_one(expected))


def test_derivatives_by_finite_differences(float64):
    _, discriminator = models.residual(SHAPE, **ARGUMENTS)
    # The last layer is always float32, and only a weighted sum.
    features = keras.Model(discriminator.input, discriminator.layers[-1].input)
    scramble(features, scale=0.5)
    rng = np.random.default_rng(2)
    images = tf.constant(rng.normal(size=(2, *SHAPE)))
    step = 1e-6
    _, gradients = gradient_penalty(features, images)
    kernels = [
        (variable, variable.numpy(), gradient.numpy())
        for variable, gradient in zip(features.trainable_variables, gradients, strict=True)
        if variable.ndim > 1
    ]
    # All at once, in a direction in which all have the same weight.
    directions = [rng.normal(size=g.shape) / np.linalg.norm(g) for _, _, g in kernels]
    penalties = []
    for sign in (1, -1):
        for (variable, start, _), direction in zip(kernels, directions, strict=True):
            variable.assign(start + sign * step * direction)
        penalties.append(float(gradient_penalty(features, images)[0]))
    slope = sum(np.sum(g * d) for (_, _, g), d in zip(kernels, directions, strict=True))
    assert slope == pytest.approx((penalties[0] - penalties[1]) / (2 * step), rel=1e-4)


@pytest.mark.parametrize("name", ["width", "blocks", "cardinality"])
def test_wrong_sequences_are_refused(name):
    wrong = [((1, 1), ".*each of the 3 stages"), ((1, 1, 1, 1), ".*each of the 3 stages")]
    for value, kind in [*wrong, ((1, 2.5, 1), "a positive integer"), ("111", "a positive integer")]:
        with pytest.raises(ValueError, match=rf"`{name}(\[1\])?` must be {kind}.*{name}.*="):
            models.residual(SHAPE, **{name: value})
    with pytest.raises(ValueError, match="`cardinality` must divide .* is 8 in stage 0.*=3 for"):
        models.residual(SHAPE, width=4, expansion=2, cardinality=3)
