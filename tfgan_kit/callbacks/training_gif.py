"""`TrainingGIF`: the whole training as one animation."""

import shutil
import tempfile
import weakref

import keras

from tfgan_kit.callbacks.sample_grid import SampleGrid
from tfgan_kit.media import animation
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["TrainingGIF"]


class TrainingGIF(keras.callbacks.Callback):
    """Write an animation of samples from fixed noise at the end of training.

    Args:
        path: String or `os.PathLike` that ends in `.gif`, `.webp` or `.mp4` (the latter needs the
            extra `video`).
        samples: A `SampleGrid` from the same list of callbacks, whose files become the frames.
            Defaults to None: one frame per epoch, from a temporary folder.
        num_images: Positive integer, images in a frame if `samples` is None. Defaults to 16.
        seed: Integer in [0, 2**31), random seed for the noise if `samples` is None. Defaults to 0.
        fps: Positive float, frames per second. Defaults to 8.
        hold: Non-negative float, seconds for which the last frame is shown. Defaults to 2.
        max_side: Positive integer, pixels; larger frames are shrunk. Defaults to 512.
        max_frames: Positive integer; of more frames, evenly spaced ones are kept. Defaults to
            200.

    Raises:
        InvalidArgument: If the path cannot be written, `samples` is not a `SampleGrid` or a
            number is out of range.

    Example:

    ```python
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    gan.fit(data.load("digits").take(2), callbacks=[callbacks.TrainingGIF("digits.gif")])
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
        self.options = {"fps": fps, "hold": hold, "max_side": max_side, "max_frames": max_frames}
        animation.check_options(**self.options)
        if not isinstance(samples, SampleGrid | None):
            raise InvalidArgument(
                f"`samples` must be a SampleGrid or None. Received: samples={samples!r}"
            )
        self.path = animation.check_path(path)
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
        self._begun = False
        if self._owned:
            self.samples.on_train_begin(logs)

    def on_epoch_begin(self, epoch, logs=None):
        if self._owned and not self._begun:
            # An earlier training with this callback may have had more epochs.
            for frame, (last, _) in animation.find_frames(self.samples.directory).items():
                if last > epoch:
                    frame.unlink()
        self._begun = True

    def on_epoch_end(self, epoch, logs=None):
        if self._owned:
            self.samples.on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        animation.write_training_animation(self.path, self.samples.directory, **self.options)
