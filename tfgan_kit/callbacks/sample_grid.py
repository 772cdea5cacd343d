"""`SampleGrid`: pictures of the same noise as training goes on."""

import pathlib
import sys

import keras

from tfgan_kit import latent
from tfgan_kit.media import images
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_seed

__all__ = ["SampleGrid"]


class SampleGrid(keras.callbacks.Callback):
    """Write a grid of generated images, from fixed noise, as PNG.

    One file before the first step (`epoch-0000.png`), then one every
    `every_epochs` epochs (`epoch-0001.png`) and, if asked for, one every
    `every_steps` steps (`epoch-0001-step-00000200.png`, in the first epoch).
    The names sort in the order of training. In a notebook the newest grid also
    shows below the cell.

    Args:
        directory: String or `os.PathLike`, where the files go; made if missing.
        num_images: Integer, 1 or more. Defaults to 16, as in the DCGAN tutorial.
        seed: Integer in [0, 2**31), the seed of the noise. Defaults to 0.
        every_epochs: Integer, 1 or more. Defaults to 1.
        every_steps: Integer, 1 or more, or None for none. Defaults to None.
        min_side: Integer, pixels; smaller grids are enlarged by a whole factor.
            Defaults to 256.
        show: Bool or `"auto"`, whether to display the grid inline. `"auto"` does
            in a notebook. Defaults to `"auto"`.

    Raises:
        InvalidArgument: If a number is out of range or, when training begins,
            if the model makes no grey or RGB images.

    Example:

    ```python
    import numpy as np
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    real_images = np.zeros((32, 16, 16, 1), "float32")
    gan.fit(real_images, callbacks=[tfgan_kit.callbacks.SampleGrid("samples")])
    # samples/epoch-0000.png, samples/epoch-0001.png
    ```
    """

    def __init__(
        self,
        directory,
        num_images=16,
        seed=0,
        every_epochs=1,
        every_steps=None,
        min_side=256,
        show="auto",
    ):
        super().__init__()
        for name, value in (
            ("num_images", num_images),
            ("every_epochs", every_epochs),
            ("every_steps", every_steps),
        ):
            if not (isinstance(value, int) and value >= 1) and (name, value) != (
                "every_steps",
                None,
            ):
                raise InvalidArgument(
                    f"`{name}` must be an integer of 1 or more. Received: {name}={value!r}"
                )
        self.directory = pathlib.Path(directory)
        self.num_images = num_images
        self.seed = check_seed(seed)
        self.every_epochs = every_epochs
        self.every_steps = every_steps
        self.min_side = min_side
        self.show = _in_notebook() if show == "auto" else show
        self._epoch = 0
        self._display = None

    def on_train_begin(self, logs=None):
        shape = self.model.image_shape
        if len(shape) != 3 or shape[-1] not in (1, 3):
            raise InvalidArgument(
                "SampleGrid draws images of shape (height, width, 1 or 3). "
                f"Received: a model that makes shape {shape}"
            )
        # Another training shows below another cell.
        self._display = None
        self._noise = latent.sample(self.num_images, self.model.latent_dim, seed=self.seed)
        if int(self.model.step.numpy()) == 0:
            self.write("epoch-0000")

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._last_step = int(self.model.step.numpy())

    def on_train_batch_end(self, batch, logs=None):
        if self.every_steps is None:
            return
        step = int(self.model.step.numpy())
        # With `steps_per_execution` the step jumps, perhaps past the multiple.
        if step // self.every_steps > self._last_step // self.every_steps:
            self.write(f"epoch-{self._epoch + 1:04d}-step-{step:08d}")
        self._last_step = step

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every_epochs == 0:
            self.write(f"epoch-{epoch + 1:04d}")

    def write(self, name):
        """Write the grid of the model as it stands.

        Args:
            name: String, the name of the file in `directory`, without suffix.
        """
        samples = images.to_uint8(latent.decode(self.model.sampling_generator, self._noise))
        grid = images.scale_up(images.tile(samples), self.min_side)
        path = self.directory / f"{name}.png"
        images.write_image(path, grid)
        if self.show:
            self._show(path)

    def _show(self, path):
        from IPython import display

        picture = display.Image(filename=path)
        if self._display is None:
            self._display = display.display(picture, display_id=True)
        else:
            self._display.update(picture)


def _in_notebook():
    """Whether a Jupyter kernel runs this; without importing IPython to find out."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")
