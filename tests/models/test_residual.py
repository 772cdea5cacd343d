"""R3GAN's networks: numbers by hand, initial variances, derivatives, saving."""

import json
import math
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_kit import models
from tfgan_kit.training import precision

SHAPE = (16, 16, 1)
LATENT_DIM = 6
# A stage for each way to convolve in groups: all channels together, in two groups, one by one.
ARGUMENTS = {"width": 4, "expansion": 2, "cardinality": (1, 2, 32)}


def values(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def scramble(network, scale=0.3):
    """Weights as after some training: no branch is zero any more."""
    rng = np.random.default_rng(1)
    for variable in network.trainable_variables:
        variable.assign(rng.normal(0, scale, variable.shape))
    return network


def gradient_penalty(discriminator, images):
    """R1 and its derivatives by the weights that it depends on: all, the logits being linear."""
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(images)
            logits = discriminator(images, training=True)
            total = tf.reduce_sum(logits)
        penalty = tf.reduce_mean(tf.square(inner.gradient(total, images)))
    return penalty, outer.gradient(penalty, discriminator.trainable_variables)


@pytest.mark.parametrize("size", [16, 28, 32, 56, 64, 112, 128, 224, 256])
def test_every_size_builds(size):
    channels = 1 if size % 7 else 3
    generator, discriminator = models.residual((size, size, channels), latent_dim=4, width=1)
    assert generator.input_shape == (None, 4)
    assert generator.output_shape == discriminator.input_shape == (None, size, size, channels)
    assert discriminator.output_shape == (None, 1)
    planes = [layer.output.shape[1] for layer in generator.layers if type(layer) is layers.Add]
    assert planes == [planes[0] * 2**k for k in range(len(planes))]
    assert planes[0] in (4, 7) and planes[-1] == size
    assert max(layer.output.shape[-1] for layer in generator.layers[1:]) <= 8


def test_parameters_are_those_counted_by_hand():
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
    planes = [layer.output.shape[1:] for layer in generator.layers if type(layer) is layers.Add]
    assert planes == [(7, 7, 64), (14, 14, 32), (28, 28, 16)]


def test_widths_may_be_given_for_every_stage():
    generator, discriminator = models.residual(SHAPE, width=(3, 3, 5), blocks=(2, 1, 1))
    for network, widths in ((generator, [5, 3, 3, 3]), (discriminator, [3, 3, 3, 5])):
        added = [layer.output.shape[-1] for layer in network.layers if type(layer) is layers.Add]
        assert added == widths


def test_images_are_in_range_and_get_a_logit():
    generator, discriminator = models.residual((16, 16, 3), LATENT_DIM, **ARGUMENTS)
    images = np.asarray(scramble(generator, 1)(50 * values((3, LATENT_DIM))))
    assert images.shape == (3, 16, 16, 3) and images.dtype == np.float32
    assert np.abs(images).max() <= 1 and images.min() < 0 < images.max()
    logits = np.asarray(discriminator(images))
    assert logits.shape == (3, 1) and np.isfinite(logits).all() and logits.std() > 0


def test_blocks_begin_as_the_identity():
    for network in models.residual(SHAPE, LATENT_DIM, **ARGUMENTS):
        added = [layer for layer in network.layers if type(layer) is layers.Add]
        pairs = keras.Model(network.input, [[*layer.input, layer.output] for layer in added])
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
    kinds = (layers.Dense, layers.EinsumDense)
    after = [layer.output for layer in generator.layers if type(layer) in kinds]
    transition = next(
        layer
        for layer in generator.layers
        if type(layer) is layers.Conv2D
        and not layer.use_bias
        and layer.input.shape[-1] == 2 * layer.filters
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
    pools = [each for each in discriminator.layers if type(each) is layers.AveragePooling2D]
    pads = [each for each in discriminator.layers if type(each) is layers.ZeroPadding2D]
    down = keras.Model(pads[1].input, pools[5].output)(x)
    np.testing.assert_allclose(down, by_loops(x, kernel, stride=2), atol=1e-6)
    pools = [each for each in generator.layers if type(each) is layers.AveragePooling2D]
    double = [each for each in generator.layers if type(each) is layers.UpSampling2D]
    up = keras.Model(double[1].input, pools[3].output)(x)
    spread = np.zeros((2, 16, 16, 3), "float32")
    spread[:, ::2, ::2] = x
    # Zeros between pixels; the filter, twice as strong, begins one pixel earlier.
    shifted = by_loops(np.pad(spread, ((0, 0), (1, 0), (1, 0), (0, 0))), 2 * kernel, stride=1)
    np.testing.assert_allclose(up, shifted[:, :-1, :-1], atol=1e-6)


@pytest.mark.parametrize(("cardinality", "fan_in"), [(2, 4), (8, 1)])
def test_groups_are_those_of_a_grouped_convolution(cardinality, fan_in):
    _, discriminator = models.residual(SHAPE, width=8, cardinality=cardinality)
    scramble(discriminator)
    activations = [each for each in discriminator.layers if type(each) is layers.LeakyReLU]
    kinds = (layers.Conv2D, layers.DepthwiseConv2D)
    threes = [
        each for each in discriminator.layers if type(each) in kinds and each.kernel_size[0] == 3
    ]
    threes = threes[: cardinality if fan_in > 1 else 1]
    kernel = np.concatenate([np.reshape(each.kernel, (3, 3, fan_in, -1)) for each in threes], -1)
    bias = np.concatenate([each.bias for each in threes])
    x = values((2, 16, 16, 8))
    ours = keras.Model(activations[0].output, activations[1].input)(x)
    # TensorFlow's own runs forward on a CPU, though not backward.
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
    # The slope does not depend on what a bias adds, but for where leaky ReLU bends.
    kernels = [variable for variable in discriminator.trainable_variables if variable.ndim > 1]
    assert sum(gradient is not None for gradient in expected) >= len(kernels)
    for jit_compile in (False, True):
        compiled = tf.function(gradient_penalty, jit_compile=jit_compile)
        same, gradients = compiled(discriminator, images)
        np.testing.assert_allclose(same, penalty, rtol=tolerance)
        assert [each is None for each in gradients] == [each is None for each in expected]
        error = as_one(gradients) - as_one(expected)
        assert np.linalg.norm(error) < tolerance * np.linalg.norm(as_one(expected))


def test_derivatives_are_those_of_finite_differences(float64):
    _, discriminator = models.residual(SHAPE, **ARGUMENTS)
    # The last layer is float32 whatever the others are, and no more than a weighted sum.
    features = keras.Model(discriminator.input, discriminator.layers[-1].input)
    scramble(features, scale=0.5)
    rng = np.random.default_rng(2)
    images = tf.constant(rng.normal(size=(2, *SHAPE)))
    direction, step = rng.normal(size=images.shape), 1e-6

    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(features(images))
    slope = np.sum(tape.gradient(total, images) * direction)
    ahead, behind = (np.sum(features(images + sign * step * direction)) for sign in (1, -1))
    assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-5)

    _, gradients = gradient_penalty(features, images)
    kernels = [
        (variable, variable.numpy(), gradient.numpy())
        for variable, gradient in zip(features.trainable_variables, gradients, strict=True)
        if variable.ndim > 1
    ]
    # All at once, in a direction where each counts as much as the next.
    directions = [rng.normal(size=g.shape) / np.linalg.norm(g) for _, _, g in kernels]
    penalties = []
    for sign in (1, -1):
        for (variable, start, _), direction in zip(kernels, directions, strict=True):
            variable.assign(start + sign * step * direction)
        penalties.append(float(gradient_penalty(features, images)[0]))
    slope = sum(np.sum(g * d) for (_, _, g), d in zip(kernels, directions, strict=True))
    assert slope == pytest.approx((penalties[0] - penalties[1]) / (2 * step), rel=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_gives_float32(policy):
    with precision.scope(policy):
        generator, discriminator = models.residual(SHAPE, LATENT_DIM, width=4)
    assert generator.layers[1].compute_dtype == policy.removeprefix("mixed_")
    images = np.asarray(generator(values((3, LATENT_DIM))))
    assert images.dtype == np.asarray(discriminator(images)).dtype == np.float32
    halves = images.astype("float16") if policy == "mixed_float16" else tf.cast(images, "bfloat16")
    assert (np.asarray(tf.cast(halves, "float32")) != images).mean() > 0.9


def test_saved_networks_need_no_other_package(tmp_path):
    for network, inputs in zip(
        models.residual(SHAPE, LATENT_DIM, **ARGUMENTS),
        (values((2, LATENT_DIM)), values((2, *SHAPE))),
        strict=True,
    ):
        path = tmp_path / "network.keras"
        scramble(network).save(path)
        config = json.loads(zipfile.ZipFile(path).read("config.json"))
        modules = {layer["module"] for layer in config["config"]["layers"]}
        assert all(module.split(".")[0] == "keras" for module in modules)
        loaded = keras.models.load_model(path)
        np.testing.assert_array_equal(loaded(inputs), network(inputs))


def test_the_same_seed_gives_the_same_networks():
    def build(seed):
        keras.utils.set_random_seed(seed)
        return [w for net in models.residual(SHAPE, width=2) for w in net.get_weights()]

    first, again, other = build(3), build(3), build(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 32, 1), (28, 28, 2), None])
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match=r"`image_shape` must be .*16, 28, 32.*Received: image_sh"):
        models.residual(shape)


@pytest.mark.parametrize("name", ["latent_dim", "expansion", "width", "blocks", "cardinality"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "100", None, True])
def test_wrong_numbers_are_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be an integer of 1 or more.*{name}="):
        models.residual(SHAPE, **{name: value})


@pytest.mark.parametrize("name", ["width", "blocks", "cardinality"])
@pytest.mark.parametrize("value", [(), (1, 1), (1, 1, 1, 1), (1, 0, 1), (1, 2.5, 1), "111"])
def test_wrong_numbers_of_stages_are_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*each of the 3 stages.*{name}="):
        models.residual(SHAPE, **{name: value})


def test_groups_must_divide_the_channels():
    with pytest.raises(ValueError, match="`cardinality` must divide .* is 8 in one .*=3 there"):
        models.residual(SHAPE, width=4, expansion=2, cardinality=3)
