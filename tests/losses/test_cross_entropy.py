"""Cross-entropies against Keras's own, and label smoothing."""

import keras
import numpy as np
import pytest
from keras import ops

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.25], [1.0]], "float32")


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_non_saturating_is_kerass_cross_entropy(smoothing):
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    loss = losses.NonSaturating(label_smoothing=smoothing)
    expected = entropy((1 - smoothing) * np.ones_like(REAL), REAL)
    expected += entropy(np.zeros_like(FAKE), FAKE)
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(float(expected), rel=1e-6)
    expected = entropy(np.ones_like(FAKE), FAKE)
    assert float(loss.generator_loss(FAKE)) == pytest.approx(float(expected), rel=1e-6)


def test_without_smoothing_the_bits_are_those_of_the_plain_loss():
    real, fake = np.random.default_rng(0).normal(scale=5, size=(2, 257, 1)).astype("float32")
    plain = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    assert float(losses.NonSaturating().discriminator_loss(real, fake)) == float(plain)


@pytest.mark.parametrize("wrong", [-0.1, 0.51, True, None, np.array([0.1, 0.2])])
def test_smoothing_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidArgument, match="`label_smoothing` must be a number in .*Received"):
        losses.NonSaturating(label_smoothing=wrong)
