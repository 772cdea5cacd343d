"""`evaluate` and `compare`: measure the generators of runs."""

import pathlib
import sys
from typing import Annotated

from tfgan_kit.cli import console
from tfgan_kit.cli.console import SeedOption, argument, import_quietly, option

__all__ = ["compare", "evaluate"]

DataOption = Annotated[
    str,
    option("Real images: a name, folder or file. Defaults to the training images of a run."),
]
ImageSizeOption = Annotated[
    int,
    option("Crop and resize sets of images to this side. Defaults to the generated images' size."),
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
    path: Annotated[
        pathlib.Path,
        argument("A run, a folder or file of images, or an exported file or folder.", "PATH"),
    ],
    data: DataOption = None,
    features: FeaturesOption = "auto",
    num: NumOption = 10_000,
    seed: SeedOption = 0,
    cache_dir: CacheOption = None,
    out: Annotated[
        pathlib.Path,
        option("Output folder. Defaults to the run's, else evaluation.", "-o", "--output"),
    ] = None,
    image_size: ImageSizeOption = None,
):
    """Measure quality, diversity, collapse and copying of generated images."""
    runs, tables = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.evaluation.tables")
    if out is None and not (path / "config.json").is_file():
        out = import_quietly("tfgan_kit.runs.evaluation").check_out(None)
    settings = features, num, seed, cache_dir
    report = runs.evaluate(path, data, *settings, out=out, image_size=image_size)
    out = path if out is None else out
    _print_protocol(tables, report, num)
    console.print_table(tables.metrics_table(report))
    print()
    if (by_class := tables.classes_table(report)) is not None:
        console.print_table(by_class)
        print()
    console.print_rows(
        {each.topic: f"{each.level}: {each.sentence} ({each.rule})" for each in report.findings}
    )
    print(f"\nWritten to {out / 'evaluation.json'}. Open {out / 'index.html'}")


def compare(
    paths: Annotated[list[pathlib.Path], argument("Two or more of what `evaluate` takes.", "PATH")],
    data: DataOption = None,
    features: FeaturesOption = "auto",
    num: NumOption = 10_000,
    seed: SeedOption = 0,
    cache_dir: CacheOption = None,
    out: Annotated[pathlib.Path, option("Output folder.", "-o", "--output")] = pathlib.Path(
        "comparison"
    ),
    image_size: ImageSizeOption = None,
):
    """Evaluate several runs or sets of images under one protocol."""
    runs, tables = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.evaluation.tables")
    settings = features, num, seed, cache_dir
    reports = runs.compare(paths, out, data, *settings, image_size=image_size)
    _print_protocol(tables, tables.shared_protocol(reports), num)
    console.print_table(tables.comparison_table(reports))
    print(f"\n{tables.ERRORS}.\nTables for papers are in {out}. Open {out / 'index.html'}")


def _print_protocol(tables, report, asked):
    num = report.protocol["num"]
    if num < asked:
        print(
            f"tfgan-kit: Using {num:,} samples per side, not {asked:,}: there are no more "
            "generated images, or half of the real images is the real-vs-real reference",
            file=sys.stderr,
        )
    console.print_rows({name or " ": text for name, text in tables.protocol_lines(report).items()})
    print()
