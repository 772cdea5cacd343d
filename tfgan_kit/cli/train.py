"""`train`: start or resume a run."""

import dataclasses
import pathlib
import re
import shlex
from typing import Annotated

import typer

from tfgan_kit.cli.console import describe, import_quietly, print_rows
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["train"]


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
        _print_end(run)


def _start(runs, out, given, batch_size, epochs, minutes, dry_run):
    recipe = import_quietly("tfgan_kit.recipes").get(given.pop("recipe", None))
    if batch_size is not None:
        recipe = dataclasses.replace(recipe, batch_size=batch_size)
    config = runs.RunConfig(recipe=recipe, epochs=epochs, minutes=minutes, **given)
    if out is not None:
        runs.check_new_path(out)
    plan = runs.plan(config)
    out = out or runs.next_free_path(f"runs/{_slug(plan.source.name)}-{recipe.name}")
    print_rows({**describe(plan.config), "run": str(out)})
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
        print_rows({**describe(runs.plan(config).config), "run": str(out)})
        print(f"Would take up {out} at step {run.status['step']} or its newest checkpoint.")
        return None
    print(f"Taking up {out}")
    return runs.resume(out, epochs=epochs, minutes=minutes)


def _print_end(run):
    path = shlex.quote(str(run.path))
    if run.status["state"] == "stopped":
        print(f"Stopped at step {run.status['step']}; everything is saved. To go on:")
        print(f"  tfgan-kit train --out {path} --resume")
    else:
        print(f"Finished. Open {run.page_path}, or draw more images:")
        print(f"  tfgan-kit sample {path} -n 64 -o grid.png")


def _slug(name):
    """A source's name as the name of a folder: `blobs.npz` and `cifar10/v1` without suffixes."""
    stem = pathlib.Path(name).name.partition(".")[0]
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "run"
