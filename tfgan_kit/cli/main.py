"""The command line: parse, validate and hand on; nothing here trains or draws."""

import dataclasses
import os
import pathlib
import re
import shlex
import sys
import warnings
from typing import Annotated

import typer

from tfgan_kit.cli import ship as cli_shipping
from tfgan_kit.cli.console import fail, import_quietly, print_rows, print_table, show_warning
from tfgan_kit.utils.errors import InvalidArgument

# Nothing above this line imports TensorFlow, so that `--help` answers at once.

__all__ = ["app", "main"]

app = typer.Typer(
    help="Train a GAN, watch it, and ship the generator.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

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
RunPath = Annotated[pathlib.Path, typer.Argument(metavar="RUN", help="A run's directory.")]


def main():
    """Run the command line; a user's mistake is one line on standard error and exit code 2."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            app()
    except InvalidArgument as error:
        fail(str(error))
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); Python would complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except OSError as error:
        # A full disk, a folder that cannot be written: the system's own words say it.
        place = f"{error.filename}: " if error.filename else ""
        fail(f"{place}{error.strerror or error}")
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)


@app.command()
def train(
    source: Annotated[
        str,
        typer.Argument(
            help="Images: 'digits' (the 1,797 digits of scikit-learn), a TensorFlow Datasets "
            "name such as mnist, an image folder, or an .npz, .npy or IDX file. "
            "Defaults to digits.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        str,
        typer.Option(
            help="A name that `tfgan-kit recipes` lists. Defaults to dcgan.", show_default=False
        ),
    ] = None,
    epochs: Annotated[
        int, typer.Option(min=1, help="Epochs in all. Defaults to the recipe's.")
    ] = None,
    minutes: Annotated[
        float, typer.Option(help="End after this many minutes by the clock instead.")
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Images in a step. Defaults to the recipe's.")
    ] = None,
    image_size: Annotated[
        int,
        typer.Option(min=1, help="Pixels: crop and resize to this square. One of 16 to 256."),
    ] = None,
    channels: Annotated[
        int, typer.Option(help="1 for grey, 3 for RGB. Defaults to what the images are.")
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            help="Of weights, noise and the order of the data. Defaults to 0.", show_default=False
        ),
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            help="Split of a TensorFlow Datasets name. Defaults to train.", show_default=False
        ),
    ] = None,
    data_dir: Annotated[str, typer.Option(help="Where TensorFlow Datasets keeps its data.")] = None,
    on_error: Annotated[
        str,
        typer.Option(
            help="raise or skip: what to do with unreadable images. Defaults to raise.",
            show_default=False,
        ),
    ] = None,
    on_collapse: Annotated[
        str,
        typer.Option(
            help="warn, stop, or restore (go back to the last healthy state). Defaults to warn.",
            show_default=False,
        ),
    ] = None,
    precision: Annotated[
        str,
        typer.Option(
            help="auto (bfloat16 where the machine has it in hardware), float32, mixed_bfloat16 "
            "or mixed_float16. Defaults to auto.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        pathlib.Path,
        typer.Option(help="The run's directory. Defaults to runs/SOURCE-RECIPE, numbered."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Take up the run at --out where it stopped.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, train nothing, write nothing.")
    ] = False,
):
    """Train a GAN: samples, GIF, plot, page, checkpoints and generator in one directory."""
    if epochs is not None and minutes is not None:
        raise InvalidArgument("Give --epochs or --minutes, not both: one of them ends the run")
    given = {
        "source": source,
        "recipe": recipe,
        "seed": seed,
        "image_size": image_size,
        "channels": channels,
        "split": split,
        "data_dir": data_dir,
        "on_error": on_error,
        "on_collapse": on_collapse,
        "precision": precision,
    }
    given = {name: value for name, value in given.items() if value is not None}
    runs = import_quietly("tfgan_kit.runs")
    if resume:
        run = _resume(runs, out, given, batch_size, epochs, minutes, dry_run)
    else:
        run = _start(runs, out, given, batch_size, epochs, minutes, dry_run)
    if run is not None:
        _tell_end(run)


for _command in (cli_shipping.sample, cli_shipping.export, cli_shipping.serve):
    app.command()(_command)


@app.command("recipes")
def list_recipes():
    """List the recipes: what each is good for, and where its settings come from."""
    recipes, table = import_quietly("tfgan_kit.recipes"), import_quietly("rich.table").Table()
    for column in ("recipe", "good for", "batch", "loss", "source"):
        table.add_column(column, overflow="fold")
    for recipe in map(recipes.get, recipes.names()):
        loss = recipe.loss if isinstance(recipe.loss, str) else recipe.loss["class_name"]
        row = (recipe.name, recipe.description, str(recipe.batch_size), loss, recipe.reference)
        table.add_row(*row)
    print_table(table)


@app.command()
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
    _tell_protocol(tables.protocol_lines(report), num, report)
    print_table(tables.metrics_table(report))
    print()
    print_rows(
        {each.topic: f"{each.level}: {each.sentence} ({each.rule})" for each in report.findings}
    )
    print(f"\nWritten to {opened.report_path}; open {opened.page_path}")


@app.command()
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
    _tell_protocol(tables.protocol_lines(first), num, first)
    print_table(tables.comparison_table(reports))
    print(f"\nOpen {out / 'index.html'}")


@app.command()
def gif(
    run: RunPath,
    output: Annotated[
        pathlib.Path,
        typer.Option("-o", "--output", help=".gif, .webp or .mp4. Defaults to RUN/training.gif."),
    ] = None,
    fps: Annotated[float, typer.Option(help="Frames a second, above 0.")] = 8,
):
    """Write the animation of a run's training anew, from its samples."""
    runs, callbacks = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.callbacks")
    if not fps > 0:
        raise InvalidArgument(f"--fps must be above 0. Received: {fps:g}")
    opened = runs.Run(run)
    output = output or opened.animation_path
    count = callbacks.write_training_animation(output, opened.samples_path, fps=fps)
    print(f"{count} frames in {output}")


@app.command()
def info(run: RunPath):
    """Say what a run is, how far it came and what stands in its directory."""
    runs = import_quietly("tfgan_kit.runs")
    opened = runs.Run(run)
    config, status, metrics = opened.config, opened.status, opened.metrics
    rows = _describe(config)
    rows["state"] = f"{status['state']}, {status['step']} steps, {len(metrics)} whole epochs"
    if opened.best is not None:
        best = opened.best
        rows["best epoch"] = f"{best['epoch']}, {best['monitor']} {best['value']:.4g}"
    if opened.alarms:
        rows["seen"] = "; ".join(f"{name} at epoch {epoch}" for epoch, name in opened.alarms)
    rows["training time"] = f"{status['seconds'] / 60:.1f} minutes"
    if metrics:
        rows["last epoch"] = ", ".join(
            f"{name} {value:.3f}" for name, value in metrics[-1].items() if "_" in name
        )
    for path in (opened.page_path, opened.animation_path, opened.generator_path):
        if path.exists():
            rows[path.name] = f"{path} ({path.stat().st_size / 1e6:.1f} MB)"
    print_rows(rows)


def _start(runs, out, given, batch_size, epochs, minutes, dry_run):
    recipe = import_quietly("tfgan_kit.recipes").get(given.pop("recipe", None))
    if batch_size is not None:
        recipe = dataclasses.replace(recipe, batch_size=batch_size)
    config = runs.RunConfig(recipe=recipe, epochs=epochs, minutes=minutes, **given)
    if out is not None:
        runs.check_new_path(out)
    plan = runs.plan(config)
    out = out or runs.next_free_path(f"runs/{_slug(plan.source.name)}-{recipe.name}")
    print_rows({**_describe(plan.config), "run": str(out)})
    if dry_run:
        print("Everything is in order. Nothing was trained or written.")
        return None
    return runs.start(plan, out)


def _resume(runs, out, given, batch_size, epochs, minutes, dry_run):
    if out is None:
        raise InvalidArgument("--resume needs --out, the directory of the run to take up")
    run = runs.Run(out)
    config = run.config
    asked = {**given, "batch_size": batch_size} if batch_size is not None else given
    for name, value in asked.items():
        before = {"recipe": config.recipe.name, "batch_size": config.recipe.batch_size}.get(
            name, getattr(config, name, None)
        )
        if value != before and str(pathlib.Path(str(value)).resolve()) != str(before):
            raise InvalidArgument(
                f"--{name.replace('_', '-')} cannot change when a run is resumed: {out} has "
                f"{before}. Received: {value}. Leave it out, or start a new run"
            )
    if dry_run:
        print_rows({**_describe(runs.plan(config).config), "run": str(out)})
        print(f"Would take up {out} at step {run.status['step']} or its newest checkpoint.")
        return None
    print(f"Taking up {out}")
    return runs.resume(out, epochs=epochs, minutes=minutes)


def _tell_end(run):
    path = shlex.quote(str(run.path))
    if run.status["state"] == "stopped":
        print(f"Stopped at step {run.status['step']}; everything is saved. To go on:")
        print(f"  tfgan-kit train --out {path} --resume")
    else:
        print(f"Finished. Open {run.page_path}, or draw more images:")
        print(f"  tfgan-kit sample {path} -n 64 -o grid.png")


def _tell_protocol(lines, asked, report):
    if report.protocol["num"] < asked:
        print(
            f"tfgan-kit: {asked:,} samples a side were asked for; the data allows "
            f"{report.protocol['num']:,}, since real images are compared with other real images",
            file=sys.stderr,
        )
    print_rows({name or " ": text for name, text in lines.items()})
    print()


def _describe(config):
    found, recipe = config.data, config.recipe
    height, width, channels = found["image_shape"]
    length = f"{config.minutes:g} minutes" if config.minutes else f"{config.epochs} epochs"
    left_out = f", {found['num_skipped']} left out" if found["num_skipped"] else ""
    return {
        "data": f"{found['name']}, {found['num_images']} images of "
        f"{height}x{width}x{channels}{left_out}",
        "recipe": f"{recipe.name}, batch {recipe.batch_size}, {config.precision}, "
        f"seed {config.seed}",
        "length": length,
    }


def _slug(name):
    """A source's name as the name of a folder: `blobs.npz` and `cifar10/v1` without suffixes."""
    stem = pathlib.Path(name).name.partition(".")[0]
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "run"
