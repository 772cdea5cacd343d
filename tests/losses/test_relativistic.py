"""Relativistic losses: wrong pairs and half precision."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument

REAL = np.array([[2.0], [-1.0], [0.5]])
FAKE = np.array([[-3.0], [0.25], [1.0]])


def both_sides(loss):
    return loss.discriminator_loss, lambda real, fake: loss.generator_loss(fake, real)


def test_average_allows_different_numbers_of_real_and_fake():
    twice = np.concatenate([FAKE, FAKE])
    for function in both_sides(losses.RelativisticAverage()):
        expected = float(function(REAL, FAKE))
        assert float(function(REAL, twice)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["relativistic_average", "relativistic_pairing"])
def test_real_logits_must_be_given(name):
    loss = losses.get(name)
    assert loss.generator_uses_real is True
    with pytest.raises(InvalidArgument, match="`real_logits` .*Received: real_logits=None"):
        loss.generator_loss(FAKE)


@pytest.mark.parametrize(
    ("real", "fake"),
    [((3, 1), (4, 1)), ((1, 1), (4, 1)), ((4,), (4, 1)), ((4, 1), (4, 3)), ((4, 2, 2), (4, 4))],
)
def test_different_shapes_are_refused_and_not_broadcast(real, fake):
    for function in both_sides(losses.RelativisticPairing()):
        for a, b in ((real, fake), (fake, real)):
            with pytest.raises(InvalidArgument, match="same shape.*real_logits.shape=.*, fake"):
                function(np.zeros(a), np.zeros(b))


@pytest.mark.parametrize("shape", [(None, 1), None])
def test_a_graph_checks_shapes_when_it_runs(shape):
    spec = tf.TensorSpec(shape, tf.float64)
    for function in both_sides(losses.RelativisticPairing()):
        compiled = tf.function(function, input_signature=[spec] * 2)
        assert float(compiled(REAL, FAKE)) == float(function(REAL, FAKE))
        for real, fake in ((REAL[:1], FAKE), (REAL, FAKE[:1]), (REAL[:2], FAKE)):
            with pytest.raises(tf.errors.InvalidArgumentError, match="`real_logits` and"):
                compiled(real, fake)


def test_pairing_of_float16_does_not_overflow():
    high = tf.constant([[6e4]], "float16")
    # The difference of 120,000 is beyond float16's 65,504.
    discriminator, generator = both_sides(losses.RelativisticPairing())
    assert float(discriminator(-high, high)) == pytest.approx(1.2e5, rel=1e-3)
    assert float(generator(high, -high)) == pytest.approx(1.2e5, rel=1e-3)
