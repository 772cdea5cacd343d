"""Relativistic losses against probabilities by hand, closed-form minima and wrong pairs."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument

REAL = np.array([[2.0], [-1.0], [0.5]])
FAKE = np.array([[-3.0], [0.25], [1.0]])
NAMES = ["relativistic_average", "relativistic_pairing"]
# 3/4 of the real images and 1/4 of the fakes are the first of two points.
REAL_POINTS, FAKE_POINTS = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_average_by_hand():
    # D(x) less the mean of fakes (-1.75 / 3) and D(G(z)) less that of real images (0.5).
    real = sigmoid(REAL + 1.75 / 3)
    fake = sigmoid(FAKE - 0.5)
    loss = losses.RelativisticAverage()
    expected = -np.log(real).mean() - np.log(1 - fake).mean()
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(expected, rel=1e-12)
    expected = -np.log(fake).mean() - np.log(1 - real).mean()
    assert float(loss.generator_loss(FAKE, REAL)) == pytest.approx(expected, rel=1e-12)


def test_pairing_by_hand():
    # The pairs' leads are 5, -1.25 and -0.5.
    leads = np.array([5.0, -1.25, -0.5])
    loss = losses.RelativisticPairing()
    expected = -np.log(sigmoid(leads)).mean()
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(expected, rel=1e-12)
    expected = -np.log(sigmoid(-leads)).mean()
    assert float(loss.generator_loss(FAKE, REAL)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [("relativistic_average", 2 * np.log(2)), ("relativistic_pairing", np.log(2))],
)
@pytest.mark.parametrize("logit", [-5.0, 0.0, 30.0])
def test_equal_logits_cost_log_two(name, value, logit):
    loss, logits = losses.get(name), np.full((4, 2), logit)
    assert float(loss.discriminator_loss(logits, logits)) == pytest.approx(value)
    assert float(loss.generator_loss(logits, logits)) == pytest.approx(value)


@pytest.mark.parametrize("name", NAMES)
def test_only_differences_count(name):
    loss = losses.get(name)
    for shift in (-100.0, 3.0):
        assert float(loss.discriminator_loss(REAL + shift, FAKE + shift)) == pytest.approx(
            float(loss.discriminator_loss(REAL, FAKE)), rel=1e-12
        )
        assert float(loss.generator_loss(FAKE + shift, REAL + shift)) == pytest.approx(
            float(loss.generator_loss(FAKE, REAL)), rel=1e-12
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_generators_loss_is_the_discriminators_with_sides_exchanged(name):
    loss = losses.get(name)
    assert float(loss.generator_loss(FAKE, REAL)) == float(loss.discriminator_loss(FAKE, REAL))
    assert float(loss.generator_loss(FAKE, REAL)) != float(loss.discriminator_loss(REAL, FAKE))


def test_pairs_are_those_of_one_index():
    pairing, average = (
        losses.relativistic_pairing_discriminator_loss,
        losses.relativistic_average_discriminator_loss,
    )
    together = [2, 0, 1]
    assert float(pairing(REAL[together], FAKE[together])) == pytest.approx(
        float(pairing(REAL, FAKE)), rel=1e-12
    )
    assert abs(float(pairing(REAL, FAKE[::-1])) - float(pairing(REAL, FAKE))) > 0.1
    assert float(average(REAL, FAKE[::-1])) == pytest.approx(float(average(REAL, FAKE)), rel=1e-12)


def test_the_best_discriminator_of_all_pairs():
    # The first point is the real one of 9/16 of the pairs of two points, and the fake of 1/16,
    # so that it leads by log 9: the difference of the two points' log(p / q).
    real, fake = np.repeat(REAL_POINTS, 4), np.tile(FAKE_POINTS, 4)
    logits = tf.constant([np.log(3.0), -np.log(3.0)], "float64")
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = losses.relativistic_pairing_discriminator_loss(
            tf.gather(logits, real), tf.gather(logits, fake)
        )
    gradient = tf.convert_to_tensor(tape.gradient(value, logits))
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    expected = -(9 * np.log(0.9) + np.log(0.1) + 6 * np.log(0.5)) / 16
    assert float(value) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_where_both_sides_are_alike_nothing_beats_indifference(name):
    points = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    others = np.repeat([0, 1, 2], 3)
    loss, logits = losses.get(name), tf.zeros(3, "float64")

    def value(logits):
        return loss.discriminator_loss(tf.gather(logits, points), tf.gather(logits, others))

    with tf.GradientTape() as tape:
        tape.watch(logits)
        indifferent = value(logits)
    gradient = tf.convert_to_tensor(tape.gradient(indifferent, logits))
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    for _ in range(5):
        assert float(value(tf.random.normal((3,), dtype="float64"))) > float(indifferent)


def test_average_takes_the_mean_over_the_patches_as_well():
    real = np.arange(24.0).reshape(2, 3, 4) / 10
    fake = -real
    leads = sigmoid(real - fake.mean()), sigmoid(fake - real.mean())
    expected = -np.log(leads[0]).mean() - np.log(1 - leads[1]).mean()
    value = losses.relativistic_average_discriminator_loss(real, fake)
    assert float(value) == pytest.approx(expected, rel=1e-12)


def test_average_takes_sides_of_two_sizes():
    loss = losses.RelativisticAverage()
    twice = np.concatenate([FAKE, FAKE])
    for first, second in (
        (loss.discriminator_loss(REAL, twice), loss.discriminator_loss(REAL, FAKE)),
        (loss.generator_loss(twice, REAL), loss.generator_loss(FAKE, REAL)),
    ):
        assert float(first) == pytest.approx(float(second), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_real_logits_must_be_given(name):
    loss = losses.get(name)
    assert loss.generator_uses_real is True
    function = getattr(losses, f"{name}_generator_loss")
    for call in (
        lambda: loss.generator_loss(FAKE),
        lambda: loss.generator_loss(FAKE, None),
        lambda: function(FAKE, None),
    ):
        with pytest.raises(InvalidArgument, match="`real_logits` .*Received: real_logits=None"):
            call()


@pytest.mark.parametrize(
    ("real", "fake"),
    [((3, 1), (4, 1)), ((1, 1), (4, 1)), ((4,), (4, 1)), ((4, 1), (4, 3)), ((4, 2, 2), (4, 4))],
)
def test_pairs_of_two_shapes_are_refused_rather_than_broadcast(real, fake):
    loss = losses.RelativisticPairing()
    message = "same shape.*Received: real_logits.shape=.*, fake_logits.shape="
    for a, b in ((real, fake), (fake, real)):
        with pytest.raises(InvalidArgument, match=message):
            loss.discriminator_loss(np.zeros(a), np.zeros(b))
        with pytest.raises(InvalidArgument, match=message):
            loss.generator_loss(np.zeros(b), np.zeros(a))


@pytest.mark.parametrize("shape", [(None, 1), None])
def test_pairs_of_a_graph_are_checked_when_it_runs(shape):
    spec = tf.TensorSpec(shape, tf.float64)
    loss = losses.RelativisticPairing()
    discriminator = tf.function(loss.discriminator_loss, input_signature=[spec] * 2)
    generator = tf.function(loss.generator_loss, input_signature=[spec] * 2)
    assert float(discriminator(REAL, FAKE)) == float(loss.discriminator_loss(REAL, FAKE))
    assert float(generator(FAKE, REAL)) == float(loss.generator_loss(FAKE, REAL))
    for real, fake in ((REAL[:1], FAKE), (REAL, FAKE[:1]), (REAL[:2], FAKE)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="`real_logits` and"):
            discriminator(real, fake)
        with pytest.raises(tf.errors.InvalidArgumentError, match="`real_logits` and"):
            generator(fake, real)


def test_pairing_of_float16_does_not_overflow():
    high = tf.constant([[6e4]], "float16")
    loss = losses.RelativisticPairing()
    # The difference of 120,000 is beyond float16's 65,504.
    assert float(loss.discriminator_loss(-high, high)) == pytest.approx(1.2e5, rel=1e-3)
    assert float(loss.generator_loss(-high, high)) == pytest.approx(1.2e5, rel=1e-3)
