"""`recipes`, `info` and `gif`: list recipes, show a run, rebuild its animation."""

import pathlib
from typing import Annotated

from tfgan_kit.cli.console import RunPath, import_quietly, option, print_rows, print_table
from tfgan_kit.utils.validation import check_number

__all__ = ["gif", "info", "list_recipes"]


def list_recipes():
    """List the recipes and the sources of their settings."""
    from rich.table import Table

    recipes = import_quietly("tfgan_kit.recipes")
    table = Table("recipe", "good for", "batch", "loss", "source", box=None, pad_edge=False)
    for recipe in map(recipes.get, recipes.names()):
        loss = recipe.loss if isinstance(recipe.loss, str) else recipe.loss["class_name"]
        row = (recipe.name, recipe.description, str(recipe.batch_size), loss, recipe.reference)
        table.add_row(*row)
    print_table(table)


def gif(
    run: RunPath,
    output: Annotated[
        pathlib.Path,
        option("A .gif, .webp or .mp4 file. Defaults to RUN/training.gif.", "-o", "--output"),
    ] = None,
    fps: Annotated[float, option("Frames per second.")] = 8,
):
    """Rebuild the training animation."""
    runs, media = import_quietly("tfgan_kit.runs"), import_quietly("tfgan_kit.media")
    check_number("fps", fps, above=0)
    opened = runs.Run(run)
    output = output or opened.animation_path
    count = media.write_training_animation(output, opened.samples_path, fps=fps)
    print(f"Wrote {count} frames to {output}")


def info(run: RunPath):
    """Show a run's settings, progress and files."""
    runs = import_quietly("tfgan_kit.runs")
    opened = runs.Run(run)
    status, metrics, best = opened.status, opened.metrics, opened.best
    rows = opened.config.describe()
    rows["state"] = f"{status['state']}, {status['step']} steps, {len(metrics)} whole epochs"
    if best is not None:
        rows["best epoch"] = f"{best['epoch']}, {best['monitor']} {best['value']:.4g}"
    if opened.alarms:
        rows["warnings"] = "; ".join(f"{name} at epoch {epoch}" for epoch, name in opened.alarms)
    rows["training time"] = f"{status['seconds'] / 60:.1f} minutes"
    if metrics:
        rows["last epoch"] = ", ".join(
            f"{name} {value:.3f}" for name, value in metrics[-1].items() if "_" in name
        )
    for path in (opened.page_path, opened.animation_path, opened.generator_path):
        if path.exists():
            rows[path.name] = f"{path} ({path.stat().st_size / 1e6:.1f} MB)"
    print_rows(rows)
