"""Step time of a growing GAN at each level, beside networks built only to that size.

    python benchmarks/level_time.py [--size 28] [--width 16] [--batch 32] [--rounds 7] [--steps 10]
    python benchmarks/level_time.py --recipes dcgan pgan stylegan --size 64 --batch 16

Both sides have the same layers, losses, penalties and updates, those of the paper. The
growing side has the networks of the full size, takes images of the full size and chooses the level
in the graph; the other one is a plain GAN of the layers of one level, with Keras's Adam, and takes
images of that size. Times are of the processor, of rounds that alternate in one process; a ratio is
that of the medians. "fading" is the growing side with the level faded in half.

With `--recipes` each recipe's own networks and terms are timed at that size in RGB, `pgan` at each
level, by the clock and by the processor; the memory is the most so far.
"""

import argparse
import json
import os
import resource
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import tfgan_kit
from tfgan_kit import models, penalties, recipes
from tfgan_kit.models import sizes
from tfgan_kit.training import PerVariableAdam, Progressive
from tfgan_kit.training.progressive import at_current_level, find_fades

LATENT_DIM = 64
# Far apart, so that no level changes while it is measured.
IMAGES = 10**7
RATES = {"learning_rate": 1e-3, "beta_1": 0.0, "beta_2": 0.99}


def compiled(networks, adam, updates):
    gan = tfgan_kit.GAN(*networks, seed=0)
    gan.compile(
        adam(**RATES),
        adam(**RATES),
        loss="wasserstein",
        penalties=[penalties.WGANGP(10.0), penalties.Drift(0.001)],
        updates=updates,
        ema=0.99,
    )
    return gan


def plain(size, widths):
    """A GAN of the layers of one level."""
    networks = models.progressive((size, size, 1), LATENT_DIM, widths)
    for network in networks:
        for fade in find_fades(network):
            fade.update(1e12)
    networks = [at_current_level(each) for each in networks]
    return compiled(networks, keras.optimizers.Adam, "alternating")


def seconds_of(gan, images, batch, images_seen=None):
    """Processor seconds of a step."""
    if images_seen is not None:
        gan.images_seen.assign(images_seen)
    started = time.process_time()
    gan.fit(images, batch_size=batch, verbose=0, shuffle=False)
    return (time.process_time() - started) / (len(images) // batch)


def time_recipe(name, size, batch, steps):
    """Print a line for the recipe, or for each of its levels."""
    gan = recipes.get(name).build((size, size, 3), seed=0)
    images = np.random.default_rng(0).uniform(-1, 1, (batch * steps, size, size, 3))
    images = images.astype("float32")
    fades = find_fades(gan.generator)
    for level in range(len(fades) + 1) if fades else [None]:
        if level is not None:
            gan.images_seen.assign(int(fades[level - 1].end) if level else 0)
        gan.fit(images[:batch], batch_size=batch, verbose=0)  # Traces and compiles.
        started = time.perf_counter(), time.process_time()
        gan.fit(images, batch_size=batch, verbose=0, shuffle=False)
        spent = time.perf_counter() - started[0], time.process_time() - started[1]
        clock, processor = (each / steps for each in spent)
        row = {"size": size if level is None else size >> (len(fades) - level)}
        row |= {"ms": 1000 * clock, "images/s": batch / clock, "processor ms": 1000 * processor}
        row["MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(name, json.dumps({key: round(value, 1) for key, value in row.items()}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=28)
    parser.add_argument("--width", type=int, default=16, help="at the full size")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10, help="steps of each side in a round")
    parser.add_argument("--recipes", nargs="+", help="time these instead")
    arguments = parser.parse_args()
    for name in arguments.recipes or ():
        time_recipe(name, arguments.size, arguments.batch, arguments.steps)
    if arguments.recipes:
        return

    plane, doublings = sizes.start(arguments.size)
    shape = arguments.size, arguments.size, 1
    widths = [arguments.width << level for level in range(doublings, -1, -1)]
    networks = models.progressive(
        shape, LATENT_DIM, widths, level_images=IMAGES, fade_images=IMAGES
    )
    growing = compiled(networks, PerVariableAdam, Progressive())
    num = arguments.batch * arguments.steps
    images = np.random.default_rng(0).uniform(-1, 1, (num, *shape)).astype("float32")
    results = {}
    for level in range(doublings + 1):
        size = plane << level
        own, small = plain(size, widths[: level + 1]), images[:, :size, :size]
        sides = {
            "plain": lambda own=own, small=small: seconds_of(own, small, arguments.batch),
            "level": lambda at=2 * level * IMAGES: seconds_of(growing, images, arguments.batch, at),
        }
        if level:
            at = (2 * level - 0.5) * IMAGES
            sides["fading"] = lambda at=at: seconds_of(growing, images, arguments.batch, at)
        found = {side: [] for side in sides}
        for _ in range(arguments.rounds + 1):
            for side, measure in sides.items():
                found[side].append(measure())
        # The first round traces and compiles.
        row = {side: statistics.median(values[1:]) for side, values in found.items()}
        for side in ("level", "fading"):
            if side in row:
                row[f"{side} / plain"] = row[side] / row["plain"]
        results[size] = {name: round(value, 4) for name, value in row.items()}
        print(f"{size}x{size}", json.dumps(results[size]), flush=True)


if __name__ == "__main__":
    main()
