"""`CollapseMonitor`: deliberate failures are named, and undone if asked."""

import dataclasses
import json
import math
import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import IMAGE_SHAPE, LATENT_DIM, assert_same, state, two_replicas
from keras import layers, ops

import tfgan_kit
from tfgan_kit import data, latent, media, metrics, models
from tfgan_kit.callbacks import CollapseMonitor, RunCheckpoint
from tfgan_kit.training import precision
from tfgan_kit.utils.errors import InvalidArgument

FIVE = np.random.default_rng(5).uniform(-0.9, 0.9, (5, 64)).astype("float32")
SIGNALS = {field.name for field in dataclasses.fields(metrics.Signals)}
UNCONDITIONAL = SIGNALS - {"lowest_class_diversity"}
EAGERLY = {"run_eagerly": True, "generator_optimizer": "sgd", "discriminator_optimizer": "sgd"}


class Fixed(layers.Layer):
    """One of few fixed images, times a learned scale."""

    def __init__(self, images, scale):
        super().__init__()
        self.images, self.initial_scale = images, scale

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer=self.initial_scale)

    def call(self, noise):
        num = len(self.images)
        chosen = ops.one_hot(ops.argmax(noise[:, :num], axis=-1), num)
        return ops.reshape(chosen @ self.images, (-1, *IMAGE_SHAPE)) * self.scale


def one_of_five():
    return Fixed(FIVE, "ones")


def grey():
    return Fixed(np.ones((1, 64), "float32"), "zeros")


@pytest.fixture
def real():
    """More than the minimum of 50."""
    return np.random.default_rng(0).uniform(-1, 1, (60, *IMAGE_SHAPE)).astype("float32")


@pytest.fixture
def in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(100, 2)).astype("float32")


def make_small(layer, *hidden, shape=IMAGE_SHAPE, latent_dim=LATENT_DIM, **compile_arguments):
    """A minimal GAN around a layer from noise to images or points."""
    keras.utils.set_random_seed(1)
    generator = keras.Sequential([keras.Input((latent_dim,)), layer])
    hidden = [layers.Flatten(), *hidden, layers.Dense(1)]
    discriminator = keras.Sequential([keras.Input(shape), *hidden])
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=latent_dim, seed=0)
    gan.compile(**{**EAGERLY, **compile_arguments})
    return gan


def make_healthy(**compile_arguments):
    """Its points are normal from the first step, and it learns too slowly to change them."""
    slow = {"generator_optimizer": "adam", "discriminator_optimizer": "adam"}
    hidden = layers.Dense(4, activation="tanh")
    arguments = {"shape": (2,), "latent_dim": 2, **slow, **compile_arguments}
    gan = make_small(layers.Dense(2), hidden, **arguments)
    gan.generator.set_weights([np.eye(2), np.zeros(2)])
    return gan


def fill(network, value):
    network.set_weights([np.full_like(w, value) for w in network.get_weights()])


def messages(caught):
    """The monitor's warnings; Keras has warnings of its own when it saves."""
    return [str(each.message) for each in caught if str(each.message).startswith("Epoch ")]


class Spoil(keras.callbacks.Callback):
    """Breaks the generator at the beginning of these epochs, counted from 1."""

    def __init__(self, epochs, value=math.nan):
        super().__init__()
        self.epochs, self.value = epochs, value

    def on_epoch_begin(self, epoch, logs=None):
        if epoch + 1 in self.epochs:
            fill(self.model.generator, self.value)


class Record(keras.callbacks.Callback):
    """The state at the end of each epoch."""

    def on_train_begin(self, logs=None):
        self.states, self.clocks = [], []

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


def test_five_images_are_a_collapse_after_one_epoch(real):
    monitor = watch(real)
    with pytest.warns(UserWarning, match="Epoch 1: mode collapse.*repeated") as caught:
        history = fit(make_small(one_of_five()), real, monitor, epochs=2).history
    assert monitor.alarms == [(1, "mode collapse")]
    assert len(messages(caught)) == 1, "a failure warns once"
    assert history["repeated_share"] == [1, 1] and len(monitor.history) == 2
    assert SIGNALS & set(history) == UNCONDITIONAL
    # Five images in 25 bins at most.
    assert history["effective_bins"][0] < 0.4


def test_one_grey_is_a_collapse_after_warm_up_and_patience(real):
    monitor = watch(real, warmup=1, patience=2)
    with pytest.warns(UserWarning, match="Epoch 3: mode collapse"):
        fit(make_small(grey()), real, monitor, epochs=4)
    assert monitor.alarms == [(3, "mode collapse")]
    assert all(signals.diversity < 0.01 for signals in monitor.history)


@pytest.mark.parametrize("which", ["generator", "discriminator"])
def test_nan_weights_are_a_dead_generator(make_gan, real, which):
    gan = make_gan()
    fill(getattr(gan, which), np.nan)
    monitor = watch(real, patience=1)
    with pytest.warns(UserWarning, match="Epoch 1: .*generator dead"):
        fit(gan, real, monitor)
    assert monitor.alarms == [(1, "generator dead")]
    assert monitor.history[-1].generator_gradient == math.inf


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e30])
def test_points_that_diverge_are_a_dead_generator(points, value):
    monitor = watch(points, patience=1)
    with pytest.warns(UserWarning, match="generator dead"):
        fit(make_healthy(), points, monitor, Spoil([1], value))
    assert monitor.alarms == [(1, "generator dead")]


def test_a_zero_gradient_is_a_dead_generator(points):
    gan = make_healthy(generator_optimizer="sgd", discriminator_optimizer="sgd")
    fill(gan.discriminator, 0)
    gan.discriminator.trainable = False
    gan.compile(run_eagerly=True)
    monitor = watch(points, patience=1)
    with pytest.warns(UserWarning, match="generator dead"):
        fit(gan, points, monitor)
    assert monitor.history[0].generator_gradient == 0
    assert monitor.history[0].discriminator_gradient == 0, "there is nothing to train"


def test_a_certain_discriminator_has_won(points):
    """Real points are near 10, samples near -10, and the logit is their sum."""
    gan = make_small(layers.Dense(2), shape=(2,), latent_dim=2)
    gan.generator.set_weights([0.3 * np.eye(2), np.full(2, -10.0)])
    gan.discriminator.set_weights([np.ones((2, 1)), np.zeros(1)])
    monitor = watch(points + 10, patience=1)
    with pytest.warns(UserWarning, match="Epoch 1: discriminator won.*certain of 100 %"):
        fit(gan, points + 10, monitor)
    assert monitor.history[0].saturation == 1


def test_a_healthy_training_has_no_alarm(points):
    monitor = watch(points, warmup=0, patience=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = fit(make_healthy(), points, monitor, epochs=3).history
    assert monitor.alarms == []
    # Sixty samples in 25 bins, from a slightly changed copy of the same normal distribution.
    assert all(0.7 < signals.diversity < 1.3 for signals in monitor.history)
    assert math.isnan(history["drift"][0]) and history["drift"][1] < 0.3


@pytest.mark.parametrize(
    "policy, arguments",
    # Losses of pairs get as many samples as real images.
    [("float32", {"loss": "relativistic_pairing"}), ("mixed_bfloat16", {})],
)
def test_gradients_of_pairs_and_in_mixed_precision(make_gan, real, policy, arguments):
    with precision.scope(policy):
        gan = make_gan(**arguments)
    monitor = CollapseMonitor(real[:50])
    fit(gan, real, monitor)
    assert 0 < monitor.history[0].generator_gradient < math.inf


def test_a_failure_that_returns_warns_again(points):
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
    told = [message.partition(" (")[0] for message in messages(caught)]
    assert told == [
        *("Epoch 1: generator dead", "Epoch 3: generator dead has passed."),
        "Epoch 4: generator dead",
    ]


# ---- what is done


@pytest.mark.parametrize("arguments", [{"stop": True}, {"restore": "healthy.keras"}], ids=str)
def test_stop_or_no_healthy_state_ends_the_training(real, in_tmp_path, arguments):
    with pytest.warns(UserWarning, match="Training ends"):
        history = fit(make_small(one_of_five()), real, watch(real, **arguments), epochs=4)
    assert len(history.epoch) == 1
    assert list(in_tmp_path.iterdir()) == []


def test_the_last_healthy_state_is_restored(points, tmp_path):
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


def test_max_restores_ends_the_training(points, tmp_path):
    monitor = watch(points, restore=tmp_path / "healthy.keras", max_restores=2, patience=1)
    with pytest.warns(UserWarning) as caught:
        history = fit(make_healthy(), points, Spoil(range(2, 99)), monitor, epochs=9)
    assert monitor.alarms == [(epoch, "generator dead") for epoch in (2, 3, 4)]
    first, second, third = messages(caught)
    assert "(1 of at most 2 restores)" in first and "(2 of at most 2 restores)" in second
    assert "Training ends" in third
    assert len(history.epoch) == 4


# ---- what is unchanged


@pytest.mark.parametrize("more", [{}, {"restore": "healthy.keras"}])
def test_training_is_unchanged(make_gan, real, in_tmp_path, more):
    plain, watched = make_gan(ema=0.9), make_gan(ema=0.9)
    without = fit(plain, real, epochs=2).history
    history = fit(watched, real, watch(real, **more), epochs=2).history
    assert_same(state(watched), state(plain))
    assert {name: history[name] for name in without} == without


@pytest.mark.slow
def test_on_two_replicas(points, tmp_path):
    with two_replicas().scope():
        gan = make_healthy(run_eagerly=False)
    monitor = watch(points, restore=tmp_path / "healthy.keras", patience=1)
    with pytest.warns(UserWarning, match="Restored the last"):
        fit(gan, points, Spoil([2]), monitor, epochs=3)
    assert monitor.alarms == [(2, "generator dead")]
    assert np.isfinite(gan.generate(5, seed=0)).all()


# ---- labels


@pytest.fixture
def pictures():
    """Images that uint8 holds exactly."""
    pixels = np.random.default_rng(0).integers(0, 256, (100, *IMAGE_SHAPE))
    return media.to_float(pixels)


@pytest.mark.parametrize("ema", [None, 0.9])
def test_a_conditional_gan_gets_fixed_labels(make_conditional_gan, pictures, ema):
    labels = np.arange(100) % 3
    gan, monitor = make_conditional_gan(ema=ema, **EAGERLY), watch((pictures, labels))
    dataset = tf.data.Dataset.from_tensor_slices((pictures, labels)).batch(50)
    gan.fit(dataset, verbose=0, callbacks=[monitor])
    chosen = np.sort(np.random.default_rng(0).permutation(100)[:60])
    chosen = np.append(chosen, chosen[:4])
    noise = tf.constant(latent.sample(64, LATENT_DIM, seed=0))
    fake_labels = tf.constant(latent.sample_labels(64, 3, seed=0))
    with tf.GradientTape(persistent=True) as tape:
        real_logits = gan.discriminator([pictures[chosen], labels[chosen]])
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
def test_a_conditional_gan_needs_labels_of_its_classes(make_conditional_gan, pictures, labels):
    monitor = watch(pictures if labels is None else (pictures, labels))
    monitor.set_model(make_conditional_gan())
    with pytest.raises(InvalidArgument, match="`(real|labels)` must .*Received: "):
        monitor.on_train_begin()


# ---- collapse within a class


class OfClass(layers.Layer):
    """Points around a center for each class, with a spread for each class."""

    def __init__(self, spreads):
        super().__init__()
        self.spreads = np.float32(spreads)

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, noise, labels):
        spread = ops.take(self.spreads, labels)[:, None]
        return self.scale * (ops.cast(10 * labels, "float32")[:, None] + spread * noise)


def make_classes(spreads):
    """A conditional GAN of points, which hardly learns."""
    noise, label = keras.Input((2,)), keras.Input((), dtype="int32")
    generator = keras.Model([noise, label], OfClass(spreads)(noise, label))
    points, of = keras.Input((2,)), keras.Input((), dtype="int32")
    beside = layers.Concatenate()([points, layers.Embedding(len(spreads), 2)(of)])
    discriminator = keras.Model([points, of], layers.Dense(1)(beside))
    gan = tfgan_kit.GAN(generator, discriminator, latent_dim=2, num_classes=len(spreads), seed=0)
    slow = keras.optimizers.SGD(1e-7), keras.optimizers.SGD(1e-7)
    gan.compile(*slow, run_eagerly=True)
    return gan


def of_classes(num_classes, num=300):
    """Points of as many classes, the last of which is rare."""
    random, labels = np.random.default_rng(0), np.arange(num) % num_classes
    labels[(labels == num_classes - 1) & (np.arange(num) > num // 2)] = 0
    points = random.normal(size=(num, 2)) + 10 * labels[:, None]
    return points.astype("float32"), labels


@pytest.mark.parametrize(
    "spreads, names, words",
    [
        ([1.0] * 10, [], ""),
        ([0.7] * 10, [], ""),
        (
            [1.0] * 3 + [0.0] + [1.0] * 6,
            ["mode collapse within a class"],
            r"within class 3 down to",
        ),
        (
            [0.0] * 10,
            ["mode collapse", "mode collapse within a class"],
            "within the classes on average, class 0, class 1, .*class 7.* down to 0.00",
        ),
        ([0.05] * 10, ["mode collapse within a class"], "within the classes on average, class 0"),
        # Too few images of each class to look at one.
        ([1.0] * 100, [], ""),
        ([0.05] * 100, ["mode collapse within a class"], "within the classes on average down to"),
    ],
    ids=["sound", "fair", "one class", "one picture each", "little", "100 sound", "100 little"],
)
def test_collapse_within_a_class_is_named_with_the_class(spreads, names, words):
    real = of_classes(len(spreads))
    monitor, gan = (
        CollapseMonitor(real, num_samples=128, warmup=1, patience=2),
        make_classes(spreads),
    )
    dataset = tf.data.Dataset.from_tensor_slices(real).batch(300)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = gan.fit(dataset, epochs=4, verbose=0, callbacks=[monitor]).history
    assert sorted({name for _, name in monitor.alarms}) == names
    assert dict(monitor.alarms[::-1]).get(3) == (names[-1] if names else None)
    assert set(history) >= SIGNALS
    if names:
        (told,) = (each for each in messages(caught) if "within a class" in each)
        assert re.search(f"Epoch 3: .*{words}", told) and "training without labels" in told


class Named:
    """A source of points with names of classes."""

    def __init__(self, points, labels):
        self.points, self.labels = points, labels
        self.class_names = ["cat", "dog", "emu"]

    def __len__(self):
        return len(self.points)

    def read(self, indices):
        return self.points[indices]


def test_the_name_of_a_class_is_told_and_the_log_resumes_it(tmp_path):
    real, path = Named(*of_classes(3)), tmp_path / "collapse.jsonl"
    dataset = tf.data.Dataset.from_tensor_slices((real.points, real.labels)).batch(300)
    for begin, end in ((0, 2), (2, 4)):
        monitor = watch(real, log_path=path, warmup=1, patience=2, num_samples=128)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            gan = make_classes([1, 0, 1])
            gan.fit(dataset, initial_epoch=begin, epochs=end, verbose=0, callbacks=[monitor])
    assert monitor.alarms == [(3, "mode collapse within a class")]
    assert "within class dog down to 0.00" in messages(caught)[0]
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["lowest_class_diversity"] for record in records] == [0] * 4
    assert [record["narrowest_class"] for record in records] == [1] * 4
    # A log of an earlier version lacks it; those epochs are not failures.
    for record in records:
        del record["lowest_class_diversity"]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    monitor = watch(real, log_path=path, warmup=1, patience=2, num_samples=128, stop=True)
    with pytest.warns(UserWarning, match="Epoch 6: mode collapse within .* Training ends"):
        make_classes([1, 0, 1]).fit(
            dataset, initial_epoch=4, epochs=9, verbose=0, callbacks=[monitor]
        )
    assert len(monitor.history) == 6 and math.isnan(monitor.history[3].lowest_class_diversity)


# ---- resuming and arguments


def resume(gan, real, path, *spans, **arguments):
    """The alarms of trainings that resume from the same log."""
    alarms = []
    for begin, end in spans:
        monitor = watch(real, log_path=path, patience=2, **arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit(gan, real, monitor, initial_epoch=begin, epochs=end)
        alarms += monitor.alarms
    return alarms


def test_the_log_resumes_a_training_as_if_it_had_not_stopped(real, tmp_path):
    whole, parts = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    for path, spans in ((whole, [(0, 4)]), (parts, [(0, 2), (2, 4)])):
        alarms = resume(make_small(grey()), real, path, *spans, warmup=1)
        assert alarms == [(3, "mode collapse")]
    assert parts.read_text() == whole.read_text()
    records = [json.loads(line) for line in whole.read_text().splitlines()]
    assert [record["epoch"] for record in records] == [1, 2, 3, 4]
    # Epochs before a resumption without the log count as healthy.
    alarms = resume(make_small(grey()), real, tmp_path / "new.jsonl", (4, 6), warmup=2)
    assert alarms == [(6, "mode collapse")]


def test_the_log_keeps_infinite_gradients(make_gan, real, tmp_path):
    gan = make_gan()
    fill(gan.generator, np.nan)
    alarms = resume(gan, real, tmp_path / "signals.jsonl", (0, 1), (1, 2))
    assert alarms == [(2, "generator dead")]


def test_real_images_are_extracted_once_and_checkpoints_read_the_signals(
    points, tmp_path, counting
):
    gan, monitor = make_healthy(), watch(points, extractor=counting)
    checkpoint = RunCheckpoint(tmp_path, monitor="diversity", mode="max")
    history = fit(gan, points, monitor, checkpoint, epochs=2).history
    assert checkpoint.best["value"] == max(history["diversity"])
    fit(gan, points, monitor)
    assert len(counting.sizes) == 1 + 3


@pytest.mark.parametrize("num, same", [(49, False), (100, True)], ids=["few", "identical"])
def test_too_few_or_too_similar_real_images_are_refused(num, same):
    random = np.random.default_rng(0).uniform(-1, 1, (num, *IMAGE_SHAPE))
    with pytest.raises(InvalidArgument, match="`real`.*Received"):
        CollapseMonitor(np.zeros_like(random) if same else random).prepare()


def test_a_gan_of_clusters_is_measured_with_the_clusters_of_its_images():
    source = data.open_source("digits")
    clusters = data.Clusters((np.arange(len(source)) % 3).astype("int32"))
    networks = models.dcgan(source.image_shape, latent_dim=4, width=2, num_classes=3)
    gan = tfgan_kit.GAN(*networks, clusters=clusters, seed=0)
    gan.compile()
    right = CollapseMonitor(source.relabelled(clusters.labels), num_samples=50)
    right.set_model(gan)
    right.on_train_begin()
    wrong = CollapseMonitor(source, num_samples=50)
    wrong.set_model(gan)
    with pytest.raises(ValueError, match="the 3 clusters as labels.* Received: a source of 10"):
        wrong.on_train_begin()
