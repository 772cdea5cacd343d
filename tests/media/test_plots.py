"""Plots: the right lines and panels, whole files, and no change of pyplot's state."""

import sys

import matplotlib.figure
import numpy as np
import pytest
from PIL import Image

from tfgan_kit.media import plots

LOSS = [{"epoch": 1, "generator_loss": 1.0}]
RECORDS = [
    {"epoch": e, "step": 9 * e, "seconds": 1.0, "generator_loss": 1.0, "precision": 0.1 * e}
    for e in (1, 2, 3)
]


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved, newest last."""
    figures, save = [], matplotlib.figure.Figure.savefig
    monkeypatch.setattr(
        matplotlib.figure.Figure,
        "savefig",
        lambda figure, *given, **options: figures.append(figure) or save(figure, *given, **options),
    )
    return figures


def lines(axes):
    """Points, style and marker of all labelled lines."""
    return {
        line.get_label(): (line.get_xydata().tolist(), line.get_linestyle(), line.get_marker())
        for line in axes.lines
        if not line.get_label().startswith("_")
    }


def size(path):
    with Image.open(path) as file:
        file.load()
        assert file.format == "PNG"
        return file.size


def test_lines_are_the_records(tmp_path, drawn):
    names = ["generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy"]
    names += [f"val_{name}" for name in names]
    values = np.random.default_rng(0).uniform(size=(3, 8))
    records = [{"epoch": e + 4, **dict(zip(names, values[e], strict=True))} for e in range(3)]
    path = tmp_path / "deep" / "losses.png"
    plots.plot_losses(records, path)
    losses, accuracies = map(lines, drawn[0].axes)
    assert len(losses) == len(accuracies) == 4
    for column, name in enumerate(names):
        points, style, _ = {**losses, **accuracies}[name.replace("_", " ")]
        np.testing.assert_array_equal(points, np.stack([[4, 5, 6], values[:, column]], axis=1))
        assert style == ("--" if name.startswith("val_") else "-")
    assert size(path) == (594, 517)
    assert [p.name for p in path.parent.iterdir()] == ["losses.png"]


def test_levels_are_sizes_of_images(tmp_path, drawn):
    levels = {1: (0.0, 7.0), 2: (0.5, 14.0), 3: (1.25, 28.0)}
    records = [{"epoch": e, "level": x, "resolution": y} for e, (x, y) in levels.items()]
    plots.plot_losses(records, tmp_path / "losses.png")
    (axes,) = drawn[0].axes
    assert lines(axes) == {"level": ([[1, 0.0], [2, 0.5], [3, 1.25]], "-", "None")}
    assert [text.get_text() for text in axes.get_yticklabels()] == ["7x7", "14x14", "28x28"]
    assert axes.get_legend() is None and not plots.plot_metrics(records, tmp_path / "metrics.png")


def test_pyplot_is_unchanged(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    before = {name: matplotlib.rcParams._get(name) for name in matplotlib.rcParams}
    plots.plot_losses(LOSS, tmp_path / "a.png")
    assert "matplotlib.pyplot" not in sys.modules
    assert {name: matplotlib.rcParams._get(name) for name in matplotlib.rcParams} == before


def test_values_that_are_missing_or_not_finite_are_gaps(tmp_path, drawn):
    for values in ((np.nan, np.nan, np.nan), (1.0, np.inf, -np.inf), (None, 1.0, None)):
        records = [{"epoch": n + 1, "generator_loss": value} for n, value in enumerate(values)]
        plots.plot_losses(records, tmp_path / "a.png")
        assert size(tmp_path / "a.png") == (594, 275)
        assert list(lines(drawn[-1].axes[0])) == ["generator loss"]
    drawn.clear()
    records = [{"epoch": 1}, {"epoch": 2, "fake_accuracy": 0.5, "seconds": 3, "fid": 9.0}]
    for given in (records, []):
        plots.plot_losses(given, tmp_path / "a.png")
    found = [[lines(axes) for axes in figure.axes] for figure in drawn]
    # A single point needs a marker.
    assert found == [[{"fake accuracy": ([[2.0, 0.5]], "-", "o")}], [{}]]


def test_suffixes(tmp_path):
    plots.plot_losses(LOSS, tmp_path / "losses")
    assert size(tmp_path / "losses") == (594, 275)
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(ValueError, match="txt"):
        plots.plot_losses(LOSS, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "losses"]


def test_a_panel_for_each_metric(tmp_path, drawn):
    empty = {"zero": 0.0, "unknown": np.nan}
    more = [{**r, "a": 1.0, "b": -0.1, **empty, "c": 2.0, "penalty": 0.1} for r in RECORDS]
    assert plots.plot_metrics(RECORDS, tmp_path / "few.png")
    assert plots.plot_metrics(more, tmp_path / "more.png", marks=[(2, "best")])
    few, more = drawn
    assert [axes.get_title() for axes in few.axes] == ["precision"]
    assert [axes.get_title() for axes in more.axes] == ["precision", "a", "b", "c", "penalty"]
    assert more.get_figheight() > 1.5 * few.get_figheight()
    assert all(axes.texts[0].get_text().strip() == "best" for axes in more.axes)
    # The third panel has none below it.
    shown = [axes.xaxis.get_tick_params()["labelbottom"] for axes in more.axes]
    assert shown == [False, False, True, True, True]


def test_several_trainings_keep_their_colours(tmp_path, drawn):
    others = {"b": [], "c": [{"epoch": 1, "recall": 0.5}]}
    assert plots.plot_metrics({"a": RECORDS, **others}, tmp_path / "curves.png")
    (figure,) = drawn
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b", "c"]
    colours = [[line.get_color() for line in axes.lines] for axes in figure.axes]
    assert colours[0] == colours[1] and len(set(colours[0])) == 3


@pytest.mark.parametrize("records", [[], LOSS, {}, {"a": []}, [{"epoch": 1, "zero": 0}]])
def test_without_metrics_no_picture_is_written(tmp_path, records):
    assert not plots.plot_metrics(records, tmp_path / "metrics.png")
    assert list(tmp_path.iterdir()) == []
