"""Animations of training: GIF, WebP or MP4 from picture files, in bounded memory."""

import contextlib
import importlib.util
import math
import numbers
import pathlib

import numpy as np

from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path

__all__ = ["check_options", "check_path", "write_animation"]

_SUFFIXES = (".gif", ".webp", ".mp4")
_PALETTE_SIDE = 128


def write_animation(
    path, frames, labels=None, fps=8, hold=2.0, max_side=512, max_frames=200, max_bytes=20_000_000
):
    """Write pictures as one animation, whole or not at all."""
    path = check_path(path)
    check_options(fps=fps, hold=hold, max_side=max_side, max_frames=max_frames)
    if not len(frames):
        raise InvalidArgument(f"`frames` must hold 1 picture or more to write {path}")
    if labels is None:
        labels = [None] * len(frames)
    if len(labels) != len(frames):
        raise InvalidArgument(
            f"`labels` must be as many as `frames`, {len(frames)}. Received: {len(labels)}"
        )
    count = min(len(frames), max_frames)
    with atomic_path(path) as temporary:
        while True:
            # From the last to the first, so that of one frame it is the last.
            chosen = np.unique(np.linspace(len(frames) - 1, 0, count).round().astype(int))
            pictures = (_frame(frames[index], labels[index], max_side) for index in chosen)
            _write(temporary, pictures, len(chosen), fps, hold)
            if temporary.stat().st_size <= max_bytes or count == 1:
                return len(chosen)
            count //= 2


def check_options(fps=8, hold=2.0, max_side=512, max_frames=200):
    """Refuse options of `write_animation` that are out of range."""
    for name, value, kind, good in (
        ("fps", fps, numbers.Real, "a number above 0"),
        ("hold", hold, numbers.Real, "a number of 0 or more"),
        ("max_side", max_side, numbers.Integral, "an integer of 1 or more"),
        ("max_frames", max_frames, numbers.Integral, "an integer of 1 or more"),
    ):
        in_range = isinstance(value, kind) and (value > 0 or (name == "hold" and value == 0))
        if not in_range or not math.isfinite(value):
            raise InvalidArgument(f"`{name}` must be {good}. Received: {name}={value!r}")


def check_path(path):
    """Refuse an animation path that cannot be written, before any work is done."""
    path = pathlib.Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise InvalidArgument(
            f"The path of an animation must end in {', '.join(_SUFFIXES)}. Received: {path}"
        )
    if path.suffix.lower() == ".mp4" and importlib.util.find_spec("imageio_ffmpeg") is None:
        raise InvalidArgument(
            f"To write {path}, install the extra `video`: pip install 'tfgan_kit[video]'; "
            ".gif and .webp need nothing more"
        )
    return path


def _frame(path, label, max_side):
    from PIL import Image

    with Image.open(path) as file:
        picture = file.convert("L" if file.mode in ("1", "L") else "RGB")
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture).reshape(picture.height, picture.width, -1)
    return pixels if label is None else images.label_image(pixels, label)


def _write(path, pictures, count, fps, hold):
    if path.suffix.lower() == ".mp4":
        return _write_video(path, pictures, fps, hold)
    from PIL import Image

    stills = (
        Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture)
        for picture in pictures
    )
    if path.suffix.lower() == ".gif":
        stills = map(_with_palette, stills)
    milliseconds = [round(1000 / fps)] * (count - 1) + [round(1000 * max(hold, 1 / fps))]
    return next(stills).save(
        path, save_all=True, append_images=stills, duration=milliseconds, loop=0
    )


def _with_palette(still):
    """The still in 256 colours of its own; of greys nothing is lost."""
    from PIL import Image

    if still.mode == "L":
        return still
    # The median cut of every pixel takes 50 times as long and chooses much the same colours.
    sample = still.copy()
    sample.thumbnail((_PALETTE_SIDE, _PALETTE_SIDE), Image.Resampling.NEAREST)
    palette = sample.quantize(256, method=Image.Quantize.MEDIANCUT)
    return still.quantize(palette=palette, dither=Image.Dither.NONE)


def _write_video(path, pictures, fps, hold):
    import imageio.v2 as imageio

    # H.264 halves the colour planes, so both sides must be even: edges are repeated.
    # Its own `with` leaves ffmpeg running where a frame cannot be read.
    with contextlib.closing(imageio.get_writer(path, fps=fps, macro_block_size=1)) as writer:
        for picture in pictures:
            rows, columns = picture.shape[0] % 2, picture.shape[1] % 2
            even = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="edge")
            last = np.broadcast_to(even, (*even.shape[:2], 3))
            writer.append_data(last)
        for _ in range(round(hold * fps) - 1):
            writer.append_data(last)
