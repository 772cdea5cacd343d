"""`TrainingGIF`: alone, with a grid of the user's, and fitted again."""

import functools
import gc
import importlib.util
import pathlib

import numpy as np
import pytest
from PIL import Image

from tfgan_kit.callbacks import SampleGrid, TrainingGIF, write_training_animation
from tfgan_kit.media import images


@pytest.fixture
def make_gan(make_gan):
    """Without graphs: a few steps take less time than to trace one."""
    return functools.partial(make_gan, run_eagerly=True)


def fit(gan, real_images, *callbacks, **arguments):
    gan.fit(real_images, batch_size=20, verbose=0, callbacks=callbacks, **arguments)


def frames(path):
    with Image.open(path) as file:
        found = []
        for index in range(file.n_frames):
            file.seek(index)
            found.append(np.asarray(file.convert("L")))
        return found


def expected(folder, stem, label):
    with Image.open(folder / f"{stem}.png") as file:
        return images.label_image(np.asarray(file)[..., None], label)[..., 0]


def test_alone_is_the_same_as_with_a_shared_grid(make_gan, real_images, tmp_path):
    grid = SampleGrid(tmp_path / "samples", num_images=4, seed=3)
    fit(
        make_gan(),
        real_images,
        TrainingGIF(tmp_path / "alone.gif", num_images=4, seed=3),
        grid,
        TrainingGIF(tmp_path / "shared.gif", samples=grid),
        epochs=3,
    )
    assert (tmp_path / "alone.gif").read_bytes() == (tmp_path / "shared.gif").read_bytes()
    found = frames(tmp_path / "alone.gif")
    assert len(found) == 4
    for epoch, frame in enumerate(found):
        stem = f"epoch-{epoch:04d}"
        np.testing.assert_array_equal(frame, expected(grid.directory, stem, f"epoch {epoch}"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alone.gif", "samples", "shared.gif"]


def test_steps_of_a_shared_grid_are_frames_in_order(make_gan, real_images, tmp_path):
    grid = SampleGrid(tmp_path / "samples", every_steps=1)
    fit(make_gan(), real_images, grid, TrainingGIF(tmp_path / "a.gif", samples=grid, fps=10))
    # Two steps; the second one is the end of the epoch, with another label.
    stems = ["epoch-0000", "epoch-0001-step-00000001", "epoch-0001-step-00000002", "epoch-0001"]
    labels = ["epoch 0", "epoch 1, step 1", "epoch 1, step 2", "epoch 1"]
    for frame, stem, label in zip(frames(tmp_path / "a.gif"), stems, labels, strict=True):
        np.testing.assert_array_equal(frame, expected(grid.directory, stem, label))


def test_going_on_with_the_same_callback_appends(make_gan, real_images, tmp_path):
    gan, gif = make_gan(), TrainingGIF(tmp_path / "a.gif")
    fit(gan, real_images, gif, epochs=2)
    first = frames(tmp_path / "a.gif")
    fit(gan, real_images, gif, initial_epoch=2, epochs=4)
    second = frames(tmp_path / "a.gif")
    assert (len(first), len(second)) == (3, 5)
    for a, b in zip(first, second, strict=False):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_beginning_again_with_the_same_callback_leaves_no_old_frames(
    make_gan, real_images, tmp_path
):
    gif = TrainingGIF(tmp_path / "a.gif")
    fit(make_gan(), real_images, gif, epochs=4)
    fit(make_gan(seed=7), real_images, gif, epochs=2)
    fit(make_gan(seed=7), real_images, TrainingGIF(tmp_path / "b.gif"), epochs=2)
    assert len(frames(tmp_path / "a.gif")) == 3
    # The arrays are shuffled otherwise: the untrained frames are equal, the labels all.
    for a, b in zip(frames(tmp_path / "a.gif"), frames(tmp_path / "b.gif"), strict=True):
        np.testing.assert_array_equal(a[-24:], b[-24:])
    np.testing.assert_array_equal(frames(tmp_path / "a.gif")[0], frames(tmp_path / "b.gif")[0])


def test_temporary_folder_goes_with_the_callback(tmp_path, make_gan, real_images):
    gif = TrainingGIF(tmp_path / "a.gif")
    folder = gif.samples.directory
    fit(make_gan(), real_images, gif)
    assert len(list(folder.iterdir())) == 2
    del gif
    gc.collect()
    assert not folder.exists()


def test_options_reach_the_animation(make_gan, real_images, tmp_path):
    gif = TrainingGIF(tmp_path / "a.gif", fps=20, hold=0.5, max_side=50, max_frames=2)
    fit(make_gan(), real_images, gif, epochs=4)
    with Image.open(tmp_path / "a.gif") as file:
        assert file.n_frames == 2 and file.info["duration"] == 50
        assert file.size == (50, 74)
        file.seek(1)
        assert file.info["duration"] == 500


def test_folder_of_grids_sorts_by_number_and_leaves_other_files_out(tmp_path):
    folder = tmp_path / "samples"
    for index, epoch in enumerate((9999, 10000, 2)):
        picture = np.full((8, 8, 1), 50 * index, "uint8")
        images.write_image(folder / f"epoch-{epoch:04d}.png", picture)
    images.write_image(folder / "epoch-best.png", np.zeros((8, 8, 1), "uint8"))
    assert write_training_animation(tmp_path / "a.gif", folder, fps=4) == 3
    assert [int(frame[0, 0]) for frame in frames(tmp_path / "a.gif")] == [100, 0, 50]


def test_empty_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="No sample grids"):
        write_training_animation(tmp_path / "a.gif", tmp_path)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"path": "a.png"}, "must end in"),
        ({"fps": 0}, "`fps` must be"),
        ({"fps": "8"}, "`fps` must be"),
        ({"hold": -1}, "`hold` must be"),
        ({"max_frames": 0}, "`max_frames` must be"),
        ({"max_side": None}, "`max_side` must be"),
        ({"samples": "folder"}, "`samples` must be a SampleGrid or None"),
        ({"num_images": 0}, "`num_images` must be"),
        ({"seed": -1}, "`seed` must be"),
    ],
)
def test_wrong_arguments_are_told_at_construction(wrong, message):
    with pytest.raises(ValueError, match=message):
        TrainingGIF(**{"path": "a.gif", **wrong})


def test_missing_video_extra_is_told_at_construction(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "imageio_ffmpeg" else find_spec(name),
    )
    with pytest.raises(ValueError, match="install the extra `video`"):
        TrainingGIF("a.mp4")
    assert TrainingGIF("a.gif").path == pathlib.Path("a.gif")
