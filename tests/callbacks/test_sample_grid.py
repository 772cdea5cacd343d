"""`SampleGrid`: which files, from the same noise, and in the output of a notebook."""

import sys
import types
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
from conftest import LATENT_DIM, assert_same, state
from PIL import Image

from tfgan_kit import latent, media
from tfgan_kit.callbacks import SampleGrid
from tfgan_kit.callbacks.sample_grid import most_frequent


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

    sizes = {"image_shape": (1, 2, 1), "latent_dim": LATENT_DIM, "step": tf.Variable(1)}
    return lambda num_classes: types.SimpleNamespace(
        num_classes=num_classes, sampling_generator=generate, **sizes
    )


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
def test_every_steps_and_an_unchanged_training(
    make_gan, real_images, tmp_path, steps_per_execution, steps
):
    watched, alone = (make_gan(steps_per_execution=steps_per_execution) for _ in range(2))
    grid = SampleGrid(tmp_path, num_images=1, every_steps=2)
    arguments = {"epochs": 2, "batch_size": 1, "shuffle": False}
    fit(watched, real_images[:5], grid, **arguments)
    expected = [f"epoch-{epoch:04d}-step-{step:08d}.png" for epoch, step in steps]
    assert names(tmp_path) == sorted([*expected, *(f"epoch-000{n}.png" for n in range(3))])
    # The end of an epoch sorts after the steps within it.
    assert names(tmp_path)[-1] == "epoch-0002.png"
    fit(alone, real_images[:5], **arguments)
    assert_same(state(watched), state(alone))


def test_a_trained_model_writes_no_epoch_0(make_gan, real_images, tmp_path):
    gan, grid = make_gan(), SampleGrid(tmp_path, every_steps=1, every_epochs=3)
    fit(gan, real_images, epochs=1)
    fit(gan, real_images, grid, initial_epoch=1, epochs=3)
    steps = ["epoch-0002-step-00000002.png", "epoch-0003-step-00000003.png"]
    assert names(tmp_path) == [*steps, "epoch-0003.png"]


@pytest.mark.parametrize(
    ("num_classes", "given", "labels"),
    [
        (2, {"num_images": 8}, [[0, 0, 0, 0], [1, 1, 1, 1]]),  # A row for each class ...
        (4, {"num_images": 8}, [[0, 1, 2, 3], [0, 1, 2, 3]]),  # ... or a column, if that is wider.
        (8, {"num_images": 8}, [[0, 1, 2, 3, 4, 5, 6, 7]]),
        # 8 is not a multiple: the square grid, in turn.
        (3, {"num_images": 8}, [[0, 1, 2], [0, 1, 2], [0, 1]]),
        (9, {"num_images": 8}, [[0, 1, 2], [3, 4, 5], [6, 7]]),
        (9, {"num_images": 6, "classes": [8, 4]}, [[8] * 3, [4] * 3]),
        # Without a number each class has a row.
        (2, {}, [[0] * 16, [1] * 16]),
        (5, {}, [[label] * 8 for label in range(5)]),
        (17, {}, [[label] * 8 for label in range(16)]),
        (17, {"classes": [16, 3, 5, 9]}, [[label] * 8 for label in (16, 3, 5, 9)]),
    ],
)
def test_labels_are_fixed_and_arranged_by_class(model, tmp_path, num_classes, given, labels):
    begin(SampleGrid(tmp_path, min_side=1, **given), model(num_classes)).write("a")
    shown = pixels(tmp_path / "a.png")[2:, 2:]
    num = sum(map(len, labels))
    noise = media.to_uint8(latent.sample(num, LATENT_DIM, seed=0)[:, 0] / 8)
    assert shown.shape[:2] == (3 * len(labels), 4 * len(labels[0]))
    for index, value in enumerate(noise):
        row, column = divmod(index, len(labels[0]))
        expected = [value, media.to_uint8(labels[row][column] / 9)]
        np.testing.assert_array_equal(shown[3 * row, 4 * column : 4 * column + 2], expected)


@pytest.mark.parametrize("classes", [[3], [], [0.5]])
def test_classes_that_a_gan_has_not_are_refused(model, tmp_path, classes):
    with pytest.raises(ValueError, match="`classes` must be (integer )?class numbers"):
        begin(SampleGrid(tmp_path, classes=classes), model(3))


@pytest.mark.parametrize(
    ("shares", "shown"),
    [
        ([0.2, 0.0, 0.8], [0, 2]),
        ([0.05] * 20, list(range(16))),  # Of equal ones the first.
        ([0.01] * 5 + [0.06] * 15 + [0.05], list(range(5, 21))),
        ([0, 0.01] + [0.06] * 15 + [0.05], list(range(2, 18))),
    ],
)
def test_the_most_frequent_classes_are_shown(shares, shown):
    assert most_frequent(shares) == shown


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


def test_show_can_be_turned_off_and_is_off_in_a_terminal(model, tmp_path, notebook, monkeypatch):
    begin(SampleGrid(tmp_path, show=False), model(2)).write("a")
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
def test_only_grey_and_rgb_images_are_accepted(model, tmp_path, shape):
    gan = model(num_classes=2)
    gan.image_shape = (8, 8, 3)
    begin(SampleGrid(tmp_path), gan)
    gan.image_shape = shape
    with pytest.raises(ValueError, match=r"needs a GAN of images .*Received: a GAN whose"):
        begin(SampleGrid(tmp_path), gan)
    assert names(tmp_path) == []
