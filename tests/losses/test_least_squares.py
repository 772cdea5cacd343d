"""Least squares against hand-computed values, its best discriminator and Pearson's divergence."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.5], [1.0]], "float32")
# 3/4 of the real images and 1/4 of the fakes are the first of two points.
REAL_POINTS, FAKE_POINTS = [0, 0, 0, 1], [0, 1, 1, 1]


def test_values_by_hand():
    loss = losses.LeastSquares()
    # (1 + 4 + 0.25) / 3 / 2 for real images, (9 + 0.25 + 1) / 3 / 2 for fakes.
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx((5.25 + 10.25) / 6)
    # (16 + 0.25 + 0) / 3 / 2.
    assert float(loss.generator_loss(FAKE)) == pytest.approx(16.25 / 6)


def test_values_by_hand_with_other_labels():
    loss = losses.LeastSquares(a=-1, b=2, c=0.5)
    # (0 + 9 + 2.25) and (4 + 2.25 + 4); (12.25 + 0 + 0.25).
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx((11.25 + 10.25) / 6)
    assert float(loss.generator_loss(FAKE)) == pytest.approx(12.5 / 6)


def test_functions_have_the_defaults_of_the_class():
    loss = losses.LeastSquares()
    assert loss.get_config() == {"a": 0.0, "b": 1.0, "c": 1.0}
    assert float(losses.least_squares_discriminator_loss(REAL, FAKE)) == float(
        loss.discriminator_loss(REAL, FAKE)
    )
    assert float(losses.least_squares_generator_loss(FAKE)) == float(loss.generator_loss(FAKE))


@pytest.mark.parametrize(("a", "b"), [(0, 1), (-1, 1), (2, -3)])
def test_the_best_discriminator(a, b):
    # D* = (b p + a q) / (p + q).
    best = np.array([0.75 * b + 0.25 * a, 0.25 * b + 0.75 * a])
    loss = losses.LeastSquares(a=a, b=b)
    outputs = tf.constant(best)
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        value = loss.discriminator_loss(
            tf.gather(outputs, REAL_POINTS), tf.gather(outputs, FAKE_POINTS)
        )
    gradient = tf.convert_to_tensor(tape.gradient(value, outputs))
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    # The variance of labels 3/4 of which are the same, halved, at each of two points.
    assert float(value) == pytest.approx(0.75 * 0.25 * (b - a) ** 2)


def test_equal_sides_cost_a_quarter_of_the_squared_distance():
    loss = losses.LeastSquares(a=-1, b=3)
    middle = np.full((4, 1), 1.0)
    assert float(loss.discriminator_loss(middle, middle)) == pytest.approx(16 / 4)
    assert float(loss.discriminator_loss(middle + 0.5, middle + 0.5)) > 4


def test_pearson_labels_give_pearsons_divergence():
    loss = losses.LeastSquares(a=-1, b=1, c=0)
    p, q = np.array([0.75, 0.25]), np.array([0.25, 0.75])
    best = (p - q) / (p + q)
    # Both sides' distances from c; those of real images do not depend on the generator.
    both = loss.generator_loss(best[REAL_POINTS]) + loss.generator_loss(best[FAKE_POINTS])
    pearson = ((2 * q - (p + q)) ** 2 / (p + q)).sum()
    assert 2 * float(both) == pytest.approx(pearson)


@pytest.mark.parametrize("name", ["a", "b", "c"])
@pytest.mark.parametrize("wrong", ["1", None, True, float("nan"), float("inf"), [0.5]])
def test_labels_must_be_finite_numbers(name, wrong):
    with pytest.raises(InvalidArgument, match=f"`{name}` must be a finite .*Received: {name}="):
        losses.LeastSquares(**{name: wrong})


def test_functions_refuse_wrong_labels_as_well():
    with pytest.raises(InvalidArgument, match="`a` must be"):
        losses.least_squares_discriminator_loss(REAL, FAKE, a="0")
    with pytest.raises(InvalidArgument, match="`c` must be"):
        losses.least_squares_generator_loss(FAKE, c=None)


def test_one_label_for_both_sides_is_refused():
    with pytest.raises(InvalidArgument, match=r"`a` and `b` .*Received: a=1.0, b=1.0"):
        losses.LeastSquares(a=1)
    with pytest.raises(InvalidArgument, match="`a` and `b`"):
        losses.least_squares_discriminator_loss(REAL, FAKE, a=2, b=2)


def test_float16_outputs_are_squared_without_overflow():
    outputs = tf.constant([[300.0]], "float16")
    assert float(losses.LeastSquares(c=0).generator_loss(outputs)) == 45_000
    # 4,000 squared is beyond float16's 65,504.
    assert float(losses.LeastSquares(c=0).generator_loss(outputs * 10)) > 4e6
