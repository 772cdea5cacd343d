"""`LossPlot`: losses and accuracies as a picture."""

import keras

from tfgan_kit import media
from tfgan_kit.utils.validation import check_integer

__all__ = ["LossPlot"]


class LossPlot(keras.callbacks.Callback):
    """Plot losses and accuracies against the epoch, and update the picture during training.

    Args:
        path: String or `os.PathLike`, the picture to write, for example `"losses.png"`.
        every_epochs: Positive integer, epochs between updates. The last epoch is always drawn.
            Defaults to 1.

    Raises:
        InvalidArgument: If `every_epochs` is out of range.

    Example:

    ```python
    from tfgan_kit import callbacks, data, recipes

    gan = recipes.get("tutorial").build()
    gan.fit(data.load("digits").take(2), callbacks=[callbacks.LossPlot("losses.png")])
    ```
    """

    def __init__(self, path, every_epochs=1):
        super().__init__()
        self.path = path
        self.every_epochs = check_integer("every_epochs", every_epochs, 1)
        self._records = []

    def on_train_begin(self, logs=None):
        self._records = []

    def on_epoch_end(self, epoch, logs=None):
        self._records.append({"epoch": epoch + 1, **(logs or {})})
        if len(self._records) % self.every_epochs == 0:
            media.plot_losses(self._records, self.path)

    def on_train_end(self, logs=None):
        if self._records:
            media.plot_losses(self._records, self.path)
