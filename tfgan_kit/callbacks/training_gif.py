"""`TrainingGIF`: the whole training as one animation."""

import math
import warnings

import keras

from tfgan_kit.callbacks.sample_grid import SampleGrid
from tfgan_kit.media import animation
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["TrainingGIF"]


class TrainingGIF(keras.callbacks.Callback):
    """Write an animation of samples from fixed noise at the end of training.

    Its frames are kept in a folder beside it, `digits.gif.frames`. A GAN that has not been trained
    starts a new animation; a later `fit` of a trained one, also in another process, continues the
    animation from the frame that shows the GAN as it is, and warns if there is none. With
    `samples` the frames are those of the `SampleGrid`, which counts epochs as `fit` does: give
    `fit` an `initial_epoch` to continue.

    Args:
        path: String or `os.PathLike` that ends in `.gif`, `.webp` or `.mp4` (the latter needs the
            extra `video`).
        samples: A `SampleGrid` from the same list of callbacks, whose files become the frames.
            Defaults to None: one frame per epoch.
        num_images: As for `SampleGrid`, if `samples` is None. Defaults to None.
        seed: Integer in [0, 2**31), random seed for the noise if `samples` is None. Defaults to 0.
        fps: Float in [0.01, 240], frames per second; at most 50 in GIF and WebP. Defaults to 8.
        hold: Float in [0, 60], seconds for which the last frame is shown. Defaults to 2.
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
        num_images=None,
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
            folder = self.path.with_name(f"{self.path.name}.frames")
            samples = SampleGrid(folder, num_images=num_images, seed=seed, show=False)
        self.samples = samples

    def set_model(self, model):
        super().set_model(model)
        if self._owned:
            self.samples.set_model(model)

    def on_train_begin(self, logs=None):
        self._shift, self._last_epoch = None, math.inf
        if self._owned:
            is_new = int(self.model.step.numpy()) == 0
            if is_new:
                self._remove_frames_after(-1)
            self.samples.on_train_begin(logs)
            self._kept = None if is_new else self._find_kept()

    def on_epoch_begin(self, epoch, logs=None):
        if self._shift is None:
            # `fit` counts from 0 again unless it is given `initial_epoch`.
            self._shift = self._kept - epoch if self._owned and self._kept is not None else 0
        self._last_epoch = epoch + self._shift + 1

    def on_epoch_end(self, epoch, logs=None):
        if self._owned:
            self.samples.on_epoch_end(epoch + self._shift, logs)

    def on_train_end(self, logs=None):
        folder = self.samples.directory
        animation.write_training_animation(self.path, folder, self._last_epoch, **self.options)

    def _find_kept(self):
        """The epoch of the frame that a continued training follows, None if there is none."""
        frames = animation.find_frames(self.samples.directory)
        if not frames:
            return None
        now = self.samples.write("now")
        shown = now.read_bytes()
        now.unlink()
        equal = [epoch for path, (epoch, _) in frames.items() if path.read_bytes() == shown]
        epoch = max(equal or [epoch for epoch, _ in frames.values()])
        if not equal:
            warnings.warn(
                f"{self.path} continues after epoch {epoch}, though none of its frames shows this "
                f"GAN as it is now. Remove {self.samples.directory} to start a new animation.",
                stacklevel=2,
            )
        self._remove_frames_after(epoch)
        return epoch

    def _remove_frames_after(self, epoch):
        for frame, (number, _) in animation.find_frames(self.samples.directory).items():
            if number > epoch:
                frame.unlink()
