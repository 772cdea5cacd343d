"""Several runs under one protocol: a table, a plot, a page and a JSON file."""

import json
import pathlib
from html import escape

from tfgan_kit import media
from tfgan_kit.evaluation import tables
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.media import plots
from tfgan_kit.runs import page
from tfgan_kit.runs.directory import Run, check_new_path
from tfgan_kit.runs.evaluation import judge_run, open_like
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["compare"]

_BARS = ("frechet", "kernel", "precision", "recall", "density", "coverage")


def compare(
    paths, out, data_source=None, features="auto", num=10_000, seed=0, cache_dir=None, console=None
):
    """Evaluate several runs under one protocol, and write a comparison into a folder.

    The folder gets `comparison.json`, `comparison.png`, `curves.png` and `index.html`.

    Args:
        paths: Sequence of the directories of two or more runs.
        out: String or `os.PathLike`, the output folder.
        data_source: As for `evaluate`. Defaults to None: the training images, which must be the
            same for all runs.
        features: As for `evaluate`. Defaults to `"auto"`.
        num: As for `evaluate`. Defaults to 10,000.
        seed: As for `evaluate`. Defaults to 0.
        cache_dir: As for `evaluate`. Defaults to None.
        console: As for `evaluate`. Defaults to None.

    Returns:
        A dict from the names of the runs to their `evaluation.Report`s.

    Raises:
        InvalidArgument: If there are fewer than two runs, one has no generator, their images
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
    list(reports)  # ["seed-0", "seed-1"]
    ```
    """
    out = pathlib.Path(out)
    if not (out / "comparison.json").is_file():
        check_new_path(out)
    opened = _open_runs(paths)
    generators = {name: run.load_generator() for name, run in opened.items()}
    shapes = {name: tuple(each.output_shape[1:]) for name, each in generators.items()}
    if len(set(shapes.values())) > 1:
        raise InvalidArgument(f"All runs must have images of one shape. Received: {shapes}")
    sources = {name: run.open_source() for name, run in opened.items()}
    first = next(iter(sources.values()))
    if data_source is None and len({source.fingerprint for source in sources.values()}) > 1:
        raise InvalidArgument(
            "The runs were trained on different data. Give the images to compare with: use --data"
        )
    source = first if data_source is None else open_like(data_source, first)
    judge = Judge(source, features, num, seed, cache_dir, console)
    reports = {
        name: judge_run(judge, opened[name], generator, sources[name])[0]
        for name, generator in generators.items()
    }
    _write(out, opened, reports)
    return reports


def _open_runs(paths):
    """The runs by name: the last parts of their paths, as many as make them different."""
    runs = {run.path.resolve(): run for run in map(Run, paths)}
    if len(runs) < 2:
        raise InvalidArgument(f"`paths` must be two or more runs. Received: {len(runs)}")
    depth = 1
    while len({path.parts[-depth:] for path in runs}) < len(runs):
        depth += 1
    return {"/".join(path.parts[-depth:]): run for path, run in runs.items()}


def _write(out, opened, reports):
    atomic_write_text(
        out / "comparison.json",
        json.dumps({name: report.to_dict() for name, report in reports.items()}, indent=2) + "\n",
    )
    _plot_bars(out / "comparison.png", reports)
    curves = {name: run.metrics for name, run in opened.items()}
    has_curves = media.plot_metrics(curves, out / "curves.png")
    atomic_write_text(out / "index.html", _page(reports, has_curves))


def _plot_bars(path, reports):
    """A panel for each metric: a bar with a 95 % interval for each run, the floor as a line."""
    rows = [row for row in next(iter(reports.values())).rows if row.name.startswith(_BARS)]
    with plots.open_figure(path, 11, 5) as figure:
        for axes, row in zip(plots.add_panels(figure, len(rows)), rows, strict=True):
            for place, (name, report) in enumerate(reports.items()):
                each = next(r for r in report.rows if r.name == row.name)
                error = None if each.error != each.error else 1.96 * each.error
                axes.bar(place, each.value, yerr=error, color=f"C{place}", capsize=3, label=name)
            axes.axhline(row.floor, color="0.3", linestyle=":")
            axes.set_title(row.name.replace("_", " "))
            axes.set_xticks([])
        plots.add_legend(figure)


def _page(reports, has_curves):
    head, rows = tables.comparison_rows(reports)
    cells = [
        [f"<b>{each}</b>" if place == best else each for place, each in enumerate(map(escape, row))]
        for row, best in rows
    ]
    protocol = tables.protocol_html(next(iter(reports.values())))
    curves = '<img src="curves.png" alt="curves">' if has_curves else ""
    bars = '<img src="comparison.png" alt="bars">'
    sections = [
        page.section("One protocol", page.table(head, cells) + protocol, "wide"),
        page.section("95 % intervals; dotted: real images", bars, "wide"),
        page.section("Metrics during training", curves, "wide"),
        *(page.section(name, tables.verdict_html(each), "wide") for name, each in reports.items()),
    ]
    return page.fill_page("Comparison", ", ".join(reports), sections)
