"""`plot_metrics`: a panel for each metric, of one training or of several."""

import numpy as np
import pytest
from PIL import Image

from tfgan_kit.callbacks import plot_metrics

RECORDS = [
    {"epoch": e, "step": 9 * e, "seconds": 1.0, "generator_loss": 1.0, "precision": 0.1 * e}
    for e in (1, 2, 3)
]


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_one_training(tmp_path):
    assert plot_metrics(RECORDS, tmp_path / "metrics.png", marks=[(2, "best")])
    marked = pixels(tmp_path / "metrics.png")
    assert marked.std() > 1
    plot_metrics(RECORDS, tmp_path / "plain.png")
    plain = pixels(tmp_path / "plain.png")
    assert marked.shape == plain.shape and (marked != plain).any()


def test_a_panel_for_each_metric(tmp_path):
    more = [{**r, "a": 1.0, "b": np.nan, "c": 2.0} for r in RECORDS]
    plot_metrics(RECORDS, tmp_path / "few.png")
    plot_metrics(more, tmp_path / "many.png")
    heights = [pixels(tmp_path / name).shape[0] for name in ("few.png", "many.png")]
    assert heights[1] > 1.5 * heights[0]


def test_several_trainings(tmp_path):
    other = [{"epoch": 1, "recall": 0.5}]
    assert plot_metrics({"a": RECORDS, "b": other, "c": []}, tmp_path / "curves.png")
    assert pixels(tmp_path / "curves.png").shape[1] > 500


@pytest.mark.parametrize("records", [[], [{"epoch": 1, "generator_loss": 2.0}], {}, {"a": []}])
def test_nothing_to_draw_writes_nothing(tmp_path, records):
    assert not plot_metrics(records, tmp_path / "metrics.png")
    assert list(tmp_path.iterdir()) == []
