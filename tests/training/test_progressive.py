"""Growing networks: only the level's layers are trained, at its size, and resumed exactly."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_resumes, two_replicas

import tfgan_kit
from tfgan_kit import models, training
from tfgan_kit.training import PerVariableAdam, Progressive
from tfgan_kit.training.progressive import find_fades

IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 16, 16, 1)).astype("float32")
LABELS = np.arange(8) % 3
# 16x16 has three levels: fades from 16 to 32 and from 48 to 64 images.
SCHEDULE = {"level_images": 16, "fade_images": 16}
LEVELS = {0: 0.0, 16: 0.0, 24: 0.5, 32: 1.0, 48: 1.0, 60: 1.75, 64: 2.0, 1000: 2.0}


def adam(beta_1=0.0):
    return PerVariableAdam(0.01, beta_1=beta_1, beta_2=0.99)


def make(size=16, num_classes=None, conditioning="projection", **arguments):
    keras.utils.set_random_seed(0)
    labels = {} if num_classes is None else {"num_classes": num_classes}
    networks = models.progressive(
        (size, size, 1), latent_dim=4, width=4, conditioning=conditioning, **labels, **SCHEDULE
    )
    gan = tfgan_kit.GAN(*networks, seed=0, **labels)
    updates = arguments.pop("updates", Progressive("simultaneous"))
    gan.compile(adam(), adam(), updates=updates, **{"run_eagerly": True, "ema": 0.5, **arguments})
    return gan


def at(gan, images):
    """The GAN after so many images."""
    gan.images_seen.assign(images)
    for update in gan.update_schedules:
        update(images)
    for fade, other in zip(*map(find_fades, (gan.generator, gan.ema.generator)), strict=True):
        other.factor.assign(fade.factor)
    return gan


@keras.saving.register_keras_serializable(package="tests")
class Watch(training.Updates):
    """Keeps what a step sees."""

    def __call__(self, gan, batch):
        seed = gan.next_seed()
        noise = gan.noise(batch.size, seed)
        fakes = gan.make(noise, batch.labels, training=True)
        critique = gan.critique(batch, training.Batch(fakes, batch.labels), seed, noise)
        self.seen = [*getattr(self, "seen", []), (gan, batch, noise, critique)]
        return training.Outcome(1.0, 2.0, 3.0, critique.real_logits, critique.fake_logits)


@pytest.fixture(scope="module")
def watched():
    return make(updates=Progressive(Watch(), splits=(1, 2)))


@pytest.mark.parametrize(("images_seen", "level"), LEVELS.items())
def test_a_step_sees_the_levels_images_and_networks(watched, images_seen, level):
    gan, watch = at(watched, images_seen), watched.updates.updates
    watch.seen = []
    outcome = gan.updates(gan, training.Batch(tf.constant(IMAGES)))
    logs = {name: float(value) for name, value in gan.updates.logs(gan).items()}
    assert logs == {"level": level, "resolution": 4 << int(np.ceil(level))}
    size = 4 << int(np.ceil(level))
    assert len(watch.seen) == (1 if size == 4 else 2) and outcome.real_logits.shape == (8, 1)
    assert [float(each) for each in outcome[:3]] == [1, 2, 3]
    factor, times = level % 1 or 1, 16 // size
    expected = IMAGES.reshape(8, size, times, size, times, 1).mean((2, 4))
    if level:
        small = expected.reshape(8, size // 2, 2, size // 2, 2, 1).mean((2, 4))
        expected = (1 - factor) * small.repeat(2, 1).repeat(2, 2) + factor * expected
    for part, (view, batch, noise, critique) in enumerate(watch.seen):
        np.testing.assert_allclose(batch.images, expected[part :: len(watch.seen)], atol=1e-6)
        # Gradient penalties see images of the level.
        assert critique.real_gradients.shape[1:] == (size, size, 1)
        logits = view.discriminator.layers[-1](critique.features(batch.images))
        np.testing.assert_allclose(logits, critique.real_logits, atol=1e-5)
        # The whole networks do the same with images that are enlarged, and then reduced again.
        whole = np.asarray(gan.generator(noise))
        fakes = np.asarray(critique.fake_images).repeat(times, 1).repeat(times, 2)
        np.testing.assert_allclose(whole, fakes, atol=1e-5)
        np.testing.assert_allclose(gan.discriminator(fakes), critique.fake_logits, atol=1e-5)
        # Beside shared layers it has conversions from and to RGB of itself and the level below.
        for network in (view.generator, view.discriminator):
            rgb = [each for each in network.layers if getattr(each, "kernel_size", 0) == 1]
            assert len(rgb) == (1 if level == 0 else 2)


@pytest.mark.parametrize("images_seen", [0, 16, 24, 32, 60, 64])
def test_sampling_computes_the_current_level_alone(watched, images_seen):
    gan = at(watched, images_seen)
    noise = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    expected = gan.ema.generator(noise)
    generator = gan.sampling_generator
    assert generator is gan.sampling_generator
    np.testing.assert_allclose(generator(noise), expected, atol=1e-6)
    # A compiled call is not bound to a level.
    np.testing.assert_allclose(gan(noise), expected, atol=1e-6)
    fades = {0: 0, 16: 0, 24: 1, 32: 0, 60: 1, 64: 0}[images_seen]
    assert len(find_fades(generator)) == fades
    assert generator.output_shape == (None, 16, 16, 1)


def test_other_levels_do_not_move_and_first_steps_are_not_larger_than_the_rate():
    gan = make(size=8, loss="wasserstein", penalties=["wgan_gp", "drift"])
    shapes = [each.shape for each in gan.optimizer.variables + gan.ema.generator.weights]
    networks = gan.generator, gan.discriminator
    low = [training.progressive._at_level(each, 0) for each in networks]
    low = {id(weight) for each in low for weight in each.trainable_weights}
    weights = [weight for each in networks for weight in each.trainable_weights]
    before = [weight.numpy() for weight in weights]
    images = IMAGES[:, ::2, ::2]
    # Three steps; the level begins after 16 images, so only a fourth one changes it.
    gan.fit(images, batch_size=8, epochs=3, verbose=0)
    for weight, value in zip(weights, before, strict=True):
        assert (np.abs(weight.numpy() - value).max() > 0) == (id(weight) in low), weight.path
    before = [weight.numpy() for weight in weights]
    history = gan.fit(images, batch_size=8, epochs=1, verbose=0).history
    assert history["level"] == [0.5]
    for weight, value in zip(weights, before, strict=True):
        if id(weight) not in low:
            assert 0 < np.abs(weight.numpy() - value).max() <= 0.01 * 1.001, weight.path
    after = [each.shape for each in gan.optimizer.variables + gan.ema.generator.weights]
    assert after == shapes


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(
            {"loss": "wasserstein", "penalties": ["wgan_gp", "drift"], "updates": Progressive()},
            marks=pytest.mark.slow,
        ),
        {"num_classes": 3, "augment": "color,translation", "penalties": ["r1"]},
    ],
)
def test_saved_within_a_fade_it_resumes_exactly(arguments, tmp_path):
    gan = at(make(size=8, **arguments), 18)
    data = tf.data.Dataset.from_tensor_slices((IMAGES[:, ::2, ::2], LABELS)).batch(8)
    loaded = assert_resumes(gan, data, tmp_path / "gan.keras")
    assert float(gan.updates.logs(gan)["level"]) == 0.625
    np.testing.assert_array_equal(loaded.generate(2, 0), gan.generate(2, 0))


@pytest.mark.parametrize(
    ("conditioning", "precision"),
    [("acgan", "float32"), ("projection", "mixed_bfloat16"), ("acgan", "mixed_float16")],
)
def test_conditional_and_in_half_precision(conditioning, precision):
    penalties = ["auxiliary_classifier"] if conditioning == "acgan" else []
    with training.precision.scope(precision):
        gan = make(8, 3, conditioning, penalties=["r1", *penalties])
    history = at(gan, 20).fit(IMAGES[:, ::2, ::2], LABELS, batch_size=8, verbose=0).history
    assert history["level"] == [0.25] and np.isfinite(history["discriminator_loss"]).all()
    assert all(np.isfinite(weight).all() for weight in gan.get_weights())
    images = gan.generate(2, 0, labels=[0, 1])
    assert images.dtype == "float32" and images.shape == (2, 8, 8, 1)


@pytest.mark.slow
def test_steps_per_execution_change_nothing_across_levels():
    found = []
    for steps in (1, 3):
        gan = make(size=8, run_eagerly=False, steps_per_execution=steps)
        gan.fit(IMAGES[:, ::2, ::2], batch_size=4, epochs=6, verbose=0, shuffle=False)
        found.append(gan.get_weights() + gan.ema.generator.get_weights())
    for first, second in zip(*found, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replay": 64, "updates": Progressive()}, "`replay` cannot be combined with"),
        ({"generator_optimizer": "adam"}, "`generator_optimizer` must not be an Adam"),
        ({"discriminator_optimizer": keras.optimizers.AdamW()}, "must not be an AdamW"),
    ],
)
def test_what_it_cannot_work_with(watched, arguments, message):
    defaults = {"generator_optimizer": adam(), "discriminator_optimizer": adam()}
    with pytest.raises(ValueError, match=message):
        watched.compile(**{**defaults, "updates": Progressive("simultaneous"), **arguments})
    with pytest.raises(ValueError, match="`splits` must be a positive integer"):
        Progressive(splits=(0,))


def test_several_replicas_are_refused():
    with two_replicas().scope(), pytest.raises(ValueError, match="trains on one device"):
        make(size=4)
