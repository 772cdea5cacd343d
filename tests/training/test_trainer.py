"""Trainer: what `compile` takes, refuses, chooses, reports and gives back."""

import json

import keras
import numpy as np
import pytest
from conftest import assert_same, state

from tfgan_kit import losses, recipes
from tfgan_kit.training import ExponentialMovingAverage, ReplayBuffer


def test_training_reports_the_penalty_and_evaluation_is_without_and_not_augmented(
    make_gan, real_images
):
    plain, rich = make_gan(), make_gan(penalties=["r1"], augment="color,cutout")
    expected = plain.evaluate(real_images, verbose=0, return_dict=True)
    found = rich.evaluate(real_images, verbose=0, return_dict=True)
    assert found.pop("penalty") == 0
    assert found == pytest.approx(expected, rel=1e-6)
    history = rich.fit(real_images, verbose=0).history
    assert history.keys() - expected.keys() == {"penalty"} and history["penalty"][0] > 0


def test_float16_trains_both_networks():
    gan = recipes.get("dcgan").build(
        (16, 16, 1), seed=0, precision="mixed_float16", penalties=["r1"]
    )
    for optimizer in gan.optimizer.optimizers:
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    networks = gan.generator, gan.discriminator
    before = [[weight.numpy() for weight in each.trainable_weights] for each in networks]
    images = np.random.default_rng(0).uniform(-1, 1, (24, 16, 16, 1)).astype("float32")
    # The first steps may be skipped, until both scales have come down far enough.
    history = gan.fit(images, batch_size=8, epochs=2, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    for network, old in zip(networks, before, strict=True):
        trained = [weight.numpy() for weight in network.trainable_weights]
        assert all(np.isfinite(weight).all() for weight in trained)
        assert any((a != b).any() for a, b in zip(trained, old, strict=True)), network.name


@pytest.mark.parametrize("side", ["discriminator_loss", "generator_loss"])
def test_a_loss_of_several_numbers_is_refused(make_gan, monkeypatch, side):
    """Its gradient would be that of the sum, and the logs would show the mean."""
    monkeypatch.setattr(losses.NonSaturating, side, lambda self, first, second=None: -first)
    with pytest.raises(ValueError, match=f"`{side}` of NonSaturating must return one number"):
        make_gan()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "hinges"}, "did you mean 'hinge'"),
        ({"penalties": 3}, "penalties"),
        ({"augment": "colour"}, "did you mean 'color'"),
        ({"replay": "big"}, "`replay`"),
        ({"steps_per_execution": 0}, "`steps_per_execution` must be a positive integer"),
        ({"jit_compile": 1}, "`jit_compile` must be one of True, False, 'auto'. Received"),
        ({"run_eagerly": "auto"}, "`run_eagerly` must be one of True, False. Received"),
        ({"generator_optimizer": "adem"}, "`generator_optimizer` must be a Keras optimizer"),
        ({"discriminator_optimizer": 3}, "Received: discriminator_optimizer=3"),
        ({"discriminator_steps": 5}, "Pass updates=tfgan_kit.training.Alternating"),
        ({"optimizer": "adam"}, "Pass `generator_optimizer` and `discriminator_optimizer`"),
        ({"metrics": []}, "`metrics` is not an argument .*MetricMonitor"),
        ({"lr": 1}, "`lr` is not an argument of GAN.compile$"),
    ],
)
def test_wrong_arguments_are_named(make_gan, arguments, message):
    with pytest.raises(ValueError, match=message):
        make_gan(**arguments)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_one_optimizer_for_both_is_refused_also_where_it_would_be_wrapped(policy):
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="must be two objects"):
        recipes.get("dcgan").build(
            (16, 16, 1), precision=policy, generator_optimizer=adam, discriminator_optimizer=adam
        )


def test_a_mistake_leaves_the_gan_compiled_as_it_was(make_gan, real_images):
    gan = make_gan(ema=0.9)
    gan.fit(real_images, batch_size=10, verbose=0)
    config, before = json.dumps(gan.get_compile_config()), state(gan)
    for name in ("updates", "ema", "discriminator_optimizer", "jit_compile"):
        with pytest.raises(ValueError, match=name):
            gan.compile(**{"loss": "hinge", "penalties": ["r1"], name: "x"})
        assert json.dumps(gan.get_compile_config()) == config
        assert_same(state(gan), before)
    gan.fit(real_images, batch_size=10, verbose=0)


def test_an_average_and_a_pool_belong_to_one_gan(make_gan, real_images):
    average, pool = ExponentialMovingAverage(0.9), ReplayBuffer(capacity=4, share=0.25)
    arguments = {"ema": average, "replay": pool, "updates": "alternating", "run_eagerly": True}
    gan = make_gan(**arguments)
    gan.compile(**arguments)
    assert gan.ema is average and gan.replay is pool
    gan.fit(real_images, batch_size=10, verbose=0)
    drawn, kept = gan.generate(2, seed=0), pool.pool.numpy()
    other = make_gan(**arguments)
    other.fit(real_images, batch_size=10, epochs=2, verbose=0)
    assert other.replay.get_config() == pool.get_config()
    assert other.ema.get_config() == average.get_config()
    np.testing.assert_array_equal(gan.generate(2, seed=0), drawn)
    np.testing.assert_array_equal(pool.pool.numpy(), kept)
