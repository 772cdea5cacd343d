"""Animations read back: frames, times, pixels; and what is too large, broken or missing."""

import gc
import importlib.util
import math
import pathlib
import subprocess
import sys
import warnings

import imageio.v2 as imageio
import numpy as np
import pytest
from PIL import Image

from tfgan_kit import media
from tfgan_kit.media import animation

SUFFIXES = (".gif", ".webp", ".mp4")


@pytest.fixture
def save(tmp_path):
    """Write pictures as files and return their paths."""

    def write(pictures):
        paths = [tmp_path / "frames" / f"{index:03d}.png" for index in range(len(pictures))]
        for path, picture in zip(paths, pictures, strict=True):
            media.write_image(path, picture)
        return paths

    return write


@pytest.fixture
def make_frames(save):
    def make(num, shape=(20, 30, 1)):
        """Frames with one grey level each, 10 apart, and a darker left half."""
        darker = np.where(np.arange(shape[1])[:, None] < shape[1] // 2, 15, 0)
        levels = [20 + 10 * index for index in range(num)]
        return save([(np.full(shape, level) - darker).astype("uint8") for level in levels])

    return make


def read(path):
    """Frames as RGB arrays, their times in milliseconds, and the number of repeats."""
    with Image.open(path) as file:
        frames, times = [], []
        for index in range(file.n_frames):
            file.seek(index)
            file.load()
            frames.append(np.asarray(file.convert("RGB")))
            times.append(file.info["duration"])
        return frames, times, file.info.get("loop")


def read_video(path):
    with warnings.catch_warnings():
        # The reader leaves the pipes of ffmpeg to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        with imageio.get_reader(path) as reader:
            found = list(reader.iter_data()), reader.get_meta_data()["fps"]
        del reader
        gc.collect()
    return found


def pixels(path):
    with Image.open(path) as file:
        return np.asarray(file.convert("RGB"))


GREYS = np.arange(256, dtype="uint8").reshape(16, 16, 1)
FEW_COLOURS = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype="uint8")
MANY_COLOURS = np.stack([*np.meshgrid(*[GREYS[:, 0, 0]] * 2), np.full((16, 16), 90)], axis=-1)


@pytest.mark.parametrize(
    ("suffix", "picture", "error"),
    [
        (".gif", GREYS, 0),
        (".gif", media.scale_up(FEW_COLOURS, 64), 0),
        (".gif", media.scale_up(MANY_COLOURS.astype("uint8"), 200), 6),
        (".webp", media.scale_up(GREYS, 64), 4),
        (".webp", media.scale_up(MANY_COLOURS.astype("uint8"), 64), 4),
    ],
)
def test_pictures_read_back(save, tmp_path, suffix, picture, error):
    paths, path = save([picture, picture[::-1], picture[:, ::-1]]), tmp_path / f"a{suffix}"
    assert media.write_animation(path, paths, fps=4, hold=1.5) == 3
    frames, times, loop = read(path)
    assert times == [250, 250, 1500] and loop == 0
    for frame, source in zip(frames, paths, strict=True):
        assert np.abs(frame.astype(int) - pixels(source)).mean() <= error


@pytest.mark.parametrize("shape", [(20, 30, 1), (21, 33, 1), (21, 32, 3)])
def test_mp4_reads_back(make_frames, tmp_path, shape):
    frames = make_frames(3, shape)
    assert media.write_animation(tmp_path / "a.mp4", frames, fps=4, hold=1) == 3
    read_back, rate = read_video(tmp_path / "a.mp4")
    assert rate == 4
    # The last frame is shown for a second, four times as long as the others.
    expected = [pixels(frames[index]) for index in (0, 1, 2, 2, 2, 2)]
    height, width = shape[0] + shape[0] % 2, shape[1] + shape[1] % 2
    for frame, picture in zip(read_back, expected, strict=True):
        assert frame.shape == (height, width, 3)
        difference = np.abs(frame[: shape[0], : shape[1]].astype(int) - picture)
        assert difference.mean() < 4


def test_arrays_are_written_as_their_files_would_be(tmp_path, save):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3), "uint8")
    for name, frames in (("a.gif", pictures), ("b.gif", save(pictures))):
        assert media.write_animation(tmp_path / name, frames) == 3
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_frame(make_frames, tmp_path, suffix):
    path, reader = tmp_path / f"a{suffix}", read_video if suffix == ".mp4" else read
    assert media.write_animation(path, make_frames(1), hold=0) == 1
    assert len(reader(path)[0]) == 1


@pytest.mark.parametrize("name", ["a.GIF", "a.webp"])
def test_equal_frames_are_one_and_keep_their_time(tmp_path, make_frames, name):
    first, second = map(str, make_frames(2))
    frames = np.array([first, first, second, second, second, first])
    assert media.write_animation(tmp_path / name, frames, fps=10, hold=1) == 3
    assert read(tmp_path / name)[1] == [200, 300, 1000]
    assert media.write_animation(tmp_path / name, [first] * 3) == 1


@pytest.mark.parametrize(
    ("suffix", "fps", "times"),
    [
        (".gif", 8, [120, 130, 130, 120, 120, 130, 130, 120]),
        (".gif", 24, [40, 40, 40, 50, 40, 40, 40, 40]),
        (".gif", 50, [20] * 8),
        (".gif", 60, [20] * 8),
        (".gif", 240, [20] * 8),
        (".gif", 0.1, [10_000] * 8),
        (".webp", 24, [42, 41, 42, 42, 41, 42, 42, 41]),
        (".webp", 101, [20] * 8),
    ],
)
def test_frames_last_whole_units_and_never_less_than_players_obey(
    make_frames, tmp_path, suffix, fps, times
):
    path, frames = tmp_path / f"a{suffix}", make_frames(9)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert media.write_animation(path, frames, fps=fps, hold=0.5) == 9
    assert read(path)[1] == [*times, max(500, times[-1])]
    told = [f"plays at 50 frames per second, not {fps}:" in str(each.message) for each in caught]
    assert told == [True] * (fps > 50)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_animation_of_over_eleven_minutes_is_refused_in_one_sentence(
    make_frames, tmp_path, suffix
):
    path, frames = tmp_path / f"a{suffix}", make_frames(2)
    for wrong in ({"fps": 0.001}, {"fps": 1000}, {"hold": 1000}, {"fps": math.nan}):
        with pytest.raises(ValueError, match="must be a number in "):
            media.write_animation(path, frames, **wrong)
    with pytest.raises(ValueError, match="must be at least 0.11 for 70 frames: an animation lasts"):
        media.write_animation(path, frames * 35, fps=0.1)
    # Equal frames of a GIF add up to one.
    assert media.write_animation(path, frames[:1] * 65, fps=0.1) == (65 if "4" in suffix else 1)


@pytest.mark.parametrize(
    ("max_frames", "kept"),
    [(11, range(11)), (6, (0, 2, 4, 6, 8, 10)), (2, (0, 10)), (1, (10,))],
)
def test_thinning_keeps_first_and_last(make_frames, tmp_path, max_frames, kept):
    path = tmp_path / "a.gif"
    written = media.write_animation(path, make_frames(11), fps=10, hold=1, max_frames=max_frames)
    assert written == len(kept)
    frames, times, _ = read(path)
    assert [frame[0, -1, 0] for frame in frames] == [20 + 10 * index for index in kept]
    assert times[-1] == 1000


def test_too_large_a_file_loses_half_its_frames_before_it_is_visible(save, tmp_path, monkeypatch):
    generator, path, seen = np.random.default_rng(0), tmp_path / "a.gif", []
    frames = save(generator.integers(0, 256, (8, 32, 32, 1), dtype="uint8"))
    assert media.write_animation(path, frames) == 8
    whole = path.read_bytes()
    assert media.write_animation(path, frames, max_bytes=len(whole)) == 8
    write = animation._write
    monkeypatch.setattr(
        animation, "_write", lambda *given: seen.append(path.read_bytes()) or write(*given)
    )
    assert media.write_animation(path, frames, max_bytes=len(whole) - 1) == 4
    assert seen == [whole] * 2
    read_back, _, _ = read(path)
    np.testing.assert_array_equal(read_back[0], pixels(frames[0]))
    np.testing.assert_array_equal(read_back[-1], pixels(frames[-1]))
    assert media.write_animation(path, frames, max_bytes=1) == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_failing_write_keeps_the_old_file(make_frames, tmp_path, suffix):
    path, frames = tmp_path / f"a{suffix}", make_frames(3)
    path.write_bytes(b"old")
    frames[1].write_bytes(b"no picture")
    with pytest.raises(OSError, match="cannot identify image"):
        media.write_animation(path, frames)
    assert path.read_bytes() == b"old"
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, "frames"]


@pytest.mark.parametrize(
    ("shape", "expected"), [((600, 300, 1), (64, 32)), ((20, 30, 1), (20, 30))]
)
def test_larger_frames_are_shrunk_and_smaller_are_unchanged(make_frames, tmp_path, shape, expected):
    media.write_animation(tmp_path / "a.gif", make_frames(2, shape), max_side=64)
    assert read(tmp_path / "a.gif")[0][0].shape[:2] == expected


def test_grids_of_a_training_sort_by_number_and_other_files_are_left_out(tmp_path):
    names = ["epoch-9999", "epoch-10000", "epoch-0002", "epoch-0002-step-00000009", "epoch-best"]
    for index, name in enumerate(names):
        picture = np.full((8, 96, 1), 50 * index, "uint8")
        media.write_image(tmp_path / "samples" / f"{name}.png", picture)
    path = tmp_path / "a.gif"
    assert media.write_training_animation(path, tmp_path / "samples", fps=4) == 4
    labels = {150: "epoch 2, step 9", 100: "epoch 2", 0: "epoch 9999", 50: "epoch 10000"}
    for frame, (grey, label) in zip(read(path)[0], labels.items(), strict=True):
        expected = media.label_image(np.full((8, 96, 1), grey, "uint8"), label)
        np.testing.assert_array_equal(frame[..., :1], expected)


@pytest.mark.parametrize("name", ["a", "a.gif.txt", ".gif"])
def test_other_suffixes_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"must end in \.gif, \.webp, \.mp4\. Received"):
        animation.check_path(tmp_path / name)


def test_a_missing_video_extra_is_reported_first(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"a\.mp4 needs the extra `video`: pip install"):
        animation.check_path("a.mp4")
    assert animation.check_path("a.gif") == pathlib.Path("a.gif")


def test_wrong_arguments_are_named_before_anything_is_written(make_frames, tmp_path):
    frames, path = make_frames(2), tmp_path / "a.gif"
    for name, value in {"fps": 0, "hold": -1, "max_side": 1.5, "max_frames": None}.items():
        with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
            media.write_animation(path, frames, **{name: value})
    with pytest.raises(ValueError, match="`frames` must not be empty"):
        media.write_animation(path, [])
    with pytest.raises(ValueError, match="each of the 2 frames. Received: 1 labels"):
        media.write_animation(path, frames, labels=["one"])
    with pytest.raises(ValueError, match="has no sample grids"):
        media.write_training_animation(path, tmp_path)
    assert not path.exists()


NOISY = """
import pathlib, resource, sys
import numpy as np
from tfgan_kit import media

frames = [pathlib.Path(sys.argv[1], f"{index:03d}.bmp") for index in range(100)]
generator = np.random.default_rng(0)
for path in frames:
    faces = generator.integers(0, 256, (16, 64, 64, 3), dtype="uint8")
    media.write_image(path, media.scale_up(media.tile(faces), 320))
labels = [path.stem for path in frames]
media.write_animation("warm.gif", frames[:2], labels[:2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
written = media.write_animation("noisy.gif", frames, labels)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(written, grown / 1024, pathlib.Path("noisy.gif").stat().st_size)
"""


@pytest.mark.slow
def test_a_hundred_noisy_grids_stay_small_on_disk_and_in_memory(tmp_path):
    command = [sys.executable, "-c", NOISY, tmp_path]
    written, megabytes, size = subprocess.check_output(command, cwd=tmp_path, text=True).split()
    assert int(written) >= 50
    assert int(size) < 20e6
    assert float(megabytes) < 50
