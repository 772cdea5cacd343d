"""`evaluate` and `compare`: measure the generators of runs."""

import pathlib
import sys
from typing import Annotated

from tfgan_kit.cli import console
from tfgan_kit.cli.console import RunPath, SeedOption, argument, import_quietly, option

__all__ = ["compare", "evaluate"]

DataOption = Annotated[
    str, option("Held-out images: a name, folder or file. Defaults to the training images.")
]
FeaturesOption = Annotated[
    str,
    option(
        "auto (classifier if the data has labels, else inception), classifier, inception, "
        "random, pixels, or a classifier's .keras file."
    ),
]
NumOption = Annotated[int, option("Number of real and of generated images.", "-n", "--num", min=50)]
CacheOption = Annotated[
    str, option("Folder for features and classifiers. Defaults to ~/.cache/tfgan_kit.")
]


def evaluate(
    run: RunPath,
    data: DataOption = None,
    features: FeaturesOption = "auto",
    num: NumOption = 10_000,
    seed: SeedOption = 0,
    cache_dir: CacheOption = None,
):
    """Measure quality, diversity, collapse and copying of a run."""
    runs, tables = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.evaluation.tables")
    opened = runs.Run(run)
    report = runs.evaluate(opened, data, features, num, seed, cache_dir)
    _print_protocol(tables, report, num)
    console.print_table(tables.metrics_table(report))
    print()
    console.print_rows(
        {each.topic: f"{each.level}: {each.sentence} ({each.rule})" for each in report.findings}
    )
    print(f"\nWritten to {opened.report_path}. Open {opened.page_path}")


def compare(
    paths: Annotated[list[pathlib.Path], argument("Directories of two or more runs.", "RUN")],
    data: DataOption = None,
    features: FeaturesOption = "auto",
    num: NumOption = 10_000,
    seed: SeedOption = 0,
    cache_dir: CacheOption = None,
    out: Annotated[pathlib.Path, option("Output folder.", "-o", "--output")] = pathlib.Path(
        "comparison"
    ),
):
    """Evaluate several runs under one protocol."""
    runs, tables = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.evaluation.tables")
    reports = runs.compare(paths, out, data, features, num, seed, cache_dir)
    _print_protocol(tables, next(iter(reports.values())), num)
    console.print_table(tables.comparison_table(reports))
    print(f"\nOpen {out / 'index.html'}")


def _print_protocol(tables, report, asked):
    num = report.protocol["num"]
    if num < asked:
        print(
            f"tfgan-kit: Using {num:,} samples per side, not {asked:,}: half of the images is "
            "the real-vs-real reference",
            file=sys.stderr,
        )
    console.print_rows({name or " ": text for name, text in tables.protocol_lines(report).items()})
    print()
