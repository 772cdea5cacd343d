"""Label smoothing."""

import numpy as np
import pytest
from keras import ops

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument


def test_without_smoothing_the_bits_are_those_of_the_plain_loss():
    real, fake = np.random.default_rng(0).normal(scale=5, size=(2, 257, 1)).astype("float32")
    plain = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    assert float(losses.NonSaturating().discriminator_loss(real, fake)) == float(plain)


@pytest.mark.parametrize("wrong", [-0.1, 0.51, True, None, np.array([0.1, 0.2])])
def test_smoothing_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidArgument, match="`label_smoothing` must be a number in .*Received"):
        losses.NonSaturating(label_smoothing=wrong)
