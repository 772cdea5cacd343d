"""What all pages share: one file, no server, no script."""

import html
import string

__all__ = ["fill_page"]

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
    """A whole page."""
    return _PAGE.substitute(title=html.escape(title), state=html.escape(state), sections=sections)
