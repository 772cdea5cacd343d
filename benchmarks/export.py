"""Size, error and latency of every export of a generator, beside Keras.

    python benchmarks/export.py [RUN]

Without a run, the tutorial's generator is trained on the digits for three epochs, so that its
images are no longer noise. Latency is of batches of 1 and 64, all sides alternately in this
process, after each was compared with the model in a fresh one. A file with a batch of 1
makes 64 images in 64 calls. Prints a table and writes JSON next to this file.
"""

import argparse
import json
import os
import pathlib
import statistics
import tempfile
import time

import numpy as np
from rich.console import Console
from rich.table import Table

import tfgan_kit
from tfgan_kit import data, export, runs
from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.onnx import check_installed
from tfgan_kit.utils.inputs import with_labels

BATCHES = (1, 64)
KINDS = ("none", "float16", "dynamic", "int8", "int16x8")


def train_generator():
    recipe = tfgan_kit.recipes.get("tutorial")
    gan = recipe.build(seed=0)
    source = data.open_source("digits")
    gan.fit(data.batches(source, batch_size=recipe.batch_size), epochs=3, verbose=2)
    return gan.sampling_generator


def write_exports(exportable, folder):
    """Every format and kind: its name, verification and loaded generator."""
    made = {"SavedModel": export.to_saved_model(exportable, folder / "saved_model")}
    for kind in KINDS:
        for batch_size in (None, 1):
            name = f"TFLite {kind}, batch {'any' if batch_size is None else batch_size}"
            path = folder / f"{kind}-{batch_size}.tflite"
            made[name] = export.to_tflite(exportable, path, kind, batch_size)
            print(f"{name}: {made[name].bytes:,} bytes", flush=True)
    try:
        check_installed()
        made["ONNX"] = export.to_onnx(exportable, folder / "generator.onnx")
    except ValueError as error:
        print(error)
    return {
        name: (verification, export.load(verification.path)) for name, verification in made.items()
    }


def time_sides(sides, inputs, rounds, seconds):
    """Median seconds of each side and batch, the sides one after another in every round."""
    for run in sides.values():
        for size in BATCHES:
            run(*inputs[size])
    times = {name: {size: [] for size in BATCHES} for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            for size in BATCHES:
                spent = []
                while sum(spent) < seconds or len(spent) < 3:
                    started = time.perf_counter()
                    run(*inputs[size])
                    spent.append(time.perf_counter() - started)
                times[name][size].append(statistics.median(spent))
    return {
        name: {size: statistics.median(each) for size, each in of.items()}
        for name, of in times.items()
    }


def tell(exports, times):
    call = times["Keras __call__"]
    table = Table(title="Every export beside the Keras model")
    for column in ("side", "MB", "max error", "mean error", "PSNR, dB", "1, ms", "x __call__",
                   "64, ms", "x __call__"):  # fmt: skip
        table.add_column(column, justify="left" if column == "side" else "right")
    for name, of in times.items():
        verification = exports[name][0] if name in exports else None
        cells = [""] * 4
        if verification:
            cells = [
                f"{verification.bytes / 1e6:.2f}",
                f"{verification.max_error:.2g}",
                f"{verification.mean_error:.2g}",
                f"{verification.psnr:.1f}",
            ]
        for size in BATCHES:
            cells += [f"{1000 * of[size]:.2f}", f"{call[size] / of[size]:.1f}"]
        table.add_row(name, *cells)
    Console(width=None if os.isatty(1) else 130).print(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", nargs="?", help="a run's directory")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="of a side and batch in a round")
    arguments = parser.parse_args()
    if arguments.run:
        run = runs.Run(arguments.run)
        generator = run.load_generator()
        num_classes = run.num_classes(generator)
    else:
        generator, num_classes = train_generator(), None
    exportable = Exportable(generator, num_classes)
    given = [each for each in (exportable.noise(64), exportable.labels(64)) if each is not None]
    inputs = {size: [each[:size] for each in given] for size in BATCHES}
    with tempfile.TemporaryDirectory() as folder:
        exports = write_exports(exportable, pathlib.Path(folder))
        sides = {
            "Keras __call__": lambda *batch: np.asarray(exportable.call_model(*batch)),
            "Keras predict": lambda *batch: generator.predict(
                with_labels(generator, batch[0], *batch[1:] or [None]), verbose=0
            ),
            **{name: loaded.run for name, (_, loaded) in exports.items()},
        }
        times = time_sides(sides, inputs, arguments.rounds, arguments.seconds)
    tell(exports, times)
    record = {
        "versions": runs.installed_versions(),
        "cores": os.cpu_count(),
        "seconds": times,
        "figures": {
            name: {"bytes": each.bytes, "max_error": each.max_error, "psnr": each.psnr}
            for name, (each, _) in exports.items()
        },
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
