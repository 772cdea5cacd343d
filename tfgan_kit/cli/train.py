"""`train`: start or resume a run."""

import dataclasses
import pathlib
import re
import shlex
from typing import Annotated

import typer

from tfgan_kit.cli.console import import_quietly, option, print_rows
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import check_writable

__all__ = ["train"]

# May change when a run is resumed, as long as the images are the same.
_OF_PLACE = ("source", "data_dir", "on_error", "attributes")


def train(
    source: Annotated[
        str,
        typer.Argument(
            help="Images: 'digits' (the 1,797 digits of scikit-learn), a TensorFlow Datasets "
            "name such as mnist, an image folder, one picture (its crops), or an .npz, .npy or "
            "IDX file. "
            "Defaults to digits."
        ),
    ] = None,
    recipe: Annotated[
        str,
        option(
            "Name listed by `tfgan-kit recipes`, or a Python file (.py) that defines a Recipe. "
            "Defaults to dcgan."
        ),
    ] = None,
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
            "Crop and resize to squares of 16, 28, 32, 56, 64, 112, 128, 224 or 256 pixels; of one "
            "picture, the size of its crops. Defaults to the size of the images.",
            min=1,
        ),
    ] = None,
    channels: Annotated[
        int, option("1 for grey, 3 for RGB. Defaults to those of the images.")
    ] = None,
    value_range: Annotated[
        tuple[float, float],
        option(
            "Values of black and white in the data. Defaults to a guess.",
            "--range",
            metavar="BLACK WHITE",
        ),
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
    conditional: Annotated[
        bool,
        option(
            "Make the networks take the labels of the data, or not (nor clusters). Defaults to yes "
            "if there are labels and the recipe takes them.",
            "--conditional/--unconditional",
        ),
    ] = None,
    clusters: Annotated[
        str,
        option(
            "Find this many clusters in the images, within each class if there are labels, and use "
            "them like labels; auto for a number from the data, 0 for none. Defaults to auto for "
            "200 or more grey images without labels, else to 0."
        ),
    ] = None,
    attributes: Annotated[
        str,
        option(
            "Attributes of a folder's images: a .csv or .json table, TABLE:NAME,NAME for some of "
            "them, 'folders' for the levels of folders, or 'none'. Defaults to attributes.csv or "
            ".json in the folder, else to nested folders.",
        ),
    ] = None,
    balance: Annotated[
        bool,
        option("Draw images with rare values of attributes more often.", "--balance"),
    ] = None,
    out: Annotated[
        pathlib.Path,
        option("Directory of the run. Defaults to runs/SOURCE-RECIPE, numbered.", "-o", "--out"),
    ] = None,
    resume: Annotated[bool, option("Continue the run in --out.", "--resume")] = False,
    from_run: Annotated[
        str,
        option("Start a new run from the weights of this run, with new optimizers.", "--from"),
    ] = None,
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
        "conditional": conditional,
        "clusters": int(clusters) if str(clusters).isdecimal() else clusters,
        "attributes": attributes,
        "balance": balance or None,
        "batch_size": batch_size,
        "from_run": from_run,
    }
    given = {name: value for name, value in given.items() if value is not None}
    run = (_resume if resume else _start)(out, given, epochs, minutes, dry_run)
    if run is not None:
        _print_end(run)


def _start(out, given, epochs, minutes, dry_run):
    runs, directory = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.runs.directory")
    batch_size, conditional = given.pop("batch_size", None), given.get("conditional")
    if "from_run" in given:
        given = _with_settings_of(runs.Run(given["from_run"]), given)
    config = runs.RunConfig(epochs=epochs, minutes=minutes, **given)
    recipe = config.recipe
    if batch_size is not None:
        recipe = dataclasses.replace(recipe, batch_size=batch_size)
        config = dataclasses.replace(config, recipe=recipe)
    if out is not None:
        directory.check_new_path(out)
    plan = runs.plan(config)
    rows = plan.config.describe()
    chosen = plan.config.conditional or (plan.config.clusters and "clusters" not in given)
    if chosen and conditional is None and False in recipe.takes_labels:
        rows["labels"] += "; --unconditional ignores them"
    name = f"{_short_name(plan.config.source)}-{_as_folder(recipe.name)}"
    out = out or directory.next_free_path(f"runs/{name}")
    print_rows({**rows, "run": str(out)})
    if dry_run:
        directory.check_new_path(out)
        training = import_quietly("tfgan_kit.runs.training")
        if len(plan.source.complete()) < training.FEWEST_MEASURED:
            print(f"Note: {training.too_few(plan)}.")
        print("All checks passed. Nothing was trained or written.")
        return None
    print(f"Watch {out / 'index.html'}")
    return runs.start(plan, out)


def _with_settings_of(run, given):
    """What is given, and what a new run takes over from the run whose weights it begins with."""
    config = run.config
    height, _, channels = config.data["image_shape"]
    settings = {"image_size": height, "channels": channels}
    settings |= {"conditional": config.conditional, "clusters": config.clusters}
    if config.clusters == "auto" and not config.conditional:
        settings["clusters"] = config.data["num_clusters"]  # As many, of whatever images.
    if "recipe" not in given:
        run.import_recipe()
        settings |= {"recipe": config.recipe, "recipe_file": run.recipe_file}
    if "source" not in given:
        for name in ("source", "split", "data_dir", "on_error", "value_range", "attributes"):
            settings[name] = getattr(config, name)
    return {**settings, **given}


def _resume(out, given, epochs, minutes, dry_run):
    if out is None:
        raise InvalidArgument("--resume needs --out, the directory of the run")
    planning = import_quietly("tfgan_kit.runs.planning")
    run = import_quietly("tfgan_kit.runs").Run(out)
    moved = {name: given.pop(name) for name in _OF_PLACE if name in given}
    config = run.config
    if str(given.get("recipe")).endswith(".py"):
        moved["recipe"] = given.pop("recipe")
    height, _, channels = config.data["image_shape"]
    now = {**vars(config), "recipe": config.recipe.name, "batch_size": config.recipe.batch_size}
    # What was chosen when the run began; earlier versions wrote no range.
    value_range = tuple(config.data.get("range") or ()) or config.value_range
    now |= {"image_size": height, "channels": channels, "value_range": value_range}
    for name, value in given.items():
        if value != now[name] and (name, value) != ("precision", "auto"):
            option_name = {"value_range": "range", "from_run": "from"}.get(name, name)
            has = f"has {now[name]}. Received: {value}"
            start = f"start a new run from its weights with --from {out}"
            if name in ("conditional", "clusters"):  # Which its weights fix, too.
                has = f"is {config.describe().get('labels', 'unconditional')}"
                start = "start a new run"
                option_name = "unconditional" if value is False else name
            raise InvalidArgument(
                f"--{option_name.replace('_', '-')} cannot change when a run is resumed: {out} "
                f"{has}. Leave it out, or {start}"
            )
    if dry_run:
        _, plan = planning.plan_resume(out, epochs, minutes, **moved)
        print_rows({**plan.config.describe(), "run": str(out)})
        check_writable(out)
        print(
            f"Would resume {out} from its latest checkpoint; it stopped at step "
            f"{run.status['step']}."
        )
        return None
    return import_quietly("tfgan_kit.runs").resume(out, epochs, minutes, **moved)


def _print_end(run):
    path = shlex.quote(str(run.path))
    if run.status["state"] == "stopped":
        print(f"Stopped at step {run.status['step']}. Everything is saved. To continue:")
        print(f"  tfgan-kit train --out {path} --resume")
    else:
        print(f"Finished. Open {run.page_path}, or draw more images:")
        if run.config.recipe.name == "texture":
            print(f"  tfgan-kit texture {path} --size 512x512 -o tile.png")
        else:
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
    return _as_folder(name)


def _as_folder(name):
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "run"
