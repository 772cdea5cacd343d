"""`SampleGrid`: pictures of the same noise during training."""

import pathlib
import sys

import keras
import numpy as np

from tfgan_kit import latent, media
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.labels import check_labels
from tfgan_kit.utils.validation import check_integer, check_seed

__all__ = ["SampleGrid", "arrange", "most_frequent"]

_MOST_ROWS = 16


class SampleGrid(keras.callbacks.Callback):
    """Write grids of images from fixed noise, and fixed labels, as PNG files.

    It writes `epoch-0000.png` before the first step, `epoch-0001.png` after the first epoch and,
    with `every_steps`, `epoch-0001-step-00000200.png` during it. A notebook shows the newest grid.
    Each class of a conditional GAN has its own row.

    Args:
        directory: String or `os.PathLike`, the output folder.
        num_images: Positive integer. Of a multiple of a conditional GAN's number of classes, each
            class has its own row or column; of another number the classes take turns. Defaults to
            None: 16, or a row of 8 or more for each class.
        seed: Integer in [0, 2**31), random seed for the noise. Defaults to 0.
        every_epochs: Positive integer. Defaults to 1.
        every_steps: Positive integer, or None for no grids during an epoch. Defaults to None.
        min_side: Integer, pixels; smaller grids are enlarged by an integer factor. Defaults to
            256.
        show: Bool or `"auto"`, whether to display the grid inline. Defaults to `"auto"`: only in a
            notebook.
        classes: Sequence of class numbers, those of a conditional GAN that are shown. Defaults to
            None: the first 16.

    Raises:
        InvalidArgument: If a number is out of range or, when training begins, if the GAN does not
            generate grey or RGB images, or a class is none of its own.

    Example:

    ```python
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    gan.fit(data.load("digits").take(2), callbacks=[callbacks.SampleGrid("samples")])
    # samples/epoch-0000.png, samples/epoch-0001.png
    ```
    """

    def __init__(
        self,
        directory,
        num_images=None,
        seed=0,
        every_epochs=1,
        every_steps=None,
        min_side=256,
        show="auto",
        classes=None,
    ):
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.num_images = check_integer("num_images", num_images, 1, optional=True)
        self.seed = check_seed(seed)
        self.every_epochs = check_integer("every_epochs", every_epochs, 1)
        self.every_steps = check_integer("every_steps", every_steps, 1, optional=True)
        self.min_side = min_side
        self.show = _in_notebook() if show == "auto" else show
        self.classes = classes
        self._epoch = 0
        self._display = None

    def on_train_begin(self, logs=None):
        shape = self.model.image_shape
        if len(shape) != 3 or shape[-1] not in (1, 3):
            raise InvalidArgument(
                "SampleGrid needs a GAN of images (height, width, 1 or 3). "
                f"Received: a GAN whose generator gives shape {shape}"
            )
        # Each training has its own output in a notebook.
        self._display = None
        num, self._labels, self._columns = self.num_images or 16, None, None
        if self.model.num_classes is not None:
            classes = self.classes
            if classes is None:
                classes = range(min(self.model.num_classes, _MOST_ROWS))
            classes = check_labels(classes, self.model.num_classes, "classes")
            self._labels, self._columns = arrange(classes, self.num_images)
            num = len(self._labels)
        self._noise = latent.sample(num, self.model.latent_dim, seed=self.seed)
        if int(self.model.step.numpy()) == 0:
            self.write("epoch-0000")

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._last_step = int(self.model.step.numpy())

    def on_train_batch_end(self, batch, logs=None):
        if self.every_steps is None:
            return
        step = int(self.model.step.numpy())
        # With `steps_per_execution` the step can skip the multiple.
        if step // self.every_steps > self._last_step // self.every_steps:
            self.write(f"epoch-{self._epoch + 1:04d}-step-{step:08d}")
        self._last_step = step

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every_epochs == 0:
            self.write(f"epoch-{epoch + 1:04d}")

    def write(self, name):
        """Write the current grid to `name`, without suffix, in `directory`; returns its path."""
        samples = latent.decode(self.model.sampling_generator, self._noise, self._labels)
        path = self.directory / f"{name}.png"
        media.write_grid(path, samples, self._columns, min_side=self.min_side)
        if self.show:
            self._show(path)
        return path

    def _show(self, path):
        from IPython import display

        picture = display.Image(filename=path)
        if self._display is None:
            self._display = display.display(picture, display_id=True)
        else:
            self._display.update(picture)


def arrange(classes, num=None):
    """Labels of the images in a grid and its columns, None for a square one."""
    classes = np.asarray(classes, "int32")
    if num is None:
        columns = max(8, 32 // len(classes))
        return np.repeat(classes, columns), columns
    each, rest = divmod(num, len(classes))
    index = np.arange(num)
    if not rest and each >= len(classes):
        return classes[index // each], each
    return classes[index % len(classes)], None if rest else len(classes)


def most_frequent(shares):
    """The classes with images, of more than 16 the most frequent ones, in order of number."""
    largest = np.argsort(np.negative(shares), kind="stable")[:_MOST_ROWS]
    return sorted(int(each) for each in largest if shares[each])


def _in_notebook():
    """Whether a Jupyter kernel runs this. Does not import IPython to find out."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")
