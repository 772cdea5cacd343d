"""`recipes`, `info` and `gif`: what there is, what a run is, its animation."""

import pathlib
from typing import Annotated

import typer

from tfgan_kit.cli.console import RunPath, describe, import_quietly, print_rows, print_table
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["gif", "info", "list_recipes"]


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


def info(run: RunPath):
    """Say what a run is, how far it came and what stands in its directory."""
    runs = import_quietly("tfgan_kit.runs")
    opened = runs.Run(run)
    config, status, metrics = opened.config, opened.status, opened.metrics
    rows = describe(config)
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
