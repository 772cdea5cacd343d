"""Pictures of an evaluation: best and worst samples, classes, the closest training images."""

import numpy as np

from tfgan_kit import metrics
from tfgan_kit.media import images, plots

__all__ = ["write_pictures"]

_NUM = 32
_COLUMNS = 8
_NUM_RANKED = 2000
_MIN_SIDE = 480


def write_pictures(folder, judge, training, report):
    """Write `best.png`, `worst.png`, `closest.png` and, with a classifier, `classes.png`."""
    fake = judge.last_samples
    ranked = metrics.Coverage().manifold(judge.real.take(_NUM_RANKED), fake.take(_NUM_RANKED))
    order = np.argsort(-ranked.realism, kind="stable")
    _write(folder / "best.png", fake.images[order[:_NUM]])
    _write(folder / "worst.png", fake.images[order[::-1][:_NUM]])
    if fake.features.logits is not None:
        classes = getattr(judge.extractor, "classes", None)
        names = _class_names(judge.source, classes, fake.features.logits.shape[1])
        plot_classes(folder / "classes.png", judge.floor, fake, names)
    else:  # Of an earlier evaluation by other features.
        (folder / "classes.png").unlink(missing_ok=True)
    samples, nearest = metrics.closest_pairs(report.copies, num=_NUM // 2)
    originals = training.read(judge.training_indices[nearest])
    pairs = np.stack([fake.images[samples], originals], axis=1)
    _write(folder / "closest.png", pairs.reshape(-1, *pairs.shape[2:]))


def plot_classes(path, real, fake, names):
    """Plot the fraction of each class in real and in generated images."""
    with plots.open_figure(path, 7, 3) as figure:
        axes = figure.subplots()
        places = np.arange(len(names))
        for offset, samples, label in ((-0.2, real, "real"), (0.2, fake, "generated")):
            counts = np.bincount(samples.features.logits.argmax(axis=1), minlength=len(names))
            axes.bar(places + offset, 100 * counts / len(samples), 0.4, label=label)
        if len(names) <= 30:
            axes.set_xticks(places, names, rotation=45 if max(map(len, names)) > 3 else 0)
        axes.set_ylabel("% of images")
        axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1))


def _class_names(source, classes, num):
    labels = range(num) if classes is None else classes
    known = source.class_names
    return [known[k] if known is not None and 0 <= k < len(known) else str(k) for k in labels]


def _write(path, pixels):
    grid = images.tile(np.ascontiguousarray(pixels), columns=_COLUMNS)
    images.write_image(path, images.scale_up(grid, _MIN_SIDE))
