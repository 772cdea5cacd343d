"""A report as a table: on a terminal, in a page, and several reports side by side."""

import html
import math

from rich.table import Table

__all__ = [
    "comparison_rows",
    "comparison_table",
    "metrics_html",
    "metrics_table",
    "protocol_html",
    "protocol_lines",
    "verdict_html",
]

_ARROWS = {"lower": "↓", "higher": "↑", "floor": "→"}


def metrics_table(report):
    """A report's numbers for a terminal.

    Args:
        report: A `evaluation.Report`.

    Returns:
        A `rich.table.Table`.

    Example:

    ```python
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import tables as report_tables

    row = evaluation.Row("precision", 0.7, 0.9, 0.01, "higher", "k=3")
    report_tables.metrics_table(evaluation.Report((row,), (), {})).row_count  # 1
    ```
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("metric")
    table.add_column("value", justify="right")
    table.add_column("± 95 %", justify="right")
    table.add_column("real images", justify="right")
    table.add_column("how", style="dim")
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
    """How the numbers were measured, as names and texts.

    Args:
        report: A `evaluation.Report`.

    Returns:
        A dict of strings, in the order in which they should be read.

    Example:

    ```python
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import tables as report_tables

    protocol = {"num": 10, "extractor": "pixels", "seed": 0}
    report_tables.protocol_lines(evaluation.Report((), (), protocol))["samples"]  # "10 a side, seed 0"
    ```
    """
    protocol = report.protocol
    known = str(protocol.get("extractor_sha256") or "not known")
    weights = f"weights {known[:16]}" if len(known) == 64 else f"version {known}"
    lines = {
        "judged": _judged(protocol),
        "data": protocol.get("data"),
        "samples": f"{protocol['num']:,} a side, seed {protocol['seed']}",
        "features": f"{protocol['extractor']}, {weights}",
        "": protocol.get("extractor_note"),
        "arrows": "↓ lower is better, ↑ higher, → as real images; 'real images' is the same "
        "metric between two sets of them, of the same size",
    }
    return {name: str(text) for name, text in lines.items() if text}


def verdict_html(report):
    """The verdict for a page.

    Args:
        report: A `evaluation.Report`.

    Returns:
        A string of HTML.

    Example:

    ```python
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import tables as report_tables

    report_tables.verdict_html(evaluation.Report((), (), {}))
    ```
    """
    rows = "".join(
        f"<tr><th>{html.escape(each.topic)}</th><td><b class={each.level}>{each.level}</b></td>"
        f"<td>{html.escape(each.sentence)}<small>{html.escape(each.rule)}</small></td></tr>"
        for each in report.findings
    )
    return f"<table>{rows}</table>"


def metrics_html(report):
    """The numbers and the protocol for a page.

    Args:
        report: A `evaluation.Report`.

    Returns:
        A string of HTML.

    Example:

    ```python
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import tables as report_tables

    protocol = {"num": 10, "extractor": "pixels", "seed": 0}
    report_tables.metrics_html(evaluation.Report((), (), protocol))
    ```
    """
    head = "".join(
        f'<th class="{style}">{title}</th>'
        for title, style in (
            ("metric", ""),
            ("value", "number"),
            ("95 % interval", "number"),
            ("real images", "number"),
            ("how", ""),
        )
    )
    rows = "".join(
        f"<tr><td>{html.escape(row.name.replace('_', ' '))} {_ARROWS[row.better]}</td>"
        f'<td class="number">{number(row.value)}</td><td class="number">{_interval(row)}</td>'
        f'<td class="number">{number(row.floor)}</td><td>{html.escape(row.note)}</td></tr>'
        for row in report.rows
    )
    return f"<table><tr>{head}</tr>{rows}</table>{protocol_html(report)}"


def protocol_html(report):
    """How the numbers were measured, for a page.

    Args:
        report: A `evaluation.Report`.

    Returns:
        A string of HTML.

    Example:

    ```python
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import tables as report_tables

    protocol = {"num": 10, "extractor": "pixels", "seed": 0}
    report_tables.protocol_html(evaluation.Report((), (), protocol))
    ```
    """
    return "".join(
        f"<small>{html.escape(f'{name}: {text}' if name else text)}</small>"
        for name, text in protocol_lines(report).items()
    )


def comparison_rows(reports):
    """Several reports of one protocol side by side; the best value of each row is marked.

    Args:
        reports: Dict of names and `evaluation.Report`s.

    Returns:
        A tuple `(head, rows)`: a list of strings, and a list of lists of strings
        and of the index of the best one or None.

    Example:

    ```python
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import tables as report_tables

    def make(value):
        row = evaluation.Row("precision", value, 0.9, 0.01, "higher", "k=3")
        return evaluation.Report((row,), (), {})

    head, rows = report_tables.comparison_rows({"a": make(0.5), "b": make(0.7)})
    rows[0]  # (["precision ↑", "0.5", "0.7", "0.9"], 2)
    ```
    """
    head = ["metric", *reports, "real images"]
    tables = [{row.name: row for row in report.rows} for report in reports.values()]
    rows = []
    for name, first in tables[0].items():
        found = [table.get(name) for table in tables]
        cells = [number(row.value) if row else "" for row in found]
        best = _best([row.value if row else math.nan for row in found], first)
        rows.append(
            (
                [f"{name} {_ARROWS[first.better]}", *cells, number(first.floor)],
                None if best is None else best + 1,
            )
        )
    return head, rows


def comparison_table(reports):
    """Several reports of one protocol side by side, for a terminal.

    Args:
        reports: Dict of names and `evaluation.Report`s.

    Returns:
        A `rich.table.Table`; the best value of each row is bold.

    Example:

    ```python
    from tfgan_kit import metrics
    from tfgan_kit.evaluation import tables as report_tables

    row = evaluation.Row("precision", 0.7, 0.9, 0.01, "higher", "k=3")
    report_tables.comparison_table({"a": evaluation.Report((row,), (), {})}).row_count  # 1
    ```
    """
    head, rows = comparison_rows(reports)
    table = Table(box=None, pad_edge=False)
    for place, title in enumerate(head):
        table.add_column(title, justify="right" if place else "left", overflow="fold")
    for cells, best in rows:
        table.add_row(*(f"[bold]{c}[/bold]" if i == best else c for i, c in enumerate(cells)))
    return table


def number(value):
    """A number as people read it: four digits, without exponent where that is short.

    Args:
        value: Float.

    Returns:
        A string.
    """
    if not math.isfinite(value):
        return str(value)
    if value and abs(value) < 1e-4:
        return f"{value:.2e}"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def _interval(row):
    low, high = row.interval
    return "" if math.isnan(low) else f"{number(low)} to {number(high)}"


def _best(values, row):
    """The place of the best value; none where all are equal or one is missing."""
    if any(math.isnan(value) for value in values) or len(set(values)) < 2:
        return None
    cost = {
        "lower": lambda value: value,
        "higher": lambda value: -value,
        "floor": lambda value: abs(value - row.floor),
    }[row.better]
    return min(range(len(values)), key=lambda place: cost(values[place]))


def _judged(protocol):
    if "run" not in protocol:
        return None
    images = "held-out images" if protocol["heldout"] else "the training images"
    return f"epoch {protocol['epoch']} ({protocol['checkpoint']}), against {images}"
