"""Reports as tables: on a terminal, in a page, and side by side."""

import html
import math

from rich.table import Table

__all__ = [
    *("comparison_rows", "comparison_table", "metrics_html", "metrics_table"),
    *("protocol_html", "protocol_lines", "verdict_html"),
]

_ARROWS = {"lower": "↓", "higher": "↑", "floor": "→"}
_LEGEND = (
    "↓ lower is better, ↑ higher is better, → the value of real images is best; "
    "'real images' compares two equally large sets of real images"
)


def metrics_table(report):
    """A report's metrics for a terminal."""
    table = Table(box=None, pad_edge=False)
    for title in ("metric", "value", "± 95 %", "real images"):
        table.add_column(title, justify="left" if title == "metric" else "right")
    table.add_column("notes", style="dim")
    for row in report.rows:
        table.add_row(
            f"{row.name} {_ARROWS[row.better]}",
            number(row.value),
            "" if math.isnan(row.error) else number(1.96 * row.error),
            number(row.floor),
            row.note,
        )
    return table


def protocol_lines(report):
    """The protocol, as a dict from names to texts."""
    protocol = report.protocol
    known = str(protocol.get("extractor_sha256") or "unknown")
    weights = f"weights {known[:16]}" if len(known) == 64 else f"version {known}"
    lines = {
        "evaluated": _evaluated(protocol),
        "data": protocol.get("data"),
        "samples": f"{protocol['num']:,} per side, seed {protocol['seed']}",
        "features": f"{protocol['extractor']}, {weights}",
        "": protocol.get("extractor_note"),
        "arrows": _LEGEND,
    }
    return {name: str(text) for name, text in lines.items() if text}


def verdict_html(report):
    """The verdict for a page."""
    rows = "".join(
        f"<tr><th>{html.escape(each.topic)}</th><td><b class={each.level}>{each.level}</b></td>"
        f"<td>{html.escape(each.sentence)}<small>{html.escape(each.rule)}</small></td></tr>"
        for each in report.findings
    )
    return f"<table>{rows}</table>"


def metrics_html(report):
    """The metrics and the protocol for a page."""
    titles = ("value", "95 % interval", "real images")
    numbers = "".join(f'<th class="number">{title}</th>' for title in titles)
    rows = "".join(
        f"<tr><td>{html.escape(row.name.replace('_', ' '))} {_ARROWS[row.better]}</td>"
        f'<td class="number">{number(row.value)}</td><td class="number">{_interval(row)}</td>'
        f'<td class="number">{number(row.floor)}</td><td>{html.escape(row.note)}</td></tr>'
        for row in report.rows
    )
    head = f"<tr><th>metric</th>{numbers}<th>notes</th></tr>"
    return f"<table>{head}{rows}</table>{protocol_html(report)}"


def protocol_html(report):
    """The protocol for a page."""
    return "".join(
        f"<small>{html.escape(f'{name}: {text}' if name else text)}</small>"
        for name, text in protocol_lines(report).items()
    )


def comparison_rows(reports):
    """Titles, and for each metric the cells and the index of the best one or None."""
    head = ["metric", *reports, "real images"]
    tables = [{row.name: row for row in report.rows} for report in reports.values()]
    rows = []
    for name in dict.fromkeys(name for table in tables for name in table):
        found = [table.get(name) for table in tables]
        first = next(row for row in found if row)
        cells = [number(row.value) if row else "" for row in found]
        best = _best([row.value if row else math.nan for row in found], first)
        cells = [f"{name} {_ARROWS[first.better]}", *cells, number(first.floor)]
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
    """A number with four digits, without exponent if possible."""
    if not math.isfinite(value):
        return str(value)
    if value and abs(value) < 1e-4:
        return f"{value:.2e}"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


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
    images = "held-out images" if protocol["heldout"] else "the training images"
    return f"epoch {protocol['epoch']} ({protocol['checkpoint']}), compared with {images}"
