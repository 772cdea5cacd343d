"""Animations of training: GIF, WebP or MP4 from picture files, in bounded memory."""

import importlib.util
import pathlib

import numpy as np

from tfgan_kit import images
from tfgan_kit.errors import InvalidArgument
from tfgan_kit.files import atomic_path

__all__ = ["check_path", "write_animation"]

_SUFFIXES = (".gif", ".webp", ".mp4")


def write_animation(
    path, frames, labels=None, fps=8, hold=2.0, max_side=512, max_frames=200, max_bytes=20_000_000
):
    """Write pictures as one animation, whole or not at all.

    Frames are read one at a time. Where there are too many, evenly spaced ones
    are kept, the first and the last among them; where the file comes out larger
    than `max_bytes`, half of them go and it is written again.

    Args:
        path: String or `os.PathLike` that ends in `.gif`, `.webp` or `.mp4`
            (the last needs the extra `video`).
        frames: Sequence of paths of pictures of one size, in their order.
        labels: Sequence of strings, one a frame, printed below it. Defaults to
            None: nothing is printed.
        fps: Float above 0, frames a second. Defaults to 8.
        hold: Float, seconds, how long the last frame stands. Defaults to 2.
        max_side: Integer, pixels; larger frames are shrunk to it. Defaults to
            512.
        max_frames: Integer, 1 or more. Defaults to 200.
        max_bytes: Integer, bytes, the size that the file stays under. Defaults
            to 20,000,000.

    Returns:
        Integer, the number of frames written.

    Raises:
        InvalidArgument: If there are no frames, the suffix is another or the
            package for it is missing.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import animation, images

    for grey in (0, 128, 255):
        images.write_image(f"{grey}.png", np.full((64, 64, 1), grey, "uint8"))
    animation.write_animation("grey.gif", ["0.png", "128.png", "255.png"])  # 3
    ```
    """
    path = check_path(path)
    if not frames:
        raise InvalidArgument(f"`frames` must hold 1 picture or more to write {path}")
    count = min(len(frames), max_frames)
    labels = labels or [None] * len(frames)
    while True:
        chosen = np.unique(np.linspace(0, len(frames) - 1, count).round().astype(int))
        pictures = (_frame(frames[index], labels[index], max_side) for index in chosen)
        with atomic_path(path) as temporary:
            _write(temporary, pictures, len(chosen), fps, hold)
            if temporary.stat().st_size <= max_bytes or count == 1:
                return len(chosen)
            temporary.write_bytes(b"")
        count = max(1, count // 2)


def check_path(path):
    """Refuse an animation path that cannot be written, before any work is done.

    Args:
        path: String or `os.PathLike`.

    Returns:
        The path as a `pathlib.Path`.

    Raises:
        InvalidArgument: If the suffix is not `.gif`, `.webp` or `.mp4`, or is
            `.mp4` and the extra `video` is not installed.

    Example:

    ```python
    from tfgan_kit import animation

    animation.check_path("training.gif")
    ```
    """
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
    milliseconds = [round(1000 / fps)] * (count - 1) + [round(1000 * max(hold, 1 / fps))]
    return next(stills).save(
        path, save_all=True, append_images=stills, duration=milliseconds, loop=0
    )


def _write_video(path, pictures, fps, hold):
    import imageio.v2 as imageio

    # H.264 halves the colour planes, so both sides must be even: edges are repeated.
    with imageio.get_writer(path, fps=fps, macro_block_size=1) as writer:
        for picture in pictures:
            rows, columns = picture.shape[0] % 2, picture.shape[1] % 2
            even = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="edge")
            last = np.broadcast_to(even, (*even.shape[:2], 3))
            writer.append_data(last)
        for _ in range(round(hold * fps) - 1):
            writer.append_data(last)
