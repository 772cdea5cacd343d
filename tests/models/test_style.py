"""StyleGAN2's networks: counts and shapes of the paper, which layer a style reaches, training."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_resumes

import tfgan_kit
from tfgan_kit import latent, models, penalties
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.layers import EqualizedConv2D, EqualizedDense, ModulatedConv2D, NoiseInjection
from tfgan_kit.training import precision

SMALL = {"latent_dim": 4, "width": 2, "mapping_layers": 2}


def build(image_shape=(8, 8, 1), **arguments):
    return models.style(image_shape, **{**SMALL, **arguments})


def gan_of(num_classes=3, **arguments):
    keras.utils.set_random_seed(1)
    gan = tfgan_kit.GAN(*build(num_classes=num_classes), num_classes=num_classes, seed=0)
    # The terms fall into other steps than those before and after saving.
    terms = [penalties.R1(interval=4), penalties.PathLength(interval=3)]
    gan.compile(penalties=terms, ema=0.9, **arguments)
    return gan


def layers_of(network, *kinds):
    return [layer for layer in network.layers if type(layer) in kinds]


def trained(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def test_config_f_at_1024():
    """Shapes and numbers of weights by layer, and the totals of the authors' code.

    A log of NVlabs/stylegan2-ada-pytorch at 1024x1024 is in the repository wangzizhe/gan-framework,
    stylegan2-ada/README.md: 28,794,124 with 2 of config F's 8 mapping layers, and 29,012,513. Its
    2,797,104 further numbers are the noise and the mean style, as here, and 26 filters of 16.
    """
    generator, discriminator = models.style((1024, 1024, 3), width=32)
    sizes = [4 * 2**level for level in range(9)]
    width = {size: min(32768 // size, 512) for size in sizes}
    assert trained(generator.mapping) == 8 * (512 * 512 + 512)

    expected = {(4, width[4], 9 * 512 * 512 + 512): 1}
    for small, size in itertools.pairwise(sizes):
        for inputs in (width[small], width[size]):
            layer = (size, width[size], 9 * inputs * width[size] + width[size])
            expected[layer] = expected.get(layer, 0) + 1
    expected |= {(size, 3, 3 * width[size] + 3): 1 for size in sizes}
    found = {}
    for layer in layers_of(generator.synthesis, ModulatedConv2D):
        key = (*layer.output.shape[2:], layer.count_params())
        found[key] = found.get(key, 0) + 1
    assert found == expected
    # A layer of scales for each, the constant, and a strength for each noise.
    affine = sum(513 * width[size] for size in sizes[:-1]) + 513 * sum(width.values())
    affine += 513 * (width[4] + sum(width[size] for size in sizes[1:]))
    weights = sum(count * number for (*_, number), count in expected.items())
    assert trained(generator.synthesis) == weights + affine + 16 * 512 + 17
    assert trained(generator) == 28_794_124 + 6 * (512 * 512 + 512) == 30_370_060
    assert generator.count_params() - trained(generator) == 2_797_104 - 26 * 16
    assert generator.synthesis.input_shape == (None, 18, 512)

    found = [
        (*layer.output.shape[1:], layer.count_params())
        for layer in layers_of(discriminator, EqualizedConv2D, EqualizedDense)
    ]
    expected = [(1024, 1024, 32, 3 * 32 + 32)]
    for size, small in itertools.pairwise(sizes[::-1]):
        inputs, outputs = width[size], width[small]
        expected.append((size, size, inputs, 9 * inputs**2 + inputs))
        expected.append((small, small, outputs, 9 * inputs * outputs + outputs))
        expected.append((small, small, outputs, inputs * outputs))
    expected += [(4, 4, 512, 9 * 513 * 512 + 512), (512, 16 * 512 * 512 + 512), (1, 513)]
    assert sorted(found) == sorted(expected)
    assert trained(discriminator) == discriminator.count_params() == 29_012_513


@pytest.mark.parametrize(
    ("size", "architecture"),
    [(4, ("skip", "residual")), (28, ("residual", "skip")), (32, ("skip", "skip"))],
)
def test_sizes_and_architectures(size, architecture):
    generator, discriminator = build((size, size, 3), architecture=architecture)
    noise = latent.sample(3, latent_dim=4, seed=0)
    images = generator(noise)
    styles = generator.mapping(noise)
    levels = {4: 1, 28: 3, 32: 4}[size]
    assert images.shape == (3, size, size, 3) and styles.shape == (3, 2 * levels, 4)
    assert len(layers_of(generator.synthesis, NoiseInjection)) == 2 * levels - 1
    np.testing.assert_array_equal(styles, np.repeat(styles[:, :1], 2 * levels, axis=1))
    np.testing.assert_allclose(generator.synthesis(styles), images, atol=1e-6)
    assert discriminator(images).shape == (3, 1)


def test_a_style_reaches_its_layer_and_those_behind():
    synthesis = build(image_shape=(16, 16, 1))[0].synthesis
    convolutions = layers_of(synthesis, ModulatedConv2D)
    each = [layer for layer in convolutions if layer.demodulate]
    each.sort(key=lambda layer: (layer.output.shape[1], not layer.upsample))
    outputs = keras.Model(synthesis.input, [layer.output for layer in each])
    first, second = latent.normal((2, 1, 6, 4), (0, 0))
    before = outputs(first)
    for start in range(6):
        mixed = keras.ops.concatenate([first[:, :start], second[:, start:]], axis=1)
        same = [np.array_equal(a, b) for a, b in zip(before, outputs(mixed), strict=True)]
        assert same == [layer < start for layer in range(5)]


def test_parts_are_saved_and_share_weights(tmp_path):
    generator, _ = build(num_classes=3)
    inputs = [latent.sample(2, 4, seed=0), np.array([0, 2])]
    for part, data in (
        (generator, inputs),
        (generator.mapping, inputs),
        (generator.synthesis, generator.mapping(inputs)),
    ):
        part.save(tmp_path / "part.keras")
        loaded = keras.models.load_model(tmp_path / "part.keras")
        np.testing.assert_array_equal(loaded(data), part(data))
    whole = {id(weight) for weight in generator.weights}
    assert whole > {id(weight) for weight in generator.synthesis.weights}


def test_the_mean_style_converges():
    generator, _ = build(num_classes=3)
    mix, labels = generator.get_layer("mix_styles"), np.arange(1000) % 3
    mix.decay = 0.8
    for seed in range(40):
        generator.styles([latent.sample(1000, 4, seed), labels], training=True)
    styles = generator.mapping([latent.sample(3000, 4, seed=100), np.arange(3000) % 3])[:, 0]
    assert np.std(styles, axis=0).min() > 0.1
    np.testing.assert_allclose(mix.mean, np.mean(styles, axis=0), atol=0.05)


def test_resumes_between_two_lazy_steps(labelled, tmp_path):
    data = tf.data.Dataset.from_tensor_slices((labelled[0][:16], labelled[1][:16])).batch(8)
    loaded = assert_resumes(gan_of(run_eagerly=True), data, tmp_path / "gan.keras")
    assert loaded.generator.mapping.name == "mapping"


@pytest.mark.slow
def test_several_steps_in_one_call_are_the_same_steps(labelled):
    states = []
    for steps in (1, 3):
        gan = gan_of(steps_per_execution=steps)
        gan.fit(*labelled, batch_size=8, verbose=0)
        states.append([weight.numpy() for weight in gan.weights])
    for one, several in zip(*states, strict=True):
        np.testing.assert_array_equal(one, several)


def test_half_precision(labelled):
    with precision.scope("mixed_bfloat16"):
        gan = gan_of(run_eagerly=True)
    dtypes = {layer.compute_dtype for layer in layers_of(gan.generator.synthesis, ModulatedConv2D)}
    assert dtypes == {"bfloat16", "float32"}
    assert gan.generator.output.dtype == gan.generator.mapping.output.dtype == "float32"
    gan.fit(*labelled, batch_size=24, verbose=0)
    assert all(np.isfinite(weight).all() for weight in gan.get_weights())
    images = gan.generate(8, 0, labels=0)
    wide = Exportable(gan).images(latent.sample(8, 4, seed=0), np.zeros(8, "int32"))
    np.testing.assert_allclose(images, wide, atol=0.05 * np.abs(wide).max())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "skip"}, '`architecture` must be a pair of "skip" or "residual"'),
        ({"architecture": ("skip", "plain")}, r"Received: architecture=\('skip', 'plain'\)"),
        ({"image_shape": (20, 20, 1)}, "a size of 4, 7, 8, .*, 896, 1024 and 1 or 3 channels"),
        ({"style_mixing": 1.5}, r"`style_mixing` must be a number in \[0, 1\]"),
        ({"mapping_lr_multiplier": 0}, "`mapping_lr_multiplier` must be a positive number"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**arguments)
