"""`Critique`: passes, derivatives, seeds, features, and what it leaves alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same
from keras import layers

from tfgan_kit import training
from tfgan_kit.training import precision

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(4, 6, 6, 1)).astype("float32")
FAKE = RNG.normal(size=(4, 6, 6, 1)).astype("float32")


def smooth():
    convolution = layers.Conv2D(2, 3, strides=2, activation="tanh")
    return keras.Sequential(
        [keras.Input((6, 6, 1)), convolution, layers.Flatten(), layers.Dense(1)]
    )


def recorder():
    """A linear discriminator of ones, and the list of what it was called with."""
    calls = []

    class Recorder(keras.Model):
        def call(self, images, training=None):
            calls.append((images, training))
            return keras.ops.sum(images, axis=(1, 2, 3))[:, None]

    return Recorder(), calls


def noisy(images, seed):
    return images + tf.random.stateless_normal(tf.shape(images), seed)


def test_construction_passes_real_then_fake_once_each():
    discriminator, calls = recorder()
    critique = training.Critique(discriminator, REAL, FAKE)
    assert [training for _, training in calls] == [True, True]
    np.testing.assert_array_equal(calls[0][0], REAL)
    np.testing.assert_array_equal(calls[1][0], FAKE)
    np.testing.assert_allclose(critique.real_logits[:, 0], REAL.sum((1, 2, 3)), rtol=1e-4)
    assert critique.real_gradients is critique.real_gradients
    assert len(calls) == 2
    np.testing.assert_array_equal(critique.fake_gradients, np.ones_like(FAKE))


def test_without_real_images_only_fakes_are_passed():
    discriminator, calls = recorder()
    critique = training.Critique(discriminator, None, FAKE)
    assert critique.real_logits is None and len(calls) == 1
    np.testing.assert_array_equal(critique.fake_gradients, np.ones_like(FAKE))
    for name in ("real_images", "real_gradients"):
        with pytest.raises(ValueError, match="Received: real_images=None"):
            getattr(critique, name)


def test_both_sides_and_later_images_are_augmented_each_in_its_own_way():
    discriminator, calls = recorder()
    critique = training.Critique(discriminator, FAKE, FAKE, augment=noisy, seed=(3, 4))
    critique.logits(FAKE)
    shown = [np.asarray(images) for images, _ in calls]
    for index, images in enumerate(shown):
        assert np.abs(images - FAKE).std() > 0.1
        for other in shown[:index]:
            assert np.abs(images - other).std() > 0.1


def test_derivatives_are_by_the_images_before_augmentation():
    discriminator, _ = recorder()
    critique = training.Critique(discriminator, REAL, FAKE, augment=lambda x, seed: -3 * x)
    np.testing.assert_allclose(critique.real_gradients, np.full_like(REAL, -3))
    np.testing.assert_allclose(critique.gradients(FAKE), np.full_like(FAKE, -3))


def test_a_seed_gives_the_same_critique_and_never_the_same_sub_seed():
    discriminator = smooth()

    def critique(seed):
        return training.Critique(discriminator, REAL, FAKE, augment=noisy, seed=seed)

    first, again, other = critique((1, 2)), critique(tf.constant([1, 2])), critique((1, 3))
    np.testing.assert_array_equal(first.fake_gradients, again.fake_gradients)
    assert np.abs(first.fake_logits - other.fake_logits).min() > 1e-4
    seeds = [tuple(np.asarray(each.next_seed())) for each in (first, other) for _ in range(5)]
    assert len(set(seeds)) == 10
    assert tuple(np.asarray(again.next_seed())) == seeds[0]


def test_a_discriminator_that_ignores_its_images_has_zero_gradients():
    class Constant(keras.Model):
        def call(self, images, training=None):
            return keras.ops.ones((keras.ops.shape(images)[0], 1))

    critique = training.Critique(Constant(), REAL, FAKE)
    np.testing.assert_array_equal(critique.real_gradients, np.zeros_like(REAL))
    np.testing.assert_array_equal(critique.gradients(REAL), np.zeros_like(REAL))


def test_only_construction_changes_the_discriminators_state():
    """Spectral norms, averages and seeds, which a pass in training changes."""
    discriminator = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.SpectralNormalization(layers.Conv2D(3, 3, strides=2)),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    before = [variable.numpy() for variable in discriminator.variables]
    critique = training.Critique(discriminator, REAL, FAKE)
    after = [variable.numpy() for variable in discriminator.variables]
    assert any(np.any(a != b) for a, b in zip(before, after, strict=True))
    critique.logits(REAL), critique.gradients(REAL), critique.features(REAL)
    assert_same(after, [variable.numpy() for variable in discriminator.variables])


def test_gradients_inside_a_branch_and_outside_of_it_agree():
    discriminator = smooth()

    @tf.function
    def run(flag):
        critique = training.Critique(discriminator, REAL, FAKE)
        # What is computed in a branch cannot be used outside, so each branch has a copy.
        branches = [
            tf.cond(flag, lambda: critique.for_branch().real_gradients, lambda: 0 * REAL)
            for _ in range(2)
        ]
        outside = critique.real_gradients
        inside = tf.cond(flag, lambda: 2 * critique.real_gradients, lambda: outside)
        return branches, outside, inside

    branches, outside, inside = run(tf.constant(True))
    for branch in branches:
        np.testing.assert_allclose(branch, outside, rtol=1e-6)
    np.testing.assert_allclose(inside, 2 * outside, rtol=1e-6)
    assert np.abs(outside).max() > 1e-3


def test_half_precision_images_and_networks_give_float32():
    with precision.scope("mixed_bfloat16"):
        discriminator = smooth()
    critique = training.Critique(discriminator, REAL, tf.cast(FAKE, "bfloat16"))
    found = [critique.fake_images, critique.real_logits, critique.fake_logits]
    found += [critique.real_gradients, critique.fake_gradients, critique.logits(REAL)]
    found += [critique.gradients(REAL), critique.features(REAL)]
    assert {tensor.dtype for tensor in found} == {tf.float32}


def functional(*ending):
    inputs = keras.Input((6, 6, 1))
    outputs = layers.Dense(5, activation="tanh")(layers.Flatten()(inputs))
    for layer in (layers.Dense(1), *ending):
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


@pytest.mark.parametrize(
    "make", [smooth, functional, lambda: functional(layers.Activation("linear", dtype="float32"))]
)
def test_features_are_what_the_last_layer_with_weights_takes(make):
    discriminator = make()
    critique = training.Critique(discriminator, REAL, FAKE)
    features = critique.features(REAL)
    kernel, bias = (variable.numpy() for variable in discriminator.trainable_variables[-2:])
    assert features.shape == (4, kernel.shape[0])
    np.testing.assert_allclose(features @ kernel + bias, critique.real_logits, rtol=1e-4, atol=1e-5)


def test_features_of_a_model_without_a_graph_are_refused():
    discriminator, _ = recorder()
    critique = training.Critique(discriminator, REAL, FAKE)
    with pytest.raises(ValueError, match=r"must be a keras.Sequential or a functional model"):
        critique.features(REAL)
