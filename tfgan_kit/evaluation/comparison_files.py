"""A comparison as CSV, Markdown and LaTeX."""

import csv
import io
import math

from tfgan_kit.evaluation import tables
from tfgan_kit.utils.files import atomic_write_text

__all__ = ["to_csv", "to_latex", "to_markdown", "write_tables"]

_ESCAPES = {
    **{each: f"\\{each}" for each in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "→": r"$\rightarrow$",
}


def write_tables(folder, reports):
    """Write `comparison.csv` (every metric), `comparison.md` and `comparison.tex` (the main)."""
    for suffix, write in (("csv", to_csv), ("md", to_markdown), ("tex", to_latex)):
        atomic_write_text(folder / f"comparison.{suffix}", write(reports))


def to_csv(reports):
    """One line for each name, with value and error of every metric, and one for real images."""
    floors = {row.name: row for report in reports.values() for row in report.rows}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    titles = (title for name in floors for title in (name, f"{name}_error"))
    writer.writerow(["name", "samples", "seeds", *titles])
    for name, report in reports.items():
        rows = {row.name: (row.value, row.error) for row in report.rows}
        values = (value for metric in floors for value in rows.get(metric, ("", "")))
        num, seeds = report.protocol["num"], len(report.protocol.get("seeds", [0]))
        writer.writerow([name, num, seeds, *map(_known, values)])
    values = (value for row in floors.values() for value in (_known(row.floor), ""))
    writer.writerow(["real images", num, "", *values])
    return file.getvalue()


def to_markdown(reports):
    """The main metrics, the best of each in bold."""
    head, rows = _main_columns(reports)
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    lines += [[f"**{text}**" if best else text for text, best in row] for row in rows]
    escaped = (
        "| " + " | ".join(text.replace("|", "\\|") for text in line) + " |" for line in lines
    )
    return "\n".join(escaped) + f"\n\n{tables.ERRORS}.\n"


def to_latex(reports):
    """The main metrics for the package `booktabs`, the best of each in bold."""
    head, rows = _main_columns(reports)
    lines = [
        f"% Needs \\usepackage{{booktabs}}. {tables.ERRORS}.",
        f"\\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
        r"\toprule",
        " & ".join(map(_escape, head)) + r" \\",
        r"\midrule",
    ]
    for row in rows:
        cells = (rf"\textbf{{{_escape(text)}}}" if best else _escape(text) for text, best in row)
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _main_columns(reports):
    """Titles, and for each name and real images the texts of the cells and which are the best."""
    names, metrics = tables.comparison_rows(reports)
    metrics = [each for each in metrics if tables.is_main(each[0][0].split()[0])]
    head = ["", *(cells[0].replace("_", " ") for cells, _ in metrics)]
    rows = [
        [(name, False), *((cells[place], best == place) for cells, best in metrics)]
        for place, name in enumerate(names[1:], 1)
    ]
    return head, rows


def _escape(text):
    return "".join(_ESCAPES.get(character, character) for character in text)


def _known(value):
    return "" if value == "" or not math.isfinite(value) else value
