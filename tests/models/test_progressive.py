"""Progressive networks: the paper's layers, and levels that are equal where they meet."""

import re

import numpy as np
import pytest

from tfgan_kit import models
from tfgan_kit.layers import EqualizedConv2D, EqualizedDense

NOISE = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
IMAGES = np.random.default_rng(1).uniform(-1, 1, (4, 16, 16, 3)).astype("float32")

# Table 2 of the paper: size, channels and parameters of each layer with weights.
WIDTHS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 256, 128: 128, 256: 64, 512: 32, 1024: 16}


def convolution(side, before, after):
    return side * side * before * after + after


def rows(network):
    """Size, channels and parameters, without conversions from and to RGB of lower levels."""
    return [
        (*layer.output.shape[1:], layer.count_params())
        for layer in network.layers
        if isinstance(layer, (EqualizedConv2D, EqualizedDense)) and layer.output.shape[-1] != 3
    ]


def test_layers_are_those_of_table_2():
    generator, discriminator = models.progressive((1024, 1024, 3))
    # 23.1 million each in table 2. The authors' code, tkarras/progressive_growing_of_gans, prints
    # no totals in public; its networks.py has the layers below, but the first one of the generator
    # has a bias for each of 512 channels, and here (and in pytorch_GAN_zoo) for each of 8,192
    # units. The discriminator, which is StyleGAN's too, is printed by NVlabs/stylegan:
    # kynk94/torch-firewood, firewood/models/gan/StyleGAN.py.
    expected = 23_079_115 + 8192 - 512
    assert sum(np.prod(each.shape) for each in generator.trainable_weights) == expected
    assert sum(np.prod(each.shape) for each in discriminator.trainable_weights) == 23_087_249

    expected, before = [(8192, 512 * 8192 + 8192), (4, 4, 512, convolution(3, 512, 512))], 512
    for size, width in list(WIDTHS.items())[1:]:
        expected.append((size, size, width, convolution(3, before, width)))
        expected.append((size, size, width, convolution(3, width, width)))
        before = width
    assert rows(generator) == expected

    found = [row for row in rows(discriminator) if row[-1] != 4 * row[-2]]
    expected = []
    for size in list(WIDTHS)[:0:-1]:
        width, after = WIDTHS[size], WIDTHS[size // 2]
        expected.append((size, size, width, convolution(3, width, width)))
        expected.append((size // 2, size // 2, after, convolution(3, width, after)))
    expected.append((4, 4, 512, convolution(3, 513, 512)))
    assert found == [*expected, (512, 8192 * 512 + 512), (1, 513)]
    to_rgb = [layer for layer in generator.layers if getattr(layer, "filters", 0) == 3]
    assert sorted(layer.count_params() for layer in to_rgb) == sorted(
        3 * width + 3 for width in WIDTHS.values()
    )


def build(size, **arguments):
    arguments = {"width": 8, "max_width": 8, **arguments}
    return models.progressive(
        (size, size, 3), latent_dim=6, level_images=10, fade_images=10, **arguments
    )


def set_level(network, images):
    for layer in network.layers:
        if hasattr(layer, "update"):
            layer.update(images)


def number(layer):
    return int(re.search(r"\d*$", layer.name).group() or 0)


def groups(network):
    """Layers with weights by kind, in the order in which they were made."""
    found = {}
    for layer in sorted(network.layers, key=number):
        if isinstance(layer, (EqualizedConv2D, EqualizedDense)):
            kind = type(layer), layer.name.startswith("images")
            found.setdefault(kind, []).append(layer)
    return found


def copy(source, target, from_end):
    """The weights of the layers that a smaller network has too."""
    for kind, small in groups(target).items():
        large = groups(source)[kind]
        large = large[-len(small) :] if from_end else large[: len(small)]
        for each, other in zip(large, small, strict=True):
            other.set_weights(each.get_weights())


@pytest.mark.parametrize(("images", "level"), [(0, 0), (10, 0), (20, 1), (30, 1), (40, 2)])
def test_a_level_is_a_network_of_its_size(images, level):
    """Before and after each fade, also of a network that has no larger layers."""
    large, small = build(16), build(4 << level)
    for network, other, from_end in zip(large, small, (False, True), strict=True):
        copy(network, other, from_end)
        set_level(network, images)
        set_level(other, 1e9)
    times = 4 >> level
    enlarged = np.repeat(np.repeat(small[0](NOISE), times, 1), times, 2)
    np.testing.assert_allclose(large[0](NOISE), enlarged, atol=1e-5)
    side = 4 << level
    reduced = IMAGES.reshape(4, side, times, side, times, 3).mean((2, 4))
    np.testing.assert_allclose(large[1](IMAGES), small[1](reduced), atol=1e-5)


def test_half_a_fade_is_half_of_each_image():
    generator, _ = build(8)
    found = []
    for images in (10, 15, 20):
        set_level(generator, images)
        found.append(np.asarray(generator(NOISE)))
    np.testing.assert_allclose(found[1], (found[0] + found[2]) / 2, atol=1e-6)


@pytest.mark.parametrize("conditioning", ["projection", "acgan"])
def test_conditional(conditioning):
    generator, discriminator = build(8, num_classes=3, conditioning=conditioning)
    # The label is of the noise's size from the beginning.
    images = [np.asarray(generator([NOISE, np.full(4, label)])) for label in range(2)]
    assert np.abs(images[0] - images[1]).max() > 0.01
    assert [each.shape[-1] for each in discriminator.outputs] == [1, 3][
        : len(discriminator.outputs)
    ]
    assert len(discriminator.inputs) == (2 if conditioning == "projection" else 1)


@pytest.mark.parametrize(("width", "max_width"), [(4, 8), ((8, 8, 4), 1)])
def test_widths_are_doubled_up_to_the_most(width, max_width):
    generator, discriminator = build(16, width=width, max_width=max_width)
    assert {row[:3] for row in rows(generator)[1:]} == {(4, 4, 8), (8, 8, 8), (16, 16, 4)}
    assert (16, 16, 4, convolution(3, 4, 4)) in rows(discriminator)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (48, 48, 3)}, r"a size of 4, 7, 8, 14, .*896, 1024 and 1 or 3 channels"),
        ({"conditioning": "concat"}, "`conditioning` must be one of 'projection', 'acgan'"),
        ({"width": (8, 4)}, "one for each of the 3 stages"),
        ({"max_width": 0}, "`max_width` must be a positive integer"),
        ({"fade_images": 0}, "`fade_images` must be a positive integer"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        models.progressive(**{"image_shape": (16, 16, 3), **arguments})
