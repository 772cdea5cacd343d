"""`recipes`, `info` and `gif`: list recipes, show a run or an export, rebuild an animation."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import (
    RunPath,
    argument,
    import_quietly,
    option,
    print_rows,
    print_table,
)
from tfgan_kit.runtime.loading import is_run
from tfgan_kit.utils.streams import quiet
from tfgan_kit.utils.text import count, in_list, level, minutes

__all__ = ["gif", "info", "list_recipes"]

_LABELS = {(False,): "not used", (True,): "needed", (False, True): "used if there are any"}


def list_recipes():
    """List the recipes and the sources of their settings."""
    from rich.table import Table

    recipes = import_quietly("tfgan_kit.recipes")
    columns = "recipe", "good for", "batch", "loss", "labels", "source"
    table = Table(*columns, box=None, pad_edge=False)
    for recipe in map(recipes.get, recipes.names()):
        loss = recipe.loss if isinstance(recipe.loss, str) else recipe.loss["class_name"]
        takes = _LABELS[recipe.takes_labels]
        row = (recipe.name, recipe.description, str(recipe.batch_size), loss, takes)
        table.add_row(*row, recipe.reference)
    print_table(table)


def gif(
    run: RunPath,
    output: Annotated[
        pathlib.Path,
        option("A .gif, .webp or .mp4 file. Defaults to RUN/training.gif.", "-o", "--output"),
    ] = None,
    fps: Annotated[float, option("Frames per second; at most 50 in .gif and .webp.")] = 8,
):
    """Rebuild the training animation."""
    runs, media = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.media")
    opened = runs.Run(run)
    output = output or opened.animation_path
    frames = media.write_training_animation(output, opened.samples_path, fps=fps)
    print(f"Wrote {count(frames, 'frame')} to {output}")


def info(
    path: Annotated[pathlib.Path, argument("A run, or an exported file or folder.", "PATH")],
):
    """Show a run's settings, progress and files, or describe an exported file."""
    print_rows(_describe_run(path) if is_run(path) else _describe_export(path))


def _describe_run(path):
    opened = import_quietly("tfgan_kit.runs").Run(path)
    status, metrics, best = opened.status, opened.metrics, opened.best
    rows, whole = opened.config.describe(), count(len(metrics), "whole epoch")
    if opened.shown_classes or opened.config.data.get("attributes"):
        describe_shares = import_quietly("tfgan_kit.runs.labels").describe_shares
        rows["class shares"] = describe_shares(opened.config)
    rows["state"] = f"{status['state']}, {count(status['step'], 'step')}, {whole}"
    if best is not None:
        rows["best state"] = f"{opened.best_name}, {best['monitor']} {best['value']:.4g}"
    if opened.failures:
        rows["warnings"] = "; ".join(
            f"{name}{f' ({where})' if where else ''} at epoch {first}"
            + (f", passed at epoch {passed}" if passed else "")
            for first, passed, name, where in opened.failures
        )
    if opened.judgements:
        describe = import_quietly("tfgan_kit.evaluation.people").describe
        rows["judged by people"] = describe(opened.judgements)
    if metrics and level(metrics[-1]):
        rows["level"] = level(metrics[-1])
    rows["training time"] = minutes(status["seconds"] / 60)
    if metrics:
        rows["last epoch"] = ", ".join(
            f"{name} {value:.3f}" for name, value in metrics[-1].items() if "_" in name
        )
    for path in (opened.page_path, opened.animation_path, opened.generator_path):
        if path.exists():
            rows[path.name] = f"{path} ({path.stat().st_size / 1e6:.2f} MB)"
    return rows


def _describe_export(path):
    """The interface of an exported file, and what its manifest lists."""
    runtime = import_quietly("tfgan_kit.runtime.loading")
    file = runtime.find_file(path)
    with quiet():
        generator = runtime.load(file)
    files = [file] if file.is_file() else [each for each in file.rglob("*") if each.is_file()]
    size = sum(each.stat().st_size for each in files) / 1e6
    batch = f"batches of {generator.batch_size}" if generator.batch_size else "any batch size"
    rows = {
        "file": f"{file}, {generator.format}, {size:.2f} MB",
        "input": f"{generator.latent_dim} standard normal numbers an image, float32, {batch}",
        "output": f"{'x'.join(map(str, generator.image_shape))}, float32, -1 black to 1 white",
    }
    if generator.label_shape is not None:
        num = generator.num_classes
        rows["labels"] = count(num, "class") if num else "an unknown number of classes"
        if generator.class_names:
            rows["labels"] += f": {', '.join(map(in_list, generator.class_names))}"
    entry = generator.manifest_entry
    if entry is None:
        return rows | {"origin": "unknown: no export.json beside it lists this file"}
    for name in ("title", "data", "recipe", "training", "license"):
        if name in entry.source:
            rows[name] = entry.source[name]
    settings = {name: value for name, value in entry.settings.items() if value is not None}
    if settings:
        rows["settings"] = ", ".join(f"{name} {value}" for name, value in settings.items())
    figures = entry.verification
    if "max_error" in figures:
        rows["verified"] = f"largest error {figures['max_error']:.3g}" + (
            f", PSNR {figures['psnr']:.1f} dB" if figures.get("psnr") else ""
        )
    rows["versions"] = ", ".join(f"{name} {value}" for name, value in entry.versions.items())
    return rows
