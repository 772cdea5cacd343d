"""`TrainingGIF`: alone, with the user's grid, and used for several fits."""

import gc

import numpy as np
import pytest
from PIL import Image

from tfgan_kit import media
from tfgan_kit.callbacks import SampleGrid, TrainingGIF


def fit(gan, real_images, *callbacks, **arguments):
    gan.fit(real_images, batch_size=20, verbose=0, callbacks=callbacks, **arguments)


def frames(path):
    with Image.open(path) as file:
        found = []
        for index in range(file.n_frames):
            file.seek(index)
            found.append(np.asarray(file.convert("L")))
        return found


def assert_frames(path, folder, labels):
    """The frames are the grids of these names, with these labels."""
    for frame, (stem, label) in zip(frames(path), labels.items(), strict=True):
        with Image.open(folder / f"{stem}.png") as file:
            expected = media.label_image(np.asarray(file)[..., None], label)[..., 0]
        np.testing.assert_array_equal(frame, expected)


def test_alone_equals_a_shared_grid(make_gan, real_images, tmp_path):
    grid = SampleGrid(tmp_path / "samples", num_images=4, seed=3)
    fit(
        make_gan(),
        real_images,
        TrainingGIF(tmp_path / "alone.gif", num_images=4, seed=3),
        grid,
        TrainingGIF(tmp_path / "shared.gif", samples=grid),
        epochs=2,
    )
    assert (tmp_path / "alone.gif").read_bytes() == (tmp_path / "shared.gif").read_bytes()
    labels = {f"epoch-{epoch:04d}": f"epoch {epoch}" for epoch in range(3)}
    assert_frames(tmp_path / "alone.gif", grid.directory, labels)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alone.gif", "samples", "shared.gif"]


def test_steps_of_a_shared_grid_are_frames_in_order(make_gan, real_images, tmp_path):
    grid = SampleGrid(tmp_path / "samples", every_steps=1)
    fit(make_gan(), real_images, grid, TrainingGIF(tmp_path / "a.gif", samples=grid, fps=10))
    # Two steps; the second is also the end of the epoch, with a different label.
    labels = {
        "epoch-0000": "epoch 0",
        "epoch-0001-step-00000001": "epoch 1, step 1",
        "epoch-0001-step-00000002": "epoch 1, step 2",
        "epoch-0001": "epoch 1",
    }
    assert_frames(tmp_path / "a.gif", grid.directory, labels)


def test_a_second_fit_continues_and_a_new_training_starts_again(make_gan, real_images, tmp_path):
    gan, gif = make_gan(), TrainingGIF(tmp_path / "a.gif")
    fit(gan, real_images, gif)
    first = frames(gif.path)
    fit(gan, real_images, gif, initial_epoch=1, epochs=3)
    second = frames(gif.path)
    assert (len(first), len(second)) == (2, 4)
    # Each has the last frame of its own training, so only the earlier ones are equal.
    np.testing.assert_array_equal(first, second[:2])
    fit(make_gan(seed=7), real_images, gif)
    third = frames(gif.path)
    assert len(third) == 2, "frames of the longer training are gone"
    np.testing.assert_array_equal(third[0], first[0])


def test_temporary_folder_is_removed_with_the_callback(tmp_path, make_gan, real_images):
    gif = TrainingGIF(tmp_path / "a.gif")
    folder = gif.samples.directory
    fit(make_gan(), real_images, gif)
    assert len(list(folder.iterdir())) == 2
    del gif
    gc.collect()
    assert not folder.exists()


def test_options_reach_the_animation(make_gan, real_images, tmp_path):
    gif = TrainingGIF(tmp_path / "a.gif", fps=20, hold=0.5, max_side=50, max_frames=2)
    fit(make_gan(), real_images, gif, epochs=2)
    with Image.open(tmp_path / "a.gif") as file:
        assert file.n_frames == 2 and file.info["duration"] == 50
        assert file.size == (50, 74)
        file.seek(1)
        assert file.info["duration"] == 500


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"path": "a.png"}, "must end in"),
        ({"fps": 0}, "`fps` must be"),
        ({"max_side": None}, "`max_side` must be"),
        ({"samples": "folder"}, "`samples` must be a SampleGrid or None"),
        ({"num_images": 0}, "`num_images` must be"),
        ({"seed": -1}, "`seed` must be"),
    ],
)
def test_wrong_arguments_are_refused_at_construction(wrong, message):
    with pytest.raises(ValueError, match=message):
        TrainingGIF(**{"path": "a.gif", **wrong})
