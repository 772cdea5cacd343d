"""Names, weights, schedules, lazy intervals, saving: what all penalties share."""

import json
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_kit import penalties

NO_CRITIQUE = mock.Mock()
SCHEDULE = keras.optimizers.schedules.PolynomialDecay(8.0, 10, 2.0)
NAMES = {
    "r1": penalties.R1,
    "r2": penalties.R2,
    "wgan_gp": penalties.WGANGP,
    "dragan": penalties.DRAGAN,
    "drift": penalties.Drift,
    "gdpp": penalties.GDPP,
    "lecam": penalties.LeCam,
    "feature_matching": penalties.FeatureMatching,
}
CLASSES = list(NAMES.values())


class Counted(penalties.DiscriminatorPenalty):
    """2 and 4 of two examples, times a variable; counts how often it is computed."""

    def __init__(self, weight=1.0, interval=1):
        super().__init__(weight, interval)
        self.factor = tf.Variable(1.0)
        self.count = tf.Variable(0)

    def __call__(self, critique):
        self.count.assign_add(1)
        return self.factor * tf.constant([2.0, 4.0])


@pytest.mark.parametrize("name", NAMES)
def test_get_takes_names_and_objects(name):
    penalty = penalties.get(name)
    assert type(penalty) is NAMES[name] and penalties.get(penalty) is penalty
    of_generator = name in ("gdpp", "feature_matching")
    side = "generator" if of_generator else "discriminator"
    assert penalty.sides == (side,) and penalty.uses_real == of_generator
    assert penalties.GeneratorPenalty.uses_real is False


def test_get_refuses_the_rest():
    class Nowhere(penalties.Penalty):
        def __call__(self, critique):
            return critique.fake_logits[:, 0]

    for wrong, message in (
        ("wgangp", "did you mean 'wgan_gp'"),
        (None, "penalties=None"),
        (Nowhere(), "`sides` of Nowhere must name a network"),
    ):
        with pytest.raises(ValueError, match=message):
            penalties.get(wrong)


def test_get_all_takes_none_lists_and_one_alone():
    r2 = penalties.R2(gamma=1.0)
    assert penalties.get_all(None) == penalties.get_all([]) == ()
    found = penalties.get_all(["r1", r2])
    assert type(found[0]) is penalties.R1 and found[1] is r2 and len(found) == 2
    assert penalties.get_all(r2) == (r2,)
    (alone,) = penalties.get_all("drift")
    assert type(alone) is penalties.Drift


def losses_of(penalty, steps, compiled):
    step = tf.Variable(0, dtype="int64")

    def run():
        with tf.GradientTape() as tape:
            loss = penalty.loss(NO_CRITIQUE, step)
        return loss, tape.gradient(loss, penalty.factor)

    call = tf.function(run) if compiled else run
    found = []
    for index in range(steps):
        step.assign(index)
        found.append([0.0 if each is None else float(each) for each in call()])
    return np.transpose(found)


def test_loss_is_weight_times_mean_of_the_examples():
    values, slopes = losses_of(Counted(weight=0.5), steps=2, compiled=False)
    np.testing.assert_allclose(values, [1.5, 1.5])
    np.testing.assert_allclose(slopes, [1.5, 1.5])
    assert Counted().loss(NO_CRITIQUE, 0).dtype == tf.float32


@pytest.mark.parametrize("compiled", [False, True])
def test_lazy_penalty_has_the_same_sum_and_is_computed_at_its_interval(compiled):
    every, lazy = Counted(weight=0.5), Counted(weight=0.5, interval=4)
    expected, slopes = losses_of(every, 8, compiled)
    found, lazy_slopes = losses_of(lazy, 8, compiled)
    np.testing.assert_allclose(found, [6, 0, 0, 0, 6, 0, 0, 0])
    for each, other in ((found, expected), (lazy_slopes, slopes)):
        assert each.reshape(2, 4).sum(axis=1) == pytest.approx(other.reshape(2, 4).sum(axis=1))
    assert (int(every.count), int(lazy.count)) == (8, 2)


@pytest.mark.parametrize("kind", CLASSES)
def test_weight_is_a_number_or_a_schedule_of_the_step(kind):
    half = 2 if kind in (penalties.R1, penalties.R2) else 1
    assert float(kind(3).weight_at(7)) == 3 / half
    penalty = kind(SCHEDULE)
    for step, expected in ((0, 8), (5, 5), (10, 2), (99, 2)):
        weight = penalty.weight_at(tf.constant(step, "int64"))
        assert weight.dtype == tf.float32
        assert float(weight) == pytest.approx(expected / half)


def test_scheduled_lazy_loss_takes_the_weight_of_its_own_step():
    values, _ = losses_of(Counted(weight=SCHEDULE, interval=5), 11, compiled=True)
    np.testing.assert_allclose(values[[0, 5, 10]], [5 * 3 * 8, 5 * 3 * 5, 5 * 3 * 2])
    assert not np.delete(values, [0, 5, 10]).any()


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("weight", [0.25, SCHEDULE])
def test_config_goes_through_json_and_back(kind, weight):
    penalty = kind(weight, interval=3)
    penalty.build(None)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(penalty)))
    again = penalties.get(config)
    assert type(again) is kind and again.get_config() == penalty.get_config()
    assert again.interval == 3
    assert float(again.weight_at(4)) == float(penalty.weight_at(4))


def test_defaults_are_the_papers():
    found = [float(kind().weight_at(0)) for kind in CLASSES]
    np.testing.assert_allclose(found, [5, 5, 10, 10, 0.001, 1, 0.3, 1])
    assert {kind().interval for kind in CLASSES} == {1}


@pytest.mark.parametrize("wrong", [-1.0, float("inf"), True, None])
def test_wrong_arguments_are_named(wrong):
    for kind in CLASSES:
        name = "gamma" if kind in (penalties.R1, penalties.R2) else "weight"
        expected = f"`{name}` must be a non-negative number or a Keras .* Received: {name}="
        with pytest.raises(ValueError, match=expected):
            kind(wrong)
        with pytest.raises(ValueError, match="`interval` must be a positive integer"):
            kind(interval=wrong)


class ModeSeeking(penalties.GeneratorPenalty):
    """Fakes of different noise should differ (Mao et al., 2019, arXiv:1903.05628)."""

    def __call__(self, critique):
        images, noise = critique.fake_images, critique.noise
        axes = tuple(range(1, len(images.shape)))
        image_distance = tf.reduce_mean(tf.abs(images - images[::-1]), axis=axes)
        return tf.reduce_mean(tf.abs(noise - noise[::-1]), axis=1) / (image_distance + 1e-5)


class LogitSize(penalties.Penalty):
    """One term for both losses."""

    sides = ("discriminator", "generator")

    def __call__(self, critique):
        return tf.abs(critique.fake_logits[:, 0])


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_terms_of_either_side_train_in_either_algorithm(make_gan, real_images, updates):
    plain = make_gan(updates=updates)
    gan = make_gan(updates=updates, penalties=[ModeSeeking(0.1, interval=2), LogitSize(0.5)])
    for each in (plain, gan):
        each.fit(real_images, batch_size=8, shuffle=False, verbose=0)
    for role in ("generator", "discriminator"):
        pairs = zip(*(getattr(each, role).trainable_weights for each in (gan, plain)), strict=True)
        assert any(np.abs(a.numpy() - b.numpy()).max() > 0 for a, b in pairs)
    assert float(gan.metrics[2].result()) > 0
