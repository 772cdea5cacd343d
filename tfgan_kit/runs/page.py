"""The static page of a run: pictures and numbers, no server and no script."""

import html
import shlex
import string

from tfgan_kit.files import atomic_write_text

__all__ = ["write_page"]

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
td.number, th.number { text-align: right; }
div.scroll { overflow: auto; max-height: 24rem; }
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

_SAY = {
    "running": "training now",
    "finished": "finished",
    "stopped": "stopped before its end, and can go on",
    "killed": "ended without a word, and can go on from its newest checkpoint",
}


def write_page(run):
    """Write `index.html` from what stands in the run's directory now.

    Args:
        run: A `Run`.
    """
    status, metrics, config = run.status, run.metrics, run.config
    state = (
        f"{_SAY[status['state']]} · {status['step']:,} steps · {len(metrics)} epochs · "
        f"{_duration(status['seconds'])} of training"
    )
    sections = [
        _picture("Samples", run.newest_samples_path, run.path, "pixels"),
        _picture("Training", run.animation_path, run.path, "pixels"),
        _picture("Losses", run.losses_path, run.path, ""),
        _section("Settings", _settings(config)),
        _section("Numbers", _numbers(metrics), "wide") if metrics else "",
        _section("Use it", _usage(run, status, config), "wide"),
    ]
    text = _PAGE.substitute(
        title=html.escape(f"{run.path.name}: {config.recipe.name} on {config.data['name']}"),
        state=html.escape(state),
        sections="\n".join(filter(None, sections)),
    )
    atomic_write_text(run.page_path, text)


def _section(title, content, style=""):
    return f'<section class="{style}"><h2>{html.escape(title)}</h2>{content}</section>'


def _picture(title, path, root, style):
    if not path.exists():
        return ""
    # The time in the address keeps a browser from showing yesterday's picture.
    address = f"{path.relative_to(root).as_posix()}?{int(path.stat().st_mtime)}"
    return _section(title, f'<img class="{style}" src="{address}" alt="{html.escape(title)}">')


def _settings(config):
    recipe, found = config.recipe, config.data
    height, width, channels = found["image_shape"]
    length = f"{config.minutes:g} minutes" if config.minutes else f"{config.epochs} epochs"
    rows = {
        "data": f"{found['name']}: {found['num_images']:,} images of {height}×{width}×{channels}",
        "left out": f"{found['num_skipped']} unreadable files" if found["num_skipped"] else None,
        "recipe": f"{recipe.name}: {recipe.description}",
        "loss": recipe.loss,
        "batch size": recipe.batch_size,
        "Adam": f"learning rate {recipe.learning_rate:g}, beta_1 {recipe.beta_1:g}",
        "latent_dim": recipe.latent_dim,
        "length": length,
        "seed": config.seed,
        "versions": ", ".join(f"{name} {version}" for name, version in config.versions.items()),
    }
    cells = (
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in rows.items()
        if value is not None
    )
    return f"<table>{''.join(cells)}</table>"


def _numbers(metrics):
    names = list(metrics[-1])
    head = "".join(f'<th class="number">{html.escape(n.replace("_", " "))}</th>' for n in names)
    rows = "".join(
        "<tr>" + "".join(f'<td class="number">{_number(r.get(n))}</td>' for n in names) + "</tr>"
        for r in reversed(metrics)
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>'


def _number(value):
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _usage(run, status, config):
    path = shlex.quote(str(run.path))
    lines = [
        f"tfgan-kit sample {path} -n 64 -o grid.png",
        f"tfgan-kit train --out {path} --resume{_more(status, config)}",
        "",
        f"generator = keras.models.load_model({str(run.generator_path)!r})",
    ]
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>"


def _more(status, config):
    """What a finished run must be given to train on; others go on by themselves."""
    if status["state"] != "finished":
        return ""
    return f" --minutes {config.minutes:g}" if config.minutes else f" --epochs {2 * config.epochs}"


def _duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
