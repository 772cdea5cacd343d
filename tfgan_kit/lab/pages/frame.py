"""What is around every page: title, links, colours."""

import panel as pn
from panel.io.resources import LOCAL_DIST

__all__ = ["TITLES", "framed", "is_dark"]

TITLES = {
    "playground": "Playground",
    "run": "Run",
    "latent_space": "Latent space",
    "real_or_fake": "Real or fake",
}
_LINKS = """
nav { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 15px; align-items: center }
a { color: #fff; text-decoration: none } a[aria-current], a:hover { text-decoration: underline }
"""
# What is in the address of a page is there again when one comes back.
_BACK = """
sessionStorage["{here}"] = location.search;
const kept = new URLSearchParams(sessionStorage["{there}"] || "");
kept.delete("theme");
if ({dark}) kept.set("theme", "dark");
this.search = kept;
"""
# The address keeps the choice, and all else that is in it.
_OTHER_COLOURS = """
const address = new URL(window.location);
address.searchParams.set("theme", dark ? "default" : "dark");
window.location = address;
"""


class _Frame(pn.template.VanillaTemplate):
    # Panel 1.9 asks Google for a font; no network is asked for anything here.
    _resources = {}


def is_dark():
    """Whether dark colours were chosen, for what the page draws itself."""
    return pn.config.theme == "dark"


def framed(name, page):
    """The template of a page, with links to the others."""
    if pn.state.curdoc:
        # Panel 1.9 forgets it of a session that is made again, and asks its CDN for style sheets.
        pn.state.curdoc.template_variables["dist_url"] = LOCAL_DIST
    theme, dark = ("?theme=dark", "true") if is_dark() else ("", "false")
    links = " ".join(
        f'<a href="{other}{theme}"{" aria-current=page" if other == name else ""} '
        f"onclick='{_BACK.format(here=name, there=other, dark=dark)}'>{title}</a>"
        for other, title in TITLES.items()
    )
    colours = pn.widgets.Button(label="☀" if is_dark() else "☾", width=36, height=30)
    colours.description = "Light colours" if is_dark() else "Dark colours"
    colours.js_on_click(args={"dark": is_dark()}, code=_OTHER_COLOURS)
    return _Frame(
        title="tfgan_kit",
        header=[pn.FlexBox(pn.pane.HTML(f"<nav>{links}</nav>", stylesheets=[_LINKS]), colours)],
        main=[page],
        # Panel's costs 20 ms for each message.
        busy_indicator=None,
        header_background="#005a8d",
        theme=pn.theme.DarkTheme if is_dark() else pn.theme.DefaultTheme,
    )
