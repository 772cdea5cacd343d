"""LeCam: the formula, its averages, resumption and replicas; and terms with state in general."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_resumes, two_replicas
from keras import layers

from tfgan_kit import penalties, training
from tfgan_kit.training.state import named_state, restore_state

BATCHES = np.random.default_rng(0).normal(size=(4, 2, 5, 3)).astype("float32")


def averages(values, decay):
    """The mean of what came so far, where each value has `decay` times its successor's weight."""
    weights = decay ** np.arange(len(values))[::-1]
    return np.average(values, weights=weights)


def by_numpy(real, fake, real_average, fake_average):
    too_real, too_fake = np.maximum(real - fake_average, 0), np.maximum(real_average - fake, 0)
    return (too_real**2 + too_fake**2).reshape(len(real), -1).mean(axis=1)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.99])
def test_values_and_averages_are_those_of_numpy(decay):
    discriminator = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    term = penalties.LeCam(decay=decay)
    term.build(None)
    logits = discriminator(BATCHES.reshape(-1, 3)).numpy().reshape(4, 2, 5, 2)
    for step, (real, fake) in enumerate(BATCHES):
        values, state = term(training.Critique(discriminator, real, fake))
        real_average, fake_average = (
            averages(logits[: step + 1, side].mean(axis=(1, 2)), decay) for side in (0, 1)
        )
        expected = by_numpy(*logits[step], real_average, fake_average)
        assert values.shape == (5,) and values.dtype == tf.float32
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)
        for name, variable in term.state.items():
            variable.assign(state[name])


def test_gradient_by_finite_differences_of_fixed_averages():
    dtype = "float64"
    network = [keras.Input((3,), dtype=dtype), layers.Dense(4, "tanh", dtype=dtype)]
    discriminator = keras.Sequential([*network, layers.Dense(1, dtype=dtype)])
    real, fake = BATCHES[0].astype(dtype)
    term = penalties.LeCam(weight=2.0)
    term.build(None)
    for name, value in {"real": 0.3, "fake": -0.2, "correction": 0.5}.items():
        term.state[name].assign(value)
    with tf.GradientTape() as tape:
        values, state = term(training.Critique(discriminator, real, fake))
        value = tf.reduce_mean(values)
    state = {name: float(value) for name, value in state.items()}
    fixed = state["real"] / state["correction"], state["fake"] / state["correction"]

    def total():
        return by_numpy(discriminator(real).numpy(), discriminator(fake).numpy(), *fixed).mean()

    assert float(value) == pytest.approx(total(), rel=1e-6)
    variables = discriminator.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(value, variables), strict=True):
        direction, weights = np.random.default_rng(1).normal(size=variable.shape), variable.numpy()
        variable.assign(weights + 1e-5 * direction)
        ahead = total()
        variable.assign(weights - 1e-5 * direction)
        slope = (ahead - total()) / 2e-5
        variable.assign(weights)
        assert float(np.sum(gradient * direction)) == pytest.approx(slope, rel=1e-5, abs=1e-8)


def state_of(gan, index=0):
    return {name: float(each.numpy()) for name, each in gan.penalties[index].state.items()}


@pytest.mark.parametrize(
    "arguments",
    [
        {"run_eagerly": True},
        {"updates": training.Alternating(2), "steps_per_execution": 2, "interval": 2},
    ],
)
def test_each_update_in_which_it_is_computed_counts_and_it_resumes(
    make_gan, real_images, tmp_path, arguments
):
    term = penalties.LeCam(0.3, decay=0.9, interval=arguments.pop("interval", 1))
    gan = make_gan(loss="hinge", penalties=["drift", term], **arguments)
    data = tf.data.Dataset.from_tensor_slices(real_images[:24]).batch(8)
    assert {"penalty.1.real", "penalty.1.fake"} <= named_state(gan).keys()
    # After 6 steps; with the interval in steps 0, 2 and 4, which update twice.
    loaded = assert_resumes(gan, data, tmp_path / "gan.keras")
    assert state_of(loaded, 1)["correction"] == pytest.approx(1 - 0.9**6, rel=1e-5)


def test_a_relativistic_loss_is_warned_of(make_gan):
    with pytest.warns(UserWarning, match="of which a relativistic loss sees only differences"):
        make_gan(penalties=["lecam"], loss="relativistic_average")


def test_state_is_restored_with_the_weights_and_belongs_to_one_gan(make_gan, real_images, tmp_path):
    term = penalties.LeCam(0.3)
    gan, other = (make_gan(penalties=[term, "r1"], run_eagerly=True) for _ in range(2))
    assert gan.penalties[0] is term and other.penalties[0] is not term
    gan.fit(real_images, batch_size=20, verbose=0)
    assert state_of(other) == {"real": 0, "fake": 0, "correction": 0} != state_of(gan)
    good = state_of(gan)
    gan.save_weights(tmp_path / "good.weights.h5")
    gan.fit(real_images, batch_size=20, verbose=0)
    restore_state(gan, tmp_path / "good.weights.h5")
    assert state_of(gan) == good


@pytest.mark.filterwarnings("ignore")
def test_replicas_keep_the_averages_of_all_images_also_of_uneven_batches(make_gan, real_images):
    with two_replicas().scope():
        gan = make_gan(
            penalties=[penalties.LeCam(decay=0.5, interval=2)],
            discriminator_optimizer=keras.optimizers.SGD(0.0),
            dropout=0.0,
            run_eagerly=True,
        )
    gan.fit(tf.data.Dataset.from_tensor_slices(real_images[:35]).batch(16), verbose=0)
    logits = gan.logits(real_images).numpy()
    expected = averages([logits[:16].mean(), logits[32:35].mean()], 0.5)
    found = gan.penalties[0].state
    assert float(found["correction"].numpy()) == 0.75
    assert float(found["real"].numpy()) / 0.75 == pytest.approx(expected, rel=1e-5)
    assert len({float(copy) for copy in found["fake"].values}) == 1
