"""Plots in one style, and the curves of a training."""

import contextlib
import math
import pathlib

from tfgan_kit.utils.files import atomic_path

__all__ = [
    *("COLORS", "STYLE", "add_legend", "add_panels", "metric_names"),
    *("open_figure", "plot_losses", "plot_metrics"),
]

# Okabe and Ito's colours, which colour-blind readers can distinguish.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "0.4",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelsize": 10,
    "axes.prop_cycle": "cycler('color', [" + ", ".join(map(repr, COLORS)) + "])",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "font.size": 10,
    "grid.color": "0.88",
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "savefig.dpi": 110,
    "xtick.color": "0.25",
    "xtick.labelsize": 9,
    "ytick.color": "0.25",
    "ytick.labelsize": 9,
}
_LOSS_PANELS = (
    ("loss", ("generator_loss", "discriminator_loss")),
    ("classified correctly", ("real_accuracy", "fake_accuracy")),
    ("resolution", ("level",)),
)
_NOT_METRICS = {"epoch", "step", "seconds", "level", "resolution"}


@contextlib.contextmanager
def open_figure(path, width, height):
    """Yield a figure in the style of all plots, and write it atomically as the block ends."""
    import matplotlib

    # The object interface does not change the state of a notebook's pyplot.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=pathlib.Path(path).suffix[1:] or "png")


def add_panels(figure, num, columns=3, **options):
    """The axes of `num` panels, row by row."""
    rows = -(-num // columns)
    axes = figure.subplots(rows, columns, squeeze=False, **options).ravel()
    for unused in axes[num:]:
        unused.remove()
    # A panel above a removed one shows the labels that the two would share.
    for panel in axes[max(0, num - columns) : num]:
        panel.tick_params(labelbottom=True)
    return axes[:num]


def add_legend(figure):
    """One legend above all panels, which have the same labels."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4)


def plot_losses(records, path):
    """Plot losses, accuracies and the level of networks that grow against the epoch.

    Validation values are dashed.

    Args:
        records: Sequence of dicts with `epoch` and the GAN's metrics, as
            `callbacks.read_metrics` returns them.
        path: String or `os.PathLike`, the picture to write; PNG if it has no suffix.

    Example:

    ```python
    from tfgan_kit import media

    records = [
        {"epoch": 1, "generator_loss": 0.7, "discriminator_loss": 1.4},
        {"epoch": 2, "generator_loss": 0.8, "discriminator_loss": 1.3},
    ]
    media.plot_losses(records, "losses.png")
    ```
    """
    known = {name for record in records for name in record}
    shown = [panel for panel in _LOSS_PANELS if known.intersection(panel[1])] or _LOSS_PANELS[:1]
    with open_figure(path, 5.4, 2.2 * len(shown) + 0.3) as figure:
        panels = add_panels(figure, len(shown), columns=1, sharex=True)
        for axes, (label, names) in zip(panels, shown, strict=True):
            for color, name in zip(COLORS, names, strict=False):
                for key, dashes in ((name, "-"), (f"val_{name}", "--")):
                    if any(key in record for record in records):
                        text = key.replace("_", " ")
                        _plot_line(axes, records, key, text, color=color, linestyle=dashes)
            axes.set_ylabel(label)
            if names == ("level",):
                _name_levels(axes, records)
            elif axes.lines:
                axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
            if "accuracy" in names[0]:
                axes.set_ylim(-0.02, 1.02)
                axes.axhline(0.5, color="0.5", linewidth=0.8, linestyle=":")
        axes.set_xlabel("epoch")


def plot_metrics(records, path, marks=()):
    """Plot each metric against the epoch, in its own panel.

    Args:
        records: Sequence of dicts with `epoch` and numbers, as `callbacks.read_metrics` returns
            them; or a dict from the names of several trainings to such sequences. Losses and
            accuracies are left out; `plot_losses` draws them. So are metrics that are zero
            throughout.
        path: String or `os.PathLike`, the picture to write; PNG if it has no suffix.
        marks: Sequence of `(epoch, label)`, drawn as vertical lines. Defaults to none.

    Returns:
        Boolean, False if there was no metric, and so no picture.

    Example:

    ```python
    from tfgan_kit import media

    records = [{"epoch": 1, "precision": 0.1}, {"epoch": 2, "precision": 0.4}]
    media.plot_metrics(records, "metrics.png", marks=[(2, "best")])  # True
    ```
    """
    trainings = records if isinstance(records, dict) else {"": records}
    everything = [record for each in trainings.values() for record in each]
    names = metric_names(everything)
    if not names:
        return False
    with open_figure(path, 10.8, 2.2 * -(-len(names) // 3) + 0.5) as figure:
        for axes, name in zip(add_panels(figure, len(names), sharex=True), names, strict=True):
            for label, each in trainings.items():
                _plot_line(axes, each, name, label)
            axes.set_title(name.replace("_", " "))
            for epoch, label in marks:
                axes.axvline(epoch, color="0.4", linestyle=":", linewidth=1.2)
                place = axes.get_xaxis_transform()
                axes.text(epoch, 1, f" {label}", va="top", fontsize=8, transform=place)
        figure.supxlabel("epoch", fontsize=10)
        if isinstance(records, dict):
            add_legend(figure)
    return True


def metric_names(records):
    """The metrics among what was logged that are not zero throughout."""
    return [
        name
        for name in dict.fromkeys(name for record in records for name in record)
        if name not in _NOT_METRICS
        and not name.endswith(("_loss", "_accuracy"))
        and any(math.isfinite(record.get(name) or 0) and record.get(name) for record in records)
    ]


def _name_levels(axes, records):
    """The size of the images of each level, between which a line rises during a fade."""
    record = next(each for each in records if "level" in each)
    top = math.ceil(max(each.get("level", 0) for each in records))
    axes.set_ylim(-0.1, max(top, 1) + 0.1)
    if size := int(record.get("resolution", 0)) >> math.ceil(record["level"]):
        sides = [size << level for level in range(max(top, 1) + 1)]
        axes.set_yticks(range(len(sides)), [f"{side}x{side}" for side in sides])


def _plot_line(axes, records, name, label, **style):
    from matplotlib.ticker import MaxNLocator

    points = [(record["epoch"], record[name]) for record in records if name in record]
    marker = "o" if len(points) < 3 else None
    axes.plot([x for x, _ in points], [y for _, y in points], marker=marker, label=label, **style)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
