"""`TrainingGIF`: the whole of training as one animation."""

import math
import pathlib
import re
import shutil
import tempfile
import weakref

import keras

from tfgan_kit.callbacks.sample_grid import SampleGrid
from tfgan_kit.media import animation
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["TrainingGIF", "write_training_animation"]


class TrainingGIF(keras.callbacks.Callback):
    """Write one GIF, WebP or MP4 of samples from fixed noise, at the end of training.

    Frames wait on disk, not in memory; the epoch is printed on each, and the
    last one is held.

    Args:
        path: String or `os.PathLike` that ends in `.gif`, `.webp` or `.mp4` (the
            last needs the extra `video`).
        samples: A `SampleGrid` that trains along and whose files are the frames,
            or None for one of its own, which writes to a temporary folder and
            shows nothing. Defaults to None.
        num_images: Integer, images in a frame where `samples` is None. Defaults
            to 16.
        seed: Integer in [0, 2**31), the seed of the noise where `samples` is
            None. Defaults to 0.
        fps: Float above 0, frames a second. Defaults to 8.
        hold: Float, seconds, how long the last frame stands. Defaults to 2.
        max_side: Integer, pixels; larger frames are shrunk to it. Defaults to
            512.
        max_frames: Integer; of more, evenly spaced ones are kept. Defaults to
            200.

    Raises:
        InvalidArgument: If the path cannot be written, `samples` is no
            `SampleGrid` or a number is out of range.

    Example:

    ```python
    import numpy as np
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    real_images = np.zeros((32, 16, 16, 1), "float32")
    gan.fit(real_images, epochs=2, callbacks=[tfgan_kit.callbacks.TrainingGIF("dcgan.gif")])
    ```
    """

    def __init__(
        self,
        path,
        samples=None,
        num_images=16,
        seed=0,
        fps=8,
        hold=2.0,
        max_side=512,
        max_frames=200,
    ):
        super().__init__()
        animation.check_options(fps, hold, max_side, max_frames)
        if not isinstance(samples, SampleGrid | None):
            raise InvalidArgument(
                f"`samples` must be a SampleGrid or None. Received: samples={samples!r}"
            )
        self.path = animation.check_path(path)
        self.fps = fps
        self.hold = hold
        self.max_side = max_side
        self.max_frames = max_frames
        self._owned = samples is None
        if self._owned:
            folder = tempfile.mkdtemp(prefix="tfgan_kit-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            samples = SampleGrid(folder, num_images=num_images, seed=seed, show=False)
        self.samples = samples

    def set_model(self, model):
        super().set_model(model)
        if self._owned:
            self.samples.set_model(model)

    def on_train_begin(self, logs=None):
        if self._owned:
            self.samples.on_train_begin(logs)
            self._begun = False

    def on_epoch_begin(self, epoch, logs=None):
        if self._owned:
            if not self._begun:
                # Frames of a training that is now begun again would come after its own.
                for frame in _frames(self.samples.directory):
                    if _moment(frame)[0] > epoch:
                        frame.unlink()
                self._begun = True
            self.samples.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if self._owned:
            self.samples.on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        write_training_animation(
            self.path,
            self.samples.directory,
            fps=self.fps,
            hold=self.hold,
            max_side=self.max_side,
            max_frames=self.max_frames,
        )


def write_training_animation(path, directory, **options):
    """Write the animation of a folder that `SampleGrid` filled.

    Args:
        path: String or `os.PathLike` that ends in `.gif`, `.webp` or `.mp4`.
        directory: String or `os.PathLike`, the folder.
        **options: `fps`, `hold`, `max_side`, `max_frames` and `max_bytes` of
            `tfgan_kit.media.animation.write_animation`.

    Returns:
        Integer, the number of frames written.

    Raises:
        InvalidArgument: If the folder holds no sample grids.

    Example:

    ```python
    import numpy as np
    from tfgan_kit import callbacks
    from tfgan_kit.media import images

    images.write_image("samples/epoch-0001.png", np.zeros((64, 64, 1), "uint8"))
    callbacks.write_training_animation("training.gif", "samples")  # 1
    ```
    """
    frames = _frames(directory)
    if not frames:
        raise InvalidArgument(f"No sample grids (epoch-0001.png, ...) in {directory}")
    return animation.write_animation(path, frames, labels=[_label(f) for f in frames], **options)


def _frames(directory):
    """Paths of all grids in a folder, in the order of training."""
    return sorted(filter(_moment, pathlib.Path(directory).glob("epoch-*.png")), key=_moment)


def _moment(frame):
    """The epoch and, infinite at the epoch's end, the step in a grid's name; or None."""
    match = re.fullmatch(r"epoch-(\d+)(?:-step-(\d+))?", frame.stem)
    return match and (int(match[1]), int(match[2]) if match[2] else math.inf)


def _label(frame):
    epoch, step = _moment(frame)
    return f"epoch {epoch}" + (f", step {step}" if step < math.inf else "")
