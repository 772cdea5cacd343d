"""Updates: against loops written by hand, how a batch is dealt out, what is reported."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same, state, two_replicas

from tfgan_kit import penalties
from tfgan_kit.training import updates
from tfgan_kit.training.replay import ReplayBuffer


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
    return gan.noise(size, gan.draw_seed(gan.train_noise))


def descend(loss, tape, network, rate=0.05):
    variables = network.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        variable.assign_sub(rate * gradient)


def assert_close(first, second):
    for a, b in zip(first.weights[1:], second.weights[1:], strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=2e-6, err_msg=a.path)


def test_wasserstein_with_three_critic_steps_and_gradient_penalty(make_gan, batches):
    gan, twin = make_pair(
        make_gan, loss="wasserstein", penalties=[penalties.R1(2.0)], discriminator_steps=3
    )
    batches = [batch[:6] for batch in batches]
    train(gan, batches)
    for batch in batches:
        for hand in range(3):
            real = tf.constant(batch[hand::3])
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
    gan, twin = make_pair(make_gan, loss="relativistic_pairing")
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
    gan, twin = make_pair(make_gan, generator_steps=2)
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
    assert isinstance(gan.updates, updates.Simultaneous)
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


@pytest.mark.parametrize("num", [12, 13, 5, 2, 1])
@pytest.mark.parametrize("hands", [1, 2, 3])
def test_deal(num, hands):
    images = np.arange(num, dtype="float32")
    dealt = [hand.numpy() for hand in updates._deal(tf.constant(images), hands)]
    assert len(dealt) == hands
    assert {len(hand) for hand in dealt} == {-(-num // hands)}
    together = np.concatenate(dealt)
    assert set(together) == set(images)
    if num % hands == 0:
        assert len(together) == num


def test_alternating_reports_the_means_of_its_updates(make_gan, real_images):
    gan = make_gan(discriminator_steps=2, generator_steps=2, penalties=["r1"])
    outcome = gan.updates(gan, real_images[:8])
    assert outcome.real_logits.shape == outcome.fake_logits.shape == (8, 1)
    assert all(np.isfinite(value).all() for value in outcome)
    assert float(outcome.penalty) > 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"discriminator_steps": 3},
        {"loss": "relativistic_pairing", "penalties": ["r1", "r2"]},
        pytest.param({"replay": ReplayBuffer(capacity=16)}, marks=pytest.mark.slow),
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
            discriminator_steps=2,
        )
    history = gan.fit(real_images[:32], batch_size=16, verbose=0)
    assert np.isfinite([values[0] for values in history.history.values()]).all()
    for variable in gan.discriminator.trainable_variables:
        np.testing.assert_array_equal(*[copy.numpy() for copy in variable.value.values])


@pytest.mark.slow
def test_xla_takes_the_whole_game(make_gan, real_images):
    gan = make_gan(
        jit_compile=True,
        loss="relativistic_pairing",
        penalties=[penalties.R1(1.0), penalties.R2(1.0, interval=2)],
        augment="color,translation,cutout",
        replay=ReplayBuffer(capacity=8),
        ema=0.9,
    )
    history = gan.fit(real_images, batch_size=8, verbose=0)
    assert np.isfinite([values[0] for values in history.history.values()]).all()
