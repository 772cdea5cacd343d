"""HTML pages in one style: sections of pictures, tables and commands, without scripts."""

import html
import string
import urllib.parse

__all__ = ["commands", "fill_page", "picture", "pictures", "section", "table"]

_PAGE = string.Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">$reload
<title>$title</title>
<style>
:root { color-scheme: light dark; --line: #8884; --dim: #777; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 1.5rem auto;
  padding: 0 1rem; }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
p { margin: .2rem 0; }
p.state { color: var(--dim); margin-bottom: 1.5rem; }
main, div.columns { display: grid; gap: 1.5rem 2rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--least, 28rem)), 1fr)); }
section { min-width: 0; }
section.wide { grid-column: 1 / -1; }
figure { margin: 0; min-width: 0; }
figcaption, small { color: var(--dim); font-size: .85rem; display: block; }
img { max-width: 100%; height: auto; box-sizing: border-box; border: 1px solid var(--line);
  background: #fff; }
div.columns img { width: 100%; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
td:first-child, th:first-child { padding-left: 0; }
th { font-weight: 500; color: var(--dim); }
td.number, th.number { text-align: right; }
td:last-child { overflow-wrap: anywhere; }
td.number { white-space: nowrap; overflow-wrap: normal; }
td.number small { white-space: normal; }
b.good { color: #2a8a3e; } b.fair { color: #b7791f; } b.poor { color: #c53030; }
b.unknown { color: var(--dim); }
div.scroll { overflow: auto; max-height: 24rem; }
div.scroll th { overflow-wrap: normal; }
img.wide { min-width: 42rem; }
figure { overflow-x: auto; }
pre { margin: .2rem 0 0; padding: .5rem .75rem; border: 1px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
@media (max-width: 40rem) {
  td, th { padding: .25rem; font-size: .9rem; }
  table.notes tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid var(--line); }
  table.notes td, table.notes th { border: 0; }
  table.notes td:first-child, table.notes td:last-child { flex: 1 0 100%; padding: .1rem 0; }
}
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


def fill_page(title, state, sections, reload_seconds=None):
    """A whole page; empty sections are left out."""
    sections = "\n".join(filter(None, sections))
    again = reload_seconds and f'\n<meta http-equiv="refresh" content="{reload_seconds}">'
    return _PAGE.substitute(
        title=html.escape(title), state=html.escape(state), sections=sections, reload=again or ""
    )


def section(title, content, style=""):
    """A section of a page; nothing if it has no content."""
    return content and f'<section class="{style}"><h2>{html.escape(title)}</h2>{content}</section>'


def table(head, rows, style=""):
    """A table with these titles, and rows of HTML cells."""
    cells = "".join(f'<th class="{style}">{html.escape(name)}</th>' for name in head)
    for row in rows:
        cells += "<tr>" + "".join(f'<td class="{style}">{cell}</td>' for cell in row) + "</tr>"
    return f"<table>{cells}</table>"


def picture(folder, path, caption, style=""):
    """A figure of a picture below `folder`, which opens it at its full size; none if missing."""
    if not path.exists():
        return ""
    # The time in the address keeps a browser from showing an outdated picture.
    name = urllib.parse.quote(path.relative_to(folder).as_posix())
    address = f"{name}?{int(path.stat().st_mtime)}"
    caption = html.escape(caption)
    return (
        f'<figure><a href="{address}"><img class="{style}" src="{address}" alt="{caption}"></a>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def pictures(figures):
    """Figures side by side: three in a row if that fills it, else two."""
    found = list(filter(None, figures))
    least = "20rem" if len(found) % 3 == 0 else "28rem"
    return f'<div class="columns" style="--least: {least}">{"".join(found)}</div>' if found else ""


def commands(lines):
    """Commands with what each does; one click selects a whole command."""
    blocks = (
        f"<div>{html.escape(does)}<pre>{html.escape(line)}</pre></div>"
        for does, line in lines.items()
    )
    return f'<div class="columns">{"".join(blocks)}</div>' if lines else ""
