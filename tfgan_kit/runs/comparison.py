"""Several runs under one protocol: a table, a plot, a page and a JSON file."""

import dataclasses
import json
import math

import numpy as np

from tfgan_kit import media
from tfgan_kit.evaluation import tables
from tfgan_kit.evaluation.comparison_files import write_tables
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.evaluation.report import mean_report
from tfgan_kit.media import page, plots
from tfgan_kit.runs.evaluation import check_out
from tfgan_kit.runs.subjects import open_real, open_subject
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_write_text
from tfgan_kit.utils.validation import check_integer

__all__ = ["compare"]


def compare(
    paths,
    out,
    data_source=None,
    features="auto",
    num=10_000,
    seed=0,
    cache_dir=None,
    console=None,
    image_size=None,
):
    """Evaluate several runs or sets of images under one protocol, and write a comparison.

    Runs that differ in their seed only become one: the means, with standard deviations as errors.
    The folder gets `comparison.json`, `comparison.csv` (all metrics), `comparison.md` and
    `comparison.tex` (the main ones, the best in bold), `comparison.png`, `curves.png` and
    `index.html`.

    Args:
        paths: Sequence of two or more of what `evaluate` takes.
        out: String or `os.PathLike`, the output folder: a new or empty one, or that of an earlier
            comparison.
        data_source: As for `evaluate`. Defaults to None: the training images, which must be the
            same for all runs.
        features: As for `evaluate`. Defaults to `"auto"`.
        num: As for `evaluate`. Defaults to 10,000.
        seed: As for `evaluate`. Defaults to 0.
        cache_dir: As for `evaluate`. Defaults to None.
        console: As for `evaluate`. Defaults to None.
        image_size: As for `evaluate`. Defaults to None.

    Returns:
        A dict of `evaluation.Report`s. Their names are those of the recipes or files, followed by
        the folder where that is not unique, and the number of seeds.

    Raises:
        InvalidArgument: If there are fewer than two, one has no generator, their images
            differ in shape, their training images differ and `data_source` is not given, or `out`
            has other files.

    Example:

    ```python
    from tfgan_kit import runs

    paths = [f"runs/seed-{seed}" for seed in range(2)]
    for seed, path in enumerate(paths):
        config = runs.RunConfig(source="digits", image_size=16, minutes=0.02, seed=seed)
        runs.start(runs.plan(config), path)
    reports = runs.compare(paths, "comparison", features="random", num=100, cache_dir="cache")
    list(reports)  # ["dcgan (2 seeds)"]
    ```
    """
    out = check_out(out, "comparison")
    subjects = _open_all(paths, image_size)
    shapes = {each.name: each.image_shape for each in subjects}
    if len(set(shapes.values())) > 1:
        raise InvalidArgument(
            f"All that is compared must have images of one shape. Received: {shapes}. Sets of "
            "images can be resized: use --image-size"
        )
    first, trainings = subjects[0], [each.training for each in subjects]
    if data_source is None and all(trainings) and len({each.fingerprint for each in trainings}) > 1:
        raise InvalidArgument(
            "The runs were trained on different data. Give the images to compare with: use --data"
        )
    unknown = next((each for each in subjects if each.training is None), first)
    source = open_real(data_source, unknown)
    num = min(check_integer("num", num, 1), *(each.num or num for each in subjects))
    judge = Judge(source, features, num, seed, cache_dir, console)
    found = {id(each): each.report(judge) for each in subjects}
    groups = _put_seeds_together(subjects)
    reports = {}
    for name, group in zip(_names(groups), groups, strict=True):
        members = [found[id(each)] for each in group]
        seeds = [each.run.config.seed for each in group if each.run]
        reports[name] = mean_report(members, seeds) if len(group) > 1 else members[0]
    runs = {name: group[0].run for name, group in zip(reports, groups, strict=True)}
    _write(out, reports, {name: run.metrics for name, run in runs.items() if run})
    return reports


def _open_all(paths, image_size):
    """What is compared, each once."""
    subjects = {}
    for given in paths:
        subject = open_subject(given, image_size)
        subjects[subject.path.resolve() if subject.path else id(given)] = subject
    if len(subjects) < 2:
        raise InvalidArgument(
            "`paths` must be two or more different runs, files or sets of images. "
            f"Received: {', '.join(each.name for each in subjects.values()) or 'nothing'}"
        )
    return list(subjects.values())


def _put_seeds_together(subjects):
    """Lists of runs with the same settings but for their seeds, and of one subject each."""
    groups = {}
    for number, each in enumerate(subjects):
        same = each.run and dataclasses.replace(each.run.config, seed=0, versions={})
        groups.setdefault(repr(same) if same else number, []).append(each)
    split = []
    for group in groups.values():
        seeds = {each.run.config.seed for each in group if each.run}
        split += [group] if len(seeds) == len(group) else [[each] for each in group]
    return split


def _names(groups):
    """Recipes or the names of files, with as much of the path as makes them different."""
    firsts = [group[0] for group in groups]
    bases = [
        each.run.config.recipe.name if each.run else each.path.name if each.path else each.name
        for each in firsts
    ]
    paths = [
        each.path.resolve().parts if each.path else (str(number),)
        for number, each in enumerate(firsts, 1)
    ]
    depth = 1
    while len({parts[-depth:] for parts in paths}) < len(paths):
        depth += 1
    for group, base, parts in zip(groups, bases, paths, strict=True):
        notes = ["/".join(parts[-depth:])] if bases.count(base) > 1 else []
        notes += [f"{len(group)} seeds"] if len(group) > 1 else []
        yield f"{base} ({', '.join(notes)})" if notes else base


def _write(out, reports, curves):
    atomic_write_text(
        out / "comparison.json",
        json.dumps({name: report.to_dict() for name, report in reports.items()}, indent=2) + "\n",
    )
    _plot_bars(out / "comparison.png", reports)
    write_tables(out, reports)
    if not curves or not media.plot_metrics(curves, out / "curves.png"):
        (out / "curves.png").unlink(missing_ok=True)  # From an earlier comparison.
    atomic_write_text(out / "index.html", _page(out, reports))


def _plot_bars(path, reports):
    """A panel for each metric: a bar with its error for each name, the floor as a line."""
    found = [{row.name: row for row in report.rows} for report in reports.values()]
    shared = [each for each in found[0] if tables.is_main(each) and all(each in f for f in found)]
    with plots.open_figure(path, 11, 5) as figure:
        for axes, metric in zip(plots.add_panels(figure, len(shared)), shared, strict=True):
            for place, (name, rows) in enumerate(zip(reports, found, strict=True)):
                row = rows[metric]
                ends = [row.interval, (row.value - row.error, row.value + row.error)]
                low, high = ends[math.isnan(row.interval[0])]
                error = np.nan_to_num([[row.value - low], [high - row.value]])
                axes.bar(place, row.value, yerr=error, color=f"C{place}", capsize=3, label=name)
            axes.axhline(row.floor, color="0.3", linestyle=":")
            axes.set_title(metric.replace("_", " "))
            axes.set_xticks([])
        plots.add_legend(figure)


def _page(out, reports):
    bars = "95 % intervals, or deviations of seeds; dotted: real images"
    bars = page.picture(out, out / "comparison.png", bars, "wide")
    curves = page.picture(out, out / "curves.png", "Metrics during training", "wide")
    sections = [
        page.section("One protocol", tables.comparison_html(reports), "wide"),
        page.section("Pictures", bars + curves, "wide"),
        *(page.section(name, tables.verdict_html(each), "wide") for name, each in reports.items()),
    ]
    return page.fill_page("Comparison", ", ".join(reports), sections)
