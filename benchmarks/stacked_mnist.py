"""Modes of 1,000 and KL on Stacked-MNIST, as training goes on.

    python benchmarks/stacked_mnist.py mnist_train.npz [--minutes 90] [--judge judge.keras]
    python benchmarks/stacked_mnist.py mnist_train.npz --minutes 15 --sides clusters unlabelled

Three digits in the colour channels of a 28×28 image make 1,000 classes, which no side is given.
`r3gan` and `non_saturating` have the same networks, optimizers, averages and images an update;
they differ in loss and penalties alone. `clusters` is the default recipe, conditioned on clusters
that are found in the images, and `unlabelled` the same without them. At ever longer distances
25,600 samples (26 a class, as in the papers) are drawn from the average, and a classifier trained
on the real digits names each channel. The clock counts training alone. The first side stops where
it reaches 990 modes and a KL below 0.2, or `--kl`; the others get the time that it took. It can be
stopped and started again: what is done is kept in `--work`.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from matplotlib.figure import Figure

from tfgan_kit import data, evaluation, latent, metrics, penalties, recipes, runs
from tfgan_kit.media import images
from tfgan_kit.training.ema import ExponentialMovingAverage
from tfgan_kit.utils.files import atomic_path, atomic_write_text

NUM = 25_600
MODES = 990

R3GAN = dataclasses.replace(
    recipes.get("r3gan"),
    batch_size=128,
    learning_rate=5e-4,
    beta_1=0.0,
    beta_2=0.99,
    model="dcgan",
    model_arguments={"width": 32, "kernel_size": 4, "dropout": 0.0},
    penalties=[penalties.R1(1.0), penalties.R2(1.0)],
    ema=ExponentialMovingAverage(half_life=5_000),
)
SIDES = {
    "r3gan": R3GAN,
    # Batch 64: an update sees as many images as there, where they are dealt out to two.
    "non_saturating": dataclasses.replace(
        R3GAN, loss="non_saturating", penalties=[], batch_size=R3GAN.batch_size // 2
    ),
    "clusters": recipes.get("dcgan"),
    "unlabelled": recipes.get("dcgan"),
}
NUM_CLUSTERS = 200


def count_modes(generator, judge, num=NUM):
    """Modes found among `num` samples, and the KL of their classes to the even distribution."""
    noise = latent.sample(num, generator.input_shape[-1], seed=0)
    digits = np.empty((num, 3), "int64")
    for start in range(0, num, 1024):
        part = latent.decode(generator, noise[start : start + 1024], batch_size=1024)
        grey = np.moveaxis(images.to_uint8(part), -1, 1).reshape(-1, 28, 28, 1)
        digits[start : start + len(part)] = judge.predict(grey).reshape(-1, 3)
    coverage = metrics.mode_coverage(metrics.stacked_modes(digits), 1000)
    return {"modes": int(coverage.num_hit), "kl": float(coverage.kl_to_uniform)}


def train(name, source, judge, work, seconds, goal):
    """Train one side; returns its curve, which a second call goes on with."""
    recipe, path = SIDES[name], work / name
    path.mkdir(parents=True, exist_ok=True)
    record_path, state = path / "curve.json", path / "last.keras"
    curve = json.loads(record_path.read_text()) if record_path.exists() else []
    clusters = data.find_clusters(source, NUM_CLUSTERS) if name == "clusters" else None
    labels = False if clusters is None else clusters.labels
    gan = recipe.build(source.image_shape, seed=0, precision="auto", clusters=clusters)
    if curve:
        gan.load_weights(state)
    spent = curve[-1]["seconds"] if curve else 0.0
    while spent < seconds and not (goal and curve and reached(curve[-1], goal)):
        step = int(gan.step.numpy())
        count = max(100, round(step * 0.35))
        batches = data.batches(source, recipe.batch_size, seed=0, start_step=step, labels=labels)
        gan.fit(batches, steps_per_epoch=1, verbose=0)  # Traces, and is not counted.
        started = time.perf_counter()
        gan.fit(batches, steps_per_epoch=count - 1, verbose=0)
        spent += time.perf_counter() - started
        found = count_modes(gan.sampling_generator, judge)
        curve.append({"step": int(gan.step.numpy()), "seconds": spent, **found})
        print(
            f"{name}: step {curve[-1]['step']}, {spent:.0f} s: {found['modes']} modes, "
            f"KL {found['kl']:.3f}",
            flush=True,
        )
        with atomic_path(state) as temporary:
            gan.save(temporary)
        atomic_write_text(record_path, json.dumps(curve))
    samples = images.to_uint8(gan.generate(64, seed=0))
    images.write_image(path / "samples.png", images.scale_up(images.tile(samples), 480))
    return curve


def reached(record, goal):
    return record["modes"] >= MODES and record["kl"] < goal


def plot(curves, goal, path):
    figure = Figure(figsize=(9, 4), layout="constrained")
    modes, divergence = figure.subplots(1, 2)
    for name, curve in curves.items():
        seconds = [record["seconds"] for record in curve]
        modes.plot(seconds, [record["modes"] for record in curve], "o-", ms=3, label=name)
        divergence.plot(seconds, [record["kl"] for record in curve], "o-", ms=3, label=name)
    modes.axhline(MODES, color="gray", linestyle="--")
    divergence.axhline(goal, color="gray", linestyle="--")
    modes.set(xlabel="seconds of training", ylabel="modes of 1,000", ylim=(0, 1030))
    divergence.set(xlabel="seconds of training", ylabel="KL to even classes", yscale="log")
    modes.legend()
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="grey images with labels 0 to 9, as for tfgan-kit train")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--kl", type=float, default=0.2, help="at which the first side stops")
    parser.add_argument(
        "--sides", nargs="+", choices=list(SIDES), default=["r3gan", "non_saturating"]
    )
    parser.add_argument("--judge", help="a classifier's .keras file; trained where not given")
    parser.add_argument(
        "--work", type=pathlib.Path, default=pathlib.Path("~/.cache/tfgan_kit/stacked_mnist")
    )
    arguments = parser.parse_args()

    digits = data.open_source(arguments.source)
    if arguments.judge:
        judge = evaluation.Classifier.load(arguments.judge)
    else:
        judge = evaluation.train_classifier(digits.read(np.arange(len(digits))), digits.labels)
    source = data.stacked(digits, num_images=128_000)
    seconds, curves = 60 * arguments.minutes, {}
    for place, name in enumerate(arguments.sides):
        work = arguments.work.expanduser()
        curves[name] = train(
            name, source, judge, work, seconds, goal=None if place else arguments.kl
        )
        if place == 0:
            seconds = min(seconds, curves[name][-1]["seconds"])
    for name, curve in curves.items():
        goal = next(
            (f"{each['seconds']:.0f} s" for each in curve if reached(each, arguments.kl)), "never"
        )
        last = curve[-1]
        print(
            f"{name}: {last['modes']} modes, KL {last['kl']:.3f} after {last['seconds']:.0f} s; "
            f"{MODES} modes and KL below {arguments.kl}: {goal}"
        )
    path = pathlib.Path(__file__).with_suffix(".json")
    record = {"versions": runs.installed_versions(), "judge": judge.accuracy, "curves": curves}
    path.write_text(json.dumps(record, indent=2) + "\n")
    plot(curves, arguments.kl, path.with_suffix(".png"))


if __name__ == "__main__":
    main()
