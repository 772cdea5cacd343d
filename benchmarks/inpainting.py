"""Inpainting of 100 digits that the generator has not seen, the middle 14x14 pixels removed.

    python benchmarks/inpainting.py mnist_train.npz generator.keras --gan last.keras

The generator: of labels, trained by `tfgan-kit train --recipe dcgan` on all but the 10,000 images
that `_held_out.split` leaves out (`time_to_quality.py` does that), and the whole GAN of the same
training for its discriminator. A classifier of real digits, trained here on the same other images
or given with `--classifier`, names what was filled. Beside it: the hole filled with the mean of
the known pixels, and scikit-image's `inpaint_biharmonic`. Writes a picture of 20: whole, with the
hole, each filling in that order, and `latent.inpaint` last.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from _held_out import split
from rich.console import Console
from rich.table import Table
from skimage.restoration import inpaint_biharmonic

from tfgan_kit import evaluation, latent, media
from tfgan_kit.export.exportable import in_float32
from tfgan_kit.metrics.standard_error import share_interval

NUM_CLASSES = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("generator")
    parser.add_argument("--gan", help="a whole GAN, for its discriminator")
    parser.add_argument("--classifier", help="a .keras file that Classifier.save wrote")
    parser.add_argument("--num", type=int, default=100)
    parser.add_argument("--pool", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=16)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--picture", default="inpainting.png")
    arguments = parser.parse_args()
    rest, (pixels, labels) = split(arguments.data, arguments.num)
    if arguments.classifier:
        classifier = evaluation.Classifier.load(arguments.classifier)
    else:
        classifier = evaluation.train_classifier(rest.read(np.arange(len(rest))), rest.labels)
    generator = in_float32(keras.models.load_model(arguments.generator, compile=False))
    discriminator = None
    if arguments.gan:
        discriminator = in_float32(keras.models.load_model(arguments.gan).discriminator)
    images, hole = media.to_float(pixels), np.zeros((28, 28), bool)
    hole[7:21, 7:21] = True
    given = np.where(hole[..., None], -1, images)
    mean = np.where(hole[..., None], given[:, ~hole].mean(axis=1)[:, None, None], given)
    settings = {"pool": arguments.pool, "num_classes": NUM_CLASSES}
    started = time.process_time()
    found = latent.inpaint(
        generator,
        given,
        hole,
        discriminator,
        starts=arguments.starts,
        optimizer=latent.Descent(arguments.steps, 0.05),
        **settings,
    )
    seconds = (time.process_time() - started) / len(images)
    fillings = {
        "whole digits": images,
        "mean": mean,
        "inpaint_biharmonic": np.stack(
            [inpaint_biharmonic(each, hole, channel_axis=-1) for each in given]
        ),
        "latent.inpaint": found.images[:, 0],
    }
    table = Table("filling", "named rightly", "95 % interval", "mean error in the hole")
    for name, filled in fillings.items():
        share = np.mean(classifier.predict(media.to_uint8(filled)) == labels)
        low, high = share_interval(share, len(labels))
        error = np.abs(filled - images)[:, hole].mean() / 2
        table.add_row(name, f"{share:.0%}", f"{low:.0%} to {high:.0%}", f"{error:.3f}")
    Console(width=100).print(table)
    print(
        f"label found: {np.mean(found.labels[:, 0] == labels):.0%}; CPU seconds each: {seconds:.2f}"
    )
    shown = [images, given, *list(fillings.values())[1:]]
    media.write_grid(arguments.picture, np.concatenate([each[:20] for each in shown]), 20)


if __name__ == "__main__":
    main()
