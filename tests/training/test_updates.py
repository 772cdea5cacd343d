"""Updates against loops written by hand; exact resumption, replicas, XLA."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_resumes, assert_same, state, two_replicas

from tfgan_kit import penalties
from tfgan_kit.training import Alternating, Batch, Outcome, Simultaneous, Updates
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


def descend(loss, tape, network):
    apply(network, tape.gradient(loss, network.trainable_variables))


def apply(network, gradients):
    for variable, gradient in zip(network.trainable_variables, gradients, strict=True):
        variable.assign_sub(0.05 * gradient)


def noise_of(gan, size):
    return gan.noise(size, gan.next_seed())


def logistic(logits):
    return tf.reduce_mean(tf.math.softplus(logits))


# Of logits of real and of fake images: the discriminator's loss, the generator's loss.
BY_HAND = {
    "non_saturating": (
        lambda real, fake: logistic(-real) + logistic(fake),
        lambda real, fake: logistic(-fake),
    ),
    "wasserstein": (
        lambda real, fake: tf.reduce_mean(fake) - tf.reduce_mean(real),
        lambda real, fake: -tf.reduce_mean(fake),
    ),
    "relativistic_pairing": (
        lambda real, fake: logistic(fake - real),
        lambda real, fake: logistic(real - fake),
    ),
}


def zero_centred(discriminator, images, gamma):
    """The penalty of R1 and R2, by hand."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
    return 0.5 * gamma * tf.reduce_sum(tape.gradient(logits, images) ** 2) / len(images)


def assert_close(first, second):
    for a, b in zip(first.weights[2:], second.weights[2:], strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=2e-6, err_msg=a.path)


@pytest.mark.parametrize(
    ("loss", "steps", "gamma"),
    [
        ("wasserstein", (3, 1), 2.0),
        ("relativistic_pairing", (1, 1), 0.0),
        ("non_saturating", (1, 2), 0.0),
    ],
)
def test_alternating_updates_are_those_by_hand(make_gan, batches, loss, steps, gamma):
    """Every update of the discriminator, and of a relativistic generator, has its own images."""
    terms = [penalties.R1(gamma)] if gamma else []
    gan, twin = make_pair(make_gan, loss=loss, penalties=terms, updates=Alternating(*steps))
    batches = [batch[:6] for batch in batches]
    train(gan, batches)
    discriminator_loss, generator_loss = BY_HAND[loss]
    relativistic = loss == "relativistic_pairing"
    parts = steps[0] + relativistic * steps[1]
    for batch in batches:
        for part in range(steps[0]):
            real = tf.constant(batch[part::parts])
            fake = twin.generator(noise_of(twin, 6 // parts))
            with tf.GradientTape() as tape:
                value = discriminator_loss(twin.discriminator(real), twin.discriminator(fake))
                value += zero_centred(twin.discriminator, real, gamma)
            descend(value, tape, twin.discriminator)
        for part in range(steps[1]):
            noise = noise_of(twin, 6 // parts)
            with tf.GradientTape() as tape:
                real = twin.discriminator(batch[steps[0] + part :: parts]) if relativistic else None
                value = generator_loss(real, twin.discriminator(twin.generator(noise)))
            descend(value, tape, twin.generator)
    assert_close(gan, twin)


@pytest.mark.parametrize(
    ("loss", "gamma"), [("non_saturating", 4.0), ("relativistic_pairing", 0.0)]
)
def test_simultaneous_updates_are_those_by_hand_from_one_pass(make_gan, batches, loss, gamma):
    gan, twin = make_pair(make_gan, loss=loss, penalties=[penalties.R2(gamma)] if gamma else [])
    assert isinstance(gan.updates, Simultaneous)
    train(gan, batches)
    discriminator_loss, generator_loss = BY_HAND[loss]
    for batch in batches:
        noise = noise_of(twin, 8)
        with tf.GradientTape(persistent=True) as tape:
            fake = twin.generator(noise)
            logits = twin.discriminator(batch), twin.discriminator(fake)
            value = discriminator_loss(*logits) + zero_centred(twin.discriminator, fake, gamma)
            generator_value = generator_loss(*logits)
        gradients = tape.gradient(generator_value, twin.generator.trainable_variables)
        descend(value, tape, twin.discriminator)
        apply(twin.generator, gradients)
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


def test_an_algorithm_of_ones_own_resumes_exactly(make_gan, real_images, tmp_path):
    data = tf.data.Dataset.from_tensor_slices(real_images).batch(8)
    loaded = assert_resumes(make_gan(updates=GeneratorFirst()), data, tmp_path / "gan.keras")
    assert type(loaded.updates) is GeneratorFirst


def test_replay_needs_alternating_updates(make_gan):
    with pytest.raises(ValueError, match='cannot be Simultaneous with `replay`.*"alternating"'):
        make_gan(replay=10)
    assert type(make_gan(replay=10, updates="alternating").updates) is Alternating


def test_steps_are_positive_integers():
    for name in ("discriminator_steps", "generator_steps"):
        with pytest.raises(ValueError, match=f"`{name}` must be a positive integer"):
            Alternating(**{name: 0})
    with pytest.raises(ValueError, match="`updates` must be one of"):
        get(2)


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
        pytest.param({"ema": 0.9}, marks=pytest.mark.slow),
        {"updates": Alternating(3)},
        pytest.param(
            {"loss": "relativistic_pairing", "penalties": ["r1", "r2"], "updates": "alternating"},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["ema", "steps", "r3gan"],
)
def test_same_seed_same_training_and_exact_resumption(make_gan, real_images, tmp_path, arguments):
    data = tf.data.Dataset.from_tensor_slices(real_images[:13]).batch(9)
    gan, again = (make_gan(**arguments, run_eagerly=True) for _ in range(2))
    assert_resumes(gan, data, tmp_path / "gan.keras")
    for _ in range(2):
        again.fit(data, verbose=0)
    assert_same(state(gan), state(again))


RICH = {
    "loss": "relativistic_pairing",
    "penalties": [penalties.R1(1.0, interval=2), penalties.R2(1.0), penalties.WGANGP(interval=2)],
    "augment": "color,translation,cutout",
    "replay": 8,
    "ema": 0.9,
    "updates": Alternating(2),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_replicas_of_an_alternating_step(make_gan, real_images):
    with two_replicas().scope():
        gan = make_gan(**RICH)
    history = gan.fit(real_images[:32], batch_size=16, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    for variable in gan.discriminator.trainable_variables:
        np.testing.assert_array_equal(*[copy.numpy() for copy in variable.value.values])


@pytest.mark.slow
def test_xla_compiles_the_whole_step(make_gan, real_images):
    gan = make_gan(jit_compile=True, **RICH)
    history = gan.fit(real_images, batch_size=8, verbose=0).history
    assert np.isfinite(list(history.values())).all()
