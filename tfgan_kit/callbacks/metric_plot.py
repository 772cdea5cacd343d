"""Curves of everything that was measured while training, as one picture."""

import pathlib

from tfgan_kit.utils.files import atomic_path

__all__ = ["plot_metrics"]

# What other pictures show, or what is no measure of the generator.
_LEFT_OUT = {"epoch", "step", "seconds"}
_COLUMNS = 3


def plot_metrics(records, path, marks=()):
    """Draw each metric against the epoch, a panel each.

    Args:
        records: Sequence of dicts with `epoch` and numbers, as `read_metrics`
            returns them; or a dict of such sequences, one a training, by the
            names of the trainings. Losses and accuracies, which `plot_losses`
            draws, are left out.
        path: String or `os.PathLike`, the picture to write; PNG where it has no
            suffix.
        marks: Sequence of `(epoch, label)`, drawn as vertical lines, such as the
            best checkpoint's. Defaults to none.

    Returns:
        Boolean, whether there was anything to draw.

    Example:

    ```python
    from tfgan_kit import callbacks

    records = [{"epoch": 1, "precision": 0.1}, {"epoch": 2, "precision": 0.4}]
    callbacks.plot_metrics(records, "metrics.png", marks=[(2, "best")])  # True
    ```
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    trainings = records if isinstance(records, dict) else {"": records}
    names = _names(record for each in trainings.values() for record in each)
    if not names:
        return False
    rows = -(-len(names) // _COLUMNS)
    figure = Figure(figsize=(3.6 * _COLUMNS, 2.2 * rows + 0.5), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, _COLUMNS, squeeze=False, sharex=True).flat
    for axes, name in zip(panels, names, strict=False):
        _draw(axes, name, trainings, marks)
    for axes in list(figure.axes)[len(names) :]:
        axes.remove()
    figure.supxlabel("epoch", fontsize=10)
    if isinstance(records, dict):
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=4, frameon=False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format=pathlib.Path(path).suffix[1:] or "png")
    return True


def _names(records):
    names = dict.fromkeys(name for record in records for name in record)
    return [
        name
        for name in names
        if name not in _LEFT_OUT and not name.endswith(("_loss", "_accuracy"))
    ]


def _draw(axes, name, trainings, marks):
    from matplotlib.ticker import MaxNLocator

    for label, records in trainings.items():
        points = [(record["epoch"], record[name]) for record in records if name in record]
        marker = "o" if len(points) < 3 else None
        axes.plot([x for x, _ in points], [y for _, y in points], marker=marker, label=label)
    axes.set_title(name.replace("_", " "), fontsize=10)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for epoch, label in marks:
        axes.axvline(epoch, color="0.4", linestyle=":", linewidth=1.2)
        axes.text(epoch, 1, f" {label}", va="top", fontsize=8, transform=axes.get_xaxis_transform())
