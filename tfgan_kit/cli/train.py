"""`train`: start or resume a run."""

import dataclasses
import pathlib
import re
import shlex
from typing import Annotated

import typer

from tfgan_kit.cli.console import import_quietly, option, print_rows
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["train"]


def train(
    source: Annotated[
        str,
        typer.Argument(
            help="Images: 'digits' (the 1,797 digits of scikit-learn), a TensorFlow Datasets "
            "name such as mnist, an image folder, or an .npz, .npy or IDX file. "
            "Defaults to digits."
        ),
    ] = None,
    recipe: Annotated[str, option("Name listed by `tfgan-kit recipes`. Defaults to dcgan.")] = None,
    epochs: Annotated[
        int, option("Total number of epochs. Defaults to the recipe's.", min=1)
    ] = None,
    minutes: Annotated[float, option("Stop after this many minutes.")] = None,
    batch_size: Annotated[
        int, option("Real images per step. Defaults to the recipe's.", min=1)
    ] = None,
    image_size: Annotated[
        int,
        option(
            "Crop and resize to squares of 16, 28, 32, 56, 64, 112, 128, 224 or 256 pixels. "
            "Defaults to the size of the images.",
            min=1,
        ),
    ] = None,
    channels: Annotated[
        int, option("1 for grey, 3 for RGB. Defaults to those of the images.")
    ] = None,
    value_range: Annotated[
        tuple[float, float],
        option("Values of black and white in the data. Defaults to a guess.", "--range"),
    ] = None,
    seed: Annotated[int, option("Seed for weights, noise and data order. Defaults to 0.")] = None,
    split: Annotated[
        str,
        option(
            "Split of a TensorFlow Datasets name or of a folder with train/ and test/. Defaults "
            "to train."
        ),
    ] = None,
    data_dir: Annotated[str, option("Folder of TensorFlow Datasets.")] = None,
    on_error: Annotated[
        str, option("What to do with unreadable images: raise or skip. Defaults to raise.")
    ] = None,
    on_collapse: Annotated[
        str,
        option(
            "What to do if the training collapses: warn, stop, or restore the last healthy "
            "state. Defaults to warn."
        ),
    ] = None,
    precision: Annotated[
        str,
        option(
            "auto (bfloat16 if the hardware has it), float32, mixed_bfloat16 or mixed_float16. "
            "Defaults to auto."
        ),
    ] = None,
    out: Annotated[
        pathlib.Path, option("Directory of the run. Defaults to runs/SOURCE-RECIPE, numbered.")
    ] = None,
    resume: Annotated[bool, option("Continue the run in --out.", "--resume")] = False,
    dry_run: Annotated[
        bool, option("Check everything without training or writing.", "--dry-run")
    ] = False,
):
    """Train a GAN, or continue a run.

    Everything goes into one directory: checkpoints, generator, samples, plots, an animation and
    a page that shows it all.
    """
    if epochs is not None and minutes is not None:
        raise InvalidArgument("Give --epochs or --minutes, not both")
    given = {
        "source": source,
        "recipe": recipe,
        "seed": seed,
        "image_size": image_size,
        "channels": channels,
        "value_range": value_range,
        "split": split,
        "data_dir": data_dir,
        "on_error": on_error,
        "on_collapse": on_collapse,
        "precision": precision,
        "batch_size": batch_size,
    }
    given = {name: value for name, value in given.items() if value is not None}
    run = (_resume if resume else _start)(out, given, epochs, minutes, dry_run)
    if run is not None:
        _print_end(run)


def _start(out, given, epochs, minutes, dry_run):
    runs, recipes = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.recipes")
    directory = import_quietly("tfgan_kit.runs.directory")
    recipe = recipes.get(given.pop("recipe", None))
    if "batch_size" in given:
        recipe = dataclasses.replace(recipe, batch_size=given.pop("batch_size"))
    config = runs.RunConfig(recipe=recipe, epochs=epochs, minutes=minutes, **given)
    if out is not None:
        directory.check_new_path(out)
    plan = runs.plan(config)
    out = out or directory.next_free_path(f"runs/{_short_name(plan.config.source)}-{recipe.name}")
    print_rows({**plan.config.describe(), "run": str(out)})
    if dry_run:
        print("All checks passed. Nothing was trained or written.")
        return None
    print(f"Watch {out / 'index.html'}")
    return runs.start(plan, out)


def _resume(out, given, epochs, minutes, dry_run):
    if out is None:
        raise InvalidArgument("--resume needs --out, the directory of the run")
    runs = import_quietly("tfgan_kit.runs")
    run = runs.Run(out)
    config = run.config
    before = {**vars(config), "recipe": config.recipe.name, "batch_size": config.recipe.batch_size}
    for name, value in given.items():
        if value != before[name] and str(pathlib.Path(str(value)).resolve()) != before[name]:
            option_name = "range" if name == "value_range" else name.replace("_", "-")
            raise InvalidArgument(
                f"--{option_name} cannot change when a run is resumed: {out} has "
                f"{before[name]}. Received: {value}. Leave it out, or start a new run"
            )
    if dry_run:
        print_rows({**runs.plan(config).config.describe(), "run": str(out)})
        print(
            f"Would resume {out} from its latest checkpoint; it stopped at step "
            f"{run.status['step']}."
        )
        return None
    print(f"Resuming {out}. Watch {out / 'index.html'}")
    return runs.resume(out, epochs=epochs, minutes=minutes)


def _print_end(run):
    path = shlex.quote(str(run.path))
    if run.status["state"] == "stopped":
        print(f"Stopped at step {run.status['step']}. Everything is saved. To continue:")
        print(f"  tfgan-kit train --out {path} --resume")
    else:
        print(f"Finished. Open {run.page_path}, or draw more images:")
        print(f"  tfgan-kit sample {path} -n 64 -o grid.png")


def _short_name(source):
    """A folder's or data set's name, or a file's without suffix, as a part of a folder name."""
    path = pathlib.Path(source)
    if path.is_file():
        name = pathlib.Path(path.name.removesuffix(".gz")).stem
    elif path.exists():
        name = path.name
    else:
        # TensorFlow Datasets: without config and version, as in `imagenet_v2/topimages:3.0`.
        name = re.split("[/:]", source)[0]
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "run"
