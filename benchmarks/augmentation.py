"""Do synthetic images help a classifier that has few real ones? MNIST, 20 to 500 digits a class.

    python benchmarks/augmentation.py mnist_train.npz [--work augmentation]

Each of 5 seeds draws its own real digits from the first 50,000. The GAN (recipe dcgan with labels
and DiffAugment) is trained on these digits only: one that had seen more of them would carry those
into the classifier's training, and the comparison would show what more real digits do. The filters
of `tfgan-kit synthesize` know no others either. All classifiers are tested on the last 10,000
digits, which nothing else has seen. The table has the mean accuracy over the seeds and its 95 %
t interval; differences are paired. What `--work` holds is not done again: `gan-*.keras` and one
line of `results.jsonl` for each number of digits and seed; then `table.md` and `plot.png`.

The second table is about the filter for copies: how many planted copies of the same real digits
pass it (none may), and how many of 2,000 new real digits it refuses.
"""

import argparse
import dataclasses
import io
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image

from tfgan_kit import data, evaluation, media, recipes
from tfgan_kit.evaluation.augmentation import STEPS, WAYS
from tfgan_kit.media import plots
from tfgan_kit.runs.drawing import Drawing
from tfgan_kit.utils.files import atomic_path, atomic_write_text

NUMBERS, SEEDS, HELD_OUT = (20, 50, 100, 500), 5, 10_000
SYNTHETIC = 500  # For each class.
AUGMENT = "translation,cutout"  # DiffAugment: the discriminator would memorize so few images.
FILTER_STEPS = 200


def draw(images, labels, num, seed):
    """`num` real digits of each class."""
    order = np.random.default_rng(seed).permutation(len(images) - HELD_OUT)
    chosen = np.concatenate([order[labels[order] == each][:num] for each in range(10)])
    return images[chosen], labels[chosen]


def train(source, steps, seed, path):
    """A GAN of these digits, trained once and then read."""
    if path.exists():
        return keras.models.load_model(path)
    recipe = dataclasses.replace(recipes.get("dcgan"), augment=AUGMENT)
    gan = recipe.build(source.image_shape, seed, num_classes=10)
    batches = data.batches(source, recipe.batch_size, seed, labels=True, start_step=0)
    gan.fit(batches, steps_per_epoch=steps, verbose=0)
    with atomic_path(path) as temporary:
        gan.save(temporary)
    return gan


def synthesize(gan, source, seed):
    """Images that pass the filters, their labels, and how many each filter refused."""

    def make(labels, seed):
        return media.to_uint8(gan.generate(len(labels), seed, labels))

    first = np.resize(np.arange(10), 512)
    judge = evaluation.train_classifier(
        source.read(range(len(source))), source.labels, seed, FILTER_STEPS, batch_size=32
    )
    filters = [
        evaluation.RejectionSampling(gan, make(first, seed), first),
        evaluation.Agreement(judge),
        evaluation.Novelty(source, seed=seed),
    ]
    drawing = Drawing(make, [SYNTHETIC] * 10, filters, seed)
    images, labels, _ = map(np.concatenate, zip(*drawing.rounds(), strict=True))
    return images, labels, {"drawn": sum(drawing.state["drawn"]), **drawing.state["refused"]}


def plant(images, random):
    """Copies of digits, by what was done to them."""
    noise = random.normal(0, 1, images.shape)

    def compress(image, quality):
        file = io.BytesIO()
        Image.fromarray(image[..., 0]).save(file, "JPEG", quality=quality)
        return np.array(Image.open(file))[..., None]

    shifts = random.integers(-1, 2, (len(images), 2))
    return {
        "exact copies": images,
        "noise of 5 grey levels": np.clip(np.rint(images + 5 * noise), 0, 255).astype("uint8"),
        "noise of 10 grey levels": np.clip(np.rint(images + 10 * noise), 0, 255).astype("uint8"),
        "shifted by a pixel": np.stack(
            [np.roll(each, by, (0, 1)) for each, by in zip(images, shifts, strict=True)]
        ),
        "JPEG of quality 75": np.stack([compress(each, 75) for each in images]),
        "JPEG of quality 50": np.stack([compress(each, 50) for each in images]),
    }


def copies_table(images, labels):
    """Rows of the number of training images, the copies that pass, and new digits refused."""
    random, new = np.random.default_rng(0), images[-HELD_OUT:][:2000]
    rows = []
    for num in (*NUMBERS, 5000):
        real = images[:-HELD_OUT] if num == 5000 else draw(images, labels, num, 0)[0]
        novelty = evaluation.Novelty(data.open_source(real), seed=0)
        planted = plant(real[random.permutation(len(real))[:200]], random)
        passed = {name: int(novelty(each).sum()) for name, each in planted.items()}
        refused = float(np.mean(~novelty(new)))
        rows.append((len(real), novelty, passed, refused))
    names = list(rows[0][2])
    lines = [
        f"| training digits | threshold | median | {' | '.join(names)} | new digits refused |",
        "|---|---|---|" + "---|" * (len(names) + 1),
    ]
    for num, novelty, passed, refused in rows:
        cells = " | ".join(f"{passed[name]} of 200" for name in names)
        lines.append(
            f"| {num:,} | {novelty.threshold:.2f} | {novelty.median:.2f} | {cells} | "
            f"{refused:.1%} |"
        )
    return "\n".join(lines)


def results_table(results):
    """Rows of the number of digits and what each way of training reaches."""
    head = "| digits a class | " + " | ".join(WAYS)
    lines = [head + " | both − classic | verdict |", "|---|" + "---|" * (len(WAYS) + 2)]
    for num, found in results.items():
        cells = [found.interval(way) for way in WAYS]
        texts = [f"{mean:.2%} ± {high - mean:.2%}" for mean, _, high in cells]
        mean, low, high = found.interval("both", "classic")
        texts += [f"{mean:+.2%} ({low:+.2%} to {high:+.2%})", found.verdict()]
        lines.append(f"| {num} | {' | '.join(texts)} |")
    return "\n".join(lines)


def plot(results, path):
    """Accuracies with their intervals against the number of digits."""
    with plots.open_figure(path, 6.4, 3.8) as figure:
        axes = figure.subplots()
        for place, (way, color) in enumerate(zip(WAYS, plots.COLORS, strict=False)):
            cells = np.array([found.interval(way) for found in results.values()]) * 100
            x = np.array(list(results)) * 1.04 ** (place - 1.5)
            axes.errorbar(
                x, cells[:, 0], cells[:, 2] - cells[:, 0], label=way, color=color,
                marker="o", markersize=4, capsize=3,
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xticks(list(results), map(str, results))
        axes.minorticks_off()
        axes.set_xlabel("real digits a class")
        axes.set_ylabel("accuracy on 10,000 other digits, %")
        axes.legend(loc="lower right")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="an .npz of the 60,000 digits: images and labels")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("augmentation"))
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(SEEDS)))
    parser.add_argument("--gan-steps", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=STEPS, help="of each classifier")
    arguments = parser.parse_args()
    mnist = data.open_source(arguments.source)
    images, labels = mnist.read(range(len(mnist))), mnist.labels
    work, test = arguments.work, (images[-HELD_OUT:], labels[-HELD_OUT:])
    work.mkdir(parents=True, exist_ok=True)
    path = work / "results.jsonl"
    path.touch()
    for seed in arguments.seeds:
        for num in NUMBERS:
            if any((each["num"], each["seed"]) == (num, seed) for each in _read(path)):
                continue
            started = time.process_time()
            real = draw(images, labels, num, seed)
            source = data.Source("digits", real[0].shape, real[0].__getitem__, "", labels=real[1])
            gan = train(source, arguments.gan_steps, seed, work / f"gan-{num}-{seed}.keras")
            *synthetic, refused = synthesize(gan, source, seed)
            media.write_grid(work / f"synthetic-{num}-{seed}.png", _rows(*synthetic), 20)
            found = evaluation.train_with(real, synthetic, test, seed, arguments.steps)
            seconds = round(time.process_time() - started)
            line = {"num": num, "seed": seed, **found, "synthesis": refused, "seconds": seconds}
            with path.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(line, flush=True)
            keras.backend.clear_session()
    done = _read(path)
    if len(done) < SEEDS * len(NUMBERS):
        return
    results = {
        num: evaluation.Augmentation(
            {way: [each[way] for each in done if each["num"] == num] for way in WAYS}
        )
        for num in NUMBERS
    }
    text = f"{results_table(results)}\n\n{copies_table(images, labels)}\n"
    atomic_write_text(work / "table.md", text)
    plot(results, work / "plot.png")
    print(text)


def _read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def _rows(images, labels):
    return np.concatenate([images[labels == each][:20] for each in range(10)])


if __name__ == "__main__":
    main()
