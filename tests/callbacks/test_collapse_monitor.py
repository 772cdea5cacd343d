"""`CollapseMonitor`: failures that are made on purpose are named, and undone where asked."""

import json
import math
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import IMAGE_SHAPE, LATENT_DIM, assert_same, state, two_replicas
from keras import layers, ops

import tfgan_kit
from tfgan_kit import data, metrics
from tfgan_kit.callbacks import CollapseMonitor, RunCheckpoint
from tfgan_kit.utils.errors import InvalidArgument

FIVE = np.random.default_rng(5).uniform(-0.9, 0.9, (5, 64)).astype("float32")
SIGNALS = {
    "diversity",
    "effective_bins",
    "repeated_share",
    "drift",
    "saturation",
    "generator_gradient",
    "discriminator_gradient",
}


@keras.saving.register_keras_serializable(package="tfgan_kit_tests")
class OneOfFive(layers.Layer):
    """One of five fixed images, whatever is learned."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, noise):
        chosen = ops.one_hot(ops.argmax(noise[:, :5], axis=-1), 5)
        return ops.reshape(chosen @ FIVE, (-1, *IMAGE_SHAPE)) * self.scale


@keras.saving.register_keras_serializable(package="tfgan_kit_tests")
class Grey(layers.Layer):
    """One grey, which is learned, for all pixels of all images."""

    def build(self, input_shape):
        self.level = self.add_weight(shape=(), initializer="zeros")

    def call(self, noise):
        return ops.zeros((ops.shape(noise)[0], *IMAGE_SHAPE)) + self.level


@pytest.fixture
def real():
    """More than the fifty that the monitor needs."""
    return np.random.default_rng(0).uniform(-1, 1, (60, *IMAGE_SHAPE)).astype("float32")


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(100, 2)).astype("float32")


@pytest.fixture
def make_small():
    """A GAN of images with next to nothing in it, around one layer from noise to images."""

    def make(*generator_layers):
        keras.utils.set_random_seed(1)
        if not generator_layers:
            generator_layers = [layers.Dense(64, activation="tanh"), layers.Reshape(IMAGE_SHAPE)]
        gan = tfgan_kit.GAN(
            keras.Sequential([keras.Input((LATENT_DIM,)), *generator_layers]),
            keras.Sequential([keras.Input(IMAGE_SHAPE), layers.Flatten(), layers.Dense(1)]),
            latent_dim=LATENT_DIM,
            seed=0,
        )
        gan.compile(run_eagerly=True)
        return gan

    return make


@pytest.fixture
def make_healthy():
    """Gives normal points from the first step on, and learns so slowly that they stay so."""

    def make(**compile_arguments):
        keras.utils.set_random_seed(1)
        generator = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
        generator.set_weights([np.eye(2), np.zeros(2)])
        discriminator = keras.Sequential(
            [keras.Input((2,)), layers.Dense(4, activation="tanh"), layers.Dense(1)]
        )
        gan = tfgan_kit.GAN(generator, discriminator, latent_dim=2, seed=0)
        gan.compile(**{"run_eagerly": True, **compile_arguments})
        return gan

    return make


def told(caught):
    """The monitor's messages; Keras warns of other things where it saves."""
    return [str(each.message) for each in caught if str(each.message).startswith("Epoch ")]


class Spoil(keras.callbacks.Callback):
    """Breaks the generator as epochs of these numbers, from 1, begin."""

    def __init__(self, epochs, value=math.nan):
        super().__init__()
        self.epochs = epochs
        self.value = value

    def on_epoch_begin(self, epoch, logs=None):
        if epoch + 1 in self.epochs:
            generator = self.model.generator
            generator.set_weights([np.full_like(w, self.value) for w in generator.get_weights()])


class Record(keras.callbacks.Callback):
    """What there is at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.logs = []
        self.states = []
        self.clocks = []

    def on_epoch_end(self, epoch, logs=None):
        gan = self.model
        self.logs.append(dict(logs))
        optimizers = [v.numpy() for v in gan.optimizer.variables]
        self.states.append([*gan.generator.get_weights(), *gan.discriminator.get_weights()])
        self.states[-1].extend(optimizers)
        noises = [noise.state.numpy() for noise in (gan.train_noise, gan.test_noise)]
        self.clocks.append([gan.step.numpy(), *noises])


def fit(gan, real, *callbacks, **arguments):
    arguments = {"batch_size": 50, "verbose": 0, **arguments}
    return gan.fit(real, callbacks=callbacks, **arguments)


def watch(points, **arguments):
    return CollapseMonitor(points, **{"num_samples": 60, **arguments})


# ---- what is named


def test_five_images_are_a_collapse_after_one_epoch(make_small, real):
    monitor = watch(real)
    with pytest.warns(UserWarning, match="Epoch 1: mode collapse.*repeated") as caught:
        history = fit(make_small(OneOfFive()), real, monitor, epochs=2).history
    assert monitor.alarms == [(1, "mode collapse")]
    assert len(told(caught)) == 1, "told once"
    assert history["repeated_share"] == [1, 1] and len(monitor.history) == 2
    assert set(history) >= SIGNALS
    # Five images of 25 bins at the most.
    assert history["effective_bins"][0] < 0.4


def test_one_grey_is_a_collapse_after_warm_up_and_patience(make_small, real):
    monitor = watch(real, warmup=2, patience=2)
    with pytest.warns(UserWarning, match="Epoch 4: mode collapse"):
        fit(make_small(Grey()), real, monitor, epochs=5)
    assert monitor.alarms == [(4, "mode collapse")]
    assert all(look.diversity < 0.01 for look in monitor.history)


@pytest.mark.parametrize("which", ["generator", "discriminator"])
def test_nan_weights_are_a_dead_generator(make_small, real, which):
    gan = make_small()
    network = getattr(gan, which)
    network.set_weights([np.full_like(w, np.nan) for w in network.get_weights()])
    monitor = watch(real, patience=2)
    with pytest.warns(UserWarning, match="Epoch 2: .*generator dead"):
        fit(gan, real, monitor, epochs=2)
    assert monitor.alarms == [(2, "generator dead")]
    assert monitor.history[-1].generator_gradient == math.inf


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e30])
def test_points_that_blow_up_are_named(make_healthy, points, value):
    monitor = watch(points, patience=2)
    with pytest.warns(UserWarning, match="generator dead"):
        fit(make_healthy(), points, monitor, Spoil([1, 2], value), epochs=2)
    assert monitor.alarms == [(2, "generator dead")]


def test_a_gradient_of_zero_is_a_dead_generator(make_healthy, points):
    gan = make_healthy(generator_optimizer="sgd", discriminator_optimizer="sgd")
    gan.discriminator.set_weights([np.zeros_like(w) for w in gan.discriminator.get_weights()])
    gan.discriminator.trainable = False
    gan.compile(run_eagerly=True)
    monitor = watch(points, patience=1)
    with pytest.warns(UserWarning, match="generator dead"):
        fit(gan, points, monitor)
    assert monitor.history[0].generator_gradient == 0
    assert monitor.history[0].discriminator_gradient == 0, "there is nothing to train"


def test_a_sure_discriminator_has_won(points):
    """Real points lie at 10, samples at -10, and it says just that."""
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
    generator.set_weights([0.3 * np.eye(2), np.full(2, -10.0)])
    discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    discriminator.set_weights([np.ones((2, 1)), np.zeros(1)])
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=2, seed=0)
    gan.compile(run_eagerly=True)
    monitor = watch(points + 10, patience=2)
    with pytest.warns(UserWarning, match="Epoch 2: discriminator won.*saturated 100 %"):
        fit(gan, points + 10, monitor, epochs=2)
    assert monitor.history[0].saturation == 1


def test_a_healthy_training_is_left_in_peace(make_healthy, points):
    monitor = watch(points, warmup=0, patience=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = fit(make_healthy(), points, monitor, epochs=3).history
    assert monitor.alarms == []
    # Sixty samples in 25 bins, of a learned rotation of the same normal.
    assert all(0.7 < look.diversity < 1.3 for look in monitor.history)
    assert math.isnan(history["drift"][0]) and history["drift"][1] < 0.3


def test_gradients_are_the_true_norms(make_healthy, points):
    gan = make_healthy()
    monitor = watch(points)
    fit(gan, points, monitor)
    noise = tfgan_kit.latent.sample(64, 2, seed=0)
    with tf.GradientTape() as tape:
        logits = gan.discriminator(gan.generator(noise))
        # The non-saturating loss: -log sigmoid.
        loss = tf.reduce_mean(tf.nn.softplus(-logits))
    gradients = tape.gradient(loss, gan.generator.trainable_variables)
    norm = math.sqrt(sum(float(tf.reduce_sum(g**2)) for g in gradients))
    np.testing.assert_allclose(monitor.history[0].generator_gradient, norm, rtol=1e-4)


def test_a_loss_of_pairs_looks_at_as_many_fakes_as_there_are_real_images(make_gan, real):
    gan = make_gan(loss="relativistic_pairing")
    monitor = CollapseMonitor(real[:50])
    gan.fit(real, batch_size=20, epochs=1, verbose=0, callbacks=[monitor])
    assert 0 < monitor.history[0].generator_gradient < math.inf


def test_a_name_is_told_again_after_it_was_gone(make_healthy, points):
    gan, monitor = make_healthy(), watch(points, patience=1)

    class Alternate(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            bad = epoch in (0, 1, 3)
            values = [np.full((2, 2), np.nan if bad else 0), np.zeros(2)]
            self.model.generator.set_weights(values if bad else [np.eye(2), np.zeros(2)])
            for variable in gan.optimizer.variables:
                variable.assign(ops.zeros_like(variable))
            if not bad:
                gan.discriminator.set_weights(healthy)

    healthy = gan.discriminator.get_weights()
    with pytest.warns(UserWarning) as caught:
        fit(gan, points, monitor, Alternate(), epochs=4)
    assert monitor.alarms == [(1, "generator dead"), (4, "generator dead")]
    assert len(told(caught)) == 2


# ---- what is done


def test_stop_ends_the_training(make_small, real):
    with pytest.warns(UserWarning, match="training ends here"):
        history = fit(make_small(OneOfFive()), real, watch(real, stop=True), epochs=5)
    assert len(history.epoch) == 1


@pytest.mark.parametrize("patience", [1, 3])
def test_restore_goes_back_to_the_last_healthy_state(make_healthy, points, tmp_path, patience):
    path = tmp_path / "deep" / "healthy.keras"
    gan, before, after = make_healthy(), Record(), Record()
    monitor = watch(points, restore=path, patience=patience)
    alarm = 2 + patience
    with pytest.warns(UserWarning, match=f"Epoch {alarm}: generator dead.*back to the last"):
        fit(gan, points, Spoil([3]), before, monitor, after, epochs=alarm)
    assert monitor.alarms == [(alarm, "generator dead")]
    assert np.isnan(before.states[alarm - 1][0]).all()
    # What looked sick is never kept, not even before patience is at its end.
    assert_same(after.states[-1], before.states[1])
    assert_same(after.clocks[-1], before.clocks[-1])
    assert after.clocks[-1][0] == 2 * alarm
    saved = keras.models.load_model(path)
    assert_same(saved.generator.get_weights(), before.states[1][:2])
    assert [each.name for each in path.parent.iterdir()] == ["healthy.keras"]


def test_training_goes_on_after_a_restore_with_fresh_noise(make_healthy, points, tmp_path):
    gan, record = make_healthy(), Record()
    monitor = watch(points, restore=tmp_path / "healthy.keras", patience=1)
    with pytest.warns(UserWarning, match="back to the last"):
        fit(gan, points, Spoil([2]), monitor, record, epochs=4)
    assert monitor.alarms == [(2, "generator dead")]
    assert np.isfinite(np.concatenate([w.ravel() for w in record.states[-1]])).all()
    assert len({tuple(clock[1]) for clock in record.clocks}) == 4
    plain = Record()
    fit(make_healthy(), points, plain, epochs=2)
    # One epoch after going back to the first epoch's end: not what the second epoch was.
    assert np.abs(record.states[2][0] - plain.states[1][0]).max() > 0


def test_restore_gives_up(make_healthy, points, tmp_path):
    gan = make_healthy()
    monitor = watch(points, restore=tmp_path / "healthy.keras", max_restores=2, patience=1)
    with pytest.warns(UserWarning) as caught:
        history = fit(gan, points, Spoil(range(3, 99)), monitor, epochs=9)
    assert monitor.alarms == [(epoch, "generator dead") for epoch in (3, 4, 5)]
    messages = told(caught)
    assert ["for the 1. time" in messages[0], "for the 2. time" in messages[1]] == [True, True]
    assert "training ends here" in messages[2]
    assert len(history.epoch) == 5


def test_restore_without_a_healthy_state_ends_the_training(make_small, real, tmp_path):
    monitor = watch(real, restore=tmp_path / "healthy.keras")
    with pytest.warns(UserWarning, match="training ends here"):
        history = fit(make_small(OneOfFive()), real, monitor, epochs=4)
    assert len(history.epoch) == 1
    assert not (tmp_path / "healthy.keras").exists()


def test_the_look_after_a_restore_is_compared_with_no_sick_one(make_healthy, points, tmp_path):
    monitor = watch(points, restore=tmp_path / "healthy.keras", patience=1, warmup=0)
    with pytest.warns(UserWarning):
        fit(make_healthy(), points, Spoil([3], value=0.0), monitor, epochs=5)
    assert {epoch for epoch, _ in monitor.alarms} == {3}
    drift = monitor.history[3].drift
    assert math.isnan(drift) or drift < 0.3


# ---- what is left alone


@pytest.mark.parametrize("more", [{}, {"stop": True}, {"restore": "healthy.keras"}])
def test_training_is_not_disturbed(make_healthy, points, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    plain, watched = make_healthy(), make_healthy()
    without = fit(plain, points, epochs=2).history
    history = fit(watched, points, watch(points, **more), epochs=2).history
    assert_same(state(watched), state(plain))
    assert {name: history[name] for name in without} == without


def test_training_of_images_with_dropout_is_not_disturbed(make_gan, real):
    plain, watched = make_gan(), make_gan()
    fit(plain, real)
    fit(watched, real, watch(real))
    assert_same(state(watched), state(plain))


def test_in_mixed_precision(make_small, real):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        gan = make_small()
    finally:
        keras.config.set_dtype_policy(before)
    monitor = watch(real)
    fit(gan, real, monitor)
    assert math.isfinite(monitor.history[0].generator_gradient)


@pytest.mark.slow
def test_on_two_replicas(make_healthy, points, tmp_path):
    with two_replicas().scope():
        gan = make_healthy(run_eagerly=False)
    monitor = watch(points, restore=tmp_path / "healthy.keras", patience=1)
    with pytest.warns(UserWarning, match="back to the last"):
        fit(gan, points, Spoil([2]), monitor, epochs=3)
    assert monitor.alarms == [(2, "generator dead")]
    assert np.isfinite(gan.generate(5, seed=0)).all()


# ---- resuming and inputs


def test_whatever_holds_the_images(make_small, real):
    pixels = np.random.default_rng(0).integers(0, 256, (60, *IMAGE_SHAPE), dtype="uint8")
    gan = make_small()
    looks = []
    dataset = tf.data.Dataset.from_tensor_slices(pixels).batch(16)
    for given in (pixels, data.open_source(pixels), dataset):
        monitor = CollapseMonitor(given, num_samples=60)
        fit(gan, real, monitor)
        looks.append(monitor.history[0])
    assert all(0 < look.diversity < 2 for look in looks)


def test_looks_before_a_resumption_count_as_healthy(make_small, real):
    monitor = watch(real, warmup=2, patience=2)
    with pytest.warns(UserWarning, match="Epoch 6: mode collapse"):
        fit(make_small(Grey()), real, monitor, initial_epoch=4, epochs=6)
    assert monitor.alarms == [(6, "mode collapse")]


def test_by_its_log_a_resumed_training_goes_on_as_if_never_stopped(make_small, real, tmp_path):
    def run(*spans):
        gan = make_small(Grey())
        path = tmp_path / f"{len(spans)}.jsonl"
        alarms = []
        for begin, end in spans:
            monitor = watch(real, warmup=1, patience=3, log_path=path)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit(gan, real, monitor, initial_epoch=begin, epochs=end)
            alarms += monitor.alarms
        return alarms, [json.loads(line) for line in path.read_text().splitlines()]

    whole, parts = run((0, 5)), run((0, 3), (3, 5))
    assert parts == whole
    assert whole[0] == [(4, "mode collapse")]
    assert [record["epoch"] for record in whole[1]] == [1, 2, 3, 4, 5]


def test_a_dead_generator_stays_dead_through_its_log(make_small, real, tmp_path):
    gan = make_small()
    gan.generator.set_weights([np.full_like(w, np.nan) for w in gan.generator.get_weights()])
    alarms = []
    for begin, end in ((0, 2), (2, 3)):
        monitor = watch(real, patience=3, log_path=tmp_path / "looks.jsonl")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit(gan, real, monitor, initial_epoch=begin, epochs=end)
        alarms += monitor.alarms
    assert alarms == [(3, "generator dead")]


def test_best_checkpoint_by_its_signals(make_healthy, points, tmp_path):
    checkpoint = RunCheckpoint(tmp_path, monitor="diversity", mode="max")
    history = fit(make_healthy(), points, watch(points), checkpoint, epochs=2).history
    record = json.loads((tmp_path / "best.json").read_text())
    assert record["value"] == max(history["diversity"])


def test_real_images_are_extracted_once(make_healthy, points):
    class Counting(metrics.Pixels):
        num = 0

        def call(self, images):
            self.num += 1
            return super().call(images)

    extractor = Counting()
    gan, monitor = make_healthy(), watch(points, extractor=extractor)
    fit(gan, points, monitor, epochs=2)
    fit(gan, points, monitor)
    assert extractor.num == 1 + 3


@pytest.mark.parametrize(
    "arguments, name",
    [
        ({"num_samples": 49}, "num_samples"),
        ({"warmup": -1}, "warmup"),
        ({"patience": 0}, "patience"),
        ({"max_restores": 0}, "max_restores"),
        ({"extractor": "randon"}, "extractor"),
        ({"seed": 2**31}, "seed"),
        ({"stop": True, "restore": "healthy.keras"}, "restore"),
    ],
)
def test_arguments_out_of_range_are_refused(points, arguments, name):
    with pytest.raises(InvalidArgument, match=f"`{name}`"):
        CollapseMonitor(points, **arguments)


@pytest.mark.parametrize("num, same", [(49, False), (100, True)], ids=["few", "identical"])
def test_real_images_that_say_nothing_are_refused_as_training_begins(
    make_small, real_images, num, same
):
    real = np.zeros((num, *IMAGE_SHAPE), "float32") if same else real_images
    with pytest.raises(InvalidArgument, match="`real`.*Received"):
        fit(make_small(), real_images, CollapseMonitor(real))
