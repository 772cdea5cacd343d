"""The generator's average: closed forms, warm-up, statistics, saving, replicas, precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import LATENT_DIM, assert_same, state, two_replicas
from keras import layers

from tfgan_kit.training import ema, precision
from tfgan_kit.training.ema import ExponentialMovingAverage


def network():
    return keras.Sequential([keras.Input((2,)), layers.Dense(3), layers.BatchNormalization()])


def set_all(model, value):
    model.set_weights([np.full(weight.shape, value, "float32") for weight in model.weights])


def test_average_of_a_sequence_is_the_closed_form():
    average, generator = ExponentialMovingAverage(decay=0.8, warmup=False), network()
    average.build(generator, keras.KerasTensor((None, 2)))
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


def test_first_step_copies_exactly_whatever_stood_there():
    average, generator = ExponentialMovingAverage(decay=0.999), network()
    average.build(generator, keras.KerasTensor((None, 2)))
    set_all(generator, 0.1234567)
    average.update(generator, 0, batch_size=64)
    assert_same(average.generator.get_weights(), generator.get_weights())


def test_weights_that_stand_still_are_their_own_average():
    average, generator = ExponentialMovingAverage(decay=0.7), network()
    average.build(generator, keras.KerasTensor((None, 2)))
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
        (ExponentialMovingAverage(half_life=640, warmup=False), 0, 64, 0.0),
    ],
)
def test_decay(average, step, batch_size, expected):
    assert float(average.decay_at(step, batch_size)) == pytest.approx(expected, abs=1e-6)


def test_half_life_is_one_of_images_whatever_the_batch():
    average = ExponentialMovingAverage(half_life=1000, warmup=False)
    for batch_size in (10, 50, 250):
        kept = np.prod([average.decay_at(1, batch_size) for _ in range(1000 // batch_size)])
        assert kept == pytest.approx(0.5, rel=1e-5)


def test_gan_samples_from_the_average_and_trains_as_without(make_gan, real_images):
    plain, averaged = make_gan(), make_gan(ema=0.9)
    for gan in (plain, averaged):
        keras.utils.set_random_seed(2)
        gan.fit(real_images, batch_size=8, shuffle=False, verbose=0)
    for a, b in zip(plain.generator.get_weights(), averaged.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert averaged.sampling_generator is averaged.ema.generator
    assert plain.sampling_generator is plain.generator
    noise = np.zeros((2, LATENT_DIM), "float32")
    drawn = averaged(noise).numpy()
    np.testing.assert_array_equal(drawn, averaged.ema.generator(noise, training=False).numpy())
    assert np.abs(drawn - plain(noise).numpy()).max() > 1e-6
    np.testing.assert_allclose(averaged.predict(noise, verbose=0), drawn, atol=1e-6)


def test_average_survives_saving_and_goes_on_bit_for_bit(make_gan, real_images, tmp_path):
    data = tf.data.Dataset.from_tensor_slices(real_images).batch(8)
    gan = make_gan(ema=ExponentialMovingAverage(half_life=50))
    gan.fit(data, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert_same(gan.ema.generator.get_weights(), loaded.ema.generator.get_weights())
    assert loaded.ema.get_config() == {"decay": None, "half_life": 50, "warmup": True}
    for model in (gan, loaded):
        model.fit(data, verbose=0)
    assert_same(state(gan), state(loaded))
    assert_same(gan.ema.generator.get_weights(), loaded.ema.generator.get_weights())


@pytest.mark.filterwarnings("ignore")
def test_two_replicas_keep_one_average(make_gan, real_images):
    strategy = two_replicas()
    with strategy.scope():
        gan = make_gan(dropout=0.0, ema=ExponentialMovingAverage(decay=0.5, warmup=False))
    gan.fit(real_images, batch_size=8, verbose=0)
    for weight in gan.ema.generator.weights:
        copies = [copy.numpy() for copy in weight.value.values]
        np.testing.assert_array_equal(*copies)
    trained = gan.generator.trainable_weights[0].numpy()
    averaged = gan.ema.generator.weights[0].numpy()
    assert 0 < np.abs(trained - averaged).max() < 0.1


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


def test_subclassed_generators():
    @keras.saving.register_keras_serializable(package="test_ema")
    class Good(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(2)

        def call(self, noise):
            return self.dense(noise)

    class Bad(Good):
        def __init__(self, width):
            super().__init__()
            self.width = width

    for generator in (Good(), Bad(3)):
        generator(np.zeros((1, 4), "float32"))
        average = ExponentialMovingAverage(decay=0.5)
        if isinstance(generator, Bad):
            with pytest.raises(ValueError, match="`ema` needs a generator"):
                average.build(generator, keras.KerasTensor((None, 4)))
        else:
            average.build(generator, keras.KerasTensor((None, 4)))
            assert_same(average.generator.get_weights(), generator.get_weights())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "exactly one"),
        ({"decay": 0.9, "half_life": 10}, "exactly one"),
        ({"half_life": float("inf")}, "`half_life` must be"),
        ({"decay": 0.9, "warmup": "no"}, "`warmup` must be one of True, False"),
        ({"decay": 1.0}, r"`decay` must be a number in \[0, 1\)"),
        ({"decay": -0.1}, "decay=-0.1"),
        ({"decay": "0.9"}, "decay='0.9'"),
        ({"half_life": 0}, "`half_life` must be"),
        ({"half_life": True}, "half_life=True"),
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
