"""Pictures of an evaluation: best and worst samples, classes, the closest training images."""

import numpy as np

from tfgan_kit import metrics
from tfgan_kit.media import images
from tfgan_kit.media.plots import open_figure
from tfgan_kit.metrics import neighbours
from tfgan_kit.utils.text import shorten

__all__ = ["write_pictures"]

_NUM = 32
_COLUMNS = 8
_NUM_RANKED = 2000


def write_pictures(folder, judge, training, report):
    """Write `samples.png`, `real.png`, `best.png`, `worst.png`, `closest.png`.

    And, with a classifier, `classes.png`. `training` may be None.
    """
    real, fake = judge.real, judge.last_samples
    _write(folder / "samples.png", fake.images[:_NUM])
    _write(folder / "real.png", real.images[:_NUM])
    ranked = metrics.manifold_metrics(
        real.features.values[:_NUM_RANKED], fake.features.values[:_NUM_RANKED]
    )
    order = np.argsort(-ranked.realism, kind="stable")
    _write(folder / "best.png", fake.images[order[:_NUM]])
    _write(folder / "worst.png", fake.images[order[::-1][:_NUM]])
    if fake.features.logits is not None:
        labels = range(fake.features.logits.shape[1]) if fake.classes is None else fake.classes
        _plot_classes(folder / "classes.png", judge.floor, fake, labels, judge.source.class_names)
    else:  # From an earlier evaluation with other features.
        (folder / "classes.png").unlink(missing_ok=True)
    if training is None:
        distances, nearest = neighbours.nearest(fake.features.values, real.features.values)
        samples = np.argsort(distances, kind="stable")[: _NUM // 2]
        originals = real.images[nearest[samples]]
    else:
        samples, nearest = metrics.closest_pairs(report.copies, num=_NUM // 2)
        originals = training.read(judge.training_indices[nearest])
    pairs = np.stack([fake.images[samples], originals], axis=1)
    _write(folder / "closest.png", pairs.reshape(-1, *pairs.shape[2:]))


def _plot_classes(path, real, fake, labels, names):
    """Plot the shares of predicted classes; for a conditional generator also the agreement."""
    logits = [each.features.logits.argmax(axis=1) for each in (real, fake)]
    bars = dict(zip(("real", "generated"), logits, strict=True))
    if fake.labels is not None and fake.classes is not None:
        bars["generated as requested"] = logits[1][fake.predicted_labels == fake.labels]
    known = range(len(names or ()))
    titles = [shorten(names[k]) if k in known else str(k) for k in labels]
    with open_figure(path, 7, 3) as figure:
        axes = figure.subplots()
        places, width = np.arange(len(titles)), 0.8 / len(bars)
        for number, (label, predicted) in enumerate(bars.items()):
            heights = 100 * np.bincount(predicted, minlength=len(titles)) / len(fake)
            offset = (number - (len(bars) - 1) / 2) * width
            axes.bar(places + offset, heights, width, label=label)
        if len(titles) <= 30:
            rotation = 45 if max(map(len, titles)) > 3 else 0
            axes.set_xticks(places, titles, rotation=rotation)
        axes.set_ylabel("% of images")
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1))


def _write(path, pixels):
    images.write_grid(path, np.ascontiguousarray(pixels), _COLUMNS)
