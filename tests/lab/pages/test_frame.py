"""What is around every page."""

import panel as pn

from tfgan_kit.lab.pages.frame import TITLES, framed, is_dark


def test_links_to_all_pages_and_the_colours_are_kept():
    for theme in ("default", "dark"):
        pn.config.theme = theme
        try:
            template = framed("run", pn.pane.Markdown("here"))
            assert is_dark() == (theme == "dark")
        finally:
            pn.config.theme = "default"
        (html,) = [each for each in template.header[0] if isinstance(each, pn.pane.HTML)]
        for name in TITLES:
            suffix = "?theme=dark" if theme == "dark" else ""
            current = " aria-current=page" if name == "run" else ""
            assert f'<a href="{name}{suffix}"{current} onclick=' in html.object
