"""`SampleGrid`: which files, from the same noise, and in the output of a notebook."""

import sys
import types
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import LATENT_DIM
from PIL import Image

import tfgan_kit
from tfgan_kit import latent, media
from tfgan_kit.callbacks import SampleGrid


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fit(gan, real_images, *callbacks, batch_size=40, **arguments):
    gan.fit(real_images, batch_size=batch_size, verbose=0, callbacks=callbacks, **arguments)


def begin(grid, gan):
    grid.set_model(gan)
    grid.on_train_begin()
    return grid


def pixels(path):
    with Image.open(path) as file:
        return np.asarray(file)


@pytest.fixture
def model():
    """What `SampleGrid` needs of a conditional GAN: images that show noise and label."""

    def generate(inputs, training):
        noise, labels = inputs
        assert not training and labels.dtype == "int32"
        return np.stack([noise[:, 0] / 8, labels / 9], axis=1).reshape(-1, 1, 2, 1)

    def make(num_classes):
        return types.SimpleNamespace(
            image_shape=(1, 2, 1),
            latent_dim=LATENT_DIM,
            num_classes=num_classes,
            step=tf.Variable(1),
            sampling_generator=generate,
        )

    return make


def test_one_file_before_training_and_one_per_epoch(make_gan, real_images, tmp_path):
    folder = tmp_path / "a" / "b"
    gan, grid = make_gan(), SampleGrid(folder, num_images=5, seed=3, min_side=100)
    fit(gan, real_images, grid, epochs=2)
    assert names(folder) == ["epoch-0000.png", "epoch-0001.png", "epoch-0002.png"]
    tiled = media.tile(
        media.to_uint8(latent.decode(gan.generator, latent.sample(5, LATENT_DIM, seed=3)))
    )
    expected = media.scale_up(tiled, 100)[..., 0]
    np.testing.assert_array_equal(pixels(folder / "epoch-0002.png"), expected)
    assert max(expected.shape) >= 100


@pytest.mark.parametrize(
    ("steps_per_execution", "steps"),
    # Five steps per epoch. Three at once end at 3, 5, 8 and 10, and skip multiples of two.
    [(1, [(1, 2), (1, 4), (2, 6), (2, 8), (2, 10)]), (3, [(1, 3), (1, 5), (2, 8), (2, 10)])],
)
def test_every_steps(make_gan, real_images, tmp_path, steps_per_execution, steps):
    gan = make_gan(steps_per_execution=steps_per_execution)
    grid = SampleGrid(tmp_path, num_images=1, every_steps=2)
    fit(gan, real_images[:5], grid, epochs=2, batch_size=1)
    expected = [f"epoch-{epoch:04d}-step-{step:08d}.png" for epoch, step in steps]
    assert names(tmp_path) == sorted([*expected, *(f"epoch-000{n}.png" for n in range(3))])
    # The end of an epoch sorts after the steps within it.
    assert names(tmp_path)[-1] == "epoch-0002.png"


def test_picture_depends_on_weights_and_seed_alone(make_gan, tmp_path):
    gan = make_gan()
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        begin(SampleGrid(tmp_path, seed=seed), gan).write(name)
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b != c


def test_training_is_unchanged(make_gan, real_images, tmp_path):
    data = real_images[:2]
    watched, alone = make_gan(), make_gan()
    arguments = {"epochs": 2, "shuffle": False, "batch_size": 1}
    fit(watched, data, SampleGrid(tmp_path, every_steps=1), **arguments)
    fit(alone, data, **arguments)
    for a, b in zip(watched.variables, alone.variables, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_trained_model_writes_no_epoch_0_and_epochs_can_be_left_out(
    make_gan, real_images, tmp_path
):
    gan = make_gan()
    fit(gan, real_images, epochs=1)
    grid = SampleGrid(tmp_path, every_steps=1, every_epochs=3)
    fit(gan, real_images, grid, initial_epoch=1, epochs=3)
    steps = ["epoch-0002-step-00000002.png", "epoch-0003-step-00000003.png"]
    assert names(tmp_path) == [*steps, "epoch-0003.png"]


def test_rgb(tmp_path):
    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 3), latent_dim=4), latent_dim=4, seed=0)
    begin(SampleGrid(tmp_path, num_images=4), gan)
    # Two images in a row, 2 pixels apart: 38 pixels, seven times.
    assert pixels(tmp_path / "epoch-0000.png").shape == (266, 266, 3)


@pytest.mark.parametrize(
    ("num_classes", "labels"),
    [
        (2, [[0, 0, 0, 0], [1, 1, 1, 1]]),  # A row for each class ...
        (4, [[0, 1, 2, 3], [0, 1, 2, 3]]),  # ... or a column, if that is wider.
        (8, [[0, 1, 2, 3, 4, 5, 6, 7]]),
        (3, [[0, 1, 2], [0, 1, 2], [0, 1]]),  # 8 is not a multiple: the square grid, in turn.
        (9, [[0, 1, 2], [3, 4, 5], [6, 7]]),
    ],
)
def test_labels_are_fixed_and_arranged_by_class(model, tmp_path, num_classes, labels):
    grid = SampleGrid(tmp_path, num_images=8, min_side=1)
    begin(grid, model(num_classes)).write("a")
    shown = pixels(tmp_path / "a.png")[2:, 2:]
    noise = media.to_uint8(latent.sample(8, LATENT_DIM, seed=0)[:, 0] / 8)
    assert shown.shape[:2] == (3 * len(labels), 4 * len(labels[0]))
    for index, value in enumerate(noise):
        row, column = divmod(index, len(labels[0]))
        expected = [value, media.to_uint8(labels[row][column] / 9)]
        np.testing.assert_array_equal(shown[3 * row, 4 * column : 4 * column + 2], expected)


@pytest.fixture
def notebook(monkeypatch):
    """What IPython would show: `(new or update, name)`."""
    ipython, calls = mock.MagicMock(), []
    ipython.display.Image = lambda filename: filename.name

    def display(picture, display_id):
        calls.append(("new", picture))
        return types.SimpleNamespace(update=lambda other: calls.append(("update", other)))

    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    return calls


def test_the_newest_grid_replaces_the_last_one_but_each_fit_has_its_own_output(
    make_gan, real_images, tmp_path, notebook
):
    gan, grid = make_gan(), SampleGrid(tmp_path)
    fit(gan, real_images, grid, epochs=1)
    assert notebook == [("new", "epoch-0000.png"), ("update", "epoch-0001.png")]
    notebook.clear()
    fit(gan, real_images, grid, initial_epoch=1, epochs=3)
    assert notebook == [("new", "epoch-0002.png"), ("update", "epoch-0003.png")]


def test_show_can_be_turned_off_and_is_off_in_a_terminal(make_gan, tmp_path, notebook, monkeypatch):
    begin(SampleGrid(tmp_path, show=False), make_gan())
    assert notebook == []
    # IPython in a terminal has no kernel; plain Python has no shell.
    for shell in (types.SimpleNamespace(), None):
        monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda shell=shell: shell)
        assert not SampleGrid(tmp_path).show
    assert SampleGrid(tmp_path, show=True).show


def test_real_ipython_accepts_the_picture(tmp_path):
    display = pytest.importorskip("IPython.display")
    media.write_image(tmp_path / "a.png", np.zeros((4, 4, 1), "uint8"))
    assert display.Image(filename=tmp_path / "a.png").data.startswith(b"\x89PNG")


@pytest.mark.parametrize("shape", [(2,), (8, 8, 2)])
def test_other_data_is_refused(tmp_path, shape):
    size = int(np.prod(shape))
    gan = tfgan_kit.GAN(
        keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(size), keras.layers.Reshape(shape)]
        ),
        keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)]),
        latent_dim=2,
        seed=0,
    )
    with pytest.raises(ValueError, match=r"needs a GAN of images .*Received: a GAN whose"):
        begin(SampleGrid(tmp_path), gan)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "wrong",
    [{"num_images": 0}, {"num_images": 2.5}, {"num_images": None}, {"every_epochs": 0}]
    + [{"every_epochs": None}, {"every_steps": 0}, {"every_steps": "1"}, {"seed": -1}],
)
def test_wrong_arguments_are_named(tmp_path, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        SampleGrid(tmp_path, **wrong)
