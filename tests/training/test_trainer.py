"""Trainer: what `compile` takes, refuses, chooses, reports and gives back."""

import json

import keras
import numpy as np
import pytest
from conftest import assert_same, state

from tfgan_kit import losses, penalties, recipes
from tfgan_kit.training import Alternating, ExponentialMovingAverage, ReplayBuffer, augment


def everything():
    fading = keras.optimizers.schedules.CosineDecay(0.2, 100)
    return {
        "loss": "relativistic_average",
        "updates": Alternating(1, 2),
        "penalties": [penalties.R1(fading), penalties.Drift(), penalties.GDPP(0.1, interval=2)],
        "augment": [augment.InstanceNoise(fading), "color"],
        "replay": ReplayBuffer(capacity=12, share=0.25),
        "ema": ExponentialMovingAverage(half_life=100),
    }


def test_compile_config_comes_back_whole(make_gan, real_images, tmp_path):
    gan = make_gan(**everything(), run_eagerly=True)
    gan.fit(real_images, batch_size=10, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert json.dumps(loaded.get_compile_config()) == json.dumps(gan.get_compile_config())
    assert_same(state(gan), state(loaded))
    for kept, again in ((gan.replay, loaded.replay), (gan.ema, loaded.ema)):
        assert_same(
            [variable.numpy() for variable in kept.state.values()],
            [variable.numpy() for variable in again.state.values()],
        )


def test_penalty_is_reported_where_there_is_one(make_gan, real_images):
    plain = make_gan().fit(real_images, verbose=0).history
    penalised = make_gan(penalties=[penalties.R1(5.0)]).fit(real_images, verbose=0).history
    assert set(penalised) - set(plain) == {"penalty"}
    assert penalised["penalty"][0] > 0


def test_evaluation_has_no_penalty_and_no_augmentation(make_gan, real_images):
    plain, rich = make_gan(), make_gan(penalties=["r1"], augment="color,cutout")
    expected = plain.evaluate(real_images, verbose=0, return_dict=True)
    found = rich.evaluate(real_images, verbose=0, return_dict=True)
    assert found.pop("penalty") == 0
    assert found == pytest.approx(expected, rel=1e-6)


def test_weights_of_another_compilation_are_refused(make_gan, tmp_path):
    make_gan(ema=0.9).save_weights(tmp_path / "gan.weights.h5")
    with pytest.raises(
        ValueError, match=r"It lacks nothing and has ema\.0, ema\.1, ema\.\d+ and \d+ more"
    ):
        make_gan().load_weights(tmp_path / "gan.weights.h5")


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_trains_both_networks(policy, real_images):
    gan = recipes.get("dcgan").build((16, 16, 1), seed=0, precision=policy, penalties=["r1"])
    scaled = [
        isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        for optimizer in gan.optimizer.optimizers
    ]
    assert scaled == [policy == "mixed_float16"] * 2
    before = [weight.numpy() for weight in gan.weights]
    images = np.random.default_rng(0).uniform(-1, 1, (24, 16, 16, 1)).astype("float32")
    # The first steps may be skipped, until both scales have come down far enough.
    history = gan.fit(images, batch_size=8, epochs=2, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    trained = dict(zip([weight.path for weight in gan.weights], before, strict=True))
    for weight in gan.generator.trainable_weights + gan.discriminator.trainable_weights:
        assert np.isfinite(weight.numpy()).all()
    for network in (gan.generator, gan.discriminator):
        moved = [np.abs(w.numpy() - trained[w.path]).max() for w in network.trainable_weights]
        assert max(moved) > 0, network.name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"updates": "alternatin"}, "did you mean 'alternating'"),
        ({"loss": "hinges"}, "did you mean 'hinge'"),
        ({"penalties": ["r3"]}, "did you mean"),
        ({"penalties": 3}, "penalties"),
        ({"augment": "colour"}, "did you mean 'color'"),
        ({"replay": 0}, "`capacity`"),
        ({"replay": "big"}, "`replay`"),
        ({"ema": 1.5}, "`decay`"),
        ({"steps_per_execution": 0}, "`steps_per_execution` must be a positive integer"),
        ({"jit_compile": "x"}, "`jit_compile` must be one of True, False, 'auto'. Received"),
        ({"jit_compile": 1}, "`jit_compile` must be one of"),
        ({"run_eagerly": "auto"}, "`run_eagerly` must be one of True, False. Received"),
        ({"generator_optimizer": "adem"}, "`generator_optimizer` must be a Keras optimizer"),
        ({"discriminator_optimizer": 3}, "Received: discriminator_optimizer=3"),
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


def test_losses_and_penalties_may_be_objects(make_gan):
    gan = make_gan(loss=losses.get("hinge"), penalties=[penalties.R1(1.0)])
    assert gan.adversarial_loss.get_config() == {}
    assert [type(penalty) for penalty in gan.penalties] == [penalties.R1]


@pytest.mark.parametrize(
    "mistake",
    [
        {"updates": "x"},
        {"ema": "x"},
        {"discriminator_optimizer": "nope"},
        {"jit_compile": "x"},
    ],
    ids=lambda mistake: next(iter(mistake)),
)
def test_a_mistake_leaves_the_gan_compiled_as_it_was(make_gan, real_images, mistake):
    gan = make_gan(ema=0.9)
    gan.fit(real_images, batch_size=10, verbose=0)
    config, before = json.dumps(gan.get_compile_config()), state(gan)
    with pytest.raises(ValueError, match=next(iter(mistake))):
        gan.compile(**{"loss": "hinge", "penalties": ["r1"], **mistake})
    assert json.dumps(gan.get_compile_config()) == config
    assert_same(state(gan), before)
    gan.fit(real_images, batch_size=10, verbose=0)


def test_an_average_and_a_pool_belong_to_one_gan(make_gan, real_images):
    average, pool = ExponentialMovingAverage(0.9), ReplayBuffer(capacity=4, share=0.25)
    arguments = {"ema": average, "replay": pool, "updates": "alternating"}
    gan = make_gan(**arguments)
    gan.compile(**arguments)
    assert gan.ema is average and gan.replay is pool
    gan.fit(real_images, batch_size=10, verbose=0)
    drawn, kept = gan.generate(2, seed=0), gan.replay.pool.numpy()
    other = make_gan(**arguments)
    other.fit(real_images, batch_size=10, epochs=2, verbose=0)
    assert other.replay.get_config() == pool.get_config()
    assert other.ema.get_config() == average.get_config()
    np.testing.assert_array_equal(gan.generate(2, seed=0), drawn)
    np.testing.assert_array_equal(gan.replay.pool.numpy(), kept)
