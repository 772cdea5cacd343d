"""What every loss keeps: slopes, huge and half-precision logits, any shape, saving, names."""

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
    "pearson": losses.LeastSquares(a=-1, b=1, c=0),
}
each_loss = pytest.mark.parametrize("loss", list(LOSSES.values()), ids=list(LOSSES))


def both_sides(loss):
    return (
        lambda real, fake: loss.discriminator_loss(real, fake),
        lambda real, fake: loss.generator_loss(fake, real),
    )


def value_and_gradients(function, real, fake):
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        value = function(real, fake)
    return value, tape.gradient(value, [real, fake])


def of_dtype(array, dtype):
    return tf.cast(tf.constant(array, "float64"), dtype)


@each_loss
def test_gradients_by_finite_differences(loss):
    real, fake = of_dtype(REAL, "float64"), of_dtype(FAKE, "float64")
    for side, function in enumerate(both_sides(loss)):
        _, gradients = value_and_gradients(function, real, fake)
        for which, gradient in enumerate(gradients):
            if side == 1 and which == 0 and not loss.generator_uses_real:
                assert gradient is None
                continue
            for index in range(len(REAL)):
                step = np.zeros_like(REAL)
                step[index] = 1e-6
                ahead = [t + step if which == i else t for i, t in enumerate((real, fake))]
                behind = [t - step if which == i else t for i, t in enumerate((real, fake))]
                slope = float(function(*ahead) - function(*behind)) / 2e-6
                assert float(gradient[index, 0]) == pytest.approx(slope, rel=1e-6, abs=1e-9)


@each_loss
def test_the_discriminator_parts_the_sides_and_the_generator_lifts_its_fakes(loss):
    # 0.5 is between the labels of least squares.
    real, fake = tf.fill((4, 1), 0.5), tf.fill((4, 1), -0.5)
    _, (of_real, of_fake) = value_and_gradients(loss.discriminator_loss, real, -fake)
    assert (of_real.numpy() < 0).all() and (of_fake.numpy() > 0).all()
    _, (_, of_fake) = value_and_gradients(both_sides(loss)[1], real, fake)
    assert (of_fake.numpy() < 0).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@each_loss
def test_huge_logits_have_finite_values_and_slopes(loss, dtype):
    high, low = np.full((4, 1), 1e4), np.full((4, 1), -1e4)
    mixed = np.array([[1e4], [-1e4], [0.0], [1e4]])
    for real, fake in ((high, low), (low, high), (high, high), (mixed, -mixed), (mixed, high)):
        for function in both_sides(loss):
            value, gradients = value_and_gradients(
                function, of_dtype(real, dtype), of_dtype(fake, dtype)
            )
            for tensor in (value, *(g for g in gradients if g is not None)):
                assert np.isfinite(np.float64(tensor)).all()
            for gradient in gradients:
                assert gradient is None or gradient.dtype == dtype


@pytest.mark.parametrize(("dtype", "epsilon"), [("float16", 2**-10), ("bfloat16", 2**-7)])
@each_loss
def test_half_precision_is_float32_rounded(loss, dtype, epsilon):
    # The logits are exact in half precision, so only results are rounded.
    for function in both_sides(loss):
        exact = float(function(of_dtype(REAL, "float32"), of_dtype(FAKE, "float32")))
        half = function(of_dtype(REAL, dtype), of_dtype(FAKE, dtype))
        assert float(half) == pytest.approx(exact, rel=2 * epsilon)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"non_saturating", "minimax"}))
def test_half_precision_logits_have_float32_losses(name):
    for function in both_sides(losses.get(name)):
        exact = function(of_dtype(REAL, "float32"), of_dtype(FAKE, "float32"))
        half = function(of_dtype(REAL, "float16"), of_dtype(FAKE, "float16"))
        assert half.dtype == "float32" and float(half) == float(exact)


@each_loss
def test_any_shape_of_logits(loss):
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, 3, 4, 4, 1)).astype("float32")
    for function in both_sides(loss):
        expected = float(function(real.ravel(), fake.ravel()))
        assert function(real, fake).shape == ()
        for shape in ((48, 1), (3, 4, 4, 1), (3, 16)):
            value = float(function(real.reshape(shape), fake.reshape(shape)))
            assert value == pytest.approx(expected, rel=1e-5, abs=1e-6)


@each_loss
def test_graph_and_xla_agree_with_eager(loss):
    spec = tf.TensorSpec((None, 1), tf.float32)
    real, fake = of_dtype(REAL, "float32"), of_dtype(FAKE, "float32")

    def everything(real, fake):
        results = [value_and_gradients(function, real, fake) for function in both_sides(loss)]
        return [value for value, _ in results], [
            g for _, gradients in results for g in gradients if g is not None
        ]

    expected = tf.nest.flatten(everything(real, fake))
    for jit_compile in (False, True):
        compiled = tf.function(everything, input_signature=[spec] * 2, jit_compile=jit_compile)
        for a, b in zip(tf.nest.flatten(compiled(real, fake)), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


@each_loss
def test_generator_looks_at_real_logits_only_where_it_says_so(loss):
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
    for loaded in (losses.get(config), type(loss).from_config(loss.get_config())):
        assert type(loaded) is type(loss) and loaded is not loss
        assert loaded.get_config() == loss.get_config() == vars(loss)
        for before, after in zip(both_sides(loss), both_sides(loaded), strict=True):
            assert float(before(REAL, FAKE)) == float(after(REAL, FAKE))


@pytest.mark.parametrize("name", ["NonSaturating", "Minimax"])
def test_configs_of_version_0_1_are_read(name):
    config = {
        "module": "tfgan_kit.losses",
        "class_name": name,
        "config": {},
        "registered_name": f"tfgan_kit>{name}",
    }
    assert type(losses.get(config)) is getattr(losses, name)


@pytest.mark.parametrize("name", list(NAMES))
def test_get_takes_names(name):
    assert type(losses.get(name)) is NAMES[name]


def test_get_takes_none_config_and_object():
    assert type(losses.get(None)) is losses.NonSaturating
    assert losses.get(None).label_smoothing == 0
    minimax = losses.get("minimax")
    assert losses.get(minimax) is minimax
    config = keras.saving.serialize_keras_object(losses.LeastSquares(a=-1, b=1, c=0))
    assert losses.get(config).get_config() == {"a": -1, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("non_saturatin", "did you mean 'non_saturating'"),
        ("LeastSquares", "did you mean 'least_squares'"),
        ("relativistic", "did you mean 'relativistic_"),
        ("wgan", "one of .*'wasserstein'.*Received: loss='wgan'"),
        (3, "Received: loss=3$"),
        ([], "Received"),
        (losses.Hinge, "Received"),
    ],
)
def test_get_refuses_the_rest(wrong, message):
    with pytest.raises(InvalidArgument, match=message):
        losses.get(wrong)


def test_get_refuses_the_config_of_something_else():
    config = keras.saving.serialize_keras_object(keras.layers.ReLU())
    with pytest.raises(InvalidArgument, match="`loss` must be an AdversarialLoss"):
        losses.get(config)


def test_an_error_lists_every_name():
    with pytest.raises(InvalidArgument) as error:
        losses.get("?")
    assert all(repr(name) in str(error.value) for name in NAMES)


def test_boundary_is_where_real_and_fake_part():
    assert losses.get("least_squares").boundary == 0.5
    assert losses.get("hinge").boundary == losses.get("non_saturating").boundary == 0.0
    assert losses.LeastSquares(a=-1, b=1, c=0).boundary == 0.0
