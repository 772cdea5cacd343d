"""What every network family must pass, and finding it by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same
from keras import layers

from tfgan_kit import models
from tfgan_kit.training import precision

LATENT_DIM = 6
FAMILIES = {
    "dcgan": (models.dcgan, {"image_shape": (16, 16, 1), "width": 4}),
    "dcgan_variants": (
        models.dcgan,
        {"image_shape": (16, 16, 3), "width": 4, "plane_convolution": False}
        | {"spectral_normalization": True, "minibatch_stddev": True},
    ),
    "mlp": (models.mlp, {"image_shape": (3, 2), "width": 16}),
    # One stage for each way to convolve in groups: one group, two groups, one per channel.
    "residual": (
        models.residual,
        {"image_shape": (16, 16, 1), "width": 4, "expansion": 2, "cardinality": (1, 2, 32)},
    ),
}
each_family = pytest.mark.parametrize("family", list(FAMILIES))


def build(family):
    keras.utils.set_random_seed(3)
    builder, arguments = FAMILIES[family]
    return builder(latent_dim=LATENT_DIM, **arguments)


def outputs_of(generator, discriminator):
    noise = np.random.default_rng(0).standard_normal((8, LATENT_DIM)).astype("float32")
    images = generator(noise)
    return np.asarray(images), np.asarray(discriminator(images))


@pytest.mark.parametrize("size", [16, 28, 64, 224])
@pytest.mark.parametrize("builder", [models.dcgan, models.residual])
def test_planes_double_up_to_the_size_of_the_images(builder, size):
    channels = 1 if size % 7 else 3
    generator, discriminator = builder((size, size, channels), latent_dim=4, width=2)
    assert generator.output_shape == discriminator.input_shape == (None, size, size, channels)
    grown = [
        each for each in generator.layers if isinstance(each, layers.Add | layers.Conv2DTranspose)
    ]
    planes = sorted({each.output.shape[1] for each in grown})
    assert planes == [planes[0] * 2**k for k in range(len(planes))]
    assert planes[0] in (4, 7) and planes[-1] == size
    assert max(each.output.shape[-1] for each in grown) <= 8 * 2


@each_family
def test_shapes_values_seed_and_saving(family, tmp_path):
    networks = build(family)
    generator, discriminator = networks
    shape = FAMILIES[family][1]["image_shape"]
    assert generator.input_shape == (None, LATENT_DIM)
    assert generator.output_shape == discriminator.input_shape == (None, *shape)
    images, logits = outputs_of(*networks)
    assert logits.shape == (8, 1) and np.isfinite(logits).all() and logits.std() > 0
    assert images.min() < 0 < images.max()
    assert family == "mlp" or np.abs(generator(np.full((1, LATENT_DIM), 1e4))).max() == 1
    loaded = []
    for network, again in zip(networks, build(family), strict=True):
        assert_same(network.get_weights(), again.get_weights())
        for index, variable in enumerate(network.trainable_variables):
            variable.assign(np.random.default_rng(index).normal(0, 0.3, variable.shape))
        network.save(tmp_path / "network.keras")
        loaded.append(keras.saving.load_model(tmp_path / "network.keras"))
    assert_same(outputs_of(*loaded), outputs_of(*networks))


@each_family
@pytest.mark.parametrize("half", ["bfloat16", "float16"])
def test_mixed_precision_gives_float32(family, half):
    with precision.scope(f"mixed_{half}"):
        generator, discriminator = build(family)
    assert generator.layers[1].compute_dtype == half
    for outputs in outputs_of(generator, discriminator):
        assert outputs.dtype == np.float32
        assert (tf.cast(tf.cast(outputs, half), "float32") != outputs).numpy().mean() > 0.5


def test_names_and_callables():
    assert all(models.get(name) is getattr(models, name) for name in ("dcgan", "mlp", "residual"))
    assert models.get(build) is build
    with pytest.raises(ValueError, match="`model` must be .*did you mean 'dcgan'"):
        models.get("dcgam")


@pytest.mark.parametrize(
    ("builder", "names"),
    [(models.dcgan, "latent_dim width"), (models.mlp, "latent_dim width depth")]
    + [(models.residual, "latent_dim width expansion blocks cardinality")],
)
def test_integers_out_of_range_are_refused(builder, names):
    for name in names.split():
        for value in (0, "100", None):
            with pytest.raises(ValueError, match=f"`{name}` must be a positive integer.*{name}="):
                builder((16, 16, 1), **{name: value})
