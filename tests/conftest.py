"""Small networks and quiet surroundings for every test."""

import dataclasses
import gc
import importlib.util
import io
import os
import shutil
import sys
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Each of the two processes that pytest runs in has a core of its own.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from rich.console import Console
from small_generators import save_plain_run, save_style_run

import tfgan_kit
from tfgan_kit import cli, models, recipes, runs
from tfgan_kit.training.state import named_state
from tfgan_kit.utils import progress

# Two logical processors, so that replicas can be tested; set before any tensor is made.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

LATENT_DIM = 6
IMAGE_SHAPE = (8, 8, 1)


def pytest_collection_finish():
    """What was imported stays for good, and need not be searched for garbage again."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def state(gan):
    """Every variable that training may change, as arrays."""
    variables = gan.variables + gan.optimizer.variables + gan.metrics_variables
    return [variable.numpy() for variable in variables]


def assert_same(first, second):
    assert len(first) == len(second) > 0
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def assert_resumes(gan, data, path):
    """Train, save and reload: both train on to the same bits. Returns the reloaded GAN."""
    gan.fit(data, verbose=0)
    gan.save(path)
    loaded = keras.models.load_model(path)
    for each in (gan, loaded):
        each.fit(data, verbose=0)
    assert_same(state(gan), state(loaded))
    assert_same(*([each.numpy() for each in named_state(it).values()] for it in (gan, loaded)))
    return loaded


def two_tapes(generator, discriminator, batches, noises, labels=None):
    """The tutorial's two-tape step, written from its description without the kit."""

    def inputs(data):
        return data if labels is None else [data, labels]

    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
    for images, noise in zip(batches, noises, strict=True):
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fakes = generator(inputs(noise), training=True)
            real = discriminator(inputs(images), training=True)
            fake = discriminator(inputs(fakes), training=True)
            gen_loss = entropy(tf.ones_like(fake), fake)
            disc_loss = entropy(tf.ones_like(real), real) + entropy(tf.zeros_like(fake), fake)
        for optimizer, tape, loss, network in (
            (optimizers[0], gen_tape, gen_loss, generator),
            (optimizers[1], disc_tape, disc_loss, discriminator),
        ):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))


def two_replicas():
    """A strategy over both; without collectives, whose keys a second strategy would use again."""
    return tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
    )


@pytest.fixture(autouse=True)
def seeds():
    keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def no_lines_by_time(monkeypatch):
    """How long the other tests took is no reason for a line of progress in this one."""
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", float("inf"))


@pytest.fixture(autouse=True)
def little_class_accuracy(monkeypatch):
    """The classifiers of each report of a conditional generator are trained for a moment only."""
    from tfgan_kit.evaluation import class_accuracy

    monkeypatch.setattr(class_accuracy, "STEPS", 3)


@pytest.fixture
def command_line(monkeypatch, capsys):
    """`tfgan-kit` in this process, which has TensorFlow already: returns (stdout, stderr)."""

    def call(*arguments, cwd, code=0):
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["tfgan-kit", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            cli.main()
        out = capsys.readouterr()
        assert (done.value.code or 0) == code, out.err
        return out

    return call


@pytest.fixture
def make_networks():
    def make(dropout=0.3, batch_normalization=True):
        generator = keras.Sequential(
            [keras.Input((LATENT_DIM,)), layers.Dense(4 * 4 * 8, use_bias=False)]
        )
        if batch_normalization:
            generator.add(layers.BatchNormalization())
        generator.add(layers.LeakyReLU())
        generator.add(layers.Reshape((4, 4, 8)))
        generator.add(layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"))
        discriminator = keras.Sequential(
            [
                keras.Input(IMAGE_SHAPE),
                layers.Conv2D(8, 4, strides=2, padding="same"),
                layers.LeakyReLU(),
                layers.Dropout(dropout),
                layers.Flatten(),
                layers.Dense(1),
            ]
        )
        return generator, discriminator

    return make


@pytest.fixture
def make_gan(make_networks):
    def make(seed=0, dropout=0.3, batch_normalization=True, **compile_arguments):
        keras.utils.set_random_seed(1)
        gan = tfgan_kit.GAN(
            *make_networks(dropout, batch_normalization), latent_dim=LATENT_DIM, seed=seed
        )
        gan.compile(**compile_arguments)
        return gan

    return make


NUM_CLASSES = 3


@pytest.fixture
def make_conditional_networks():
    """A class-conditional pair: an embedding beside the noise, a projection discriminator."""

    def make():
        noise, label = keras.Input((LATENT_DIM,), name="noise"), keras.Input((), dtype="int32")
        beside = layers.Concatenate()([noise, layers.Embedding(NUM_CLASSES, 4)(label)])
        hidden = layers.Reshape((4, 4, 8))(layers.Dense(128, activation="relu")(beside))
        images = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh")(hidden)
        generator = keras.Model([noise, label], images)

        image, label = keras.Input(IMAGE_SHAPE), keras.Input((), dtype="int32")
        hidden = layers.Conv2D(8, 4, strides=2, padding="same", activation="relu")(image)
        hidden = layers.Flatten()(hidden)
        projection = layers.Dot(1)([hidden, layers.Embedding(NUM_CLASSES, 128)(label)])
        logits = layers.Add()([layers.Dense(1)(hidden), projection])
        return generator, keras.Model([image, label], logits)

    return make


@pytest.fixture
def make_conditional_gan(make_conditional_networks):
    def make(seed=0, **compile_arguments):
        keras.utils.set_random_seed(1)
        networks = make_conditional_networks()
        gan = tfgan_kit.GAN(*networks, latent_dim=LATENT_DIM, seed=seed, num_classes=NUM_CLASSES)
        gan.compile(**compile_arguments)
        return gan

    return make


@pytest.fixture
def labelled():
    """Images of three grey levels, one for each class, with a little noise, and their labels."""
    rng = np.random.default_rng(0)
    labels = np.arange(48, dtype="int64") % NUM_CLASSES
    images = (labels[:, None, None, None] - 1) * 0.8 + rng.normal(0, 0.02, (48, *IMAGE_SHAPE))
    return images.astype("float32"), labels


@pytest.fixture
def real_images():
    return np.random.default_rng(0).uniform(-1, 1, (40, *IMAGE_SHAPE)).astype("float32")


@pytest.fixture
def image_file(tmp_path):
    """An .npz of 50 images of 16x16, as small as the DCGAN family takes."""
    path = tmp_path / "blobs.npz"
    pixels = np.random.default_rng(0).integers(0, 256, (50, 16, 16), dtype="uint8")
    np.savez(path, images=pixels)
    return path


@pytest.fixture
def torch_fidelity(monkeypatch):
    """Imports a module of torch-fidelity, or skips where it is not installed.

    Its package imports torchvision for its data sets and networks. The functions
    of features do without, so where torchvision is missing a stand-in will do.
    """
    if not all(importlib.util.find_spec(name) for name in ("torch", "torch_fidelity")):
        pytest.skip("needs torch and torch-fidelity")
    if importlib.util.find_spec("torchvision") is None:
        for name in ("", ".datasets", ".transforms", ".transforms.functional", ".models"):
            monkeypatch.setitem(sys.modules, f"torchvision{name}", mock.MagicMock())
    return lambda module: importlib.import_module(f"torch_fidelity.{module}")


@pytest.fixture(scope="session")
def shapes_file(tmp_path_factory):
    """An .npz of 240 labelled images of 16x16: bright squares, left or right."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 60, (240, 16, 16), dtype="uint8")
    labels = np.arange(240) % 2
    for image, label in zip(pixels, labels, strict=True):
        top, left = rng.integers(0, 10), rng.integers(0, 3) + 8 * label
        image[top : top + 6, left : left + 5] += 180
    path = tmp_path_factory.mktemp("shapes") / "shapes.npz"
    np.savez(path, images=pixels, labels=labels)
    return path


@pytest.fixture(scope="session")
def first_shapes_run(shapes_file, tmp_path_factory):
    """An unconditional run of two epochs on them; copy it before you change it."""
    default = runs.RunConfig().recipe
    # Narrow, and without a penalty, which takes as long to trace as the rest of the step.
    small = {"model_arguments": {**default.model_arguments, "width": 4}, "penalties": []}
    recipe = {**vars(default), "batch_size": 48, "latent_dim": 4, **small}
    settings = {"recipe": recipe, "epochs": 2, "conditional": False}
    config = runs.RunConfig(source=str(shapes_file), **settings)
    path = tmp_path_factory.mktemp("run") / "shapes-dcgan"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.training, "_plot", lambda run: None)
        return runs.start(runs.plan(config), path, console=Console(file=io.StringIO()))


@pytest.fixture
def shapes_run(first_shapes_run, tmp_path):
    shutil.copytree(first_shapes_run.path, tmp_path / "shapes-dcgan")
    return runs.Run(tmp_path / "shapes-dcgan")


def build_conditional(image_shape, latent_dim, num_classes):
    """Small networks of noise and labels."""
    noise, labels = keras.Input((latent_dim,)), keras.Input((), dtype="int32")
    x = layers.Concatenate()([noise, layers.Embedding(num_classes, 3)(labels)])
    x = layers.Reshape(image_shape)(layers.Dense(256, activation="tanh")(x))
    generator = keras.Model([noise, labels], x)
    images, labels = keras.Input(image_shape), keras.Input((), dtype="int32")
    x = [layers.Flatten()(images), layers.Embedding(num_classes, 256)(labels)]
    outputs = layers.Dense(1)(layers.Concatenate()(x))
    return generator, keras.Model([images, labels], outputs)


def register(patch):
    patch.setitem(models._FAMILIES, "conditional", build_conditional)
    changes = {"model": "conditional", "model_arguments": {}, "latent_dim": 4, "conditional": True}
    return dataclasses.replace(recipes.get("dcgan"), **changes)


@pytest.fixture
def conditional(monkeypatch):
    """A conditional recipe."""
    return register(monkeypatch)


@pytest.fixture(scope="session")
def conditional_run(shapes_file, tmp_path_factory):
    """A conditional run of one epoch."""
    path, console = tmp_path_factory.mktemp("run") / "conditional", Console(file=io.StringIO())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.training, "_plot", lambda run: None)
        settings = {"recipe": register(patch), "epochs": 1, "precision": "float32"}
        config = runs.RunConfig(source=str(shapes_file), **settings)
        return runs.start(runs.plan(config), path, console=console)


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory):
    """Where judges and features of the whole session are kept."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def quick_judge(monkeypatch):
    """Judges that are trained for a moment only."""
    from tfgan_kit.evaluation import reference

    train = reference.train_classifier
    monkeypatch.setattr(
        reference, "train_classifier", lambda *args, **kw: train(*args, steps=40, **kw)
    )


@pytest.fixture(scope="session")
def first_export(tmp_path_factory):
    """A small generator and the TFLite file of any batch that was made of it."""
    from tfgan_kit import export

    keras.utils.set_random_seed(1)
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(4 * 4 * 8),
            layers.LeakyReLU(),
            layers.Reshape((4, 4, 8)),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
        ]
    )
    path = tmp_path_factory.mktemp("export") / "generator.tflite"
    export.to_tflite(generator, path)
    return generator, path


@pytest.fixture(scope="session")
def generators(tmp_path_factory, first_export):
    """A folder with a run of styles and labels, a plain run, and an exported file."""
    path = tmp_path_factory.mktemp("generators")
    save_style_run(path / "styles")
    save_plain_run(path / "plain")
    shutil.copytree(first_export[1].parent, path / "export")
    return path


@pytest.fixture
def tflite_file(first_export, tmp_path):
    """That file with its manifest, to be damaged at will."""
    for path in first_export[1].parent.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path / first_export[1].name


@pytest.fixture
def unproven(monkeypatch):
    """Exports are not verified in a fresh process, for tests of what comes before or after."""
    from tfgan_kit import export
    from tfgan_kit.export import publishing
    from tfgan_kit.runtime.manifest import fingerprint

    def prove(exportable, file, path, quantize, frechet):
        size = sum(each["bytes"] for each in fingerprint(file).values())
        return export.Verification(str(path), 0.0, 0.0, 99.0, None, size, {}, {}, [])

    monkeypatch.setattr(publishing, "prove", prove)


@pytest.fixture(scope="session")
def npm():
    """The user's cache with LiteRT.js in it; skips where it is not and there is no network."""
    from tfgan_kit.export.web import litert_js
    from tfgan_kit.utils.errors import InvalidArgument
    from tfgan_kit.utils.files import cache_path

    try:
        litert_js()
    except InvalidArgument as error:
        pytest.skip(str(error))
    return cache_path()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; skips where there is none."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("needs chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()
