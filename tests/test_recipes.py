"""Recipes: found by name, complete, and the same networks from the same seed."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from tfgan_kit import losses, recipes

SHAPE = (16, 16, 1)


def test_names_and_default():
    assert recipes.names() == ["dcgan", "tutorial"]
    assert recipes.get() is recipes.get(None) is recipes.get("dcgan")
    assert [recipes.get(name).name for name in recipes.names()] == recipes.names()


def test_objects_and_dicts():
    recipe = dataclasses.replace(recipes.get("tutorial"), learning_rate=5e-5)
    assert recipes.get(recipe) is recipe
    stored = json.loads(json.dumps(dataclasses.asdict(recipe)))
    assert recipes.get(stored) == recipe


def test_tutorial_is_the_notebooks():
    recipe = recipes.get("tutorial")
    assert (recipe.batch_size, recipe.epochs, recipe.latent_dim) == (256, 50, 100)
    gan = recipe.build(seed=0)
    assert gan.image_shape == (28, 28, 1) and gan.latent_dim == 100
    assert [n.count_params() for n in (gan.generator, gan.discriminator)] == [2_330_944, 212_865]
    expected = keras.optimizers.Adam(1e-4).get_config()
    for role in ("generator", "discriminator"):
        optimizer = getattr(gan, f"{role}_optimizer")
        assert type(optimizer) is keras.optimizers.Adam
        assert optimizer.get_config() == {**expected, "name": f"{role}_optimizer"}
    assert isinstance(gan.adversarial_loss, losses.get("non_saturating").__class__)


def test_settings_reach_the_gan():
    recipe = dataclasses.replace(
        recipes.get("dcgan"), learning_rate=3e-3, beta_1=0.25, latent_dim=7, loss="minimax"
    )
    gan = recipe.build(image_shape=SHAPE)
    for optimizer in gan.optimizer.optimizers:
        assert float(optimizer.learning_rate) == pytest.approx(3e-3)
        assert optimizer.beta_1 == 0.25
    assert gan.latent_dim == 7
    assert isinstance(gan.adversarial_loss, losses.Minimax)


def test_same_seed_same_weights_other_seed_other():
    recipe = recipes.get("dcgan")
    first, again, other = (recipe.build(SHAPE, seed=seed) for seed in (3, 3, 4))
    assert first.seed == 3
    changed = False
    for a, b, c in zip(first.weights, again.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a, b)
        changed |= bool((a.numpy() != c.numpy()).any())
    assert changed
    for a, b in zip(first.non_trainable_variables, again.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_seed_leaves_the_global_seed_alone():
    keras.utils.set_random_seed(5)
    expected = np.random.random()
    keras.utils.set_random_seed(5)
    recipes.get("dcgan").build(SHAPE)
    assert np.random.random() == expected


def test_compile_arguments_are_stronger():
    sgd = keras.optimizers.SGD(0.5)
    gan = recipes.get("dcgan").build(
        SHAPE,
        steps_per_execution=4,
        jit_compile=False,
        run_eagerly=True,
        loss="minimax",
        generator_optimizer=sgd,
    )
    assert gan.steps_per_execution == 4 and gan.run_eagerly and gan.jit_compile is False
    assert isinstance(gan.adversarial_loss, losses.Minimax)
    assert gan.generator_optimizer is sgd
    assert type(gan.discriminator_optimizer) is keras.optimizers.Adam


def test_model_may_be_a_callable(make_networks):
    recipe = dataclasses.replace(
        recipes.get("dcgan"), model=lambda image_shape, latent_dim: make_networks(), latent_dim=6
    )
    assert recipe.build((8, 8, 1), seed=0).image_shape == (8, 8, 1)


@pytest.mark.parametrize(
    ("identifier", "advice"),
    [
        ("tutorail", "did you mean 'tutorial'"),
        ("DCGAN", "did you mean 'dcgan'"),
        ("xyz", "Received: recipe='xyz'$"),
        (3, "Received: recipe=3"),
        (["dcgan"], "Received: recipe="),
        ({"lr": 1}, "no 'lr'"),
        ({"learning_rat": 1}, "did you mean 'learning_rate'"),
        ({3: 1}, "no 3"),
        ({}, "not complete.*'batch_size'"),
        ({"name": "x"}, "not complete.*'batch_size'"),
    ],
)
def test_unknown_names_and_keys_are_told_the_nearest(identifier, advice):
    with pytest.raises(ValueError, match=advice):
        recipes.get(identifier)


@pytest.mark.parametrize("seed", [-1, 2**31, 0.5, "0", True])
def test_wrong_seed_is_named_before_anything_is_seeded(seed):
    keras.utils.set_random_seed(5)
    expected = np.random.random()
    keras.utils.set_random_seed(5)
    with pytest.raises(ValueError, match="`seed` must be None or an integer"):
        recipes.get("dcgan").build(SHAPE, seed=seed)
    assert np.random.random() == expected


def test_wrong_shape_is_named():
    with pytest.raises(ValueError, match="`image_shape` must be"):
        recipes.get("dcgan").build((17, 17, 1), seed=0)
