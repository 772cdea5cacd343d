"""`SampleGrid`: which files, from the same noise, and below the cell of a notebook."""

import functools
import sys
import types

import keras
import numpy as np
import pytest
from conftest import LATENT_DIM
from PIL import Image

import tfgan_kit
from tfgan_kit import latent
from tfgan_kit.callbacks import SampleGrid
from tfgan_kit.media import images


@pytest.fixture
def make_gan(make_gan):
    """Without graphs: a few steps take less time than to trace one."""
    return functools.partial(make_gan, run_eagerly=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fit(gan, real_images, *callbacks, batch_size=40, **arguments):
    gan.fit(real_images, batch_size=batch_size, verbose=0, callbacks=callbacks, **arguments)


def pixels(path):
    with Image.open(path) as file:
        return np.asarray(file)


def test_one_file_before_and_one_an_epoch(make_gan, real_images, tmp_path):
    fit(make_gan(), real_images, SampleGrid(tmp_path / "a" / "b"), epochs=2)
    assert names(tmp_path / "a" / "b") == ["epoch-0000.png", "epoch-0001.png", "epoch-0002.png"]


def test_every_epochs(make_gan, real_images, tmp_path):
    fit(make_gan(), real_images, SampleGrid(tmp_path, every_epochs=2), epochs=5)
    assert names(tmp_path) == ["epoch-0000.png", "epoch-0002.png", "epoch-0004.png"]


@pytest.mark.parametrize(
    ("steps_per_execution", "steps"),
    # Five steps an epoch. Three at once end at 3, 5, 8 and 10, past the multiples of two.
    [(1, [(1, 2), (1, 4), (2, 6), (2, 8), (2, 10)]), (3, [(1, 3), (1, 5), (2, 8), (2, 10)])],
)
def test_every_steps(make_gan, real_images, tmp_path, steps_per_execution, steps):
    gan = make_gan(steps_per_execution=steps_per_execution)
    fit(gan, real_images, SampleGrid(tmp_path, every_steps=2), epochs=2, batch_size=8)
    expected = [f"epoch-{epoch:04d}-step-{step:08d}.png" for epoch, step in steps]
    assert names(tmp_path) == sorted([*expected, *(f"epoch-000{n}.png" for n in range(3))])
    # The end of an epoch sorts after the steps within it.
    assert names(tmp_path)[-1] == "epoch-0002.png"


def test_picture_is_the_grid_of_the_fixed_noise(make_gan, real_images, tmp_path):
    gan = make_gan()
    grid = SampleGrid(tmp_path, num_images=5, seed=3, min_side=100)
    fit(gan, real_images, grid)
    noise = latent.sample(5, LATENT_DIM, seed=3)
    tiled = images.tile(images.to_uint8(latent.decode(gan.generator, noise)))
    expected = images.scale_up(tiled, 100)[..., 0]
    np.testing.assert_array_equal(pixels(tmp_path / "epoch-0001.png"), expected)
    assert max(expected.shape) >= 100


def test_same_weights_same_picture_and_other_seed_other(make_gan, real_images, tmp_path):
    gan = make_gan(generator_optimizer=keras.optimizers.SGD(0.0))
    # Batch statistics are weights as well: two looks at one model, without training between.
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        grid = SampleGrid(tmp_path, seed=seed)
        grid.set_model(gan)
        grid.on_train_begin()
        grid.write(name)
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b != c


def test_watching_does_not_change_training(make_gan, real_images, tmp_path):
    data = real_images[:32]
    watched, alone = make_gan(), make_gan()
    fit(watched, data, SampleGrid(tmp_path, every_steps=1), epochs=2, shuffle=False)
    fit(alone, data, epochs=2, shuffle=False)
    for a, b in zip(watched.variables, alone.variables, strict=True):
        np.testing.assert_array_equal(a, b)


def test_trained_model_writes_no_epoch_0(make_gan, real_images, tmp_path):
    gan = make_gan()
    fit(gan, real_images, epochs=1)
    fit(gan, real_images, SampleGrid(tmp_path, every_steps=1), initial_epoch=1, epochs=2)
    assert names(tmp_path) == ["epoch-0002-step-00000002.png", "epoch-0002.png"]


def test_rgb(tmp_path):
    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 3), latent_dim=4), latent_dim=4, seed=0)
    gan.compile()
    grid = SampleGrid(tmp_path, num_images=4)
    grid.set_model(gan)
    grid.on_train_begin()
    # Two images a row, 2 pixels apart: 38 pixels, seven times.
    assert pixels(tmp_path / "epoch-0000.png").shape == (266, 266, 3)


class FakeDisplay(types.ModuleType):
    """`IPython.display`, noting what would be shown."""

    def __init__(self):
        super().__init__("IPython.display")
        self.calls = []

    def Image(self, filename):  # noqa: N802
        return filename.name

    def display(self, picture, display_id):
        assert display_id is True
        self.calls.append(("new", picture))
        return types.SimpleNamespace(update=lambda other: self.calls.append(("update", other)))


@pytest.fixture
def notebook(monkeypatch):
    fake, ipython = FakeDisplay(), types.ModuleType("IPython")
    ipython.display = fake
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", fake)
    return fake


def test_newest_grid_replaces_the_last_one_below_the_cell(
    make_gan, real_images, tmp_path, notebook
):
    fit(make_gan(), real_images, SampleGrid(tmp_path), epochs=2)
    assert notebook.calls == [
        ("new", "epoch-0000.png"),
        ("update", "epoch-0001.png"),
        ("update", "epoch-0002.png"),
    ]


def test_another_fit_shows_below_its_own_cell(make_gan, real_images, tmp_path, notebook):
    gan, grid = make_gan(), SampleGrid(tmp_path)
    fit(gan, real_images, grid, epochs=1)
    notebook.calls.clear()
    fit(gan, real_images, grid, initial_epoch=1, epochs=3)
    assert notebook.calls == [("new", "epoch-0002.png"), ("update", "epoch-0003.png")]


def test_show_can_be_forced_off_and_is_off_in_a_terminal(
    make_gan, real_images, tmp_path, notebook, monkeypatch
):
    fit(make_gan(), real_images, SampleGrid(tmp_path, show=False))
    assert notebook.calls == []
    # IPython in a terminal has no kernel; plain Python has no shell.
    for shell in (types.SimpleNamespace(), None):
        monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda shell=shell: shell)
        assert not SampleGrid(tmp_path).show
    assert SampleGrid(tmp_path, show=True).show


def test_real_ipython_takes_the_picture(make_gan, tmp_path):
    display = pytest.importorskip("IPython.display")
    images.write_image(tmp_path / "a.png", np.zeros((4, 4, 1), "uint8"))
    assert display.Image(filename=tmp_path / "a.png").data.startswith(b"\x89PNG")


@pytest.mark.parametrize("shape", [(2,), (8, 8, 2)])
def test_models_of_other_data_are_refused_in_words(tmp_path, shape):
    size = int(np.prod(shape))
    gan = tfgan_kit.GAN(
        keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(size), keras.layers.Reshape(shape)]
        ),
        keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)]),
        latent_dim=2,
        seed=0,
    )
    gan.compile()
    with pytest.raises(ValueError, match=r"SampleGrid draws images .*Received: a model that makes"):
        gan.fit(np.zeros((4, *shape), "float32"), verbose=0, callbacks=[SampleGrid(tmp_path)])
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
