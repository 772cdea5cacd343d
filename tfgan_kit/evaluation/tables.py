"""Reports as tables: on a terminal, in a page, and side by side."""

import dataclasses
import fnmatch
import html
import math
import re

from rich.table import Table

from tfgan_kit.media.page import table as html_table
from tfgan_kit.utils.text import in_list

__all__ = [
    *("ARROWS", "ERRORS", "EXPLANATIONS", "explain", "is_main", "number"),
    *("classes_html", "classes_table"),
    *("comparison_html", "comparison_rows", "comparison_table", "metrics_html", "metrics_table"),
    *("protocol_html", "protocol_lines", "shared_protocol", "verdict_html"),
]

ARROWS = {"lower": "↓", "higher": "↑", "floor": "→", "": ""}
# Patterns of names, with the values that are better; the first that fits counts.
EXPLANATIONS = {
    "frechet_*_distance": (
        "Distance between Gaussians fitted to the features of both sets",
        "lower",
    ),
    "kernel_*_distance": ("Distance between the features of both sets by a kernel", "lower"),
    "precision": ("Share of generated images that lie among real ones: quality", "higher"),
    "recall": ("Share of real images that lie among generated ones: variety", "higher"),
    "density": ("How densely generated images lie among real ones: quality", "higher"),
    "coverage": ("Share of real images with a generated one near them: variety", "higher"),
    "*_score": ("High if each image is clearly of one class and all classes occur", "higher"),
    "classes_hit": ("Classes generated at least a fifth as often as they are real", "higher"),
    "class_kl": ("Difference between the shares of the classes; 0 if equal", "lower"),
    "class_agreement": ("Share of images that show the class they were generated for", "higher"),
    "class_agreement_*": ("The same for the images of one class", "higher"),
    "attribute_agreement_*": ("Share of images that show the value that was asked for", "higher"),
    "class_frechet": (
        "Fréchet distance between real and generated images of a class, mean of the classes; "
        "larger for fewer images",
        "lower",
    ),
    "class_frechet_*": ("The same for one class", "lower"),
    "class_diversity": (
        "Mean distance between two images of a class, relative to real images; near 0 if each "
        "class is one picture",
        "floor",
    ),
    "class_diversity_*": ("The same for one class", "floor"),
    "lowest_class_diversity": (
        "Mean distance between two images of a class, relative to real images, where it is lowest",
        "floor",
    ),
    "classification_accuracy": (
        "Share of real images that a classifier trained on generated ones classifies correctly",
        "higher",
    ),
    "classification_accuracy_*": ("The same for the real images of one class", "higher"),
    "diversity": ("Mean distance between two images, relative to real images", "floor"),
    "effective_bins": ("Number of kinds of images that occur, relative to real images", "floor"),
    "repeated_share": ("Share of images that are almost equal to another one", "lower"),
    "sliced_wasserstein": (
        "Distance between small patches of both sets, mean of all sizes",
        "lower",
    ),
    "sliced_wasserstein_*": ("The same for images of this height", "lower"),
    "ms_ssim": ("Similarity of two images; higher means less variety", "floor"),
    "copied_share": ("Share of images closer to training images than real ones are", "floor"),
    "copying_z": ("Far below 0, images are closer to training images than real ones are", "floor"),
    "human_error_rate": (
        "Share of images that people took for the wrong kind; half if they cannot tell",
        "floor",
    ),
    "modes": ("Number of modes that are generated", "higher"),
    "mode_kl": ("Difference between the shares of the modes; 0 if equal", "lower"),
    "good_share": ("Share of points that belong to a mode", "higher"),
    "drift": ("Share of images that changed their kind since the epoch before", "lower"),
    "saturation": ("Share of images that the discriminator is 99 % sure of", "lower"),
    "*_gradient": ("Norm of the gradient; near 0, the network learns nothing more", ""),
    "*_loss": ("Depends on the other network as well; no measure of quality", ""),
    "penalty": ("Sum of the weighted penalties, a part of the losses", ""),
    "real_accuracy": ("Share of real images that the discriminator takes for real", ""),
    "fake_accuracy": ("Share of generated images that the discriminator detects", ""),
    "95 % interval": ("Where the value lies for other samples, 19 times in 20", ""),
    "real images": ("The same metric between two equally large sets of real images", ""),
}
# Metrics with a value for each class, which stand in a table of their own.
_BY_CLASS = {
    "class_agreement": "agreement",
    "class_frechet": "distance",
    "class_diversity": "diversity",
    "classification_accuracy": "accuracy",
}
_ONE_CLASS = re.compile(f"({'|'.join(_BY_CLASS)})_(\\d+)")
_MOST_PRINTED = 20
_MAIN = ("frechet", "kernel", "precision", "recall", "density", "coverage")
ERRORS = "± is the standard error; of several seeds, their standard deviation"
_LEGEND = (
    "↓ lower is better, ↑ higher is better, → the value of real images is best; "
    "'real images' compares two equally large sets of real images"
)


def explain(name):
    """A sentence for a metric, and `"lower"`, `"higher"`, `"floor"` or `""`: which are better."""
    found = (each for pattern, each in EXPLANATIONS.items() if fnmatch.fnmatch(name, pattern))
    return next(found, ("", ""))


def metrics_table(report):
    """A report's metrics for a terminal, but those of one class."""
    table = Table(box=None, pad_edge=False)
    for title in ("metric", "value", "95 % interval", "real images"):
        table.add_column(title, justify="left" if title == "metric" else "right")
    table.add_column("notes", style="dim")
    for row in _overall(report):
        table.add_row(
            f"{row.name} {ARROWS[row.better]}",
            _value(row),
            _interval(row),
            number(row.floor),
            row.note,
        )
    return table


def classes_table(report):
    """What was measured for each class, for a terminal; None without classes or with many."""
    head, rows = _class_rows(report)
    if not 0 < len(rows) <= _MOST_PRINTED:
        return None
    table = Table(*head, box=None, pad_edge=False)
    for name, *cells in rows:
        table.add_row(name, *(text for text, _, _ in cells))
    return table


def classes_html(report):
    """What was measured for each class, for a page; empty without classes."""
    head, rows = _class_rows(report)
    cells = [
        [
            html.escape(name),
            *(
                f"{f'<b>{text}</b>' if worst else text}<small>{floor}</small>"
                for text, floor, worst in found
            ),
        ]
        for name, *found in rows
    ]
    note = "<small>Below each value: real images. Bold: the worst class of a column</small>"
    height = "" if len(rows) > _MOST_PRINTED else ' style="max-height: none"'
    return rows and f'{note}<div class="scroll"{height}>{html_table(head, cells, "number")}</div>'


def _overall(report):
    return [row for row in report.rows if not _ONE_CLASS.fullmatch(row.name)]


def _class_rows(report):
    """Titles, and for each class its name, and (value, floor, whether it is the worst) each."""
    found, names = {}, report.protocol.get("class_names") or []
    for row in report.rows:
        if match := _ONE_CLASS.fullmatch(row.name):
            found.setdefault(match[1], {})[int(match[2])] = row
    worst = {
        name: (max if name == "class_frechet" else min)(row.value for row in rows.values())
        for name, rows in found.items()
    }
    head = ["class", *(f"{_BY_CLASS[name]} {ARROWS[explain(name)[1]]}" for name in found)]
    labels = sorted({label for rows in found.values() for label in rows})
    return head, [
        [
            in_list(names[label] if label < len(names) else label),
            *(
                (
                    _short(rows[label].value),
                    _short(rows[label].floor),
                    rows[label].value == worst[name],
                )
                if label in rows
                else ("", "", False)
                for name, rows in found.items()
            ),
        ]
        for label in labels
    ]


def protocol_lines(report):
    """The protocol, as a dict from names to texts."""
    protocol = report.protocol
    known = str(protocol.get("extractor_sha256") or "unknown")
    weights = f"weights {known[:16]}" if len(known) == 64 else f"version {known}"
    data = protocol.get("data"), *protocol.get("data_notes", [])
    lines = {
        "evaluated": _evaluated(protocol) or protocol.get("generated"),
        "data": "; ".join(filter(None, data)),
        "samples": f"{protocol['num']:,} per side, seed {protocol['seed']}",
        "features": f"{protocol['extractor']}, {weights}",
        "": protocol.get("extractor_note"),
        "arrows": _LEGEND,
    }
    return {name: str(text) for name, text in lines.items() if text}


def shared_protocol(reports):
    """The first of several reports, with what is true of all in its protocol."""
    first, *others = reports.values()
    shared = {
        key: value
        for key, value in first.protocol.items()
        if all(key in each.protocol and each.protocol[key] == value for each in others)
    }
    return dataclasses.replace(first, protocol=shared)


def verdict_html(report):
    """The verdict for a page."""
    rows = "".join(
        f"<tr><th>{html.escape(each.topic)}</th><td><b class={each.level}>{each.level}</b></td>"
        f"<td>{html.escape(each.sentence)}<small>{html.escape(each.rule)}</small></td></tr>"
        for each in report.findings
    )
    return f'<table class="notes">{rows}</table>'


def metrics_html(report):
    """The metrics, each explained, and the protocol for a page."""
    titles = ("value", "95 % interval", "real images")
    numbers = "".join(f'<th class="number">{title}</th>' for title in titles)
    rows = "".join(
        f"<tr><td>{_title(row.name, row.better)}</td>"
        + "".join(
            f'<td class="number">{text}</td>'
            for text in (_value(row), _interval(row), number(row.floor))
        )
        + f"<td>{_below(row.name, row.note)}</td></tr>"
        for row in _overall(report)
    )
    head = f"<tr><th>metric</th>{numbers}<th></th></tr>"
    return f'<table class="notes">{head}{rows}</table>{protocol_html(report)}'


def comparison_html(reports):
    """Several reports side by side for a page; below the name of each metric its values."""
    (_, *names), rows = comparison_rows(reports)
    text = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    for (title, *cells), best in rows:
        name = title.split()[0]
        title = html.escape(title.replace("_", " ")) + _below(name)
        title = f'<div style="max-width: 85vw">{title}</div>'
        text += f"<tr><th colspan={len(names)}>{title}</th></tr><tr>"
        for place, cell in enumerate(cells, 1):
            text += f"<td>{f'<b>{cell}</b>' if place == best else cell}</td>"
        text += "</tr>"
    # Four numbers fit on a phone; more can be scrolled to.
    style = f"min-width: {5.5 * len(names)}rem; table-layout: fixed; overflow-wrap: anywhere"
    notes = f"<small>{ERRORS}</small>{protocol_html(shared_protocol(reports))}"
    return f'<div style="overflow-x: auto"><table style="{style}">{text}</table></div>{notes}'


def protocol_html(report):
    """The protocol for a page."""
    return "".join(
        f"<small>{html.escape(f'{name}: {text}' if name else text)}</small>"
        for name, text in protocol_lines(report).items()
    )


def comparison_rows(reports):
    """Titles, and for each metric the cells and the index of the best one or None."""
    head = ["metric", *reports, "real images"]
    tables = [{row.name: row for row in _overall(report)} for report in reports.values()]
    rows = []
    for name in dict.fromkeys(name for table in tables for name in table):
        found = [table.get(name) for table in tables]
        first = next(row for row in found if row)
        cells = [_with_error(row) if row else "" for row in found]
        best = _best([row.value if row else math.nan for row in found], first)
        cells = [f"{name} {ARROWS[first.better]}", *cells, number(first.floor)]
        rows.append((cells, None if best is None else best + 1))
    return head, rows


def comparison_table(reports):
    """Several reports of one protocol side by side, for a terminal."""
    head, rows = comparison_rows(reports)
    table = Table(box=None, pad_edge=False)
    for place, title in enumerate(head):
        table.add_column(title, justify="right" if place else "left", overflow="fold")
    for cells, best in rows:
        table.add_row(*(f"[bold]{c}[/bold]" if i == best else c for i, c in enumerate(cells)))
    return table


def number(value):
    """A number with four digits, without exponent if possible; empty for NaN."""
    if math.isnan(value):
        return ""
    if not math.isfinite(value):
        return str(value)
    if value and abs(value) < 1e-4:
        return f"{value:.2e}"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def _short(value):
    return number(float(f"{value:.3g}"))


def is_main(name):
    """Whether a metric is in plots and tables of few columns."""
    return name == "class_agreement" or name.startswith(_MAIN)


def _title(name, better):
    return html.escape(f"{name.replace('_', ' ')} {ARROWS[better]}".rstrip())


def _below(name, note=""):
    found = " · ".join(filter(None, (explain(name)[0], note)))
    return f"<small>{html.escape(found)}</small>"


def _value(row):
    return number(row.value) or "not measured"


def _with_error(row):
    return _value(row) + (f" ± {row.error:.2g}" if math.isfinite(row.error) else "")


def _interval(row):
    low, high = row.interval
    return "" if math.isnan(low) else f"{number(low)} to {number(high)}"


def _best(values, row):
    """The index of the best value; None if all are equal or one is missing."""
    if any(math.isnan(value) for value in values) or len(set(values)) < 2:
        return None
    cost = {
        "lower": lambda value: value,
        "higher": lambda value: -value,
        "floor": lambda value: abs(value - row.floor),
    }[row.better]
    return min(range(len(values)), key=lambda place: cost(values[place]))


def _evaluated(protocol):
    if "run" not in protocol:
        return None
    images = {True: "held-out images", False: "the training images"}
    images = images.get(protocol["heldout"], "other images")
    state = protocol.get("state") or f"epoch {protocol['epoch']}"
    return f"{state} ({protocol['checkpoint']}), compared with {images}"
