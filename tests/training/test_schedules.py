"""Schedules of the images seen: everywhere a Keras schedule fits, saved, and equal on replicas."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import IMAGE_SHAPE, assert_resumes, assert_same, two_replicas

import tfgan_kit
from tfgan_kit import penalties
from tfgan_kit.training import ImageSchedule, ScheduledAdam, augment
from tfgan_kit.training.schedules import find_image_schedules


def linear(first=1.0, images=100):
    return ImageSchedule(keras.optimizers.schedules.PolynomialDecay(first, images, 0.0))


@pytest.mark.parametrize("batch_size", [10, 20])
def test_value_is_a_function_of_the_images_seen_whatever_the_batch(
    make_gan, real_images, batch_size
):
    schedule, values = linear(), []
    gan = make_gan(penalties=[penalties.R1(schedule)])
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: values.append(round(float(schedule.variable), 6))
    )
    gan.fit(real_images, batch_size=batch_size, verbose=0, callbacks=[record])
    assert values == [round(1 - seen / 100, 6) for seen in range(0, 40, batch_size)]
    assert int(gan.images_seen) == 40


def test_it_equals_the_schedule_of_steps_where_all_batches_are_equal(make_gan, real_images):
    """Bit for bit, so that files of r3gan written with steps stay valid."""
    cosine = keras.optimizers.schedules.CosineDecay
    trained = []
    for wrap, length in ((lambda schedule: schedule, 5), (ImageSchedule, 5 * 8)):
        gan = make_gan(
            generator_optimizer=ScheduledAdam(
                wrap(cosine(1e-2, length, alpha=0.1)),
                beta_2=wrap(cosine(0.9, length, alpha=0.99 / 0.9)),
            ),
            penalties=[penalties.R1(wrap(cosine(2.0, length, alpha=0.1)))],
            augment=augment.InstanceNoise(wrap(cosine(0.3, length, alpha=0.1))),
        )
        gan.fit(real_images, batch_size=8, shuffle=False, verbose=0)
        trained.append([weight.numpy() for weight in gan.generator.weights])
    assert_same(*trained)


def test_saved_in_the_middle_it_resumes_exactly(make_gan, real_images, tmp_path):
    gan = make_gan(
        generator_optimizer=keras.optimizers.Adam(linear(1e-2)), penalties=[penalties.R1(linear())]
    )
    data = tf.data.Dataset.from_tensor_slices(real_images).batch(10)
    loaded = assert_resumes(gan, data, tmp_path / "gan.keras")
    assert int(loaded.images_seen) == 80 and len(loaded.update_schedules) == 2


@keras.saving.register_keras_serializable(package="tests")
class Fade(keras.layers.Layer):
    """A growing network's fade: its level follows the images seen and is saved as a weight."""

    def __init__(self, images=100, **kwargs):
        super().__init__(**kwargs)
        self.images = images
        self.schedule = linear(images=images)

    def build(self, input_shape):
        self.level = self.add_weight(shape=(), trainable=False, name="level")
        self.schedule.variable = self.level

    def call(self, images):
        return images * (1 - self.level)

    def get_config(self):
        return {**super().get_config(), "images": self.images}


def test_a_layer_can_hold_one_so_that_a_network_grows(make_networks, real_images, tmp_path):
    generator, discriminator = make_networks()
    growing = keras.Sequential([*generator.layers, Fade()])
    gan = tfgan_kit.GAN(growing, discriminator, latent_dim=6, seed=0)
    gan.compile(ema=0.5)
    gan.fit(real_images, batch_size=10, verbose=0)
    assert float(growing.layers[-1].level) == pytest.approx(0.7)  # set before the last step
    assert float(gan.ema.generator.layers[-1].level) == pytest.approx(0.7)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(loaded.generate(3, seed=0), gan.generate(3, seed=0))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_replicas_count_the_global_batch_and_share_the_value(make_gan, real_images):
    with two_replicas().scope():
        gan = make_gan(penalties=[penalties.R1(linear())])
    gan.fit(real_images, batch_size=20, verbose=0)
    assert int(gan.images_seen.numpy()) == 40
    values = gan.update_schedules[0].__self__.variable.values
    assert [float(value) for value in values] == pytest.approx([0.8, 0.8])


def test_all_owners_are_searched():
    rate, beta, gamma, noise = (linear() for _ in range(4))
    optimizer = ScheduledAdam(rate, beta_2=beta)
    owners = [optimizer, [penalties.R1(gamma)], augment.Compose([augment.InstanceNoise(noise)])]
    assert {*map(id, find_image_schedules(*owners, None))} == {*map(id, (rate, beta, gamma, noise))}
    assert find_image_schedules(keras.Sequential([keras.Input(IMAGE_SHAPE), Fade()])) != []


def test_config_goes_through_json_and_back():
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(linear(3.0))))
    again = keras.saving.deserialize_keras_object(config)
    assert float(again.at(50)) == 1.5
    assert tf.convert_to_tensor(again(0)) == 3.0  # before `build`, the first value
    with pytest.raises(ValueError, match="`schedule` must be a Keras LearningRateSchedule"):
        ImageSchedule(0.1)
