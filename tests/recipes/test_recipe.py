"""Recipes: found by name, complete, and the same networks from the same seed."""

import contextlib
import dataclasses
import json

import keras
import numpy as np
import pytest
from conftest import assert_same

from tfgan_kit import callbacks, data, losses, penalties, recipes

SHAPE = (16, 16, 1)


def test_names_default_objects_and_dicts():
    assert recipes.names()[:2] == ["dcgan", "tutorial"]
    assert recipes.get() == recipes.get(None) == recipes.get("dcgan")
    assert [recipes.get(name).name for name in recipes.names()] == recipes.names()
    recipe = dataclasses.replace(recipes.get("tutorial"), learning_rate=5e-5)
    assert recipes.get(recipe) is recipe
    assert recipes.get(json.loads(json.dumps(dataclasses.asdict(recipe)))) == recipe


def test_a_changed_recipe_changes_no_other():
    expected = [dataclasses.asdict(recipes.get(name)) for name in recipes.names()]
    for name in recipes.names():
        recipe = recipes.get(name)
        recipe.model_arguments["width"] = 1
        recipe.penalties.append("r2")
        for config in recipe.penalties[:-1]:
            config["config"].clear()
    assert [dataclasses.asdict(recipes.get(name)) for name in recipes.names()] == expected


def test_r3gan_says_what_each_network_gets():
    assert "each network on 64 images of its own" in recipes.get("r3gan").reference


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


def test_settings_reach_the_gan(make_networks):
    recipe = dataclasses.replace(
        recipes.get("dcgan"),
        model=lambda image_shape, latent_dim: make_networks(),
        model_arguments={},
        learning_rate=3e-3,
        beta_1=0.25,
        latent_dim=6,
        loss="minimax",
    )
    gan = recipe.build((8, 8, 1), seed=0)
    for optimizer in gan.optimizer.optimizers:
        assert float(optimizer.learning_rate) == pytest.approx(3e-3)
        assert optimizer.beta_1 == 0.25
    assert gan.latent_dim == 6 and gan.image_shape == (8, 8, 1)
    assert isinstance(gan.adversarial_loss, losses.Minimax)


def test_same_seed_same_weights_other_seed_other():
    first, again, other = (recipes.get("dcgan").build(SHAPE, seed=seed) for seed in (3, 3, 4))
    assert first.seed == 3
    assert_same(*([each.numpy() for each in gan.variables] for gan in (first, again)))
    pairs = zip(first.get_weights(), other.get_weights(), strict=True)
    assert any((a != b).any() for a, b in pairs)


@pytest.mark.parametrize("seed", [None, -1])
def test_no_seed_and_a_wrong_seed_leave_the_global_seed_alone(seed):
    keras.utils.set_random_seed(5)
    expected = np.random.random()
    keras.utils.set_random_seed(5)
    refused = pytest.raises(ValueError, match="`seed` must be None or an integer")
    with contextlib.nullcontext() if seed is None else refused:
        recipes.get("dcgan").build(SHAPE, seed=seed)
    assert np.random.random() == expected


def test_compile_arguments_replace_the_recipes():
    sgd = keras.optimizers.SGD(0.5)
    gan = recipes.get("dcgan").build(
        SHAPE, steps_per_execution=4, run_eagerly=True, loss="minimax", generator_optimizer=sgd
    )
    assert gan.steps_per_execution == 4 and gan.run_eagerly
    assert isinstance(gan.adversarial_loss, losses.Minimax)
    assert gan.generator_optimizer is sgd
    assert type(gan.discriminator_optimizer) is keras.optimizers.Adam


def test_other_arguments_and_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="`width` is not an argument of GAN.compile"):
        recipes.get("dcgan").build(SHAPE, width=8)
    with pytest.raises(ValueError, match="did you mean 'jit_compile'"):
        recipes.get("dcgan").build(SHAPE, jit_compil=True)
    with pytest.raises(ValueError, match="`image_shape` must be"):
        recipes.get("dcgan").build((17, 17, 1), seed=0)


@pytest.mark.parametrize(
    ("identifier", "advice"),
    [
        ("tutorail", "did you mean 'tutorial'"),
        ("xyz", "Received: recipe='xyz'$"),
        (["dcgan"], "Received: recipe="),
        ({"learning_rat": 1}, "did you mean 'learning_rate'"),
        ({3: 1}, "no field 3"),
        ({"name": "x"}, "incomplete.*'batch_size'"),
    ],
)
def test_an_unknown_name_or_key_is_refused_with_the_nearest(identifier, advice):
    with pytest.raises(ValueError, match=advice):
        recipes.get(identifier)


def test_wgan_gp_is_algorithm_1():
    gan = recipes.get("wgan_gp").build(SHAPE, seed=0)
    assert isinstance(gan.adversarial_loss, losses.Wasserstein)
    assert [(type(p), p.weight) for p in gan.penalties] == [(penalties.WGANGP, 10.0)]
    assert gan.updates.get_config() == {"discriminator_steps": 5, "generator_steps": 1}
    assert recipes.get("wgan_gp").batch_size == 5 * 64
    for optimizer in gan.optimizer.optimizers:
        assert float(optimizer.learning_rate) == pytest.approx(1e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.0, 0.9)
    assert not [layer for layer in gan.discriminator.layers if "dropout" in layer.name]


def test_hinge_sn_normalises_every_layer_of_the_discriminator_and_has_two_rates():
    gan = recipes.get("hinge_sn").build(SHAPE, seed=0)
    weighted = [layer for layer in gan.discriminator.layers if layer.trainable_weights]
    assert all(isinstance(layer, keras.layers.SpectralNormalization) for layer in weighted)
    rates = [float(optimizer.learning_rate) for optimizer in gan.optimizer.optimizers]
    assert rates == pytest.approx([1e-4, 4e-4])


def test_r3gan_has_its_loss_its_penalties_and_its_schedules():
    gan = recipes.get("r3gan").build(SHAPE, seed=0)
    assert isinstance(gan.adversarial_loss, losses.RelativisticPairing)
    assert [type(penalty) for penalty in gan.penalties] == [penalties.R1, penalties.R2]
    for network in (gan.generator, gan.discriminator):
        names = [type(layer).__name__ for layer in network._flatten_layers()]
        assert not [name for name in names if "Normalization" in name or "Dropout" in name]
    adam = gan.generator_optimizer
    for seen, rate, beta_2, gamma in ((0, 2e-4, 0.9, 2.0), (10**6, 5e-5, 0.99, 0.2)):
        for update in gan.update_schedules:
            update(seen)
        assert float(adam.learning_rate) == pytest.approx(rate)
        assert float(adam.beta_2) == pytest.approx(beta_2)
        assert 2 * float(gan.penalties[0].weight_at(0)) == pytest.approx(gamma)


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_is_json_trains_and_has_a_reference(name):
    recipe = recipes.get(name)
    assert recipes.get(json.loads(json.dumps(dataclasses.asdict(recipe)))) == recipe
    assert "https://" in recipe.reference and len(recipe.description) > 20
    # Graphs of the other networks and losses are traced elsewhere.
    shape = (32, 32, 1) if recipe.takes_waves else SHAPE
    gan = recipe.build(shape, seed=0, run_eagerly=name != "r3gan")
    images = np.random.default_rng(0).uniform(-1, 1, (20, *shape)).astype("float32")
    history = gan.fit(images, batch_size=10, verbose=0).history
    assert np.isfinite(list(history.values())).all()


def test_precision_reaches_the_networks_and_not_the_session():
    gan = recipes.get("dcgan").build(SHAPE, seed=0, precision="mixed_bfloat16")
    assert gan.generator.layers[0].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    with pytest.raises(ValueError, match="`precision` must be one of"):
        recipes.get("dcgan").build(SHAPE, precision="bf16")


def test_objects_in_a_recipe_become_configs():
    fading = keras.optimizers.schedules.CosineDecay(1.0, 10)
    recipe = dataclasses.replace(
        recipes.get("dcgan"),
        penalties=[penalties.R1(fading)],
        augment="color",
        replay=8,
        updates="alternating",
    )
    assert recipes.get(json.loads(json.dumps(dataclasses.asdict(recipe)))) == recipe
    gan = recipe.build(SHAPE, seed=0)
    assert float(gan.penalties[0].weight_at(0)) == 0.5
    assert gan.replay.capacity == 8


LOSSES = ["non_saturating", "minimax", "least_squares", "hinge", "wasserstein"]
LOSSES += ["relativistic_average", "relativistic_pairing"]
PENALTIES = ["r1", "r2", "wgan_gp", "dragan", "drift", "gdpp", "lecam", "feature_matching"]


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "changes",
    [*({"loss": name} for name in LOSSES), *({"penalties": [name]} for name in PENALTIES)],
    ids=lambda changes: str(*changes.values()),
)
def test_300_steps_of_digits_and_an_exact_resumption(changes, precision, tmp_path):
    """No NaN in 300 steps; stopped after 150 and resumed from the file: the same bits."""
    source = data.open_source("digits", image_size=16)
    recipe = dataclasses.replace(
        recipes.get("dcgan"),
        model_arguments={"width": 16, "kernel_size": 4, "plane_convolution": False},
        latent_dim=32,
        **changes,
    )

    def train(first, last):
        gan = recipe.build(source.image_shape, seed=0, precision=precision)
        checkpoint = callbacks.RunCheckpoint(tmp_path, save_freq=150)
        checkpoint.set_model(gan)
        assert checkpoint.restore(gan) == first
        batches = data.batches(source, batch_size=32, seed=0, start_step=first)
        history = gan.fit(batches, steps_per_epoch=last - first, verbose=0).history
        assert np.isfinite(list(history.values())).all()
        assert int(gan.step) == last
        return checkpoint, [each.numpy() for each in [*gan.variables, *gan.optimizer.variables]]

    _, whole = train(0, 300)
    checkpoint, _ = train(0, 150)
    checkpoint.save()
    _, resumed = train(150, 300)
    assert all(np.isfinite(value).all() for value in whole)
    assert_same(whole, resumed)
