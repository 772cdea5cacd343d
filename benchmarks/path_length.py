"""Perceptual path length of a generator: along straight lines, great circles, and in w.

    python benchmarks/path_length.py saved_models/mnist_styles saved_models/mnist

A run or an exported Keras generator each, computed in float32. Both ends of a path have one label
and, if the generator draws clusters, one cluster. Features: `metrics.RandomFeatures`, pixels, and
with `--classifier` those of a classifier that `evaluation.train_classifier` made. Also prints how
far a closed walk ends from where it began.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from rich.console import Console
from rich.table import Table

from tfgan_kit import evaluation, latent, metrics
from tfgan_kit.export.exportable import in_float32
from tfgan_kit.latent.styles import without_clusters
from tfgan_kit.runs.explorer import Explorer


def of_floats(path):
    """The features of a saved classifier, without the rounding of its input."""
    *hidden, _, _ = evaluation.Classifier.load(path).network.layers[1:]  # A ReLU, then classes.
    network = keras.Sequential([keras.Input(hidden[0].input.shape[1:]), *hidden])
    return metrics.ModelFeatures(network, "classifier")


def paths(explorer, num, seed=0):
    """A function of times for each method."""
    model, length = in_float32(explorer.model), explorer.latent_dim
    first, second = latent.sample(2 * num, length, seed).reshape(2, num, length)
    if without_clusters(model)[0] is not model:
        second[:, -1] = first[:, -1]
    labels = explorer.labels(num, seed=seed)
    for method in ("linear", "spherical"):
        yield (
            method,
            lambda times, method=method: latent.decode(
                model, latent.between(first, second, times, method), labels
            ),
        )
    if explorer.style_shape is not None:
        mapping, synthesis = latent.style_networks(model)
        ends = [latent.decode(mapping, noise, labels) for noise in (first, second)]
        yield (
            "w",
            lambda times: latent.decode(synthesis, latent.between(*ends, times, "linear")),
        )


def closed_walk(explorer, method):
    """The largest difference of a pixel between the first and the last image."""
    points = explorer.sample(4, 0)
    images = explorer.walk(points, explorer.labels(4, seed=0), 8, method, True).astype(int)
    return np.abs(images[0] - images[-1]).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generators", nargs="+")
    parser.add_argument("--num", type=int, default=2000, help="number of paths")
    parser.add_argument("--classifier", help="a .keras file that Classifier.save wrote")
    arguments = parser.parse_args()
    extractors = [metrics.RandomFeatures(), metrics.Pixels()]
    if arguments.classifier:
        extractors.append(of_floats(arguments.classifier))
    names = [each.name for each in extractors]
    table = Table("generator", "path", *names, "closed walk differs by")
    for path in arguments.generators:
        explorer = Explorer(path)
        for method, images_at in paths(explorer, arguments.num):
            found = [
                metrics.perceptual_path_length(images_at, arguments.num, each)
                for each in extractors
            ]
            end = closed_walk(explorer, {"w": "styles"}.get(method, method))
            figures = [f"{each.mean:.3g} ± {each.error:.2g}" for each in found]
            table.add_row(path, method, *figures, f"{end} of 255")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
