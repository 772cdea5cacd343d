"""`CollapseMonitor`: deliberate failures are named, and undone if asked."""

import dataclasses
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
from tfgan_kit import latent, metrics
from tfgan_kit.callbacks import CollapseMonitor, RunCheckpoint
from tfgan_kit.utils.errors import InvalidArgument

FIVE = np.random.default_rng(5).uniform(-0.9, 0.9, (5, 64)).astype("float32")
SIGNALS = {field.name for field in dataclasses.fields(metrics.Signals)}
EAGERLY = {"run_eagerly": True, "generator_optimizer": "sgd", "discriminator_optimizer": "sgd"}


@keras.saving.register_keras_serializable(package="tfgan_kit_tests")
class OneOfFive(layers.Layer):
    """One of five fixed images."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, noise):
        chosen = ops.one_hot(ops.argmax(noise[:, :5], axis=-1), 5)
        return ops.reshape(chosen @ FIVE, (-1, *IMAGE_SHAPE)) * self.scale


@keras.saving.register_keras_serializable(package="tfgan_kit_tests")
class Grey(layers.Layer):
    """One learned grey level for all pixels of all images."""

    def build(self, input_shape):
        self.level = self.add_weight(shape=(), initializer="zeros")

    def call(self, noise):
        return ops.zeros((ops.shape(noise)[0], *IMAGE_SHAPE)) + self.level


@pytest.fixture
def real():
    """More than the minimum of 50."""
    return np.random.default_rng(0).uniform(-1, 1, (60, *IMAGE_SHAPE)).astype("float32")


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(100, 2)).astype("float32")


@pytest.fixture
def make_small():
    """A minimal GAN of images around a layer from noise to images."""

    def make(layer):
        keras.utils.set_random_seed(1)
        generator = keras.Sequential([keras.Input((LATENT_DIM,)), layer])
        discriminator = keras.Sequential(
            [keras.Input(IMAGE_SHAPE), layers.Flatten(), layers.Dense(1)]
        )
        gan = tfgan_kit.GAN(generator, discriminator, latent_dim=LATENT_DIM, seed=0)
        gan.compile(**EAGERLY)
        return gan

    return make


@pytest.fixture
def make_healthy():
    """Its points are normal from the first step, and it learns too slowly to change them."""

    def make(**compile_arguments):
        keras.utils.set_random_seed(1)
        generator = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
        generator.set_weights([np.eye(2), np.zeros(2)])
        discriminator = keras.Sequential(
            [keras.Input((2,)), layers.Dense(4, activation="tanh"), layers.Dense(1)]
        )
        gan = tfgan_kit.GAN(generator, discriminator, latent_dim=2, seed=0)
        slow = {"generator_optimizer": "adam", "discriminator_optimizer": "adam"}
        gan.compile(**{"run_eagerly": True, **slow, **compile_arguments})
        return gan

    return make


@pytest.fixture
def make_conditional():
    """Points around (3 label, 0), and a linear discriminator."""

    def make(**compile_arguments):
        noise, label = keras.Input((2,)), keras.Input((), dtype="int32")
        encode = layers.CategoryEncoding(3, output_mode="one_hot")
        place = layers.Dense(2, use_bias=False)
        generator = keras.Model(
            [noise, label], layers.Add()([place(encode(label)), layers.Dense(2)(noise)])
        )
        place.set_weights([np.array([[0, 0], [3, 0], [6, 0]])])
        point = keras.Input((2,))
        joined = layers.Concatenate()([point, encode(label)])
        discriminator = keras.Model([point, label], layers.Dense(1)(joined))
        gan = tfgan_kit.GAN(generator, discriminator, latent_dim=2, seed=0, num_classes=3)
        gan.compile(**{**EAGERLY, **compile_arguments})
        return gan

    return make


def messages(caught):
    """The monitor's warnings; Keras has warnings of its own when it saves."""
    return [str(each.message) for each in caught if str(each.message).startswith("Epoch ")]


class Spoil(keras.callbacks.Callback):
    """Breaks the generator at the beginning of these epochs, counted from 1."""

    def __init__(self, epochs, value=math.nan):
        super().__init__()
        self.epochs = epochs
        self.value = value

    def on_epoch_begin(self, epoch, logs=None):
        if epoch + 1 in self.epochs:
            generator = self.model.generator
            generator.set_weights([np.full_like(w, self.value) for w in generator.get_weights()])


class Record(keras.callbacks.Callback):
    """The state at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.states = []
        self.clocks = []

    def on_epoch_end(self, epoch, logs=None):
        gan = self.model
        optimizers = [v.numpy() for v in gan.optimizer.variables]
        networks = [*gan.generator.get_weights(), *gan.discriminator.get_weights()]
        self.states.append([*networks, *optimizers])
        noises = [noise.state.numpy() for noise in (gan.train_noise, gan.test_noise)]
        self.clocks.append([gan.step.numpy(), *noises])


def fit(gan, real, *callbacks, **arguments):
    arguments = {"batch_size": len(real), "verbose": 0, **arguments}
    return gan.fit(real, callbacks=callbacks, **arguments)


def watch(points, **arguments):
    return CollapseMonitor(points, **{"num_samples": 60, **arguments})


# ---- what is named


def test_five_images_are_a_collapse_after_one_epoch(make_small, real):
    monitor = watch(real)
    with pytest.warns(UserWarning, match="Epoch 1: mode collapse.*repeated") as caught:
        history = fit(make_small(OneOfFive()), real, monitor, epochs=2).history
    assert monitor.alarms == [(1, "mode collapse")]
    assert len(messages(caught)) == 1, "a failure warns once"
    assert history["repeated_share"] == [1, 1] and len(monitor.history) == 2
    assert set(history) >= SIGNALS
    # Five images in 25 bins at most.
    assert history["effective_bins"][0] < 0.4


def test_one_grey_is_a_collapse_after_warm_up_and_patience(make_small, real):
    monitor = watch(real, warmup=1, patience=2)
    with pytest.warns(UserWarning, match="Epoch 3: mode collapse"):
        fit(make_small(Grey()), real, monitor, epochs=4)
    assert monitor.alarms == [(3, "mode collapse")]
    assert all(signals.diversity < 0.01 for signals in monitor.history)


@pytest.mark.parametrize("which", ["generator", "discriminator"])
def test_nan_weights_are_a_dead_generator(make_gan, real, which):
    gan = make_gan()
    network = getattr(gan, which)
    network.set_weights([np.full_like(w, np.nan) for w in network.get_weights()])
    monitor = watch(real, patience=1)
    with pytest.warns(UserWarning, match="Epoch 1: .*generator dead"):
        fit(gan, real, monitor)
    assert monitor.alarms == [(1, "generator dead")]
    assert monitor.history[-1].generator_gradient == math.inf


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e30])
def test_points_that_diverge_are_a_dead_generator(make_healthy, points, value):
    monitor = watch(points, patience=1)
    with pytest.warns(UserWarning, match="generator dead"):
        fit(make_healthy(), points, monitor, Spoil([1], value))
    assert monitor.alarms == [(1, "generator dead")]


def test_a_zero_gradient_is_a_dead_generator(make_healthy, points):
    gan = make_healthy(generator_optimizer="sgd", discriminator_optimizer="sgd")
    gan.discriminator.set_weights([np.zeros_like(w) for w in gan.discriminator.get_weights()])
    gan.discriminator.trainable = False
    gan.compile(run_eagerly=True)
    monitor = watch(points, patience=1)
    with pytest.warns(UserWarning, match="generator dead"):
        fit(gan, points, monitor)
    assert monitor.history[0].generator_gradient == 0
    assert monitor.history[0].discriminator_gradient == 0, "there is nothing to train"


def test_a_certain_discriminator_has_won(points):
    """Real points are near 10, samples near -10, and the logit is their sum."""
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
    generator.set_weights([0.3 * np.eye(2), np.full(2, -10.0)])
    discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    discriminator.set_weights([np.ones((2, 1)), np.zeros(1)])
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=2, seed=0)
    gan.compile(**EAGERLY)
    monitor = watch(points + 10, patience=1)
    with pytest.warns(UserWarning, match="Epoch 1: discriminator won.*certain of 100 %"):
        fit(gan, points + 10, monitor)
    assert monitor.history[0].saturation == 1


def test_a_healthy_training_has_no_alarm_and_the_true_gradients(make_healthy, points):
    gan, monitor = make_healthy(), watch(points, warmup=0, patience=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = fit(gan, points, monitor, epochs=3).history
    assert monitor.alarms == []
    # Sixty samples in 25 bins, from a slightly changed copy of the same normal distribution.
    assert all(0.7 < signals.diversity < 1.3 for signals in monitor.history)
    assert math.isnan(history["drift"][0]) and history["drift"][1] < 0.3
    with tf.GradientTape() as tape:
        logits = gan.discriminator(gan.generator(latent.sample(64, 2, seed=0)))
        # The non-saturating loss: -log sigmoid.
        loss = tf.reduce_mean(tf.nn.softplus(-logits))
    gradients = tape.gradient(loss, gan.generator.trainable_variables)
    norm = math.sqrt(sum(float(tf.reduce_sum(g**2)) for g in gradients))
    np.testing.assert_allclose(monitor.history[-1].generator_gradient, norm, rtol=1e-4)


def test_losses_of_pairs_get_as_many_samples_as_real_images(make_gan, real):
    gan = make_gan(loss="relativistic_pairing")
    monitor = CollapseMonitor(real[:50])
    fit(gan, real, monitor)
    assert 0 < monitor.history[0].generator_gradient < math.inf


def test_a_failure_that_returns_warns_again(make_healthy, points):
    gan, monitor = make_healthy(), watch(points, patience=1)
    healthy = gan.discriminator.get_weights()

    class Alternate(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            for variable in gan.optimizer.variables:
                variable.assign(ops.zeros_like(variable))
            kernel = np.eye(2) if epoch == 2 else np.full((2, 2), np.nan)
            gan.generator.set_weights([kernel, np.zeros(2)])
            gan.discriminator.set_weights(healthy)

    with pytest.warns(UserWarning) as caught:
        fit(gan, points, monitor, Alternate(), epochs=4)
    assert monitor.alarms == [(1, "generator dead"), (4, "generator dead")]
    assert len(messages(caught)) == 2


# ---- what is done


def test_stop_ends_the_training(make_small, real):
    with pytest.warns(UserWarning, match="Training ends"):
        history = fit(make_small(OneOfFive()), real, watch(real, stop=True), epochs=5)
    assert len(history.epoch) == 1


def test_the_last_healthy_state_is_restored(make_healthy, points, tmp_path):
    path = tmp_path / "deep" / "healthy.keras"
    gan, before, after = make_healthy(), Record(), Record()
    monitor = watch(points, restore=path, patience=2)
    with pytest.warns(UserWarning, match="Epoch 4: generator dead.*Restored the last healthy"):
        fit(gan, points, Spoil([3]), before, monitor, after, epochs=5)
    assert monitor.alarms == [(4, "generator dead")]
    assert np.isnan(before.states[3][0]).all()
    # A state that fails is never kept, not even before patience ends.
    assert_same(after.states[3], before.states[1])
    assert_same(after.clocks[3], before.clocks[3])
    saved = keras.models.load_model(path)
    assert_same(saved.generator.get_weights(), after.states[4][:2])
    assert [each.name for each in path.parent.iterdir()] == ["healthy.keras"]
    # New noise makes the next epoch differ from epoch 3. It is not compared with the failure.
    assert len({tuple(clock[1]) for clock in after.clocks}) == 5
    plain = Record()
    fit(make_healthy(), points, plain, epochs=3)
    assert 0 < np.abs(after.states[4][0] - plain.states[2][0]).max() < 0.1
    assert math.isnan(monitor.history[4].drift)


def test_max_restores_ends_the_training(make_healthy, points, tmp_path):
    monitor = watch(points, restore=tmp_path / "healthy.keras", max_restores=2, patience=1)
    with pytest.warns(UserWarning) as caught:
        history = fit(make_healthy(), points, Spoil(range(2, 99)), monitor, epochs=9)
    assert monitor.alarms == [(epoch, "generator dead") for epoch in (2, 3, 4)]
    first, second, third = messages(caught)
    assert "(1 of at most 2 restores)" in first and "(2 of at most 2 restores)" in second
    assert "Training ends" in third
    assert len(history.epoch) == 4


def test_without_a_healthy_state_training_ends(make_small, real, tmp_path):
    monitor = watch(real, restore=tmp_path / "healthy.keras")
    with pytest.warns(UserWarning, match="Training ends"):
        history = fit(make_small(OneOfFive()), real, monitor, epochs=4)
    assert len(history.epoch) == 1
    assert not (tmp_path / "healthy.keras").exists()


# ---- what is unchanged


@pytest.mark.parametrize("more", [{}, {"restore": "healthy.keras"}])
def test_training_is_unchanged(make_gan, real, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    plain, watched = make_gan(ema=0.9), make_gan(ema=0.9)
    without = fit(plain, real, epochs=2).history
    history = fit(watched, real, watch(real, **more), epochs=2).history
    assert_same(state(watched), state(plain))
    assert {name: history[name] for name in without} == without


def test_in_mixed_precision(make_gan, real):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        gan = make_gan()
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
    with pytest.warns(UserWarning, match="Restored the last"):
        fit(gan, points, Spoil([2]), monitor, epochs=3)
    assert monitor.alarms == [(2, "generator dead")]
    assert np.isfinite(gan.generate(5, seed=0)).all()


# ---- labels


@pytest.mark.parametrize("ema", [None, 0.9])
def test_a_conditional_gan_gets_fixed_labels(make_conditional, points, ema):
    labels = np.arange(100) % 3
    gan, monitor = make_conditional(ema=ema), watch((points, labels))
    dataset = tf.data.Dataset.from_tensor_slices((points, labels)).batch(50)
    gan.fit(dataset, verbose=0, callbacks=[monitor])
    chosen = np.sort(np.random.default_rng(0).permutation(100)[:60])
    chosen = np.append(chosen, chosen[:4])
    noise, fake_labels = latent.sample(64, 2, seed=0), latent.sample_labels(64, 3, seed=0)
    noise, fake_labels, chosen_points, chosen_labels = map(
        tf.constant, (noise, fake_labels, points[chosen], labels[chosen])
    )
    with tf.GradientTape(persistent=True) as tape:
        real_logits = gan.discriminator([chosen_points, chosen_labels])
        fake_logits = gan.discriminator([gan.generator([noise, fake_labels]), fake_labels])
        losses = (
            tf.reduce_mean(tf.nn.softplus(-fake_logits)),
            tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)),
        )
    norms = [
        tf.linalg.global_norm(tape.gradient(loss, network.trainable_variables))
        for loss, network in zip(losses, (gan.generator, gan.discriminator), strict=True)
    ]
    signals = monitor.history[0]
    found = signals.generator_gradient, signals.discriminator_gradient
    np.testing.assert_allclose(found, norms, rtol=1e-4)


@pytest.mark.parametrize("labels", [None, np.arange(100)], ids=["none", "out of range"])
def test_a_conditional_gan_needs_labels_of_its_classes(make_conditional, points, labels):
    real = points if labels is None else (points, labels)
    monitor = watch(real)
    monitor.set_model(make_conditional())
    with pytest.raises(InvalidArgument, match="`(real|labels)` must .*Received: "):
        monitor.on_train_begin()


# ---- resuming and arguments


def test_epochs_before_a_resumption_count_as_healthy(make_small, real):
    monitor = watch(real, warmup=2, patience=2)
    with pytest.warns(UserWarning, match="Epoch 6: mode collapse"):
        fit(make_small(Grey()), real, monitor, initial_epoch=4, epochs=6)
    assert monitor.alarms == [(6, "mode collapse")]


def test_the_log_resumes_a_training_as_if_it_had_not_stopped(make_small, real, tmp_path):
    def run(*spans):
        gan = make_small(Grey())
        path = tmp_path / f"{len(spans)}.jsonl"
        alarms = []
        for begin, end in spans:
            monitor = watch(real, warmup=1, patience=2, log_path=path)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit(gan, real, monitor, initial_epoch=begin, epochs=end)
            alarms += monitor.alarms
        return alarms, [json.loads(line) for line in path.read_text().splitlines()]

    whole, parts = run((0, 4)), run((0, 2), (2, 4))
    assert parts == whole
    assert whole[0] == [(3, "mode collapse")]
    assert [record["epoch"] for record in whole[1]] == [1, 2, 3, 4]


def test_the_log_keeps_infinite_gradients(make_gan, real, tmp_path):
    gan = make_gan()
    gan.generator.set_weights([np.full_like(w, np.nan) for w in gan.generator.get_weights()])
    alarms = []
    for begin, end in ((0, 1), (1, 2)):
        monitor = watch(real, patience=2, log_path=tmp_path / "signals.jsonl")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit(gan, real, monitor, initial_epoch=begin, epochs=end)
        alarms += monitor.alarms
    assert alarms == [(2, "generator dead")]


def test_real_images_are_extracted_once_and_checkpoints_read_the_signals(
    make_healthy, points, tmp_path
):
    class Counting(metrics.Pixels):
        num = 0

        def call(self, images):
            self.num += 1
            return super().call(images)

    extractor = Counting()
    gan, monitor = make_healthy(), watch(points, extractor=extractor)
    checkpoint = RunCheckpoint(tmp_path, monitor="diversity", mode="max")
    history = fit(gan, points, monitor, checkpoint, epochs=2).history
    assert checkpoint.best["value"] == max(history["diversity"])
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
    with pytest.raises(InvalidArgument, match=f"`{name}`.*Received"):
        CollapseMonitor(points, **arguments)


@pytest.mark.parametrize("num, same", [(49, False), (100, True)], ids=["few", "identical"])
def test_too_few_or_too_similar_real_images_are_refused(num, same):
    random = np.random.default_rng(0).uniform(-1, 1, (num, *IMAGE_SHAPE))
    with pytest.raises(InvalidArgument, match="`real`.*Received"):
        CollapseMonitor(np.zeros_like(random) if same else random).prepare()
