"""What every network family must pass, and finding it by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same

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


@each_family
def test_shapes_and_values(family):
    generator, discriminator = build(family)
    shape = FAMILIES[family][1]["image_shape"]
    assert generator.input_shape == (None, LATENT_DIM)
    assert generator.output_shape == discriminator.input_shape == (None, *shape)
    images, logits = outputs_of(generator, discriminator)
    assert logits.shape == (8, 1) and np.isfinite(logits).all() and logits.std() > 0
    assert images.min() < 0 < images.max()
    assert family == "mlp" or np.abs(generator(np.full((1, LATENT_DIM), 1e4))).max() == 1


@each_family
@pytest.mark.parametrize("half", ["bfloat16", "float16"])
def test_mixed_precision_gives_float32(family, half):
    with precision.scope(f"mixed_{half}"):
        generator, discriminator = build(family)
    assert generator.layers[1].compute_dtype == half
    for outputs in outputs_of(generator, discriminator):
        assert outputs.dtype == np.float32
        assert (tf.cast(tf.cast(outputs, half), "float32") != outputs).numpy().mean() > 0.5


@each_family
def test_the_same_seed_gives_the_same_weights_and_saving_keeps_them(family, tmp_path):
    networks = build(family)
    loaded = []
    for network, again in zip(networks, build(family), strict=True):
        assert_same(network.get_weights(), again.get_weights())
        for index, variable in enumerate(network.trainable_variables):
            variable.assign(np.random.default_rng(index).normal(0, 0.3, variable.shape))
        network.save(tmp_path / "network.keras")
        loaded.append(keras.saving.load_model(tmp_path / "network.keras"))
    assert_same(outputs_of(*loaded), outputs_of(*networks))


def test_names_and_callables():
    for name in ("dcgan", "mlp", "residual"):
        assert models.get(name) is getattr(models, name)
        assert name in models.__all__
    assert models.get(build) is build


@pytest.mark.parametrize(
    ("identifier", "advice"),
    [("dcgam", "did you mean 'dcgan'"), ("Residuals", "did you mean 'residual'")]
    + [("DCGAN", "did you mean 'dcgan'"), ("xyz", "'xyz'$")]
    + [(None, "None"), (3, "3"), (["dcgan"], "dcgan")],
)
def test_an_unknown_name_suggests_the_nearest(identifier, advice):
    with pytest.raises(ValueError, match=rf"`model` must be .*'dcgan'.*Received.*{advice}"):
        models.get(identifier)
