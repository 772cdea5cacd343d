"""The HTML page of a run: pictures and numbers in one file, without scripts or a server."""

import html
import shlex
import string

from tfgan_kit.evaluation import tables
from tfgan_kit.utils.files import atomic_write_text
from tfgan_kit.utils.text import count

__all__ = ["fill_page", "section", "table", "write_page"]

_STATES = {
    "running": "training now",
    "finished": "finished",
    "stopped": "stopped early; can be resumed",
    "killed": "was killed; can be resumed from the latest checkpoint",
}
_PICTURES = {
    "best.png": "Best samples: nearest to real images",
    "worst.png": "Worst samples: farthest from real images",
    "closest.png": "Closest pairs: a sample and its nearest training image",
    "classes.png": "Classes",
}
_PAGE = string.Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; --line: #8884; --dim: #888; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
p.state { color: var(--dim); margin: .2rem 0 1.5rem; }
main { display: grid; gap: 1.5rem 2rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
@media (max-width: 48rem) { main { grid-template-columns: minmax(0, 1fr); } }
section { min-width: 0; }
section.wide { grid-column: 1 / -1; }
img { max-width: 100%; height: auto; border: 1px solid var(--line); background: #fff; }
img.pixels { image-rendering: pixelated; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 500; white-space: nowrap; color: var(--dim); }
td.number, th.number { text-align: right; white-space: nowrap; }
b.good { color: #2a8a3e; } b.fair { color: #b7791f; } b.poor { color: #c53030; }
b.unknown { color: var(--dim); }
small { color: var(--dim); display: block; }
div.scroll { overflow: auto; max-height: 24rem; }
div.scroll table { width: max-content; min-width: 100%; }
pre { padding: .75rem; border: 1px solid var(--line); overflow: auto; margin: 0; }
</style>
</head>
<body>
<h1>$title</h1>
<p class="state">$state</p>
<main>
$sections
</main>
</body>
</html>
""")


def fill_page(title, state, sections):
    """A whole page; empty sections are left out."""
    sections = "\n".join(filter(None, sections))
    return _PAGE.substitute(title=html.escape(title), state=html.escape(state), sections=sections)


def section(title, content, style=""):
    """A section of a page; nothing if it has no content."""
    return content and f'<section class="{style}"><h2>{html.escape(title)}</h2>{content}</section>'


def table(head, rows, style=""):
    """A table with these titles, and rows of HTML cells."""
    cells = "".join(f'<th class="{style}">{html.escape(name)}</th>' for name in head)
    for row in rows:
        cells += "<tr>" + "".join(f'<td class="{style}">{cell}</td>' for cell in row) + "</tr>"
    return f"<table>{cells}</table>"


def write_page(run):
    """Write `index.html` from the files that are in the run's directory now."""
    status, metrics, config, best = run.status, run.metrics, run.config, run.best
    state = (
        f"{_STATES[status['state']]} · {count(status['step'], 'step')} · "
        f"{count(len(metrics), 'epoch')} · "
        f"{_duration(status['seconds'])} of training"
    )
    samples = "Samples" if best is None else f"Samples of the best epoch, {best['epoch']}"
    alarms = "".join(
        f"<li>epoch {epoch}: <b class=poor>{html.escape(name)}</b></li>"
        for epoch, name in run.alarms
    )
    sections = [
        _picture(run, samples, run.newest_samples_path, "pixels"),
        _picture(run, "Training", run.animation_path, "pixels"),
        *_evaluation(run),
        _picture(run, "Losses", run.losses_path),
        section("Settings", _settings(config)),
        _picture(run, "Metrics during training", run.metrics_plot_path, place="wide"),
        section("Warnings during training", alarms and f"<ul>{alarms}</ul>", "wide"),
        section("Numbers", _numbers(metrics), "wide"),
        section("How to use it", _usage(run, status, config), "wide"),
    ]
    title = f"{run.path.name}: {config.recipe.name} on {config.data['name']}"
    atomic_write_text(run.page_path, fill_page(title, state, sections))


def _evaluation(run):
    """The verdict, the metrics and the pictures of the last evaluation."""
    report = run.report
    if report is None:
        return []
    return [
        section("Verdict", tables.verdict_html(report), "wide"),
        section("Metrics", tables.metrics_html(report), "wide"),
        *(
            _picture(run, title, run.evaluation_path / name, "pixels")
            for name, title in _PICTURES.items()
        ),
    ]


def _picture(run, title, path, style="", place=""):
    if not path.exists():
        return ""
    # The time in the address keeps a browser from showing an outdated picture.
    address = f"{path.relative_to(run.path).as_posix()}?{int(path.stat().st_mtime)}"
    image = f'<img class="{style}" src="{address}" alt="{html.escape(title)}">'
    return section(title, image, place)


def _settings(config):
    recipe = config.recipe
    rows = {
        **config.describe(),
        "description": recipe.description,
        "loss": _setting(recipe.loss),
        "Adam": f"learning rate {_setting(recipe.learning_rate)}, beta_1 {recipe.beta_1:g}",
        "latent_dim": recipe.latent_dim,
        "versions": ", ".join(f"{name} {version}" for name, version in config.versions.items()),
    }
    cells = (
        f"<tr><th>{name}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table>{''.join(cells)}</table>"


def _setting(value):
    """A number, a name, or the config of a Keras object such as a learning rate schedule."""
    if not isinstance(value, dict):
        return f"{value:g}" if isinstance(value, float) else value
    arguments = {key: each for key, each in value["config"].items() if key != "name"}
    shown = ", ".join(f"{key}={_setting(each)}" for key, each in arguments.items())
    return f"{value['class_name']}({shown})"


def _numbers(metrics):
    if not metrics:
        return ""
    names = list(metrics[-1])
    rows = [[_number(record.get(name)) for name in names] for record in reversed(metrics)]
    head = [name.replace("_", " ") for name in names]
    return f'<div class="scroll">{table(head, rows, "number")}</div>'


def _number(value):
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _usage(run, status, config):
    path, more = shlex.quote(str(run.path)), ""
    if status["state"] == "finished":
        minutes, epochs = config.minutes, 2 * config.epochs
        more = f" --minutes {minutes:g}" if minutes else f" --epochs {epochs}"
    lines = [
        f"tfgan-kit sample {path} -n 64 -o grid.png",
        f"tfgan-kit evaluate {path}",
        f"tfgan-kit train --out {path} --resume{more}",
        "",
        f"generator = keras.models.load_model({str(run.generator_path)!r})",
    ]
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>"


def _duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
