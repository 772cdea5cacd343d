"""How soon `CollapseMonitor` names a collapse, and how often it cries wolf.

    python benchmarks/collapse.py [--healthy 10] [--collapsed 3] [--epochs 20] [--only labels]

Healthy trainings, of one seed each, beside trainings that are made to collapse
by a generator that learns far faster than its discriminator: on the 5×5 grid of
25 Gaussians, where the modes found can be counted, and on the 1,797 digits with
the default recipe; and on the digits with labels, with dropout in place of R1,
which leaves little more than one picture a class. For each it prints the epoch
of the first alarm and, of the collapsed ones, the share of all epochs that had
passed by then.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

import tfgan_kit
from tfgan_kit import callbacks, data, metrics, models, recipes, runs

LATENT_DIM = 16


def adam(learning_rate, beta_1=0.5):
    return keras.optimizers.Adam(learning_rate, beta_1=beta_1)


def grid(seed, collapsed, epochs=None):
    """Points: 60 epochs of 100 steps unless another number is asked for."""
    toy = data.toy.get("grid")
    keras.utils.set_random_seed(seed)
    gan = tfgan_kit.GAN(*models.mlp((2,), LATENT_DIM), latent_dim=LATENT_DIM, seed=seed)
    rates = (adam(5e-3, 0.9), adam(1e-4, 0.9)) if collapsed else (adam(1e-3), adam(1e-3))
    gan.compile(*rates)
    monitor = callbacks.CollapseMonitor(toy.sample(256, seed=10**6))
    batches = data.toy.batches(toy, batch_size=256, seed=seed)
    epochs = epochs or 60
    gan.fit(batches, steps_per_epoch=100, epochs=epochs, callbacks=[monitor], verbose=0)
    # Within one unit of a mode, which is half the way to the next.
    near = metrics.assign_modes(gan.generate(2500, seed=0), toy.modes, radius=1.0)
    return monitor, epochs, {"modes_near": metrics.mode_coverage(near, 25).num_hit}


def digits(seed, collapsed, epochs=None):
    """Images: the default recipe, 40 epochs unless another number is asked for."""
    source = data.open_source("digits")
    recipe = recipes.get("dcgan")
    changes = {"generator_optimizer": adam(5e-3)} if collapsed else {}
    gan = recipe.build(source.image_shape, seed=seed, **changes)
    monitor = callbacks.CollapseMonitor(source)
    batches = data.batches(source, recipe.batch_size, seed=seed)
    epochs = epochs or recipe.epochs
    gan.fit(batches, epochs=epochs, callbacks=[monitor], verbose=0)
    last = monitor.history[-1]
    return monitor, epochs, {"effective_bins": round(last.effective_bins, 3)}


def labels(seed, collapsed, epochs=None):
    """Labelled images: 40 epochs, as long as the collapse within classes takes."""
    source, recipe = data.open_source("digits"), recipes.get("dcgan")
    if collapsed:
        arguments = {**recipe.model_arguments, "dropout": 0.3}
        changes = {"penalties": [], "learning_rate": 1e-3, "ema": 0.995}
        recipe = dataclasses.replace(recipe, model_arguments=arguments, **changes)
    gan = recipe.build(source.image_shape, seed=seed, num_classes=source.num_classes)
    monitor = callbacks.CollapseMonitor(source, num_samples=128)
    batches = data.batches(source, recipe.batch_size, seed=seed, labels=True)
    epochs = epochs or 40
    gan.fit(batches, epochs=epochs, callbacks=[monitor], verbose=0)
    lowest = [look.lowest_class_diversity for look in monitor.history[monitor.warmup :]]
    return monitor, epochs, {"lowest_class_diversity": round(min(lowest), 3)}


def run(task, seed, collapsed, epochs):
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monitor, epochs, more = task(seed, collapsed, epochs)
    collapses = [epoch for epoch, name in monitor.alarms if name.startswith("mode collapse")]
    record = {
        "task": task.__name__,
        "kind": "collapsed" if collapsed else "healthy",
        "seed": seed,
        "epochs": epochs,
        "alarms": monitor.alarms,
        "named_after": collapses[0] / epochs if collapses else None,
        "narrowest": min(
            min(look.diversity, look.effective_bins) for look in monitor.history[monitor.warmup :]
        ),
        "seconds": round(time.perf_counter() - started, 1),
        **more,
    }
    print(
        f"{record['task']:7} {record['kind']:9} seed {seed}: "
        + ("; ".join(f"{name} at epoch {epoch}" for epoch, name in monitor.alarms) or "no alarm")
        + f" (narrowest look {record['narrowest']:.2f}, {more}, {record['seconds']:.0f} s)",
        flush=True,
    )
    return record


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--healthy", type=int, default=10, help="healthy trainings a task")
    parser.add_argument("--collapsed", type=int, default=3, help="collapsed trainings a task")
    parser.add_argument("--epochs", type=int, help="length of each training")
    parser.add_argument("--only", choices=["grid", "digits", "labels"])
    arguments = parser.parse_args()

    tasks = [task for task in (grid, digits, labels) if arguments.only in (None, task.__name__)]
    records = []
    for task in tasks:
        for collapsed, number in ((True, arguments.collapsed), (False, arguments.healthy)):
            records.extend(run(task, seed, collapsed, arguments.epochs) for seed in range(number))
    for task in tasks:
        mine = [record for record in records if record["task"] == task.__name__]
        named = [record["named_after"] for record in mine if record["kind"] == "collapsed"]
        false = [record for record in mine if record["kind"] == "healthy" and record["alarms"]]
        late = "not all named"
        if None not in named:
            late = f"named after {100 * max(named, default=0):.0f} % of the training at the latest"
        print(f"{task.__name__}: {len(named)} collapsed, {late}; {len(false)} false alarms")
    name = f"collapse_{arguments.only}" if arguments.only else "collapse"
    pathlib.Path(__file__).with_name(f"{name}.json").write_text(
        json.dumps(
            {"versions": runs.installed_versions(), "cores": os.cpu_count(), "runs": records},
            indent=2,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
