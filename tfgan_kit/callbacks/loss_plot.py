"""`LossPlot`: losses and accuracies as a picture."""

import pathlib

import keras

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path

__all__ = ["LossPlot", "plot_losses"]

_PANELS = (
    ("loss", ("generator_loss", "discriminator_loss")),
    ("share called right", ("real_accuracy", "fake_accuracy")),
)


class LossPlot(keras.callbacks.Callback):
    """Draw losses and accuracies against the epoch as PNG, new after each epoch.

    Validation values, where there are any, are dashed.

    Args:
        path: String or `os.PathLike`, for example `"losses.png"`.
        every_epochs: Integer, 1 or more, how often to draw; the end of training
            always is. Defaults to 1.

    Raises:
        InvalidArgument: If `every_epochs` is out of range.

    Example:

    ```python
    import numpy as np
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    real_images = np.zeros((32, 16, 16, 1), "float32")
    gan.fit(real_images, epochs=2, callbacks=[tfgan_kit.callbacks.LossPlot("losses.png")])
    ```
    """

    def __init__(self, path, every_epochs=1):
        super().__init__()
        if not (isinstance(every_epochs, int) and every_epochs >= 1):
            raise InvalidArgument(
                "`every_epochs` must be an integer of 1 or more. "
                f"Received: every_epochs={every_epochs!r}"
            )
        self.path = path
        self.every_epochs = every_epochs
        self._records = []

    def on_train_begin(self, logs=None):
        self._records = []

    def on_epoch_end(self, epoch, logs=None):
        self._records.append({"epoch": epoch + 1, **(logs or {})})
        if len(self._records) % self.every_epochs == 0:
            plot_losses(self._records, self.path)

    def on_train_end(self, logs=None):
        if self._records:
            plot_losses(self._records, self.path)


def plot_losses(records, path):
    """Draw losses and accuracies against the epoch.

    Args:
        records: Sequence of dicts with `epoch` and any of the GAN's metrics, as
            `read_metrics` returns them.
        path: String or `os.PathLike`, the picture to write; PNG where it has no
            suffix.

    Example:

    ```python
    from tfgan_kit import callbacks

    records = [
        {"epoch": 1, "generator_loss": 0.7, "discriminator_loss": 1.4},
        {"epoch": 2, "generator_loss": 0.8, "discriminator_loss": 1.3},
    ]
    callbacks.plot_losses(records, "losses.png")
    ```
    """
    # The object interface leaves a notebook's own pyplot state alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (label, names) in zip(
        figure.subplots(len(_PANELS), 1, sharex=True), _PANELS, strict=True
    ):
        for color, name in zip(("tab:blue", "tab:orange"), names, strict=True):
            _draw_line(axes, records, name, color=color)
            _draw_line(axes, records, f"val_{name}", color=color, linestyle="--")
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if axes.lines:
            axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    axes.set_ylim(-0.02, 1.02)
    axes.axhline(0.5, color="0.5", linewidth=0.8, linestyle=":")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format=pathlib.Path(path).suffix[1:] or "png")


def _draw_line(axes, records, name, **style):
    points = [(record["epoch"], record[name]) for record in records if name in record]
    if points:
        marker = "o" if len(points) == 1 else None
        axes.plot(*zip(*points, strict=True), label=name.replace("_", " "), marker=marker, **style)
