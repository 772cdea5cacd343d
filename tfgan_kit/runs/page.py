"""The HTML page of a run: pictures, numbers and the next commands in one file."""

import html
import shlex
import time

from tfgan_kit.evaluation import people, tables
from tfgan_kit.media import animation
from tfgan_kit.media.page import commands, fill_page, picture, pictures, section, table
from tfgan_kit.metrics.collapse import ADVICE
from tfgan_kit.runs import labels
from tfgan_kit.utils.files import atomic_write_text
from tfgan_kit.utils.text import count, in_words, level, shorten

__all__ = [
    *("RELOAD_SECONDS", "STATES", "duration", "evaluation_sections", "warnings_html"),
    "write_page",
]

RELOAD_SECONDS = 20
STATES = {
    "running": "training now",
    "finished": "finished",
    "stopped": "stopped early; can be resumed",
    "killed": "was killed; can be resumed from the latest checkpoint",
}
_PICTURES = {
    "samples.png": "Generated images",
    "real.png": "Real images",
    "best.png": "Best samples: nearest to real images",
    "worst.png": "Worst samples: farthest from real images",
    "closest.png": "Closest pairs: a sample and, right of it, its nearest real image",
    "classes.png": "Classes that the classifier finds in real images and in samples",
}


def write_page(run):
    """Write `index.html` from the files that are in the run's directory now."""
    status, metrics, config = run.status, run.metrics, run.config
    running = status["state"] == "running"
    state = (
        f"{STATES[status['state']]} · {count(status['step'], 'step')} · "
        f"{count(len(metrics), 'epoch')} · "
        f"{duration(status['seconds'])} of training"
        + "".join(f" · level {each}" for each in map(level, metrics[-1:]) if each)
        + running * f" · as of {time.strftime('%H:%M:%S')}; reloads every {RELOAD_SECONDS} s"
    )
    losses = picture(run.path, run.losses_path, "They do not measure image quality; metrics do.")
    curves = "Each metric that is not zero throughout; dotted: the best state"
    curves = picture(run.path, run.metrics_plot_path, curves, "wide")
    report = run.report
    sections = [
        section("Images", pictures(_images(run)), "wide"),
        section("Warnings during training", warnings_html(run), "wide"),
        section("Next", _next(run, status, config), "wide"),
        *(evaluation_sections(run.path, report, run.evaluation_path) if report else []),
        section("Judged by people", html.escape(people.describe(run.judgements))),
        section("Losses", losses),
        section("Settings", _settings(config)),
        section("Metrics during training", curves and curves + _meanings(metrics), "wide"),
        section("Numbers", _numbers(metrics), "wide"),
    ]
    title = f"{run.path.name}: {config.recipe.name} on {config.data['name']}"
    text = fill_page(title, state, sections, RELOAD_SECONDS if running else None)
    atomic_write_text(run.page_path, text)


def _images(run):
    """Real images, samples of the best state, and the training; the newest grid before its end."""
    best, grids = run.best_name, list(animation.find_frames(run.samples_path))
    rows = labels.describe_rows(run.config, run.shown_classes)
    samples = f"Samples of the best state: {best}" if best else "Samples"
    yield picture(run.path, run.real_path, f"Real images from the training data{rows}")
    yield picture(run.path, run.newest_samples_path, samples + rows)
    if run.animation_path.exists() or not grids:
        title = f"Training: the same noise after each epoch{rows}"
        yield picture(run.path, run.animation_path, title)
    else:
        yield picture(run.path, grids[-1], f"Newest samples: {grids[-1].stem}{rows}")


def warnings_html(run):
    """Each failure with its advice, and when it had passed."""
    items = "".join(
        f"<li>epoch {first}: <b class={'good' if passed else 'poor'}>{html.escape(name)}</b>"
        + (f": {html.escape(where)}" if where else "")
        + (f", passed at epoch {passed}" if passed else "")
        + f"<small>{html.escape(ADVICE[name])}</small></li>"
        for first, passed, name, where in run.failures
    )
    return items and f"<ul>{items}</ul>"


def evaluation_sections(root, report, folder):
    """The verdict, the metrics and the pictures of an evaluation, for a page in `root`."""
    found = (picture(root, folder / name, title) for name, title in _PICTURES.items())
    return [
        section("Verdict", tables.verdict_html(report), "wide"),
        section("Metrics", tables.metrics_html(report), "wide"),
        section("By class", tables.classes_html(report)),
        section("Pictures of the evaluation", pictures(found), "wide"),
    ]


def _settings(config):
    recipe = config.recipe
    rows = {
        **config.describe(),
        "description": recipe.description,
        "loss": in_words(recipe.loss),
        "Adam": f"learning rate {in_words(recipe.learning_rate)}, beta_1 {recipe.beta_1:g}",
        **({"latent_dim": recipe.latent_dim} if recipe.latent_dim else {}),
        "versions": ", ".join(f"{name} {version}" for name, version in config.versions.items()),
    }
    cells = (
        f"<tr><th>{name}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table>{''.join(cells)}</table>"


def _numbers(metrics):
    if not metrics:
        return ""
    names = list(metrics[-1])
    rows = [[_number(record.get(name)) for name in names] for record in reversed(metrics)]
    head = [name.replace("_", " ") for name in names]
    return f'<div class="scroll">{table(head, rows, "number")}</div>'


def _meanings(metrics):
    """What each number of the training means, to be opened."""
    rows = ""
    for name in sorted({name for record in metrics for name in record}):
        sentence, better = tables.explain(name)
        title = f"{name.replace('_', ' ')} {tables.ARROWS[better]}"
        rows += sentence and f"<li>{html.escape(title)}<small>{html.escape(sentence)}</small></li>"
    return f"<details><summary>What they mean</summary><ul>{rows}</ul></details>"


def _number(value):
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _next(run, status, config):
    """The next commands, with a path that is right from any folder."""
    path, lines = run.path.resolve(), {}
    quoted = shlex.quote(str(path))
    if run.generator_path.exists():
        generator = str(path / run.generator_path.name)
        lines = {
            "Draw more images:": f"tfgan-kit sample {quoted} -n 64 -o grid.png",
            **_draw_a_class(run, quoted),
            "Measure the quality:": f"tfgan-kit evaluate {quoted}",
            "Write a file for phones and servers:": f"tfgan-kit export {quoted}",
            # Layers of the kit are only found once it is imported.
            "In Python:": "import keras, tfgan_kit; "
            f"generator = keras.models.load_model({generator!r})",
        }
    if status["state"] == "running":
        return commands(lines)
    more = ""
    if status["state"] == "finished":
        minutes, epochs = config.minutes, 2 * config.epochs
        more = f" --minutes {minutes:g}" if minutes else f" --epochs {epochs}"
    return commands({**lines, "Train on:": f"tfgan-kit train --out {quoted} --resume{more}"})


def _draw_a_class(run, quoted):
    if not run.shown_classes:
        return {}
    label = run.shown_classes[-1]
    names = run.config.data.get("class_names")
    # The number stands for a name that is too long for a line.
    named = names and names[label] == shorten(names[label])
    name = shlex.quote(names[label] if named else str(label))
    return {"Draw images of one class:": f"tfgan-kit sample {quoted} --label {name}"}


def duration(seconds):
    """A time in words, to a second or a minute."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
