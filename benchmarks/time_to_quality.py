"""Seconds of training until a quality is reached: the tutorial's settings beside the recipes.

    python benchmarks/time_to_quality.py mnist_train.npz tutorial@15epochs dcgan/labels@15min

A side is a recipe, changes of its fields if any, what it is conditioned on if anything
(`/labels`, `/clusters`, found without labels, or `/within`, found within classes), and a length:
`dcgan:batch_size=64,learning_rate=3e-4/clusters@5min`. In four steps, each kept on disk and
not done again unless the folder `--work` is removed:

1. pace: the milliseconds of a step, of each level of networks that grow, all sides alternately
   in this process, so that a change of the machine's speed meets all of them. Nothing else should
   run beside it.
2. train: every side to its length, with a copy of the generator that it would sample
   from on the way. This may share the machine: what is learnt depends on steps alone.
3. judge: the Fréchet classifier distance of each copy, and for labels the class agreement, one
   judge, one N and one set of held-out images for all, and the real-against-real floor at that N;
   for the last copy all metrics of a report.
4. table, JSON and a plot: distance against seconds, which are steps times the pace.
"""

import argparse
import ast
import dataclasses
import json
import math
import os
import pathlib
import re
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from _held_out import HELD_OUT, split
from matplotlib.figure import Figure

from tfgan_kit import data, evaluation, latent, metrics, recipes, runs
from tfgan_kit.media import images
from tfgan_kit.training.progressive import find_fades
from tfgan_kit.utils.files import atomic_path, atomic_write_text
from tfgan_kit.utils.inputs import noise_length

MINUTES = (1, 2, 5, 10, 15, 30)


class Side:
    """A recipe with changes, a length, and the folder that its training leaves."""

    def __init__(self, text, work):
        self.text = text
        spec, _, length = text.partition("@")
        name, _, self.condition = spec.partition("/")
        if self.condition not in ("", "labels", "clusters", "within"):
            raise SystemExit(f"{text}: expected /labels, /clusters or /within after the recipe")
        name, _, changes = name.partition(":")
        self.recipe = recipes.get(name)
        if changes:
            self.recipe = dataclasses.replace(self.recipe, **_parse(changes))
        self.spec = spec
        self.epochs = float(length.removesuffix("epochs")) if length.endswith("epochs") else None
        self.minutes = float(length.removesuffix("min")) if length.endswith("min") else None
        if (self.epochs is None) == (self.minutes is None):
            raise SystemExit(f"{text}: expected a length such as @15epochs or @5min")
        self.path = work / re.sub(r"[^\w.=-]+", "_", spec)
        self.clusters = None

    def prepare(self, source):
        """Find the clusters, if it is conditioned on any."""
        if self.condition in ("clusters", "within"):
            self.clusters = data.find_clusters(source, within=self.condition == "within")

    def build(self, source):
        num_classes = source.num_classes if self.condition == "labels" else None
        arguments = {"num_classes": num_classes, "clusters": self.clusters}
        return self.recipe.build(source.image_shape, seed=0, precision="auto", **arguments)

    def batches(self, source, start_step=0):
        labels = self.clusters.labels if self.clusters else self.condition == "labels"
        return data.batches(
            source, self.recipe.batch_size, seed=0, start_step=start_step, labels=labels
        )

    def total_steps(self, num_images):
        if self.epochs is not None:
            return round(self.epochs * num_images / self.recipe.batch_size)
        left = 1000 * 60 * self.minutes
        for start, end, pace in self.phases:
            if left < (end - start) * pace:
                break
            left -= (end - start) * pace
        return start + round(left / pace)

    @property
    def phases(self):
        """First step, step after the last, and median milliseconds a step: of each level."""
        levels = json.loads((self.path / "pace.json").read_text())
        starts = [level["start"] for level in levels]
        paces = [statistics.median(level["times"]) for level in levels]
        return list(zip(starts, [*starts[1:], math.inf], paces, strict=True))

    def seconds(self, step):
        """Of training, up to a step."""
        phases = self.phases
        return sum(max(0, min(step, end) - start) * pace for start, end, pace in phases) / 1000

    @property
    def snapshots(self):
        """Steps and files of the generator's copies."""
        found = sorted(self.path.glob("generator-*.keras"))
        return [(int(path.stem.partition("-")[2]), path) for path in found]


def _parse(changes):
    """`ema=0.99,model_arguments={"width": 32}` as a dict."""
    call = ast.parse(f"changes({changes})", mode="eval").body
    return {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}


def measure_pace(sides, source, rounds, seconds):
    """Steps of all sides and levels in turn, `seconds` long each, and their times a step."""
    missing = [side for side in sides if not (side.path / "pace.json").exists()]
    levels = [(side, *level) for side in missing for level in _levels(side, source)]
    counts = [max(1, round(seconds / min(run(1) for _ in range(3)))) for *_, run in levels]
    times = [[] for _ in levels]
    for _ in range(rounds if missing else 0):
        for (*_, run), count, found in zip(levels, counts, times, strict=True):
            found.append(1000 * run(count) / count)
    for side in missing:
        found = [
            {"start": start, "times": each}
            for (owner, start, _), each in zip(levels, times, strict=True)
            if owner is side
        ]
        atomic_write_text(side.path / "pace.json", json.dumps(found))
        paces = ", ".join(f"{pace:.1f}" for *_, pace in side.phases)
        print(f"{side.spec}: {paces} ms a step of {side.recipe.batch_size}", flush=True)


def _levels(side, source):
    """The first step of each level of its networks, and a function that takes steps there."""
    gan = side.build(source)
    batches = side.batches(source)
    fades = find_fades(gan.generator)
    for level, start in enumerate([0, *(fade.start for fade in fades)]):
        # In the middle of its fade, and the last one after it.
        middle = 0 if not level else (start + fades[level - 1].end) // 2
        images = 10**12 if fades and level == len(fades) else middle

        def run(steps, images=images):
            gan.images_seen.assign(images)
            started = time.perf_counter()
            gan.fit(batches, steps_per_epoch=steps, verbose=0)
            return time.perf_counter() - started

        run(1)
        yield round(start / side.recipe.batch_size), run


def train(side, source, ratio):
    """Train to the side's length, with a copy of the generator at ever longer distances."""
    total = side.total_steps(len(source))
    marks = {round(total / ratio**power) for power in range(40)}
    if side.minutes is not None:
        marks |= {round(total * minutes / side.minutes) for minutes in MINUTES}
    done = max((step for step, _ in side.snapshots), default=0)
    marks = sorted(mark for mark in marks if max(done, 9) < mark <= total)
    if not marks:
        return
    gan = side.build(source)
    state = side.path / "last.keras"
    if state.exists():
        gan.load_weights(state)
    started = time.perf_counter()
    for mark in marks:
        step = int(gan.step.numpy())
        gan.fit(side.batches(source, step), steps_per_epoch=mark - step, epochs=1, verbose=0)
        with atomic_path(side.path / f"generator-{mark:07d}.keras") as temporary:
            gan.sampling_generator.save(temporary)
        with atomic_path(state) as temporary:
            gan.save(temporary)
        print(
            f"{side.spec}: step {mark} of {total} after {time.perf_counter() - started:.0f} s",
            flush=True,
        )


def judge(sides, source, held_out, work, num):
    """The distance of each copy, and the floor."""
    path = work / "judge.keras"
    if path.exists():
        extractor = evaluation.Classifier.load(path)
    else:
        order = np.arange(len(source))
        extractor = evaluation.train_classifier(source.read(order), source.labels, seed=0)
        extractor.save(path)
    pixels, labels = held_out
    real = metrics.Samples.of(pixels, extractor, labels)
    other = np.sort(np.random.default_rng(0).permutation(len(source))[:num])
    floor = metrics.Samples.of(source.read(other), extractor, source.labels[other])
    results = {"floor": _distance(real, floor), "accuracy": extractor.accuracy, "sides": {}}
    for side in sides:
        records, fake = _judge_side(side, real, extractor, num)
        report = evaluation.evaluate(real, floor, fake)
        results["sides"][side.text] = {
            "milliseconds_a_step": [pace for *_, pace in side.phases],
            "batch_size": side.recipe.batch_size,
            "curve": records,
            "last": report.to_dict()["metrics"],
        }
    return results


def _judge_side(side, real, extractor, num):
    path = side.path / f"curve-{num}.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    records, fake = [], None
    for step, snapshot in side.snapshots:
        if str(step) not in known or step == side.snapshots[-1][0]:
            fake = _samples(snapshot, real, extractor, num)
            classes = np.bincount(fake.predicted_labels, minlength=len(extractor.classes)) / num
            known[str(step)] = {
                "frechet": _distance(real, fake),
                "classes": classes.round(4).tolist(),
                **{
                    name: float(found.value)
                    for name, found in metrics.ClassAgreement()(real, fake).items()
                },
            }
            atomic_write_text(path, json.dumps(known))
        records.append({"step": step, "seconds": side.seconds(step), **known[str(step)]})
    return records, fake


def _samples(snapshot, real, extractor, num):
    generator = keras.models.load_model(snapshot)
    noise, labels = latent.sample(num, noise_length(generator), seed=0), None
    if len(generator.inputs) == 2:
        shares = np.bincount(real.labels)
        labels = latent.sample_labels(num, len(shares), 0, shares)
    fake = images.to_uint8(latent.decode(generator, noise, labels, batch_size=256))
    return metrics.Samples.of(fake, extractor, labels)


def _distance(first, second):
    (measurement,) = metrics.Frechet()(first, second).values()
    return float(measurement.value)


def tell(results, sides, arguments):
    """The table, the JSON and the plot."""
    print(
        f"Fréchet classifier distance, N {arguments.num:,} a side, judge "
        f"{100 * results['accuracy']:.2f} % right, real against real {results['floor']:.3f}"
    )
    first = results["sides"][sides[0].text]
    best = min(record["frechet"] for record in first["curve"])
    until = next(each["seconds"] for each in first["curve"] if each["frechet"] == best)
    for text, side in results["sides"].items():
        curve = side["curve"]
        line = min(curve, key=lambda record: record["frechet"])
        reached = next((each["seconds"] for each in curve if each["frechet"] <= best), None)
        ratio = "never" if reached is None else f"{reached:.0f} s, 1/{until / reached:.1f}"
        shares = [100 * share for share in line["classes"]]
        print(
            f"{text}: {side['milliseconds_a_step'][-1]:.0f} ms a step; "
            f"best {line['frechet']:.2f} at {line['seconds']:.0f} s, "
            f"classes {min(shares):.1f} to {max(shares):.1f} %; "
            f"{best:.2f} (best of the first side) at {ratio}"
        )
        for minutes in MINUTES:
            past = [each for each in curve if each["seconds"] <= 60 * minutes * 1.001]
            if past and curve[-1]["seconds"] >= 60 * minutes * 0.999:
                shares = [100 * share for share in past[-1]["classes"]]
                obeyed = past[-1].get("class_agreement")
                print(
                    f"    {minutes:2d} min: {past[-1]['frechet']:.2f}, "
                    f"classes {min(shares):.1f} to {max(shares):.1f} %"
                    + (f", label obeyed {100 * obeyed:.1f} %" if obeyed else "")
                )
        for row in side["last"]:
            print(f"    {row['name']}: {row['value']:.3f} (real {row['floor']})")
    path = pathlib.Path(__file__).with_suffix(".json")
    results = {"versions": runs.installed_versions(), "cores": os.cpu_count(), **results}
    path.write_text(json.dumps(results, indent=2) + "\n")
    plot(results, path.with_suffix(".png"))


def plot(results, path):
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log")
    for text, side in results["sides"].items():
        seconds = [record["seconds"] for record in side["curve"]]
        axes.plot(seconds, [record["frechet"] for record in side["curve"]], "o-", ms=3, label=text)
    axes.axhline(results["floor"], color="gray", linestyle="--", label="real against real")
    axes.set(xlabel="seconds of training", ylabel="Fréchet classifier distance")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="labelled images, as for tfgan-kit train")
    parser.add_argument("sides", nargs="+", metavar="SIDE")
    parser.add_argument("--num", type=int, default=HELD_OUT, help="samples a side for the judge")
    parser.add_argument("--ratio", type=float, default=1.5, help="of one copy's steps to the next")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=4, help="of a side in a round")
    parser.add_argument("--only", choices=["pace", "train", "judge"])
    parser.add_argument(
        "--work", type=pathlib.Path, default=pathlib.Path("~/.cache/tfgan_kit/time_to_quality")
    )
    arguments = parser.parse_args()

    work = arguments.work.expanduser()
    sides = [Side(text, work) for text in arguments.sides]
    for side in sides:
        side.path.mkdir(parents=True, exist_ok=True)
    source, held_out = split(arguments.source, arguments.num)
    for side in sides if arguments.only != "judge" else []:
        side.prepare(source)
    if arguments.only in (None, "pace"):
        measure_pace(sides, source, arguments.rounds, arguments.seconds)
    if arguments.only in (None, "train"):
        for side in sides:
            train(side, source, arguments.ratio)
    if arguments.only in (None, "judge"):
        results = judge(sides, source, held_out, work, arguments.num)
        tell(results, sides, arguments)


if __name__ == "__main__":
    main()
