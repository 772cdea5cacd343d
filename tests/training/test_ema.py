"""The generator's average: closed forms, warm-up, statistics, saving, replicas, precision."""

import keras
import numpy as np
import pytest
from conftest import LATENT_DIM, assert_same, two_replicas
from keras import layers

from tfgan_kit.training import ema, precision
from tfgan_kit.training.ema import ExponentialMovingAverage


@pytest.fixture
def generator():
    return keras.Sequential([keras.Input((2,)), layers.Dense(3), layers.BatchNormalization()])


def averaged(generator, **arguments):
    average = ExponentialMovingAverage(**arguments)
    average.build(generator, keras.KerasTensor((None, 2)))
    return average


def set_all(model, value):
    model.set_weights([np.full(weight.shape, value, "float32") for weight in model.weights])


def test_average_of_a_sequence_is_the_closed_form(generator):
    average = averaged(generator, decay=0.8, warmup=False)
    values = [3.0, -1.0, 4.0, 0.5]
    for step, value in enumerate(values):
        set_all(generator, value)
        average.update(generator, step, batch_size=1)
    expected = values[0]
    for value in values[1:]:
        expected = 0.8 * expected + 0.2 * value
    kernel, bias, gamma, beta, moving_mean, moving_variance = average.generator.get_weights()
    for trained in (kernel, bias, gamma, beta):
        np.testing.assert_allclose(trained, expected, rtol=1e-6)
    # Statistics belong to the newest weights and are not averaged.
    np.testing.assert_array_equal(moving_mean, 0.5)
    np.testing.assert_array_equal(moving_variance, 0.5)


def test_first_step_and_constant_weights_are_copied_exactly(generator):
    average = averaged(generator, decay=0.7)
    set_all(generator, 0.1234567)
    for step in range(50):
        average.update(generator, step, batch_size=3)
        assert_same(average.generator.get_weights(), generator.get_weights())


@pytest.mark.parametrize(
    ("average", "step", "batch_size", "expected"),
    [
        (ExponentialMovingAverage(decay=0.9, warmup=False), 5, 7, 0.9),
        (ExponentialMovingAverage(decay=0.9), 5, 7, 6 / 15),
        (ExponentialMovingAverage(decay=0.9), 1000, 7, 0.9),
        (ExponentialMovingAverage(half_life=64, warmup=False), 3, 64, 0.5),
        (ExponentialMovingAverage(half_life=640, warmup=False), 3, 64, 0.5**0.1),
        (ExponentialMovingAverage(half_life=640), 100, 64, 0.5 ** (64 / 320)),
        (ExponentialMovingAverage(half_life=640), 1000, 64, 0.5**0.1),
        (ExponentialMovingAverage(half_life=1e9, rampup=0.1), 100, 64, 0.5**0.1),
        (ExponentialMovingAverage(half_life=640, warmup=False), 0, 64, 0.0),
    ],
)
def test_decay(average, step, batch_size, expected):
    assert float(average.decay_at(step, batch_size)) == pytest.approx(expected, abs=1e-6)


def test_gan_samples_from_the_average_and_trains_as_without(make_gan, real_images):
    plain, other = make_gan(), make_gan(ema=0.9)
    for gan in (plain, other):
        keras.utils.set_random_seed(2)
        gan.fit(real_images, batch_size=8, shuffle=False, verbose=0)
    assert_same(plain.generator.get_weights(), other.generator.get_weights())
    assert other.sampling_generator is other.ema.generator
    assert plain.sampling_generator is plain.generator
    noise = np.zeros((2, LATENT_DIM), "float32")
    drawn = other(noise).numpy()
    np.testing.assert_array_equal(drawn, other.ema.generator(noise, training=False).numpy())
    assert np.abs(drawn - plain(noise).numpy()).max() > 1e-6
    np.testing.assert_allclose(other.predict(noise, verbose=0), drawn, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_two_replicas_keep_one_average(make_gan, real_images):
    with two_replicas().scope():
        gan = make_gan(dropout=0.0, ema=ExponentialMovingAverage(decay=0.5, warmup=False))
    gan.fit(real_images, batch_size=8, verbose=0)
    for weight in gan.ema.generator.weights:
        np.testing.assert_array_equal(*[copy.numpy() for copy in weight.value.values])
    trained, average = (each.weights[0].numpy() for each in (gan.generator, gan.ema.generator))
    assert 0 < np.abs(trained - average).max() < 0.1


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_average_is_float32_under_mixed_precision(make_networks, policy):
    with precision.scope(policy):
        generator, _ = make_networks()
    average = ExponentialMovingAverage(decay=0.999, warmup=False)
    average.build(generator, keras.KerasTensor((None, LATENT_DIM)))
    average.update(generator, 0, 8)
    first = generator.weights[0]
    start = first.numpy()
    first.assign(start + 1e-3)
    average.update(generator, 1, 8)
    assert average.generator.weights[0].dtype == "float32"
    # A thousandth of a thousandth is far below what half precision can add to a weight.
    np.testing.assert_allclose(average.generator.weights[0].numpy() - start, 1e-6, atol=1e-7)


@keras.saving.register_keras_serializable(package="test_ema")
class Good(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2)

    def call(self, noise):
        return self.dense(noise)


class Bad(Good):
    """Lacks `get_config`, so that it cannot be cloned."""

    def __init__(self, width):
        super().__init__()
        self.width = width


class Worse(Good):
    def get_config(self):
        raise NotImplementedError


def test_the_reason_of_a_generator_that_cannot_be_copied_is_told():
    for generator, reason in ((Worse(), "NotImplementedError"), (Bad(3), "Object Bad")):
        generator(np.zeros((1, 2), "float32"))
        with pytest.raises(ValueError, match=f"{type(generator).__name__}: .*{reason}"):
            averaged(generator, decay=0.5)


def test_subclassed_generators():
    good, bad = Good(), Bad(3)
    for generator in (good, bad):
        generator(np.zeros((1, 2), "float32"))
    assert_same(averaged(good, decay=0.5).generator.get_weights(), good.get_weights())
    with pytest.raises(ValueError, match="`ema` needs a generator"):
        averaged(bad, decay=0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "exactly one"),
        ({"decay": 0.9, "half_life": 10}, "exactly one"),
        ({"decay": 0.9, "warmup": "no"}, "`warmup` must be one of True, False"),
        ({"decay": 1.0}, r"`decay` must be a number in \[0, 1\)"),
        ({"half_life": 0}, "`half_life` must be"),
        ({"half_life": 9, "rampup": 0}, "`rampup` must be"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ExponentialMovingAverage(**arguments)


def test_get():
    assert ema.get(None) is None
    assert ema.get(0.5).decay == 0.5
    average = ExponentialMovingAverage(half_life=3.0, warmup=False)
    assert ema.get(average) is average
    again = ema.get(keras.saving.serialize_keras_object(average))
    assert again.get_config() == average.get_config()
    with pytest.raises(ValueError, match="`ema` must be None.*ema='fast'"):
        ema.get("fast")
