"""Animations: GIF, WebP or MP4 from pictures or their files, in bounded memory."""

import contextlib
import importlib.util
import math
import pathlib
import re
import warnings

import numpy as np

from tfgan_kit.media.images import label_image, to_pil
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path
from tfgan_kit.utils.validation import check_integer, check_number

__all__ = [
    "check_options",
    "check_path",
    "find_frames",
    "write_animation",
    "write_training_animation",
]

_SUFFIXES = (".gif", ".webp", ".mp4")
_PALETTE_SIDE = 128
# GIF counts hundredths of a second in 16 bits, and equal frames add up.
_MAX_SECONDS = 655
# Browsers show a frame of a GIF or WebP for 0.1 s if it asks for less than 0.02 s.
_MAX_RATE = 50


def write_animation(
    path, frames, labels=None, fps=8, hold=2.0, max_side=512, max_frames=200, max_bytes=20_000_000
):
    """Write pictures as one animation, atomically.

    Frames are read one at a time. If there are too many, evenly spaced ones are kept, the first
    and the last included; if the file exceeds `max_bytes`, it is written again with half of them.

    Args:
        path: String or `os.PathLike` that ends in `.gif`, `.webp` or `.mp4` (the latter needs the
            extra `video`).
        frames: Sequence of pictures of the same size: their paths, or uint8 arrays
            `(height, width, 1 or 3)`.
        labels: Sequence of strings, one for each frame, printed below it. Defaults to None: no
            labels.
        fps: Float in [0.01, 240], frames per second; at most 50 in GIF and WebP, since browsers
            slow down faster ones. A GIF counts hundredths of a second, so its frames may differ
            by one. Defaults to 8.
        hold: Float in [0, 60], seconds for which the last frame is shown. Defaults to 2.
        max_side: Positive integer, pixels; larger frames are shrunk. Defaults to 512.
        max_frames: Positive integer. Defaults to 200.
        max_bytes: Integer, maximum size of the file. One frame is always written. Defaults to
            20,000,000.

    Returns:
        Integer, number of frames in the file; equal neighbours of a GIF or WebP are one. An MP4
        repeats its last frame to hold it, which does not count.

    Raises:
        InvalidArgument: If there are no frames, the number of labels differs, a number is out of
            range, the animation would last over 655 seconds, the suffix is not supported or the
            package for it is missing.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    frames = [np.full((64, 64, 1), grey, "uint8") for grey in (0, 128, 255)]
    media.write_animation("grey.gif", frames)  # 3
    ```
    """
    path = check_path(path)
    if not len(frames):
        raise InvalidArgument(f"`frames` must not be empty. Received: no frames for {path}")
    check_options(fps, hold, max_side, max_frames, len(frames))
    if labels is None:
        labels = [None] * len(frames)
    if len(labels) != len(frames):
        raise InvalidArgument(
            f"`labels` must have one label for each of the {len(frames)} frames. "
            f"Received: {len(labels)} labels"
        )
    if fps > _MAX_RATE and path.suffix.lower() != ".mp4":
        warnings.warn(
            f"{path} plays at {_MAX_RATE} frames per second, not {fps:g}: browsers slow down "
            "faster ones. An .mp4 can be faster.",
            stacklevel=2,
        )
        fps = _MAX_RATE
    count = min(len(frames), max_frames)
    with atomic_path(path) as temporary:
        while True:
            # From the last to the first, so that a single frame is the last.
            chosen = np.unique(np.linspace(len(frames) - 1, 0, count).round().astype(int))
            pictures = (_frame(frames[index], labels[index], max_side) for index in chosen)
            written = _write(temporary, pictures, len(chosen), fps, hold)
            if temporary.stat().st_size <= max_bytes or count == 1:
                return written
            count //= 2


def write_training_animation(path, directory, last_epoch=math.inf, **options):
    """Write the animation of a folder of grids that `callbacks.SampleGrid` wrote.

    Args:
        path: String or `os.PathLike` that ends in `.gif`, `.webp` or `.mp4`.
        directory: String or `os.PathLike`, the folder.
        last_epoch: Integer; grids of later epochs, from a longer training, are left out. Defaults
            to infinity.
        **options: `fps`, `hold`, `max_side`, `max_frames` and `max_bytes` of `write_animation`.

    Returns:
        Integer, number of frames in the file.

    Raises:
        InvalidArgument: If the folder has no sample grids.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import media

    media.write_image("samples/epoch-0001.png", np.zeros((64, 64, 1), "uint8"))
    media.write_training_animation("training.gif", "samples")  # 1
    ```
    """
    found = find_frames(directory).items()
    frames = {path: number for path, number in found if number[0] <= last_epoch}
    if not frames:
        raise InvalidArgument(f"{directory} has no sample grids (epoch-0001.png, ...).")
    labels = [
        f"epoch {epoch}" + (f", step {step}" if step < math.inf else "")
        for epoch, step in frames.values()
    ]
    return write_animation(path, list(frames), labels, **options)


def find_frames(directory):
    """Dict of the sample grids in a folder, in order: path to epoch and step.

    The step is infinite for the grid at the end of an epoch.
    """
    found = {}
    for path in pathlib.Path(directory).glob("epoch-*.png"):
        match = re.fullmatch(r"epoch-(\d+)(?:-step-(\d+))?", path.stem)
        if match:
            found[path] = int(match[1]), int(match[2]) if match[2] else math.inf
    return dict(sorted(found.items(), key=lambda item: item[1]))


def check_options(fps, hold, max_side, max_frames, num=math.inf):
    """Raise an error for options of `write_animation` that are out of range for `num` frames."""
    check_number("fps", fps, 0.01, maximum=240)
    check_number("hold", hold, 0, maximum=60)
    check_integer("max_side", max_side, 1)
    num = min(num, check_integer("max_frames", max_frames, 1))
    if num / fps > _MAX_SECONDS - hold:
        raise InvalidArgument(
            f"`fps` must be at least {num / (_MAX_SECONDS - hold):.2g} for {num} frames: an "
            f"animation lasts {_MAX_SECONDS} seconds at most. Received: fps={fps!r}"
        )


def check_path(path, name="`path`"):
    """Raise an error for the path of an animation that cannot be written."""
    path = pathlib.Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise InvalidArgument(f"{name} must end in {', '.join(_SUFFIXES)}. Received: {path}")
    if path.suffix.lower() == ".mp4" and importlib.util.find_spec("imageio_ffmpeg") is None:
        raise InvalidArgument(
            f"Writing {path} needs the extra `video`: pip install 'tfgan_kit[video]'. "
            "Or write .gif or .webp."
        )
    return path


def _frame(frame, label, max_side):
    from PIL import Image

    if isinstance(frame, np.ndarray):
        picture = to_pil(frame)
    else:
        with Image.open(frame) as file:
            picture = file.convert("L" if file.mode in ("1", "L") else "RGB")
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture).reshape(picture.height, picture.width, -1)
    return pixels if label is None else label_image(pixels, label)


def _write(path, pictures, count, fps, hold):
    """Write the file; returns the number of its frames."""
    from PIL import Image

    if path.suffix.lower() == ".mp4":
        _write_video(path, pictures, fps, hold)
        return count
    stills, unit = map(to_pil, pictures), 1
    if path.suffix.lower() == ".gif":
        stills, unit = map(_with_palette, stills), 10
    seconds = [*(index / fps for index in range(count)), (count - 1) / fps + max(hold, 1 / fps)]
    # Rounded times and not durations, so that the rate is right on average.
    milliseconds = np.diff(np.round(np.array(seconds) * 1000 / unit).astype(int)) * unit
    next(stills).save(
        path, save_all=True, append_images=stills, duration=milliseconds.tolist(), loop=0
    )
    with Image.open(path) as file:
        return getattr(file, "n_frames", 1)


def _with_palette(still):
    """The picture with its own 256 colours; grey pictures stay exact."""
    from PIL import Image

    if still.mode == "L":
        return still
    # The median cut of all pixels takes 50 times as long and chooses nearly the same colours.
    sample = still.copy()
    sample.thumbnail((_PALETTE_SIDE, _PALETTE_SIDE), Image.Resampling.NEAREST)
    palette = sample.quantize(256, method=Image.Quantize.MEDIANCUT)
    return still.quantize(palette=palette, dither=Image.Dither.NONE)


def _write_video(path, pictures, fps, hold):
    import imageio.v2 as imageio

    # H.264 halves the colour planes, so both sides must be even: edges are repeated.
    # The writer's own `with` leaves ffmpeg running if a frame cannot be read.
    with contextlib.closing(imageio.get_writer(path, fps=fps, macro_block_size=1)) as writer:
        for picture in pictures:
            rows, columns = picture.shape[0] % 2, picture.shape[1] % 2
            even = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="edge")
            last = np.broadcast_to(even, (*even.shape[:2], 3))
            writer.append_data(last)
        for _ in range(round(hold * fps) - 1):
            writer.append_data(last)
