"""Multilayer perceptrons: shapes, layers and a GAN of points."""

import keras
import numpy as np
import pytest
from conftest import assert_same, state

import tfgan_kit
from tfgan_kit import models
from tfgan_kit.data import toy


@pytest.fixture
def mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


def make_gan():
    gan = tfgan_kit.GAN(*models.mlp((2,), latent_dim=8, width=16), latent_dim=8, seed=0)
    gan.compile()
    return gan


def test_it_is_found_by_name_as_a_builder():
    generator, discriminator = models.get("mlp")(image_shape=(2,), latent_dim=5)
    assert generator.input_shape == (None, 5)
    assert generator.output_shape == discriminator.input_shape == (None, 2)
    assert discriminator.output_shape == (None, 1)


def test_parameters_are_those_of_dense_layers():
    generator, discriminator = models.mlp()
    hidden = 2 * (128 * 128 + 128)
    assert generator.count_params() == (100 * 128 + 128) + hidden + (128 * 2 + 2)
    assert discriminator.count_params() == (2 * 128 + 128) + hidden + (128 + 1)
    generator, discriminator = models.mlp((3,), latent_dim=1, width=1, depth=1)
    assert generator.count_params() == (1 + 1) + (3 + 3)
    assert discriminator.count_params() == (3 + 1) + (1 + 1)


def test_it_computes_what_numpy_does():
    def by_hand(network, x):
        weights = network.get_weights()
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = x @ kernel + bias
            x = np.where(x > 0, x, 0.2 * x)
        return x @ weights[-2] + weights[-1]

    generator, discriminator = models.mlp((2, 3), latent_dim=4, width=7, depth=2)
    noise = np.random.default_rng(0).standard_normal((5, 4)).astype("float32")
    points = np.asarray(generator(noise))
    np.testing.assert_allclose(points, by_hand(generator, noise).reshape(5, 2, 3), atol=1e-5)
    logits = by_hand(discriminator, points.reshape(5, 6))
    np.testing.assert_allclose(discriminator(points), logits, atol=1e-5)


def test_points_are_not_squashed():
    generator, _ = models.mlp((2,), latent_dim=8)
    noise = 100 * np.random.default_rng(0).standard_normal((50, 8)).astype("float32")
    assert np.abs(generator(noise)).max() > 4


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 4), (8, 8, 1), [5], (np.int64(2),)])
def test_any_shape_is_taken(shape):
    generator, discriminator = models.mlp(shape, latent_dim=3, width=4, depth=1)
    assert generator.output_shape == (None, *shape)
    assert discriminator(generator(np.zeros((2, 3), "float32"))).shape == (2, 1)


@pytest.mark.parametrize("shape", [(2,), (2, 2)])
def test_mixed_precision_gives_float32(mixed_precision, shape):
    generator, discriminator = models.mlp(shape, latent_dim=8)
    assert generator.layers[0].compute_dtype == "float16"
    # 0.1 is no float16 number: it comes through only if nothing after the last layer rounds it.
    generator.layers[-2].bias.assign(np.full(np.prod(shape), 0.1, "float32"))
    points = np.asarray(generator(np.zeros((3, 8), "float32")))
    assert points.dtype == np.float32 and (points == np.float32(0.1)).all()
    assert np.asarray(discriminator(points)).dtype == np.float32


def test_a_gan_of_points_trains_and_is_the_same_after_saving(tmp_path):
    gan = make_gan()
    before = gan.get_weights()
    history = gan.fit(toy.batches("ring", 32), steps_per_epoch=5, epochs=2, verbose=0)
    assert int(gan.step) == 10
    assert np.isfinite(list(history.history.values())).all()
    assert any((old != new).any() for old, new in zip(before, gan.get_weights(), strict=True))
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert_same(state(loaded), state(gan))
    np.testing.assert_array_equal(loaded.generate(9, seed=1), gan.generate(9, seed=1))


def test_training_in_two_halves_is_training_in_one(tmp_path):
    whole = make_gan()
    whole.fit(toy.batches("grid", 16), steps_per_epoch=4, verbose=0)
    keras.utils.set_random_seed(0)
    first = make_gan()
    first.fit(toy.batches("grid", 16), steps_per_epoch=2, verbose=0)
    first.save(tmp_path / "gan.keras")
    second = keras.saving.load_model(tmp_path / "gan.keras")
    second.fit(toy.batches("grid", 16, start_step=2), steps_per_epoch=2, verbose=0)
    np.testing.assert_array_equal(second.generate(9, seed=1), whole.generate(9, seed=1))


def test_a_gan_learns_where_the_points_lie():
    gan = tfgan_kit.GAN(*models.mlp((2,), latent_dim=4, width=32), latent_dim=4, seed=0)
    adam = {"learning_rate": 1e-3, "beta_1": 0.5}
    gan.compile(keras.optimizers.Adam(**adam), keras.optimizers.Adam(**adam))
    far = toy.from_points([[5.0, -3.0]], std=0.5)
    gan.fit(toy.batches(far, 64), steps_per_epoch=300, verbose=0)
    # Untrained, the mean lies within 1 of the origin, 5.8 away. Seeds 0 to 4 end within 0.8.
    assert np.linalg.norm(gan.generate(500, seed=0).mean(axis=0) - [5, -3]) < 1.5


@pytest.mark.parametrize("shape", [(), 2, None, (0,), (-2,), (2.0,), ("2",), "2", (None, 2)])
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match=r"`image_shape` must be a tuple .*Received: image_shape="):
        models.mlp(shape)


@pytest.mark.parametrize("name", ["latent_dim", "width", "depth"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "100", None, True])
def test_wrong_sizes_are_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be an integer of 1 or more. .*{name}="):
        models.mlp(**{name: value})
