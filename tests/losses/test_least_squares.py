"""Least squares against Pearson's divergence, and its labels."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument


def test_pearson_labels_give_pearsons_divergence():
    loss = losses.LeastSquares(a=-1, b=1, c=0)
    p, q = np.array([0.75, 0.25]), np.array([0.25, 0.75])
    best = (p - q) / (p + q)
    # Both sides' distances from c; those of real images do not depend on the generator.
    both = loss.generator_loss(best[[0, 0, 0, 1]]) + loss.generator_loss(best[[0, 1, 1, 1]])
    pearson = ((2 * q - (p + q)) ** 2 / (p + q)).sum()
    assert 2 * float(both) == pytest.approx(pearson)


def test_wrong_labels_are_refused():
    for name, wrong in (("a", float("inf")), ("b", None), ("c", "1")):
        with pytest.raises(InvalidArgument, match=f"`{name}` must be a finite .*Received: {name}="):
            losses.LeastSquares(**{name: wrong})
    with pytest.raises(InvalidArgument, match=r"`a` and `b` .*Received: a=1.0, b=1.0"):
        losses.LeastSquares(a=1)


def test_float16_outputs_are_squared_without_overflow():
    outputs = tf.constant([[300.0]], "float16")
    assert float(losses.LeastSquares(c=0).generator_loss(outputs)) == 45_000
    # 4,000 squared is beyond float16's 65,504.
    assert float(losses.LeastSquares(c=0).generator_loss(outputs * 10)) > 4e6
