"""Cross-entropies against hand-computed values, Keras's own and closed-form minima."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.25], [1.0]], "float32")


def softplus(x):
    return np.log1p(np.exp(np.float64(x)))


def test_values_by_hand():
    discriminator = softplus(-REAL).mean() + softplus(FAKE).mean()
    for name, generator in (
        ("non_saturating", softplus(-FAKE).mean()),
        ("minimax", -softplus(FAKE).mean()),
    ):
        loss = losses.get(name)
        assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(discriminator, rel=1e-6)
        assert float(loss.generator_loss(FAKE)) == pytest.approx(generator, rel=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_non_saturating_is_kerass_cross_entropy(smoothing):
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    loss = losses.NonSaturating(label_smoothing=smoothing)
    expected = entropy((1 - smoothing) * np.ones_like(REAL), REAL)
    expected += entropy(np.zeros_like(FAKE), FAKE)
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(float(expected), rel=1e-6)
    expected = entropy(np.ones_like(FAKE), FAKE)
    assert float(loss.generator_loss(FAKE)) == pytest.approx(float(expected), rel=1e-6)


def test_no_smoothing_is_the_plain_expression_operation_by_operation():
    def plain(real, fake):
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))

    spec = tf.TensorSpec((None, 1), tf.float32)
    graphs = [
        tf.function(function).get_concrete_function(spec, spec).graph.get_operations()
        for function in (plain, losses.NonSaturating().discriminator_loss)
    ]
    assert [op.type for op in graphs[0]] == [op.type for op in graphs[1]]
    rng = np.random.default_rng(0)
    real, fake = rng.normal(scale=5, size=(2, 257, 1)).astype("float32")
    assert float(losses.NonSaturating().discriminator_loss(real, fake)) == float(plain(real, fake))


def expected_loss(best, smoothing):
    """By hand, from probabilities: -E log of what was right."""
    real, fake = np.array([0.75, 0.25]), np.array([0.25, 0.75])
    smoothed = (1 - smoothing) * np.log(best) + smoothing * np.log(1 - best)
    return -(real * smoothed + fake * np.log(1 - best)).sum()


def judge_points(p_real, p_fake, loss, guess):
    """Loss and slope of a discriminator that gives each of two points a logit of its own."""
    logits = tf.constant(guess, "float64")
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = loss.discriminator_loss(tf.gather(logits, p_real), tf.gather(logits, p_fake))
    return float(value), tf.convert_to_tensor(tape.gradient(value, logits))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.3])
def test_the_best_discriminator(smoothing):
    # Of four images 3/4 of the real ones and 1/4 of the fakes are the first of two points.
    target = (1 - smoothing) * np.array([0.75, 0.25])
    best = np.log(target / (1 - target))
    loss = losses.NonSaturating(label_smoothing=smoothing)
    value, gradient = judge_points([0, 0, 0, 1], [0, 1, 1, 1], loss, best)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    assert value == pytest.approx(expected_loss(target, smoothing))
    for step in ([0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]):
        assert judge_points([0, 0, 0, 1], [0, 1, 1, 1], loss, best + step)[0] > value


def test_equal_sides_and_no_information_cost_two_log_two():
    zeros = np.zeros((5, 1), "float32")
    for smoothing in (0.0, 0.2):
        loss = losses.NonSaturating(label_smoothing=smoothing)
        assert float(loss.discriminator_loss(zeros, zeros)) == pytest.approx(2 * np.log(2))
    assert float(losses.NonSaturating().generator_loss(zeros)) == pytest.approx(np.log(2))
    assert float(losses.Minimax().generator_loss(zeros)) == pytest.approx(-np.log(2))


def test_smoothing_makes_sure_real_images_costly_and_leaves_the_fakes():
    loss = losses.NonSaturating(label_smoothing=0.1)
    best = tf.fill((3, 1), tf.constant(np.log(9.0), "float64"))
    with tf.GradientTape(persistent=True) as tape:
        fake = tf.constant(FAKE, "float64")
        surer = best + 1
        tape.watch([best, surer, fake])
        at_best = loss.discriminator_loss(best, fake)
        too_sure = loss.discriminator_loss(surer, fake)
        plain = losses.NonSaturating().discriminator_loss(best, fake)
    np.testing.assert_allclose(tape.gradient(at_best, best), 0, atol=1e-12)
    assert (tape.gradient(too_sure, surer).numpy() > 0).all()
    np.testing.assert_array_equal(tape.gradient(at_best, fake), tape.gradient(plain, fake))


@pytest.mark.parametrize(
    "wrong", [-0.1, 0.51, 1, True, False, float("nan"), "0.1", None, np.array([0.1, 0.2])]
)
def test_smoothing_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidArgument, match="`label_smoothing` must be a number in .*Received"):
        losses.NonSaturating(label_smoothing=wrong)
    with pytest.raises(InvalidArgument, match="label_smoothing"):
        losses.non_saturating_discriminator_loss(REAL, FAKE, label_smoothing=wrong)


def test_smoothing_may_be_a_numpy_number():
    loss = losses.NonSaturating(label_smoothing=np.float32(0.25))
    assert type(loss.get_config()["label_smoothing"]) is float
    real, fake = tf.constant(REAL, "float64"), tf.constant(FAKE, "float64")
    value = losses.non_saturating_discriminator_loss(real, fake, np.float32(0.25))
    assert float(value) == float(loss.discriminator_loss(real, fake))


def test_minimax_is_one_game():
    loss = losses.Minimax()
    of_fakes = loss.discriminator_loss(REAL, FAKE) - losses.Minimax().discriminator_loss(
        REAL, np.full_like(FAKE, -1e9)
    )
    assert float(loss.generator_loss(FAKE)) == pytest.approx(-float(of_fakes), rel=1e-6)


def test_minimax_saturates_and_non_saturating_does_not():
    sure_fake = tf.constant([[-20.0]])
    slopes = {}
    for name in ("non_saturating", "minimax"):
        with tf.GradientTape() as tape:
            tape.watch(sure_fake)
            value = losses.get(name).generator_loss(sure_fake)
        slopes[name] = float(tape.gradient(value, sure_fake)[0, 0])
    assert slopes["non_saturating"] == pytest.approx(-1, abs=1e-6)
    assert slopes["minimax"] == pytest.approx(-np.exp(-20.0), rel=1e-4)
