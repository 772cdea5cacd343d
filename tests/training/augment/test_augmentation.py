"""Augmentations by name, composed, saved, and of one's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit.training import augment
from tfgan_kit.utils.errors import InvalidArgument

SEED = (3, 5)


def test_compose_gives_each_member_its_own_seed():
    points = np.zeros((500, 4), "float32")
    noise = augment.InstanceNoise(1.0)
    both = augment.Compose([noise, noise])(points, SEED, 0).numpy()
    # Two equal draws would have a standard deviation of 2.
    assert both.std() == pytest.approx(np.sqrt(2), rel=5 / np.sqrt(2 * both.size))
    np.testing.assert_array_equal(augment.Compose([])(points, SEED, 0), points)


def test_compose_applies_in_order_and_passes_the_step():
    images = np.zeros((8, 8, 8, 1), "float32")
    from_ten = keras.optimizers.schedules.PiecewiseConstantDecay([10], [0.0, 1.0])
    noise = augment.InstanceNoise(from_ten)
    last, first = augment.Compose(["cutout", noise]), augment.Compose([noise, "cutout"])
    assert not last(images, SEED, tf.constant(10)).numpy().any()
    assert (last(images, SEED, tf.constant(11)).numpy() != 0).all()
    assert (first(images, SEED, tf.constant(11)).numpy() == 0).any()


def test_get_takes_names_policies_lists_and_objects():
    assert augment.get(None) is None
    policy = augment.get(" color , cutout")
    assert isinstance(policy, augment.DiffAugment) and policy.policy == " color , cutout"
    assert augment.get(policy) is policy
    assert isinstance(augment.get("instance_noise"), augment.InstanceNoise)
    assert augment.get("diff_augment").policy == "color,translation,cutout"
    composed = augment.get(["cutout", augment.InstanceNoise(0.2)])
    kinds = [type(each) for each in composed.augmentations]
    assert kinds == [augment.DiffAugment, augment.InstanceNoise]


@pytest.mark.parametrize(
    "operation",
    [
        augment.InstanceNoise(keras.optimizers.schedules.ExponentialDecay(0.3, 10, 0.5)),
        augment.Compose(["cutout,color", augment.InstanceNoise(0.3), ["color"]]),
    ],
)
def test_config_round_trip(operation):
    config = keras.saving.serialize_keras_object(operation)
    again = augment.get(config)
    assert type(again) is type(operation)
    assert keras.saving.serialize_keras_object(again) == config
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 3)), tf.float32)
    step = tf.constant(4)
    np.testing.assert_array_equal(again(images, SEED, step), operation(images, SEED, step))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("color,translaton", "'translaton' is not known; did you mean 'translation'"),
        ("colour", "did you mean 'color'"),
        ("instance_nose", "did you mean 'instance_noise'"),
        ("", "Received: policy=''"),
        (["color", None], "augmentations=.*None"),
    ],
)
def test_get_refuses_the_rest(wrong, message):
    with pytest.raises(InvalidArgument, match=message):
        augment.get(wrong)


def test_wrong_arguments_are_named():
    with pytest.raises(InvalidArgument, match=r"policy=\['color'\]"):
        augment.DiffAugment(["color"])
    with pytest.raises(InvalidArgument, match="augmentations='color'"):
        augment.Compose("color")
    with pytest.raises(InvalidArgument, match="`stddev` must be .*Received: stddev=-0.1"):
        augment.InstanceNoise(-0.1)


def test_data_that_cannot_be_augmented():
    with pytest.raises(InvalidArgument, match=r"\(batch, height.*\(4, 2\); InstanceNoise"):
        augment.DiffAugment()(np.zeros((4, 2), "float32"), SEED, 0)
    for operation in (augment.DiffAugment(), augment.InstanceNoise()):
        with pytest.raises(InvalidArgument, match="dtype uint8. Convert .*media.to_float"):
            operation(np.zeros((2, 8, 8, 1), "uint8"), SEED, 0)
