"""Animations read back: frames, times, pixels; what is too large, broken or missing."""

import gc
import importlib.util
import os
import pathlib
import subprocess
import sys
import warnings

import imageio.v2 as imageio
import numpy as np
import pytest
from PIL import Image

from tfgan_kit.media import animation, images

SUFFIXES = (".gif", ".webp", ".mp4")


@pytest.fixture
def make_frames(tmp_path):
    def make(num, shape=(20, 30, 1)):
        """Frames of one grey each, 10 apart, with a darker left half."""
        folder = tmp_path / "frames"
        for index in range(num):
            picture = np.full(shape, 20 + 10 * index, "uint8")
            picture[:, : shape[1] // 2] -= 15
            images.write_image(folder / f"{index:03d}.png", picture)
        return sorted(folder.glob("*.png"))

    return make


def read(path):
    """Frames as RGB arrays, and their times in milliseconds."""
    with Image.open(path) as file:
        frames, times = [], []
        for index in range(file.n_frames):
            file.seek(index)
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


def test_grey_gif_reads_back_exactly(make_frames, tmp_path):
    frames = make_frames(4)
    assert animation.write_animation(tmp_path / "a.gif", frames, fps=10, hold=1.5) == 4
    read_back, times, loop = read(tmp_path / "a.gif")
    assert times == [100, 100, 100, 1500] and loop == 0
    for frame, path in zip(read_back, frames, strict=True):
        np.testing.assert_array_equal(frame, pixels(path))


def test_all_256_greys_survive_a_gif(tmp_path):
    paths = [tmp_path / "0.png", tmp_path / "1.png"]
    ramp = np.arange(256, dtype="uint8").reshape(16, 16, 1)
    images.write_image(paths[0], ramp)
    images.write_image(paths[1], ramp[::-1])
    animation.write_animation(tmp_path / "a.gif", paths)
    for frame, path in zip(read(tmp_path / "a.gif")[0], paths, strict=True):
        np.testing.assert_array_equal(frame, pixels(path))


def test_rgb_gif_is_near(tmp_path):
    ramp = np.linspace(0, 255, 64).astype("uint8")
    picture = np.stack([*np.meshgrid(ramp, ramp), np.full((64, 64), 90, "uint8")], -1)
    for index in range(3):
        images.write_image(tmp_path / f"{index}.png", np.roll(picture, 7 * index, axis=1))
    paths = sorted(tmp_path.glob("?.png"))
    animation.write_animation(tmp_path / "a.gif", paths)
    frames, _, _ = read(tmp_path / "a.gif")
    for frame, path in zip(frames, paths, strict=True):
        assert np.abs(frame.astype(int) - pixels(path)).mean() < 6


def test_few_colours_of_an_rgb_gif_are_exact(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype="uint8")
    for index in range(2):
        images.write_image(
            tmp_path / f"{index}.png", images.scale_up(colours[:: 1 - 2 * index], 64)
        )
    paths = sorted(tmp_path.glob("?.png"))
    animation.write_animation(tmp_path / "a.gif", paths)
    for frame, path in zip(read(tmp_path / "a.gif")[0], paths, strict=True):
        np.testing.assert_array_equal(frame, pixels(path))


@pytest.mark.parametrize("channels", [1, 3])
def test_webp_reads_back(make_frames, tmp_path, channels):
    frames = make_frames(3, (20, 30, channels))
    assert animation.write_animation(tmp_path / "a.webp", frames, fps=4, hold=1) == 3
    read_back, times, loop = read(tmp_path / "a.webp")
    assert times == [250, 250, 1000] and loop == 0
    for frame, path in zip(read_back, frames, strict=True):
        assert np.abs(frame.astype(int) - pixels(path)).mean() < 4


@pytest.mark.parametrize("shape", [(20, 30, 1), (21, 33, 1), (21, 32, 3)])
def test_mp4_reads_back(make_frames, tmp_path, shape):
    frames = make_frames(3, shape)
    assert animation.write_animation(tmp_path / "a.mp4", frames, fps=4, hold=1) == 3
    read_back, rate = read_video(tmp_path / "a.mp4")
    assert rate == 4
    # The last frame stands for a second, four times as long as the others.
    expected = [pixels(frames[index]) for index in (0, 1, 2, 2, 2, 2)]
    height, width = shape[0] + shape[0] % 2, shape[1] + shape[1] % 2
    for frame, picture in zip(read_back, expected, strict=True):
        assert frame.shape == (height, width, 3)
        difference = np.abs(frame[: shape[0], : shape[1]].astype(int) - picture)
        assert difference.mean() < 4


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_frame(make_frames, tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    assert animation.write_animation(path, make_frames(1), hold=0) == 1
    if suffix == ".mp4":
        assert len(read_video(path)[0]) == 1
    else:
        assert pixels(path).shape == (20, 30, 3)


def test_label_strip_is_printed_below(make_frames, tmp_path):
    frames = make_frames(2, (40, 96, 1))
    animation.write_animation(tmp_path / "a.gif", frames, labels=["epoch 1", "epoch 2"])
    read_back, _, _ = read(tmp_path / "a.gif")
    for frame, path, label in zip(read_back, frames, ("epoch 1", "epoch 2"), strict=True):
        np.testing.assert_array_equal(frame[:40], pixels(path))
        picture = pixels(path)[..., :1]
        np.testing.assert_array_equal(frame[..., :1], images.label_image(picture, label))
    assert (read_back[0][40:] != read_back[1][40:]).any()


def test_equal_frames_keep_their_time(tmp_path, make_frames):
    (frame,) = make_frames(1)
    animation.write_animation(tmp_path / "a.gif", [frame] * 4, fps=10, hold=1)
    assert sum(read(tmp_path / "a.gif")[1]) == 1300


def greys(path):
    return [int(frame[0, -1, 0]) for frame in read(path)[0]]


@pytest.mark.parametrize(
    ("max_frames", "kept"),
    [(200, range(11)), (11, range(11)), (6, (0, 2, 4, 6, 8, 10)), (2, (0, 10)), (1, (10,))],
)
def test_thinning_keeps_first_and_last(make_frames, tmp_path, max_frames, kept):
    written = animation.write_animation(
        tmp_path / "a.gif", make_frames(11), fps=10, hold=1, max_frames=max_frames
    )
    assert written == len(kept)
    assert greys(tmp_path / "a.gif") == [20 + 10 * index for index in kept]
    assert read(tmp_path / "a.gif")[1][-1] == 1000


def test_too_large_a_file_loses_half_its_frames(tmp_path):
    generator = np.random.default_rng(0)
    for index in range(8):
        picture = generator.integers(0, 256, (32, 32, 1), dtype="uint8")
        images.write_image(tmp_path / f"{index}.png", picture)
    frames = sorted(tmp_path.glob("?.png"))
    path = tmp_path / "a.gif"
    assert animation.write_animation(path, frames) == 8
    whole = path.stat().st_size
    assert animation.write_animation(path, frames, max_bytes=whole) == 8
    assert animation.write_animation(path, frames, max_bytes=whole - 1) == 4
    assert path.stat().st_size < whole
    read_back, _, _ = read(path)
    np.testing.assert_array_equal(read_back[0], pixels(frames[0]))
    np.testing.assert_array_equal(read_back[-1], pixels(frames[-1]))
    assert animation.write_animation(path, frames, max_bytes=1) == 1


def test_file_that_is_too_large_never_stands_at_the_path(make_frames, tmp_path, monkeypatch):
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    seen = []
    write = animation._write
    monkeypatch.setattr(
        animation, "_write", lambda *arguments: (seen.append(path.read_bytes()), write(*arguments))
    )
    animation.write_animation(path, make_frames(8), max_bytes=1)
    assert seen == [b"old"] * 4


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_failing_write_leaves_the_old_file(make_frames, tmp_path, suffix):
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / f"a{suffix}"
    path.write_bytes(b"old")
    frames = make_frames(3)
    frames[1].write_bytes(b"no picture")
    with pytest.raises(OSError, match="cannot identify image"):
        animation.write_animation(path, frames)
    assert path.read_bytes() == b"old"
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize(
    ("shape", "expected"), [((600, 300, 1), (64, 32)), ((20, 30, 1), (20, 30))]
)
def test_larger_frames_are_shrunk_and_smaller_are_not_grown(make_frames, tmp_path, shape, expected):
    animation.write_animation(tmp_path / "a.gif", make_frames(2, shape), max_side=64)
    assert read(tmp_path / "a.gif")[0][0].shape[:2] == expected


def test_frames_may_be_an_array_of_paths(make_frames, tmp_path):
    frames = np.array([str(path) for path in make_frames(2)])
    assert animation.write_animation(tmp_path / "a.gif", frames) == 2


@pytest.mark.parametrize("name", ["a.png", "a", "a.gif.txt", ".gif"])
def test_other_suffixes_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"must end in \.gif, \.webp, \.mp4\. Received"):
        animation.check_path(tmp_path / name)


def test_capital_suffix_is_taken(make_frames, tmp_path):
    animation.write_animation(tmp_path / "a.GIF", make_frames(2))
    assert len(read(tmp_path / "a.GIF")[0]) == 2


def test_missing_video_extra_is_told_before_any_work(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "imageio_ffmpeg" else find_spec(name),
    )
    with pytest.raises(ValueError, match=r"a\.mp4, install the extra `video`: pip install"):
        animation.check_path("a.mp4")
    assert animation.check_path("a.gif") == pathlib.Path("a.gif")


@pytest.mark.parametrize(
    "wrong",
    [{"fps": 0}, {"fps": -1}, {"fps": "8"}, {"fps": float("nan")}, {"fps": float("inf")}]
    + [{"hold": -1}, {"hold": None}, {"max_side": 0}, {"max_side": 1.5}]
    + [{"max_frames": 0}, {"max_frames": None}],
)
def test_wrong_options_are_named(make_frames, tmp_path, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        animation.write_animation(tmp_path / "a.gif", make_frames(1), **wrong)
    assert not (tmp_path / "a.gif").exists()


def test_no_frames_and_too_few_labels_are_refused(make_frames, tmp_path):
    with pytest.raises(ValueError, match="`frames` must hold 1 picture or more"):
        animation.write_animation(tmp_path / "a.gif", [])
    with pytest.raises(ValueError, match="`labels` must be as many as `frames`, 2. Received: 1"):
        animation.write_animation(tmp_path / "a.gif", make_frames(2), labels=["one"])


NOISY = """
import pathlib, resource, sys
import numpy as np
from tfgan_kit.media import animation, images

folder = pathlib.Path(sys.argv[1])
generator = np.random.default_rng(0)
for index in range(100):
    faces = generator.integers(0, 256, (16, 64, 64, 3), dtype="uint8")
    images.write_image(folder / f"{index:03d}.bmp", images.scale_up(images.tile(faces), 320))
frames = sorted(folder.glob("*.bmp"))
labels = [path.stem for path in frames]
animation.write_animation(folder / "warm.gif", frames[:2], labels[:2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
written = animation.write_animation(folder / "noisy.gif", frames, labels)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(written, grown / 1024, (folder / "noisy.gif").stat().st_size)
"""


@pytest.mark.slow
def test_hundred_noisy_grids_stay_small_on_disk_and_in_memory(tmp_path):
    root = pathlib.Path(__file__).parents[2]
    output = subprocess.run(
        [sys.executable, "-c", NOISY, tmp_path],
        env={**os.environ, "PYTHONPATH": str(root)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    written, megabytes, size = map(float, output.split())
    assert written >= 50
    assert size < 20e6
    assert megabytes < 50
