"""`evaluate` and `compare`: judge runs."""

import pathlib
import sys
from typing import Annotated

import typer

from tfgan_kit.cli.console import RunPath, import_quietly, print_rows, print_table

__all__ = ["compare", "evaluate"]

DataOption = Annotated[
    str,
    typer.Option(
        help="Real images that were not trained on, as for train; cut to the run's shape. "
        "Defaults to the training images.",
        show_default=False,
    ),
]
FeaturesOption = Annotated[
    str,
    typer.Option(
        help="auto (classifier where the data has labels, else inception), classifier, "
        "inception, random, pixels, or a classifier's .keras file."
    ),
]
NumOption = Annotated[
    int, typer.Option("-n", "--num", min=50, help="Samples a side, real and generated.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of everything random in it.")]
CacheOption = Annotated[
    str,
    typer.Option(help="Where features and classifiers are kept. Defaults to ~/.cache/tfgan_kit."),
]


def evaluate(
    run: RunPath,
    data: DataOption = None,
    features: FeaturesOption = "auto",
    num: NumOption = 10_000,
    seed: SeedOption = 0,
    cache_dir: CacheOption = None,
):
    """Judge a run's best generator: quality, diversity, collapse, copying."""
    runs, tables = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.evaluation.tables")
    opened = runs.Run(run)
    report = runs.evaluate(opened, data, features, num, seed, cache_dir)
    _print_protocol(tables.protocol_lines(report), num, report)
    print_table(tables.metrics_table(report))
    print()
    print_rows(
        {each.topic: f"{each.level}: {each.sentence} ({each.rule})" for each in report.findings}
    )
    print(f"\nWritten to {opened.report_path}; open {opened.page_path}")


def compare(
    paths: Annotated[
        list[pathlib.Path], typer.Argument(metavar="RUN RUN ...", help="Runs' directories.")
    ],
    data: DataOption = None,
    features: FeaturesOption = "auto",
    num: NumOption = 10_000,
    seed: SeedOption = 0,
    cache_dir: CacheOption = None,
    out: Annotated[
        pathlib.Path, typer.Option("-o", "--output", help="The folder to write.")
    ] = pathlib.Path("comparison"),
):
    """Judge several runs alike, and show them side by side."""
    runs, tables = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.evaluation.tables")
    reports = runs.compare(paths, out, data, features, num, seed, cache_dir)
    first = next(iter(reports.values()))
    _print_protocol(tables.protocol_lines(first), num, first)
    print_table(tables.comparison_table(reports))
    print(f"\nOpen {out / 'index.html'}")


def _print_protocol(lines, asked, report):
    if report.protocol["num"] < asked:
        print(
            f"tfgan-kit: {asked:,} samples a side were asked for; the data allows "
            f"{report.protocol['num']:,}, since real images are compared with other real images",
            file=sys.stderr,
        )
    print_rows({name or " ": text for name, text in lines.items()})
    print()
