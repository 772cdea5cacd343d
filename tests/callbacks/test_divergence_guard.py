"""`DivergenceGuard`: NaN is undone and reported, and after too many restores training ends."""

import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import assert_same, two_replicas
from keras import layers

import tfgan_kit
from tfgan_kit.callbacks import DivergenceGuard, RunCheckpoint, TrainingDiverged
from tfgan_kit.utils.errors import InvalidArgument

ADAM_AND_SGD = {"generator_optimizer": "adam", "discriminator_optimizer": "sgd"}


@pytest.fixture
def make_gan():
    """A GAN of points, without graphs: a few steps take less time than tracing one."""

    def make(**compile_arguments):
        keras.utils.set_random_seed(1)
        hidden = [layers.Dense(3, activation="tanh"), layers.Dropout(0.3)]
        networks = (
            [keras.Input((2,)), layers.Dense(2), layers.BatchNormalization()],
            [keras.Input((2,)), *hidden, layers.Dense(1)],
        )
        gan = tfgan_kit.GAN(*map(keras.Sequential, networks), latent_dim=2, seed=0)
        gan.compile(**{"run_eagerly": True, **ADAM_AND_SGD, **compile_arguments})
        return gan

    return make


@pytest.fixture
def real_images():
    return np.random.default_rng(0).normal(size=(40, 2)).astype("float32")


def learned(gan):
    """What is restored: all but learning rates, counters and random states."""
    rates = {id(variable) for variable in gan.optimizer.rate_variables}
    variables = [*gan.generator.weights, *gan.discriminator.weights, *gan.optimizer.variables]
    return [variable.numpy() for variable in variables if id(variable) not in rates]


def is_finite(gan):
    return all(np.isfinite(value).all() for value in learned(gan))


class Spoil(keras.callbacks.Callback):
    """Breaks a variable after these steps, counted from 1, and records the states before."""

    def __init__(self, *steps, find=lambda gan: gan.generator.weights[0], value=math.nan):
        super().__init__()
        self.steps = steps
        self.find, self.value = find, value

    def on_train_begin(self, logs=None):
        self.states, self.rates = [learned(self.model)], []

    def on_train_batch_end(self, batch, logs=None):
        self.states.append(learned(self.model))
        self.rates.append(self.model.optimizer.learning_rates)
        if self.model.step.numpy() in self.steps:
            variable = self.find(self.model)
            broken = variable.numpy()
            broken.flat[-1] = self.value
            variable.assign(broken)


class After(keras.callbacks.Callback):
    """Records states, counters and logs after the guard has acted."""

    def on_train_begin(self, logs=None):
        self.states, self.clocks, self.epochs = [], [], []

    def on_train_batch_end(self, batch, logs=None):
        self.states.append(learned(self.model))
        self.clocks.append((self.model.step.numpy(), *self.model.train_noise.state.numpy()))

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(dict(logs))


def fit(gan, real, *callbacks, **arguments):
    """Four steps per epoch."""
    arguments = {"batch_size": 10, "verbose": 0, **arguments}
    return gan.fit(real, callbacks=callbacks, **arguments).history


def messages(caught):
    return [str(each.message) for each in caught if str(each.message).startswith("Step ")]


def diverge(match, *arguments, **named):
    """Train until the guard gives up; returns its warnings and its error."""
    with pytest.warns(UserWarning) as caught, pytest.raises(TrainingDiverged, match=match) as error:
        fit(*arguments, **named)
    return messages(caught), error.value


# ---- what is restored


def test_nan_in_the_losses_is_undone(make_gan, real_images, tmp_path):
    gan, spoil, after = make_gan(), Spoil(6), After()
    guard = DivergenceGuard(tmp_path / "deep" / "good.keras", check_every=1000)
    with pytest.warns(UserWarning) as caught:
        history = fit(gan, real_images, guard, spoil, after, epochs=2)
    (message,) = messages(caught)
    assert re.match(
        r"Step 7: .*generator_loss is nan. Restored the state of step 4 \(1 of at most 3 ", message
    )
    assert message.endswith("restores), with learning rates 0.0005 and 0.005.")
    # The weights of step 4, with the counters and noise of step 7.
    assert_same(after.states[6], spoil.states[4])
    assert [clock[0] for clock in after.clocks] == list(range(1, 9))
    assert len(set(after.clocks)) == 8
    assert is_finite(gan)
    np.testing.assert_allclose(gan.optimizer.learning_rates, [5e-4, 5e-3])
    np.testing.assert_allclose(spoil.rates[5:7], [[1e-3, 1e-2], [5e-4, 5e-3]])
    assert all(math.isfinite(value) for values in history.values() for value in values)
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["good.keras"]


VARIABLES = {
    "weight": (lambda gan: gan.discriminator.weights[0], math.nan),
    "last weight": (lambda gan: gan.discriminator.weights[-1], -math.inf),
    # No loss of a training step depends on it.
    "moving variance": (lambda gan: gan.generator.weights[5], math.inf),
    "moment": (lambda gan: gan.generator_optimizer.variables[2], math.nan),
    "average": (lambda gan: next(iter(gan.ema.state.values())), math.nan),
    "replay": (lambda gan: next(iter(gan.replay.state.values())), math.nan),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_each_variable_is_checked(make_gan, real_images, tmp_path, name):
    find, value = VARIABLES[name]
    arguments = {"average": {"ema": 0.9}, "replay": {"replay": 20, "updates": "alternating"}}
    gan, after = make_gan(**arguments.get(name, {})), After()
    spoil = Spoil(2, find=find, value=value)
    guard = DivergenceGuard(tmp_path / "good.keras", check_every=2)
    with pytest.warns(UserWarning) as caught:
        fit(gan, real_images, spoil, guard, after)
    (message,) = messages(caught)
    variable = find(gan)
    assert f"Step 2: {getattr(variable, 'path', variable.name)} is not finite. " in message
    assert "Restored the state of step 0" in message
    assert_same(after.states[1], spoil.states[0])
    assert is_finite(gan) and np.isfinite(variable.numpy()).all()


def test_a_learning_rate_far_too_high_is_lowered_until_it_works(make_gan, real_images, tmp_path):
    optimizers = ("generator_optimizer", "discriminator_optimizer")
    gan = make_gan(**{name: keras.optimizers.SGD(1e30) for name in optimizers})
    start, guard = learned(gan), DivergenceGuard(tmp_path / "good.keras", factor=1e-32)
    with pytest.warns(UserWarning, match="Restored the state of step 0") as caught:
        fit(gan, real_images, guard, epochs=2)
    assert len(messages(caught)) == 1
    np.testing.assert_allclose(gan.optimizer.learning_rates, [1e-2, 1e-2], rtol=1e-5)
    assert is_finite(gan)
    assert any(np.any(a != b) for a, b in zip(start, learned(gan), strict=True))


def test_several_steps_at_once(make_gan, real_images, tmp_path):
    gan = make_gan(run_eagerly=False, steps_per_execution=3)
    guard = DivergenceGuard(tmp_path / "good.keras", check_every=5, save_freq=5)
    spoil, images = Spoil(6), np.tile(real_images, (3, 1))
    with pytest.warns(UserWarning) as caught:
        fit(gan, images, guard, spoil)
    # Saved when the step first passed five, broken after six, found at the next execution.
    assert "Step 9: discriminator_loss is nan and generator_loss is nan" in messages(caught)[0]
    assert "Restored the state of step 6 " in messages(caught)[0]
    assert is_finite(gan) and gan.step.numpy() == 12


# ---- when training ends


def test_max_tries_ends_the_training_in_the_last_good_state(make_gan, real_images, tmp_path):
    gan, path = make_gan(), tmp_path / "good.keras"
    guard = DivergenceGuard(path, max_tries=2, check_every=1)
    spoil, match = Spoil(*range(6, 99)), "Step 8: .* after 2 restores"
    caught, error = diverge(match, gan, real_images, spoil, guard, epochs=9)
    assert len(caught) == 2
    advice = ("Lower the learning rates", "penalty", "float32", "0.00025 and 0.0025", "step 4")
    assert all(each in str(error) for each in (*advice, str(path)))
    assert isinstance(error, RuntimeError)
    assert_same(learned(gan), spoil.states[4])


def test_a_healthy_epoch_resets_the_count(make_gan, real_images, tmp_path):
    guard = DivergenceGuard(tmp_path / "good.keras", max_tries=1, check_every=1)
    match = "Step 14: .* after 1 restores"
    # In epochs 1, 3 and 4 of four steps each.
    caught, _ = diverge(match, make_gan(), real_images, Spoil(2, 10, 14), guard, epochs=4)
    assert ["(1 of at most 1 restores)" in message for message in caught] == [True, True]


@pytest.fixture
def bad_images(real_images):
    """A dataset, which is not checked before training, with one NaN."""
    real_images[35, 1] = math.nan
    return tf.data.Dataset.from_tensor_slices(real_images)


def test_nan_in_the_real_images_is_not_blamed_on_the_learning_rates(make_gan, bad_images, tmp_path):
    gan, guard = make_gan(), DivergenceGuard(tmp_path / "good.keras", max_tries=1)
    match = "Check the real images for NaN.*not the cause"
    caught, _ = diverge(match, gan, bad_images.batch(10), guard, batch_size=None, epochs=9)
    assert "Step 4: discriminator_loss is nan. Restored the state of step 0" in caught[0]
    assert is_finite(gan)


def test_a_gan_that_is_not_finite_at_the_start_is_refused(make_gan, real_images, tmp_path):
    gan, guard = make_gan(), DivergenceGuard(tmp_path / "good.keras")
    kernel = gan.generator.weights[0]
    kernel.assign(np.full(kernel.shape, np.nan))
    match = f"{kernel.path} is not finite before the first step"
    with pytest.raises(TrainingDiverged, match=match):
        fit(gan, real_images, guard)
    assert not guard.path.exists()


# ---- what is unchanged


@pytest.mark.parametrize("save_freq", ["epoch", 1])
def test_a_healthy_training_is_unchanged(make_gan, real_images, tmp_path, save_freq):
    plain, guarded = make_gan(), make_gan()
    guard = DivergenceGuard(tmp_path / "good.keras", check_every=1, save_freq=save_freq)
    history = fit(plain, real_images)
    assert fit(guarded, real_images, guard) == history
    assert_same(learned(guarded), learned(plain))
    assert guarded.optimizer.learning_rates == plain.optimizer.learning_rates
    assert_same(learned(keras.models.load_model(guard.path)), learned(plain))


def test_the_epochs_means_are_those_of_the_finite_steps(make_gan, real_images, tmp_path):
    gan, after = make_gan(), After()
    guard = DivergenceGuard(tmp_path / "good.keras", check_every=1000)

    means = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: means.append(dict(logs))
    )
    with pytest.warns(UserWarning, match="Step 4: "):
        fit(gan, real_images, guard, Spoil(3), record, after)
    # The last of the four steps was not finite.
    for name in ("generator_loss", "discriminator_loss"):
        assert math.isnan(means[3][name])
        np.testing.assert_allclose(after.epochs[0][name], means[2][name], rtol=1e-5)


def test_an_epoch_that_begins_with_nan_has_the_means_of_the_rest(make_gan, real_images, tmp_path):
    gan, after, guard = make_gan(), After(), DivergenceGuard(tmp_path / "good.keras")
    kernel = gan.generator.weights[0]
    begin = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: epoch == 1 and kernel.assign(kernel * np.nan)
    )
    with pytest.warns(UserWarning, match="Step 5: .*Restored the state of step 4"):
        fit(gan, real_images, guard, begin, after, epochs=2)
    assert all(math.isfinite(value) for value in after.epochs[1].values())
    assert after.epochs[1]["generator_loss"] > 0


def test_an_epoch_without_a_finite_step_has_no_loss(make_gan, real_images, tmp_path):
    gan, guard = make_gan(), DivergenceGuard(tmp_path / "good.keras")
    kernel = gan.generator.weights[0]
    begin = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: kernel.assign(kernel * np.nan)
    )
    with pytest.warns(UserWarning, match="Restored the state of step"):
        history = fit(gan, real_images, guard, begin, batch_size=40, epochs=2)
    assert np.isnan(history["discriminator_loss"]).all()


def test_a_resumed_training_is_restored_to_its_own_start(make_gan, real_images, tmp_path):
    (tmp_path / "good.keras").write_bytes(b"of an earlier training")
    first, checkpoint = make_gan(), RunCheckpoint(tmp_path / "checkpoints")
    fit(first, real_images, checkpoint)
    gan = make_gan()
    assert RunCheckpoint(tmp_path / "checkpoints").restore(gan) == 4
    with pytest.warns(UserWarning) as caught:
        guard = DivergenceGuard(tmp_path / "good.keras", check_every=1)
        fit(gan, real_images, Spoil(6, 8), guard, epochs=2, initial_epoch=1)
    assert ["Restored the state of step 4" in message for message in messages(caught)] == [True] * 2
    assert_same(learned(gan), learned(first))


def test_a_schedule_stays_lowered_and_so_does_a_resumed_training(make_gan, real_images, tmp_path):
    decay = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.5)
    gan, resumed = (make_gan(generator_optimizer=keras.optimizers.Adam(decay)) for _ in range(2))
    guard = DivergenceGuard(tmp_path / "good.keras", check_every=1)
    checkpoint = RunCheckpoint(tmp_path / "checkpoints")
    with pytest.warns(UserWarning):
        fit(gan, real_images, Spoil(2, 4), guard, checkpoint)
    # Twice restored to the start, and the schedule with the moments.
    np.testing.assert_allclose(gan.optimizer.learning_rates, [2.5e-4, 2.5e-3], rtol=1e-6)
    checkpoint.restore(resumed)
    assert resumed.optimizer.learning_rates == gan.optimizer.learning_rates


@pytest.mark.slow
def test_on_two_replicas(make_gan, real_images, tmp_path):
    with two_replicas().scope():
        gan = make_gan(run_eagerly=False)
    guard, after = DivergenceGuard(tmp_path / "good.keras", check_every=3), After()
    with pytest.warns(UserWarning) as caught:
        fit(gan, real_images, guard, Spoil(3, 7), after, epochs=2)
    assert [each[:7] for each in messages(caught)] == ["Step 4:", "Step 8:"]
    assert is_finite(gan)
    np.testing.assert_allclose(gan.optimizer.learning_rates, [2.5e-4, 2.5e-3])
    assert all(math.isfinite(value) for value in after.epochs[-1].values())


def test_a_learning_rate_that_cannot_be_lowered_is_refused(make_gan, real_images, tmp_path):
    gan = make_gan(generator_optimizer=keras.optimizers.SGD(lambda: 0.1))
    with pytest.raises(InvalidArgument, match="learning rate"):
        fit(gan, real_images, DivergenceGuard(tmp_path / "good.keras"))
