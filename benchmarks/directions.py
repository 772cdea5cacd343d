"""What each direction of a generator of digits changes: the stroke's ink, its slant, its width.

    python benchmarks/directions.py saved_models/mnist_styles

Directions of SeFa, and three of `latent.supervised` by the same measures; 200 digits of all classes
are moved along each. Ink is the mean pixel in [0, 1]; slant the angle of the digit's axis by the
second moments, positive to the right; width the spread of the ink across, in pixels. Writes a
picture of the directions that change one measure most.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from rich.console import Console
from rich.table import Table

from tfgan_kit import media
from tfgan_kit.runs.explorer import Explorer

NUM = 200
AMOUNTS = (-2, 0, 2)
MEASURES = ("ink", "slant in degrees", "width in pixels")


def measured(images):
    """Ink, slant and width of uint8 images, `(num, 3)`."""
    ink = images[..., 0] / 255
    down, across = np.mgrid[: ink.shape[1], : ink.shape[2]].astype(float)
    mass = np.maximum(ink.sum(axis=(1, 2)), 1e-6)

    def mean(values):
        return (ink * values).sum(axis=(1, 2)) / mass

    y = down - mean(down)[:, None, None]
    x = across - mean(across)[:, None, None]
    slant = np.degrees(np.arctan2(-mean(x * y), mean(y * y)))
    return np.stack([ink.mean(axis=(1, 2)), slant, np.sqrt(mean(x * x))], axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator")
    parser.add_argument("-n", "--num", type=int, default=6, help="directions of SeFa")
    parser.add_argument("--picture", default="directions.png")
    arguments = parser.parse_args()
    explorer = Explorer(arguments.generator)
    points, labels = explorer.sample(NUM, 1), explorer.labels(NUM, seed=1)
    directions = {
        f"SeFa {i}": each for i, each in enumerate(explorer.directions("SeFa", arguments.num), 1)
    }
    _, found = explorer.directions_to(lambda images, labels: measured(images))
    directions |= {f"supervised, {name}": each for name, each in zip(MEASURES, found, strict=True)}
    spread = measured(explorer.images(points, labels)).std(axis=0)
    table, changes = Table("direction", *(f"{name} at -2, 0, 2" for name in MEASURES)), {}
    for name, direction in directions.items():
        rows = np.array([
            measured(explorer.images((points + amount * direction).astype("float32"), labels))
            for amount in AMOUNTS
        ])  # fmt: skip
        means = rows.mean(axis=1)
        changes[name] = np.abs(means[2] - means[0]) / spread
        table.add_row(
            name,
            " / ".join(f"{each:.3f}" for each in means[:, 0]),
            " / ".join(f"{each:.1f}" for each in means[:, 1]),
            " / ".join(f"{each:.2f}" for each in means[:, 2]),
        )
    Console(width=120).print(table)
    sefa = [name for name in directions if name.startswith("SeFa")]
    rows = []
    for measure, title in enumerate(MEASURES):
        best = max(sefa, key=lambda name: changes[name][measure])
        print(f"most {title}: {best}, {changes[best][measure]:.1f} standard deviations")
        for name in (best, f"supervised, {title}"):
            moved = points[:1] + np.linspace(-3, 3, 7)[:, None] * directions[name]
            images = explorer.images(moved.astype("float32"), labels[:1].repeat(7))
            row = media.scale_up(media.tile(images, 7), 480)
            rows.append(media.label_image(row, f"{name} ({title}): -3 to 3"))
    media.write_image(arguments.picture, np.concatenate(rows))


if __name__ == "__main__":
    main()
