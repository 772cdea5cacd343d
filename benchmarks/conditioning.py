"""Ways of conditioning, with and without the transition, on many and on few images.

    python benchmarks/conditioning.py mnist_train.npz [--steps 3000] [--work FOLDER]

Networks, settings and number of steps are those of the default recipe, and equal for all. The
transition fades the labels in from 20 % to 50 % of the steps. Beside them are no labels, and
clusters found without labels. The sets are all images of the file
but 10,000, 200 of these, and the 1,797 digits of scikit-learn. A judge for each source, a
classifier trained on its real images, measures the distance to held-out images (digits: to all of
them), how many images show the class that was asked for, and the diversity within classes. What
is done is kept in `--work`.
"""

import argparse
import copy
import dataclasses
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from tfgan_kit import data, evaluation, latent, metrics, penalties, recipes
from tfgan_kit.media import images
from tfgan_kit.utils.files import atomic_write_text

HELD_OUT = 10_000
WAYS = ("projection", "concat", "acgan")
SHOWN = ("frechet_classifier_distance", "coverage", "class_agreement", "class_diversity")


def variants(steps):
    """The default recipe in each way, with and without the transition."""
    default = recipes.get("dcgan")
    images_seen = steps * default.batch_size
    for way in WAYS:
        for transition in (None, (images_seen // 5, images_seen // 2)):
            recipe = copy.deepcopy(default)
            recipe.model_arguments.update(conditioning=way, transition=transition)
            terms = [penalties.AuxiliaryClassifier()] if way == "acgan" else []
            recipe = dataclasses.replace(recipe, penalties=[*recipe.penalties, *terms])
            yield f"{way}{' with transition' if transition else ''}", recipe, "labels"
    yield "no labels", default, None
    yield "clusters", default, "clusters"


def measure(recipe, condition, source, judge, real, steps):
    """Train one variant on a source, and compare it with the real samples."""
    clusters = data.find_clusters(source) if condition == "clusters" else None
    num_classes = 10 if condition == "labels" else None
    gan = recipe.build(
        source.image_shape, seed=0, precision="auto", num_classes=num_classes, clusters=clusters
    )
    started = time.process_time()
    labels = clusters or condition == "labels"
    batches = data.batches(source, recipe.batch_size, seed=0, labels=labels, start_step=0)
    gan.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0)
    seconds = time.process_time() - started
    num = len(real)
    labels = None
    if condition == "labels":
        labels = latent.sample_labels(num, 10, 0, gan.class_shares)
    fake = metrics.Samples.of(images.to_uint8(gan.generate(num, 0, labels)), judge, labels)
    found = {}
    of_classes = (metrics.ClassAgreement(), metrics.ClassDiversity()) if labels is not None else ()
    for metric in (metrics.Frechet(), metrics.Coverage(), *of_classes):
        found |= metric(real, fake)
    return {"seconds": seconds, **{name: float(each.value) for name, each in found.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="labelled images of 10 classes, as for tfgan-kit train")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument(
        "--work", type=pathlib.Path, default=pathlib.Path("~/.cache/tfgan_kit/conditioning")
    )
    arguments = parser.parse_args()
    work = arguments.work.expanduser()
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"{arguments.steps}.json"
    results = json.loads(path.read_text()) if path.exists() else {}

    whole, digits = data.open_source(arguments.source), data.open_source("digits")
    order = np.random.default_rng(0).permutation(len(whole))
    held_out = np.sort(order[:HELD_OUT])
    sets = {
        f"{len(whole) - HELD_OUT:,} images": (part(whole, order[HELD_OUT:]), whole, held_out),
        "1,797 digits": (digits, digits, np.arange(len(digits))),
        "200 images": (part(whole, order[HELD_OUT : HELD_OUT + 200]), whole, held_out),
    }
    for title, (source, judged, indices) in sets.items():
        judge = judge_of(judged, indices, work)
        real = metrics.Samples.of(judged.read(indices), judge, judged.labels[indices])
        for name, recipe, condition in variants(arguments.steps):
            key = f"{title}, {name}"
            if key not in results:
                results[key] = measure(recipe, condition, source, judge, real, arguments.steps)
                atomic_write_text(path, json.dumps(results, indent=2))
            row = results[key]
            shown = [f"{each} {row[each]:.3f}" for each in SHOWN if each in row]
            print(f"{key}: {', '.join(shown)}", flush=True)


def part(source, indices):
    """Some images of a source as a source of their own."""
    kept = np.sort(indices)
    return data.Source(
        f"{len(kept)} of {source.name}",
        (len(kept), *source.image_shape),
        read=lambda wanted: source.read(kept[wanted]),
        fingerprint=f"{len(kept)} of {source.fingerprint}",
        labels=source.labels[kept],
    )


def judge_of(source, held_out, work):
    """A classifier trained on what is not held out, kept on disk."""
    path = work / f"judge-{source.fingerprint[:12]}.keras"
    if path.exists():
        return evaluation.Classifier.load(path)
    chosen = np.setdiff1d(np.arange(len(source)), held_out)
    chosen = chosen if len(chosen) else held_out
    judge = evaluation.train_classifier(source.read(chosen), source.labels[chosen], seed=0)
    judge.save(path)
    return judge


if __name__ == "__main__":
    main()
