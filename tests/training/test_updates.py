"""Updates: against loops written by hand, saving, what is reported and refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same, state, two_replicas

from tfgan_kit import penalties
from tfgan_kit.training import Alternating, Batch, Outcome, ReplayBuffer, Simultaneous, Updates
from tfgan_kit.training.updates import from_version_0_1, get


def sgd():
    return {
        f"{role}_optimizer": keras.optimizers.SGD(0.05) for role in ("generator", "discriminator")
    }


def train(gan, batches):
    for batch in batches:
        gan.fit(tf.data.Dataset.from_tensors(batch), verbose=0)


@pytest.fixture
def batches(real_images):
    return [real_images[start : start + 8] for start in range(0, 40, 8)]


def make_pair(make_gan, **arguments):
    """Two GANs with the same weights; the second is trained by hand."""
    return [
        make_gan(dropout=0.0, batch_normalization=False, **sgd(), **arguments) for _ in range(2)
    ]


def noise_of(gan, size):
    return gan.noise(size, gan.next_seed())


def descend(loss, tape, network, rate=0.05):
    variables = network.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        variable.assign_sub(rate * gradient)


def assert_close(first, second):
    for a, b in zip(first.weights[2:], second.weights[2:], strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=2e-6, err_msg=a.path)


def test_wasserstein_with_three_critic_steps_and_gradient_penalty(make_gan, batches):
    gan, twin = make_pair(
        make_gan, loss="wasserstein", penalties=[penalties.R1(2.0)], updates=Alternating(3)
    )
    batches = [batch[:6] for batch in batches]
    train(gan, batches)
    for batch in batches:
        for part in range(3):
            real = tf.constant(batch[part::3])
            fake = twin.generator(noise_of(twin, 2), training=True)
            with tf.GradientTape() as tape:
                with tf.GradientTape() as inner:
                    inner.watch(real)
                    judged = twin.discriminator(real, training=True)
                slope = inner.gradient(judged, real)
                penalty = 0.5 * 2.0 * tf.reduce_sum(slope**2) / 2
                loss = tf.reduce_mean(twin.discriminator(fake)) - tf.reduce_mean(judged) + penalty
            descend(loss, tape, twin.discriminator)
        with tf.GradientTape() as tape:
            fake = twin.generator(noise_of(twin, 2), training=True)
            loss = -tf.reduce_mean(twin.discriminator(fake, training=True))
        descend(loss, tape, twin.generator)
    assert_close(gan, twin)


def test_relativistic_generator_has_real_images_of_its_own(make_gan, batches):
    gan, twin = make_pair(make_gan, loss="relativistic_pairing", updates="alternating")
    train(gan, batches)
    for batch in batches:
        fake = twin.generator(noise_of(twin, 4))
        with tf.GradientTape() as tape:
            difference = twin.discriminator(batch[0::2]) - twin.discriminator(fake)
            loss = tf.reduce_mean(tf.math.softplus(-difference))
        descend(loss, tape, twin.discriminator)
        noise = noise_of(twin, 4)
        with tf.GradientTape() as tape:
            difference = twin.discriminator(twin.generator(noise)) - twin.discriminator(batch[1::2])
            loss = tf.reduce_mean(tf.math.softplus(-difference))
        descend(loss, tape, twin.generator)
    assert_close(gan, twin)


def test_generator_steps_see_one_discriminator(make_gan, batches):
    gan, twin = make_pair(make_gan, updates=Alternating(generator_steps=2))
    train(gan, batches)
    for batch in batches:
        fake = twin.generator(noise_of(twin, 8))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.math.softplus(-twin.discriminator(batch)))
            loss += tf.reduce_mean(tf.math.softplus(twin.discriminator(fake)))
        descend(loss, tape, twin.discriminator)
        for _ in range(2):
            noise = noise_of(twin, 8)
            with tf.GradientTape() as tape:
                judged = twin.discriminator(twin.generator(noise))
                loss = tf.reduce_mean(tf.math.softplus(-judged))
            descend(loss, tape, twin.generator)
    assert_close(gan, twin)


def test_penalty_of_the_simultaneous_step_shares_its_forward_pass(make_gan, batches):
    gan, twin = make_pair(make_gan, penalties=[penalties.R2(4.0)])
    assert isinstance(gan.updates, Simultaneous)
    train(gan, batches)
    for batch in batches:
        noise = noise_of(twin, 8)
        with tf.GradientTape(persistent=True) as tape:
            fake = twin.generator(noise)
            with tf.GradientTape() as inner:
                inner.watch(fake)
                judged = twin.discriminator(fake)
            slope = inner.gradient(judged, fake)
            loss = tf.reduce_mean(tf.math.softplus(-twin.discriminator(batch)))
            loss += tf.reduce_mean(tf.math.softplus(judged))
            loss += 0.5 * 4.0 * tf.reduce_sum(slope**2) / 8
            generator_loss = tf.reduce_mean(tf.math.softplus(-judged))
        gradients = tape.gradient(generator_loss, twin.generator.trainable_variables)
        descend(loss, tape, twin.discriminator)
        for variable, gradient in zip(twin.generator.trainable_variables, gradients, strict=True):
            variable.assign_sub(0.05 * gradient)
    assert_close(gan, twin)


def test_relativistic_pairing_at_once_uses_the_real_logits_of_the_same_pass(make_gan, batches):
    gan, twin = make_pair(make_gan, loss="relativistic_pairing")
    train(gan, batches)
    for batch in batches:
        noise = noise_of(twin, 8)
        with tf.GradientTape(persistent=True) as tape:
            difference = twin.discriminator(batch) - twin.discriminator(twin.generator(noise))
            loss = tf.reduce_mean(tf.math.softplus(-difference))
            generator_loss = tf.reduce_mean(tf.math.softplus(difference))
        gradients = tape.gradient(generator_loss, twin.generator.trainable_variables)
        descend(loss, tape, twin.discriminator)
        for variable, gradient in zip(twin.generator.trainable_variables, gradients, strict=True):
            variable.assign_sub(0.05 * gradient)
    assert_close(gan, twin)


@keras.saving.register_keras_serializable(package="tests")
class GeneratorFirst(Updates):
    """An algorithm of a user's own, from the public steps."""

    def __call__(self, gan, batch):
        generator = gan.generator_step(batch)
        discriminator = gan.discriminator_step(batch)
        critique = discriminator.critique
        return Outcome(
            generator.loss,
            discriminator.loss,
            generator.penalty + discriminator.penalty,
            critique.real_logits,
            critique.fake_logits,
        )


def test_an_algorithm_of_ones_own_trains_is_saved_and_resumes_exactly(
    make_gan, real_images, tmp_path
):
    gan = make_gan(updates=GeneratorFirst())
    gan.fit(real_images, batch_size=8, shuffle=False, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert type(loaded.updates) is GeneratorFirst
    for each in (gan, loaded):
        each.fit(real_images, batch_size=8, shuffle=False, verbose=0)
    assert_same(state(gan), state(loaded))


def test_replay_needs_alternating_updates(make_gan):
    with pytest.raises(ValueError, match='cannot be Simultaneous with `replay`.*"alternating"'):
        make_gan(replay=10)
    assert type(make_gan(replay=10, updates="alternating").updates) is Alternating


@pytest.mark.parametrize("steps", [0, True, 1.5])
def test_steps_are_positive_integers(steps):
    with pytest.raises(ValueError, match="`generator_steps` must be a positive integer"):
        Alternating(1, steps)
    with pytest.raises(ValueError, match="`updates` must be one of"):
        get(steps)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, Simultaneous()),
        ({"penalties": ["r1", "drift"]}, Simultaneous()),
        ({"loss": "relativistic_average"}, Alternating()),
        ({"penalties": ["gdpp"]}, Alternating()),
        ({"replay": 10}, Alternating()),
        ({"generator_steps": 2}, Alternating(1, 2)),
        ({"discriminator_steps": 5}, Alternating(5)),
    ],
)
def test_what_version_0_1_chose_in_silence_is_read_as_updates(arguments, expected):
    steps = {"discriminator_steps": 1, "generator_steps": 1}
    found = from_version_0_1({"loss": "hinge", "penalties": [], **steps, **arguments})
    assert type(found["updates"]) is type(expected) and not steps.keys() & found.keys()
    assert found["updates"].get_config() == expected.get_config()
    assert from_version_0_1({"updates": "alternating"}) == {"updates": "alternating"}


def test_alternating_reports_the_means_of_its_updates(make_gan, real_images):
    gan = make_gan(updates=Alternating(2, 2), penalties=["r1"])
    outcome = gan.updates(gan, Batch(real_images[:8]))
    assert outcome.real_logits.shape == outcome.fake_logits.shape == (8, 1)
    assert all(np.isfinite(value).all() for value in outcome)
    assert float(outcome.penalty) > 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"updates": Alternating(3)},
        {"loss": "relativistic_pairing", "penalties": ["r1", "r2"], "updates": "alternating"},
        pytest.param({"replay": 16, "updates": "alternating"}, marks=pytest.mark.slow),
        pytest.param({"penalties": ["gdpp"]}, marks=pytest.mark.slow),
        pytest.param(
            {"augment": "color,translation,cutout", "penalties": ["wgan_gp"]},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["steps", "r3gan", "replay", "gdpp", "augment"],
)
def test_same_seed_same_training_and_exact_resumption(make_gan, real_images, tmp_path, arguments):
    data = tf.data.Dataset.from_tensor_slices(real_images).batch(9)
    gan = make_gan(**arguments)
    gan.fit(data, verbose=0)
    gan.save(tmp_path / "gan.keras")
    gan.fit(data, verbose=0)
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    loaded.fit(data, verbose=0)
    assert_same(state(gan), state(loaded))
    again = make_gan(**arguments)
    for _ in range(2):
        again.fit(data, verbose=0)
    assert_same(state(gan), state(again))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_replicas_of_an_alternating_step(make_gan, real_images):
    strategy = two_replicas()
    with strategy.scope():
        gan = make_gan(
            loss="relativistic_pairing",
            penalties=[penalties.R1(1.0, interval=2), penalties.WGANGP(1.0, interval=2)],
            augment="color,translation",
            replay=ReplayBuffer(capacity=8),
            ema=0.9,
            updates=Alternating(2),
        )
    history = gan.fit(real_images[:32], batch_size=16, verbose=0)
    assert np.isfinite([values[0] for values in history.history.values()]).all()
    for variable in gan.discriminator.trainable_variables:
        np.testing.assert_array_equal(*[copy.numpy() for copy in variable.value.values])


@pytest.mark.slow
def test_xla_compiles_the_whole_step(make_gan, real_images):
    gan = make_gan(
        jit_compile=True,
        loss="relativistic_pairing",
        penalties=[penalties.R1(1.0), penalties.R2(1.0, interval=2)],
        augment="color,translation,cutout",
        replay=ReplayBuffer(capacity=8),
        ema=0.9,
        updates="alternating",
    )
    history = gan.fit(real_images, batch_size=8, verbose=0)
    assert np.isfinite([values[0] for values in history.history.values()]).all()
