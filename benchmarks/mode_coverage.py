"""Modes found and share of good samples on the 8-ring and the 25-grid, for each loss.

    python benchmarks/mode_coverage.py [--seeds 5] [--steps N] [--only ring|grid]
        [--sides r3gan non_saturating ...]

All sides have the same multilayer perceptrons, optimizers, averages, batches and
number of steps; only the loss and the penalties differ, and `wasserstein` has five
discriminator steps. A sample is good within three standard deviations of a mode;
a mode is found when a good sample is nearest to it. 10,000 samples a training. It
prints a line a training, then a table, and draws the samples of the first seed.
"""

import argparse
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Products of these networks are too small to be shared: with two threads a step took twice as long.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import keras
import numpy as np
from matplotlib.figure import Figure

import tfgan_kit
from tfgan_kit import data, metrics, models, penalties, runs, training

LATENT_DIM = 2
BATCH = 256
NUM = 10_000
# From a search with r3gan's loss; all sides have them.
GAMMA = {"ring": 0.01, "grid": 0.1}
RATE = {"ring": 2e-3, "grid": 3e-3}
STEPS = {"ring": 20_000, "grid": 28_000}


def sides(gamma):
    """What is compared: a name, and what it changes in `compile`."""
    return {
        "non_saturating": {},
        "minimax": {"loss": "minimax"},
        "least_squares": {"loss": "least_squares"},
        "hinge": {"loss": "hinge"},
        "wasserstein + WGAN-GP": {
            "loss": "wasserstein",
            "penalties": [penalties.WGANGP(weight=1.0)],
            "updates": training.Alternating(discriminator_steps=5),
        },
        "non_saturating + DRAGAN": {"penalties": [penalties.DRAGAN(weight=1.0)]},
        "non_saturating + GDPP": {
            "penalties": [penalties.GDPP(weight=1.0)],
            "updates": "alternating",
        },
        "non_saturating + R1": {"penalties": [penalties.R1(gamma)]},
        "relativistic_average": {"loss": "relativistic_average", "updates": "alternating"},
        "relativistic_pairing": {"loss": "relativistic_pairing", "updates": "alternating"},
        "r3gan": {
            "loss": "relativistic_pairing",
            "penalties": [penalties.R1(gamma), penalties.R2(gamma)],
            "updates": "alternating",
        },
    }


def build(changes, seed, steps, rate):
    """A compiled GAN of points. Both rates fall to a hundredth, so that samples settle."""
    keras.utils.set_random_seed(seed)
    gan = tfgan_kit.GAN(*models.mlp((2,), LATENT_DIM, width=128), latent_dim=LATENT_DIM, seed=seed)
    falling = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.01)
    adams = [keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99) for _ in range(2)]
    gan.compile(*adams, ema=0.995, steps_per_execution=100, **changes)
    return gan


def train(toy, changes, seed, steps):
    gan = build(changes, seed, steps, RATE[toy.name])
    # Each update that uses real points gets a batch of its own.
    parts = getattr(gan.updates, "discriminator_steps", 1)
    if isinstance(gan.updates, training.Alternating):
        parts += gan.generator_uses_real
    batches = data.toy.batches(toy, batch_size=BATCH * parts, seed=seed)
    started = time.perf_counter()
    gan.fit(batches, steps_per_epoch=steps, verbose=0)
    seconds = time.perf_counter() - started
    samples = gan.generate(NUM, seed=0)
    good = metrics.assign_modes(samples, toy.modes, radius=3 * toy.std)
    coverage = metrics.mode_coverage(good, len(toy.modes))
    return samples, {
        "modes": int(coverage.num_hit),
        "good": float(np.mean(good >= 0)),
        "seconds": seconds,
    }


def plot(drawn, path):
    """The samples of one seed: a row a data set, a column a side."""
    columns = list(next(iter(drawn.values())))
    figure = Figure(figsize=(2.2 * len(columns), 2.5 * len(drawn)), layout="constrained")
    axes = figure.subplots(len(drawn), len(columns), squeeze=False)
    for row, (name, by_side) in zip(axes, drawn.items(), strict=True):
        toy = data.toy.get(name)
        for place, side in zip(row, columns, strict=True):
            place.plot(*by_side[side][:3000].T, ".", markersize=1)
            place.plot(*toy.modes.T, "k+", markersize=4, alpha=0.5)
            limit = 1.3 * np.abs(toy.modes).max()
            place.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
            place.set_title(side.replace(" + ", "\n+ "), fontsize=8)
            place.set_xticks([])
            place.set_yticks([])
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="of a training; 20,000 and 28,000 if not given")
    parser.add_argument("--only", choices=["ring", "grid"])
    parser.add_argument("--sides", nargs="+", choices=list(sides(1.0)))
    arguments = parser.parse_args()

    drawn, records = {}, []
    for name in [arguments.only] if arguments.only else ["ring", "grid"]:
        toy, drawn[name] = data.toy.get(name), {}
        steps = arguments.steps or STEPS[name]
        # Seeds outside: a change of the machine's speed meets all sides.
        for seed in range(arguments.seeds):
            for side in arguments.sides or sides(1.0):
                samples, record = train(toy, sides(GAMMA[name])[side], seed, steps)
                drawn[name].setdefault(side, samples)
                records.append({"data": name, "side": side, "seed": seed, "steps": steps, **record})
                print(
                    f"{name} {side}, seed {seed}: {record['modes']} of {len(toy.modes)} modes, "
                    f"{100 * record['good']:.1f} % good, {record['seconds']:.0f} s",
                    flush=True,
                )
    tell(records)
    path = pathlib.Path(__file__).with_suffix(".json")
    versions = runs.installed_versions()
    path.write_text(json.dumps({"versions": versions, "runs": records}, indent=2) + "\n")
    plot(drawn, path.with_suffix(".png"))


def tell(records):
    for name, side in dict.fromkeys((record["data"], record["side"]) for record in records):
        mine = [each for each in records if (each["data"], each["side"]) == (name, side)]
        whole = len(data.toy.get(name).modes)
        all_found = sum(each["modes"] == whole for each in mine)
        fewest = min(each["modes"] for each in mine)
        good = [100 * each["good"] for each in mine]
        print(
            f"{name:5} {side:24} all {whole} modes on {all_found} of {len(mine)} seeds "
            f"(fewest {fewest}), good {min(good):.1f} to {max(good):.1f} %, "
            f"{max(each['seconds'] for each in mine):.0f} s at most"
        )


if __name__ == "__main__":
    main()
