"""Three attributes, 5 % of the values missing and one value at 1 %, balanced and not.

    python benchmarks/attributes.py mnist_train.npz [--steps 3000] [--conditioning projection]

Real digits of MNIST are coloured: the digit (3, 5 or 8), the ink (red, green or blue) and the
background (dark, or light at 1 %). They are written as PNG files with a CSV table, and read,
trained on and drawn from as by `tfgan-kit train --attributes`. A classifier for each attribute,
trained on other digits with even shares, says how many generated images show the value that was
asked for: of all images, each combination drawn by its share, and of those that were asked for the
rare value. Their diversity is the mean distance between two images of the same digit and ink in
[-1, 1], and beside it that of other real images with the rare value.
"""

import argparse
import csv
import dataclasses
import os
import pathlib
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from tfgan_kit import data, evaluation, latent, penalties, recipes
from tfgan_kit.media import images

VALUES = {"digit": ("3", "5", "8"), "ink": ("red", "green", "blue"), "ground": ("dark", "light")}
RARE = {"ground": "light"}
RARE_SHARE = 0.01
MISSING = 0.05
NUM, NUM_JUDGED = 8000, 1800


def paint(pixels, ink, ground):
    """Grey digits `(num, 28, 28)` in colour."""
    strength = pixels[..., None] / 255.0
    paper = np.where(ground, 150, 20)[:, None, None, None]
    return (strength * np.eye(3)[ink][:, None, None] * 255 + (1 - strength) * paper).astype("uint8")


def draw(rng, digits, shares):
    """Painted digits and the number of each of their values, by shares of the backgrounds."""
    pixels, labels = digits
    values = {
        "digit": np.searchsorted([int(each) for each in VALUES["digit"]], labels),
        "ink": rng.integers(0, 3, len(labels)),
        "ground": rng.choice(2, len(labels), p=shares),
    }
    return paint(pixels, values["ink"], values["ground"]), values


def write(folder, rng, painted, values):
    """PNG files and `attributes.csv`, without some of the values."""
    with (folder / "attributes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *VALUES])
        for number, image in enumerate(painted):
            Image.fromarray(image).save(folder / f"{number:05}.png")
            row = [VALUES[name][values[name][number]] for name in VALUES]
            table.writerow(
                [f"{number:05}.png", *("" if rng.random() < MISSING else each for each in row)]
            )


def train(source, steps, balance, conditioning):
    """A GAN of the default recipe."""
    recipe = recipes.get("dcgan")
    recipe.model_arguments["conditioning"] = conditioning
    terms = [penalties.AuxiliaryClassifier()] if conditioning == "acgan" else []
    recipe = dataclasses.replace(recipe, penalties=[*recipe.penalties, *terms])
    gan = recipe.build(source.image_shape, seed=0, attributes=source.attributes)
    weights = source.attributes.balance(source.labels) if balance else None
    batches = data.batches(
        source, recipe.batch_size, seed=0, labels=True, start_step=0, weights=weights
    )
    gan.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0)
    return gan


def obeyed(gan, judges, wanted, num=NUM_JUDGED):
    """Share of images that show each attribute's value, and the images and their labels."""
    labels = gan.attributes.labels(num, wanted, seed=0) if wanted else None
    if labels is None:
        labels = latent.sample_labels(num, gan.num_classes, 0, gan.class_shares)
    made = images.to_uint8(gan.generate(num, seed=0, labels=labels))
    asked = dict(zip(VALUES, gan.attributes.table[labels].T, strict=True))
    names = dict(zip(gan.attributes.names, gan.attributes.values, strict=True))
    shares = {
        name: np.mean(
            np.array(VALUES[name])[judges[name].predict(made)] == np.array(names[name])[each]
        )
        for name, each in asked.items()
    }
    return shares, made, labels


def diversity(pixels, groups):
    """Mean distance between two images of a group, mean of the groups."""
    flat, found = images.to_float(pixels).reshape(len(pixels), -1), []
    for group in np.unique(groups):
        own = flat[groups == group]
        squares = (own**2).sum(axis=1)
        distances = np.maximum(squares[:, None] + squares - 2 * own @ own.T, 0) ** 0.5
        found.append(distances[np.triu_indices(len(own), 1)].mean())
    return float(np.mean(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="an .npz of MNIST, as for tfgan-kit train")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument(
        "--conditioning", choices=("projection", "concat", "acgan"), default="projection"
    )
    arguments = parser.parse_args()

    mnist, rng = data.open_source(arguments.source), np.random.default_rng(0)
    known = np.flatnonzero(np.isin(mnist.labels, [int(each) for each in VALUES["digit"]]))
    order = rng.permutation(known)

    def part(chosen, shares):
        chosen = np.sort(chosen)
        return draw(rng, (mnist.read(chosen)[..., 0], mnist.labels[chosen]), shares)

    painted, values = part(order[:NUM], (1 - RARE_SHARE, RARE_SHARE))
    others, true = part(order[NUM:], (0.5, 0.5))
    judges = {
        name: evaluation.train_classifier(others, true[name], steps=1000, batch_size=32)
        for name in VALUES
    }
    accuracies = ", ".join(f"{name} {each.accuracy:.1%}" for name, each in judges.items())
    print(f"classifiers of real images: {accuracies}", flush=True)
    is_rare = true["ground"] == 1
    real = diversity(others[is_rare], (3 * true["digit"] + true["ink"])[is_rare])

    with tempfile.TemporaryDirectory() as folder:
        write(pathlib.Path(folder), rng, painted, values)
        source = data.open_source(folder)
        counts = source.attributes.counts(source.labels)
        print(f"{len(source):,} images; {counts}", flush=True)
        table = Table("training", "asked for", *VALUES, "diversity", "real", "processor minutes")
        for balance in (False, True):
            started = time.process_time()
            gan = train(source, arguments.steps, balance, arguments.conditioning)
            minutes = (time.process_time() - started) / 60
            for asked, wanted in {"all": {}, "rare": RARE}.items():
                shares, made, labels = obeyed(gan, judges, wanted)
                spread = [f"{diversity(made, labels):.2f}", f"{real:.2f}"] if wanted else ["", ""]
                table.add_row(
                    "balanced" if balance else "not balanced",
                    asked,
                    *(f"{each:.1%}" for each in shares.values()),
                    *spread,
                    f"{minutes:.1f}",
                )
        Console().print(table)


if __name__ == "__main__":
    main()
