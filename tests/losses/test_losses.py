"""What every loss must pass: values by hand, gradients, dtypes, XLA, saving, `losses.get`."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument

REAL = np.array([[2.0], [-1.5], [0.5], [0.25]])
FAKE = np.array([[-3.0], [0.25], [1.5], [-0.75]])
NAMES = {
    "non_saturating": losses.NonSaturating,
    "minimax": losses.Minimax,
    "least_squares": losses.LeastSquares,
    "hinge": losses.Hinge,
    "wasserstein": losses.Wasserstein,
    "relativistic_average": losses.RelativisticAverage,
    "relativistic_pairing": losses.RelativisticPairing,
}
LOSSES = {
    **{name: cls() for name, cls in NAMES.items()},
    "smoothed": losses.NonSaturating(label_smoothing=0.1),
    "other_labels": losses.LeastSquares(a=-1, b=3, c=0.5),
}
each_loss = pytest.mark.parametrize("loss", list(LOSSES.values()), ids=list(LOSSES))


def both_sides(loss):
    return loss.discriminator_loss, lambda real, fake: loss.generator_loss(fake, real)


def value_and_gradients(function, real, fake):
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        value = function(real, fake)
    return value, tape.gradient(value, [real, fake])


def of_dtype(dtype, *arrays):
    return [tf.cast(tf.constant(array, "float64"), dtype) for array in arrays]


def entropy(logits):
    """-log sigmoid, the cross-entropy of logits against 1."""
    return np.log1p(np.exp(-logits)).mean()


BY_HAND = {
    "non_saturating": (entropy(REAL) + entropy(-FAKE), entropy(FAKE)),
    # The mean of the real logits is 1.25 / 4, that of the fakes -2 / 4.
    "smoothed": (entropy(REAL) + 0.1 * 1.25 / 4 + entropy(-FAKE), entropy(FAKE)),
    "minimax": (entropy(REAL) + entropy(-FAKE), -entropy(-FAKE)),
    "least_squares": (
        (1 + 6.25 + 0.25 + 0.5625) / 8 + (9 + 0.0625 + 2.25 + 0.5625) / 8,
        (16 + 0.5625 + 0.25 + 3.0625) / 8,
    ),
    "other_labels": (
        (1 + 20.25 + 6.25 + 7.5625) / 8 + (4 + 1.5625 + 6.25 + 0.0625) / 8,
        (12.25 + 0.0625 + 1 + 1.5625) / 8,
    ),
    "hinge": ((0 + 2.5 + 0.5 + 0.75) / 4 + (0 + 1.25 + 2.5 + 0.25) / 4, 2 / 4),
    "wasserstein": (-2 / 4 - 1.25 / 4, 2 / 4),
    "relativistic_average": (
        entropy(REAL + 2 / 4) + entropy(1.25 / 4 - FAKE),
        entropy(FAKE - 1.25 / 4) + entropy(-2 / 4 - REAL),
    ),
    "relativistic_pairing": (
        entropy(np.array([5, -1.75, -1, 1])),
        entropy(np.array([-5, 1.75, 1, -1])),
    ),
}


@pytest.mark.parametrize("name", list(LOSSES))
def test_values_by_hand(name):
    values = [float(function(REAL, FAKE)) for function in both_sides(LOSSES[name])]
    assert values == pytest.approx(BY_HAND[name], rel=1e-12)


@each_loss
def test_an_image_of_weight_2_counts_as_two(loss):
    again, weights = [0, 0, 2, 3], np.array([2, 0, 1, 1])
    found = loss.discriminator_loss(REAL, FAKE, weights)
    if isinstance(loss, losses.RelativisticAverage):
        # The mean that fakes are compared with is of all real images.
        expected = entropy(REAL[again] - FAKE.mean()) + entropy(REAL.mean() - FAKE)
    elif isinstance(loss, losses.RelativisticPairing):
        expected = loss.discriminator_loss(REAL[again], FAKE[again])
    else:
        expected = loss.discriminator_loss(REAL[again], FAKE)
    assert float(found) == pytest.approx(float(expected), rel=1e-12)


def test_weights_are_of_images_whatever_the_shape_of_their_logits():
    found = losses.Wasserstein().discriminator_loss(
        REAL.reshape(2, 2, 1), 0 * FAKE, np.array([3.0, 1])
    )
    assert float(found) == pytest.approx(-(3 * 0.5 + 0.75) / 4)


def smoothed_case(smoothing):
    # The best probability of "real" is target * p / (p + q).
    best = (1 - smoothing) * np.array([0.75, 0.25])
    real, fake = np.array([0.75, 0.25]), np.array([0.25, 0.75])
    smoothed = (1 - smoothing) * np.log(best) + smoothing * np.log(1 - best)
    value = -(real * smoothed + fake * np.log(1 - best)).sum()
    return losses.NonSaturating(smoothing), np.log(best / (1 - best)), value


def labels_case(a, b):
    # D* = (b p + a q) / (p + q); the value is half the variance of the labels at each point.
    best = np.array([0.75 * b + 0.25 * a, 0.25 * b + 0.75 * a])
    return losses.LeastSquares(a, b), best, 0.75 * 0.25 * (b - a) ** 2


def pairing_case():
    # The first point is the real one of 9/16 of the pairs and the fake one of 1/16, so its lead
    # is log 9, the difference of the two points' log(p / q).
    value = -(9 * np.log(0.9) + np.log(0.1) + 6 * np.log(0.5)) / 16
    return losses.RelativisticPairing(), np.log([3, 1 / 3]), value


@pytest.mark.parametrize(
    ("loss", "best", "expected"),
    [
        *(smoothed_case(smoothing) for smoothing in (0.0, 0.1, 0.3)),
        *(labels_case(a, b) for a, b in ((0, 1), (-1, 1), (2, -3))),
        pairing_case(),
    ],
)
def test_the_best_discriminator_of_two_points(loss, best, expected):
    # 3/4 of the real images and 1/4 of the fakes are the first point; all pairs of both.
    real, fake = np.repeat([0, 0, 0, 1], 4), np.tile([0, 1, 1, 1], 4)

    def value_at(points):
        return loss.discriminator_loss(tf.gather(points, real), tf.gather(points, fake))

    points = tf.constant(best, "float64")
    with tf.GradientTape() as tape:
        tape.watch(points)
        value = value_at(points)
    gradient = tf.convert_to_tensor(tape.gradient(value, points))
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    assert float(value) == pytest.approx(expected, rel=1e-12)
    for step in ([0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]):
        assert float(value_at(points + step)) > float(value)


@each_loss
def test_gradients_by_finite_differences(loss):
    sides = of_dtype("float64", REAL, FAKE)
    for function in both_sides(loss):
        _, gradients = value_and_gradients(function, *sides)
        for which, gradient in enumerate(gradients):
            if gradient is None:
                assert function != loss.discriminator_loss
                assert which == 0 and not loss.generator_uses_real
                continue
            for index in range(len(REAL)):
                step = np.zeros_like(REAL)
                step[index] = 1e-6
                ahead = [t + step if which == i else t for i, t in enumerate(sides)]
                behind = [t - step if which == i else t for i, t in enumerate(sides)]
                slope = float(function(*ahead) - function(*behind)) / 2e-6
                assert float(gradient[index, 0]) == pytest.approx(slope, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@each_loss
def test_huge_logits_have_finite_values_and_gradients(loss, dtype):
    high, mixed = np.full((4, 1), 1e4), np.array([[1e4], [-1e4], [0.0], [1e4]])
    for logits in ((high, -high), (-high, high), (high, high), (mixed, -mixed), (mixed, high)):
        for function in both_sides(loss):
            value, gradients = value_and_gradients(function, *of_dtype(dtype, *logits))
            gradients = [gradient for gradient in gradients if gradient is not None]
            assert all(np.isfinite(np.float64(each)).all() for each in (value, *gradients))
            assert all(gradient.dtype == dtype for gradient in gradients)


@pytest.mark.parametrize(("dtype", "epsilon"), [("float16", 2**-10), ("bfloat16", 2**-7)])
@each_loss
def test_half_precision(loss, dtype, epsilon):
    # The logits are exact in half precision, so only results are rounded.
    for function in both_sides(loss):
        exact = float(function(*of_dtype("float32", REAL, FAKE)))
        half = function(*of_dtype(dtype, REAL, FAKE))
        assert float(half) == pytest.approx(exact, rel=2 * epsilon)
        if not isinstance(loss, (losses.NonSaturating, losses.Minimax)):
            assert half.dtype == "float32" and float(half) == exact


@each_loss
def test_any_shape_of_logits(loss):
    real, fake = np.random.default_rng(0).normal(size=(2, 3, 4, 4, 1)).astype("float32")
    for function in both_sides(loss):
        expected = float(function(real.ravel(), fake.ravel()))
        for shape in ((48, 1), (3, 4, 4, 1), (3, 16)):
            value = function(real.reshape(shape), fake.reshape(shape))
            assert value.shape == ()
            assert float(value) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_graph_and_xla_agree_with_eager(jit_compile):
    spec = tf.TensorSpec((None, 1), tf.float32)
    logits = of_dtype("float32", REAL, FAKE)

    def everything(real, fake):
        sides = [function for loss in LOSSES.values() for function in both_sides(loss)]
        results = [value_and_gradients(function, real, fake) for function in sides]
        return [each for each in tf.nest.flatten(results) if each is not None]

    # One function of all losses, without AutoGraph as in Keras's `fit`: compiling takes the time.
    compiled = tf.function(everything, [spec] * 2, autograph=False, jit_compile=jit_compile)
    for a, b in zip(compiled(*logits), everything(*logits), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


@each_loss
def test_generator_uses_real_logits_only_if_declared(loss):
    if loss.generator_uses_real:
        values = {float(loss.generator_loss(FAKE, REAL + shift)) for shift in (0, 1)}
        assert len(values) == 2
    else:
        alone = float(loss.generator_loss(FAKE))
        assert float(loss.generator_loss(FAKE, REAL)) == alone
        assert float(loss.generator_loss(FAKE, real_logits=None)) == alone


@each_loss
def test_saving(loss):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    assert config["registered_name"] == f"tfgan_kit>{type(loss).__name__}"
    # Version 0.1 wrote another module.
    config["module"] = "tfgan_kit.losses"
    loaded = losses.get(config)
    assert type(loaded) is type(loss) and loaded is not loss
    assert loaded.get_config() == loss.get_config() == vars(loss)
    for before, after in zip(both_sides(loss), both_sides(loaded), strict=True):
        assert float(before(REAL, FAKE)) == float(after(REAL, FAKE))


def test_names_and_boundaries():
    assert {name: type(losses.get(name)) for name in NAMES} == NAMES
    assert losses.get(None).get_config() == {"label_smoothing": 0}
    assert {cls.__name__ for cls in NAMES.values()} < set(losses.__all__)
    with pytest.raises(InvalidArgument, match="Received: loss='wgan'") as error:
        losses.get("wgan")
    assert all(repr(name) in str(error.value) for name in NAMES)


def test_boundaries():
    real, fake = np.array([[1.0], [3.0]]), np.array([[2.0], [0.0]])
    found = {name: loss.boundaries(real, fake) for name, loss in LOSSES.items()}
    np.testing.assert_array_equal(found.pop("relativistic_pairing"), (fake, real))
    for name in ("relativistic_average", "wasserstein"):
        np.testing.assert_array_equal(found.pop(name), (1, 2))
    boundaries = {name: above for name, (above, below) in found.items() if above == below}
    assert boundaries == {**dict.fromkeys(found, 0.0), "least_squares": 0.5, "other_labels": 1}
