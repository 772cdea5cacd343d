"""Several runs under one protocol: a table, a plot, a page and a JSON file."""

import html
import json
import pathlib

from tfgan_kit import callbacks
from tfgan_kit.evaluation import tables
from tfgan_kit.evaluation.judge import Judge
from tfgan_kit.runs.directory import Run
from tfgan_kit.runs.evaluation import open_like, open_run_source
from tfgan_kit.runs.template import fill_page
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.files import atomic_path, atomic_write_text

__all__ = ["compare"]

_BARS = ("frechet", "kernel", "precision", "recall", "density", "coverage")


def compare(
    paths, out, data_source=None, features="auto", num=10_000, seed=0, cache_dir=None, console=None
):
    """Judge several runs alike, and write the comparison into a folder.

    `comparison.json`, `comparison.png`, `curves.png` and `index.html`.

    Args:
        paths: Sequence of two or more runs' directories.
        out: String or `os.PathLike`, the folder; made if missing.
        data_source: As for `evaluate`. Defaults to None: the images that all
            runs were trained on, which must be the same.
        features: As for `evaluate`. Defaults to `"auto"`.
        num: As for `evaluate`. Defaults to 10,000.
        seed: As for `evaluate`. Defaults to 0.
        cache_dir: As for `evaluate`. Defaults to None.
        console: As for `evaluate`. Defaults to None.

    Returns:
        A dict of the runs' names and their `evaluation.Report`s.

    Raises:
        InvalidArgument: If there are fewer than two runs, they make images of
            different shapes, they were trained on other data and no
            `data_source` is given, one has no generator, or `out` holds
            something else.

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
    out = _check_out(pathlib.Path(out))
    opened = _open_runs(paths)
    generators = {name: run.load_generator() for name, run in opened.items()}
    shapes = {name: tuple(each.output_shape[1:]) for name, each in generators.items()}
    if len(set(shapes.values())) > 1:
        raise InvalidArgument(
            f"Only runs with images of one shape can be compared. Received: {shapes}"
        )
    sources = {name: open_run_source(run) for name, run in opened.items()}
    first = next(iter(sources.values()))
    if data_source is None and len({source.fingerprint for source in sources.values()}) > 1:
        raise InvalidArgument(
            "Runs that were trained on other data can only be compared on data that is given: "
            "use --data"
        )
    source = first if data_source is None else open_like(data_source, first)
    judge = Judge(source, features, num, seed, cache_dir, console)
    reports = {
        name: judge.judge(generator, sources[name], judge.is_heldout(sources[name]))
        for name, generator in generators.items()
    }
    _write(out, opened, reports)
    return reports


def _check_out(out):
    """Refuse to write over anything but an earlier comparison."""
    if out.is_file() or (
        out.is_dir() and any(out.iterdir()) and not (out / "comparison.json").is_file()
    ):
        raise InvalidArgument(
            f"{out} exists and is neither an empty folder nor an earlier comparison; choose "
            "another folder"
        )
    return out


def _open_runs(paths):
    runs = [Run(path) for path in paths]
    different = len({run.path.resolve() for run in runs})
    if different < 2:
        raise InvalidArgument(f"A comparison needs two runs or more. Received: {different}")
    names = [run.path.resolve().name for run in runs]
    if len(set(names)) < len(names):
        names = ["/".join(run.path.resolve().parts[-2:]) for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path.resolve()) for run in runs]
    return dict(zip(names, runs, strict=True))


def _write(out, opened, reports):
    atomic_write_text(
        out / "comparison.json",
        json.dumps({name: report.to_dict() for name, report in reports.items()}, indent=2) + "\n",
    )
    _plot_bars(out / "comparison.png", reports)
    curves = {name: run.metrics for name, run in opened.items()}
    has_curves = callbacks.plot_metrics(curves, out / "curves.png")
    atomic_write_text(out / "index.html", _page(reports, has_curves))


def _plot_bars(path, reports):
    """A panel a metric, a bar a run with its 95 % interval, and the floor as a line."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [row for row in next(iter(reports.values())).rows if row.name.startswith(_BARS)]
    figure = Figure(figsize=(11, 5), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 3, squeeze=False).flat
    for axes, row in zip(panels, rows, strict=False):
        found = [next(r for r in report.rows if r.name == row.name) for report in reports.values()]
        for place, each in enumerate(found):
            error = None if each.error != each.error else 1.96 * each.error
            label = list(reports)[place]
            axes.bar(place, each.value, yerr=error, color=f"C{place}", capsize=3, label=label)
        axes.axhline(row.floor, color="0.3", linestyle=":")
        axes.set_title(row.name.replace("_", " "), fontsize=10)
        axes.set_xticks([])
        axes.spines[["top", "right"]].set_visible(False)
    for axes in list(figure.axes)[len(rows) :]:
        axes.remove()
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4, frameon=False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _page(reports, has_curves):
    head, rows = tables.comparison_rows(reports)
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td>{'<b>' if place == best else ''}{html.escape(cell)}</td>"
            for place, cell in enumerate(cells)
        )
        + "</tr>"
        for cells, best in rows
    )
    lines = tables.protocol_html(next(iter(reports.values())))
    titles = "".join(f"<th>{html.escape(title)}</th>" for title in head)
    sections = [
        f"<h2>One protocol</h2><table><tr>{titles}</tr>{cells}</table>{lines}",
        '<h2>With 95 % intervals; dotted: real images</h2><img src="comparison.png" alt="bars">',
        '<h2>While training</h2><img src="curves.png" alt="curves">' if has_curves else "",
        *(
            f"<h2>{html.escape(name)}</h2>{tables.verdict_html(report)}"
            for name, report in reports.items()
        ),
    ]
    body = "".join(f'<section class="wide">{each}</section>' for each in sections if each)
    return fill_page("Comparison", ", ".join(reports), body)
