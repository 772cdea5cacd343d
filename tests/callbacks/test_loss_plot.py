"""`LossPlot`: which lines, and nothing of pyplot's touched."""

import functools
import sys

import keras
import matplotlib.figure
import numpy as np
import pytest
from PIL import Image

from tfgan_kit.callbacks import LossPlot, plot_losses

NAMES = ["generator loss", "discriminator loss", "real accuracy", "fake accuracy"]


@pytest.fixture
def make_gan(make_gan):
    """Without graphs: a few steps take less time than to trace one."""
    return functools.partial(make_gan, run_eagerly=True)


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved, newest last."""
    figures = []
    savefig = matplotlib.figure.Figure.savefig

    def spy(figure, *arguments, **options):
        figures.append(figure)
        return savefig(figure, *arguments, **options)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", spy)
    return figures


def lines(figure):
    """All labelled lines: name to points and style."""
    return {
        line.get_label(): (line.get_xydata().tolist(), line.get_linestyle(), line.get_marker())
        for axes in figure.axes
        for line in axes.lines
        if not line.get_label().startswith("_")
    }


def fit(gan, real_images, *callbacks, **arguments):
    return gan.fit(real_images, batch_size=40, verbose=0, callbacks=callbacks, **arguments)


def size(path):
    with Image.open(path) as file:
        file.load()
        assert file.format == "PNG"
        return file.size


def test_lines_are_the_history(make_gan, real_images, tmp_path, drawn):
    path = tmp_path / "deep" / "losses.png"
    history = fit(make_gan(), real_images, LossPlot(path), epochs=3).history
    found = lines(drawn[-1])
    assert sorted(found) == sorted(NAMES)
    for name, (points, style, _) in found.items():
        values = history[name.replace(" ", "_")]
        np.testing.assert_allclose(points, list(zip([1, 2, 3], values, strict=True)), rtol=1e-6)
        assert style == "-"
    assert size(path) == (880, 605)
    assert [p.name for p in path.parent.iterdir()] == ["losses.png"]


def test_validation_is_dashed(make_gan, real_images, tmp_path, drawn):
    plot = LossPlot(tmp_path / "a.png")
    fit(make_gan(), real_images, plot, epochs=2, validation_data=real_images)
    found = lines(drawn[-1])
    assert sorted(found) == sorted(NAMES + [f"val {name}" for name in NAMES])
    assert all(found[name][1] == "-" and found[f"val {name}"][1] == "--" for name in NAMES)


def test_one_epoch_is_a_visible_point(make_gan, real_images, tmp_path, drawn):
    fit(make_gan(), real_images, LossPlot(tmp_path / "a.png"))
    assert all(
        len(points) == 1 and marker == "o" for points, _, marker in lines(drawn[-1]).values()
    )


def test_every_epochs_and_the_end(make_gan, real_images, tmp_path, drawn):
    plot = LossPlot(tmp_path / "a.png", every_epochs=2)
    fit(make_gan(), real_images, plot, epochs=3)
    assert [len(lines(figure)["generator loss"][0]) for figure in drawn] == [2, 3]


def test_another_fit_begins_anew_at_its_epoch(make_gan, real_images, tmp_path, drawn):
    gan, plot = make_gan(), LossPlot(tmp_path / "a.png")
    fit(gan, real_images, plot, epochs=2)
    fit(gan, real_images, plot, initial_epoch=2, epochs=4)
    assert [point[0] for point in lines(drawn[-1])["generator loss"][0]] == [3, 4]


def test_pyplot_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    backend = matplotlib.rcParams._get("backend")
    plot_losses([{"epoch": 1, "generator_loss": 1.0}], tmp_path / "a.png")
    assert "matplotlib.pyplot" not in sys.modules
    assert matplotlib.rcParams._get("backend") is backend


@pytest.mark.parametrize(
    "values",
    [(1.0, np.nan, 2.0), (np.nan, np.nan, np.nan), (1.0, np.inf, -np.inf), (None, 1.0, None)],
)
def test_values_that_are_not_finite_are_gaps(tmp_path, drawn, values):
    records = [{"epoch": n + 1, "generator_loss": value} for n, value in enumerate(values)]
    plot_losses(records, tmp_path / "a.png")
    assert size(tmp_path / "a.png") == (880, 605)
    assert list(lines(drawn[-1])) == ["generator loss"]


def test_metrics_that_begin_late_or_are_missing(tmp_path, drawn):
    records = [{"epoch": 1}, {"epoch": 2, "fake_accuracy": 0.5, "seconds": 3, "fid": 9.0}]
    plot_losses(records, tmp_path / "a.png")
    assert lines(drawn[-1]) == {"fake accuracy": ([[2.0, 0.5]], "-", "o")}
    plot_losses([{"epoch": 1}], tmp_path / "a.png")
    plot_losses([], tmp_path / "a.png")
    assert lines(drawn[-1]) == {}


def test_path_without_suffix_is_png(tmp_path):
    plot_losses([{"epoch": 1, "generator_loss": 1.0}], tmp_path / "losses")
    assert size(tmp_path / "losses") == (880, 605)
    assert [p.name for p in tmp_path.iterdir()] == ["losses"]


def test_failing_write_leaves_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(ValueError, match="txt"):
        plot_losses([{"epoch": 1, "generator_loss": 1.0}], tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("every_epochs", [0, -1, 1.5, None])
def test_wrong_every_epochs_is_named(every_epochs):
    with pytest.raises(ValueError, match="`every_epochs` must be .*Received: every_epochs="):
        LossPlot("a.png", every_epochs=every_epochs)


def test_is_a_keras_callback():
    assert isinstance(LossPlot("a.png"), keras.callbacks.Callback)
