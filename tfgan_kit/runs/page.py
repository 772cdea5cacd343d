"""The static page of a run: pictures and numbers, no server and no script."""

import html
import shlex

from tfgan_kit.evaluation import tables
from tfgan_kit.runs.template import fill_page
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["write_page"]

_SAY = {
    "running": "training now",
    "finished": "finished",
    "stopped": "stopped before its end, and can go on",
    "killed": "ended without a word, and can go on from its newest checkpoint",
}


def write_page(run):
    """Write `index.html` from what stands in the run's directory now."""
    status, metrics, config = run.status, run.metrics, run.config
    state = (
        f"{_SAY[status['state']]} · {status['step']:,} steps · {len(metrics)} epochs · "
        f"{_duration(status['seconds'])} of training"
    )
    sections = [
        _picture(_samples_title(run), run.newest_samples_path, run.path, "pixels"),
        _picture("Training", run.animation_path, run.path, "pixels"),
        *_evaluation(run),
        _picture("Losses", run.losses_path, run.path, ""),
        _section("Settings", _settings(config)),
        _picture("Measured while training", run.metrics_plot_path, run.path, "", "wide"),
        _section("Seen while training", _alarms(run), "wide") if run.alarms else "",
        _section("Numbers", _numbers(metrics), "wide") if metrics else "",
        _section("Use it", _usage(run, status, config), "wide"),
    ]
    title = f"{run.path.name}: {config.recipe.name} on {config.data['name']}"
    atomic_write_text(run.page_path, fill_page(title, state, "\n".join(filter(None, sections))))


def _section(title, content, style=""):
    return f'<section class="{style}"><h2>{html.escape(title)}</h2>{content}</section>'


def _samples_title(run):
    best = run.best
    return "Samples" if best is None else f"Samples of the best epoch, {best['epoch']}"


def _alarms(run):
    items = "".join(
        f"<li>epoch {epoch}: <b class=poor>{html.escape(name)}</b></li>"
        for epoch, name in run.alarms
    )
    return f"<ul>{items}</ul>"


_PICTURES = {
    "best.png": "Best samples: nearest to real images",
    "worst.png": "Worst samples: farthest from real images",
    "closest.png": "Closest pairs: a sample, and its nearest training image",
    "classes.png": "Classes",
}


def _evaluation(run):
    """The verdict, the table and the pictures of the last evaluation."""
    report = run.report
    if report is None:
        return []
    return [
        _section("Verdict", tables.verdict_html(report), "wide"),
        _section("Metrics", tables.metrics_html(report), "wide"),
        *(
            _picture(title, run.evaluation_path / name, run.path, "pixels")
            for name, title in _PICTURES.items()
        ),
    ]


def _picture(title, path, root, style, place=""):
    if not path.exists():
        return ""
    # The time in the address keeps a browser from showing yesterday's picture.
    address = f"{path.relative_to(root).as_posix()}?{int(path.stat().st_mtime)}"
    image = f'<img class="{style}" src="{address}" alt="{html.escape(title)}">'
    return _section(title, image, place)


def _settings(config):
    recipe, found = config.recipe, config.data
    height, width, channels = found["image_shape"]
    length = f"{config.minutes:g} minutes" if config.minutes else f"{config.epochs} epochs"
    rows = {
        "data": f"{found['name']}: {found['num_images']:,} images of {height}×{width}×{channels}",
        "left out": f"{found['num_skipped']} unreadable files" if found["num_skipped"] else None,
        "recipe": f"{recipe.name}: {recipe.description}",
        "loss": _setting(recipe.loss),
        "batch size": recipe.batch_size,
        "Adam": f"learning rate {_setting(recipe.learning_rate)}, beta_1 {recipe.beta_1:g}",
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


def _setting(value):
    """A number, a name, or the config of a Keras object, as a schedule of the rate is."""
    if not isinstance(value, dict):
        return f"{value:g}" if isinstance(value, float) else value
    arguments = {key: each for key, each in value["config"].items() if key != "name"}
    told = ", ".join(f"{key}={_setting(each)}" for key, each in arguments.items())
    return f"{value['class_name']}({told})"


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
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _usage(run, status, config):
    path = shlex.quote(str(run.path))
    lines = [
        f"tfgan-kit sample {path} -n 64 -o grid.png",
        f"tfgan-kit evaluate {path}",
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
