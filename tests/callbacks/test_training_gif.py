"""`TrainingGIF`: alone, with the user's grid, and used for several fits."""

import keras
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
    for epoch, frame in enumerate(frames(tmp_path / "alone.gif")):
        with Image.open(grid.directory / f"epoch-{epoch:04d}.png") as file:
            expected = media.label_image(np.asarray(file)[..., None], f"epoch {epoch}")[..., 0]
        np.testing.assert_array_equal(frame, expected)
    assert epoch == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        *("alone.gif", "alone.gif.frames", "samples", "shared.gif")
    ]


def count(gif):
    return len(frames(gif.path)), len(list(gif.samples.directory.iterdir()))


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
    assert count(gif) == (2, 2), "frames of the longer training are gone"
    np.testing.assert_array_equal(third[0], first[0])


@pytest.mark.parametrize("given", [{"epochs": 2}, {"initial_epoch": 2, "epochs": 4}])
def test_another_callback_continues_the_animation_of_the_same_gan(
    make_gan, real_images, tmp_path, given
):
    whole, parts = tmp_path / "whole.gif", tmp_path / "parts.gif"
    fit(make_gan(), real_images, TrainingGIF(whole), epochs=4)
    gan = make_gan()
    fit(gan, real_images, TrainingGIF(parts), epochs=2)
    gan.save(tmp_path / "gan.keras")
    second = TrainingGIF(parts)
    fit(keras.models.load_model(tmp_path / "gan.keras"), real_images, second, **given)
    assert count(second) == (5, 5)
    np.testing.assert_array_equal(frames(parts)[:3], frames(whole)[:3])
    # From an earlier state: what came after it is replaced.
    earlier = keras.models.load_model(tmp_path / "gan.keras")
    fit(earlier, real_images, TrainingGIF(parts), epochs=1)
    assert count(second) == (4, 4)


def test_a_gan_that_no_frame_shows_continues_with_a_warning(make_gan, real_images, tmp_path):
    gif, other = TrainingGIF(tmp_path / "a.gif"), make_gan(seed=7)
    fit(other, real_images)
    fit(make_gan(), real_images, gif)
    with pytest.warns(UserWarning, match=r"continues after epoch 1, though .* Remove .*a\.gif\.fr"):
        fit(other, real_images, gif)
    assert count(gif) == (3, 3)
    assert not (gif.samples.directory / "now.png").exists()


def test_grids_of_a_longer_training_in_the_same_folder_are_left_out(
    make_gan, real_images, tmp_path
):
    for epochs in (3, 1):
        grid = SampleGrid(tmp_path / "samples", num_images=4)
        gif = TrainingGIF(tmp_path / "a.gif", samples=grid)
        fit(make_gan(), real_images, grid, gif, epochs=epochs)
    assert count(gif) == (2, 4)


def test_options_reach_the_animation(make_gan, real_images, tmp_path):
    gif = TrainingGIF(tmp_path / "a.gif", fps=20, hold=0.5, max_side=50, max_frames=2)
    fit(make_gan(), real_images, gif, epochs=2)
    with Image.open(tmp_path / "a.gif") as file:
        assert file.n_frames == 2 and file.info["duration"] == 50
        assert file.size == (50, 74)
        file.seek(1)
        assert file.info["duration"] == 500
