"""The pages on a server of their own, for this computer alone."""

import importlib

import panel as pn

from tfgan_kit.lab.pages.frame import TITLES, framed

__all__ = ["serve"]


def serve(path=".", port=0, show=True):
    """Serve all pages until Ctrl-C.

    Args:
        path: Path of a run, of an exported generator, or of a folder of runs, which the pages
            begin with. Defaults to the current folder.
        port: Integer, the port; 0 for any free one. Defaults to 0.
        show: Boolean, whether to open a browser. Defaults to True.
    """
    pn.extension()
    pages = {name: _page(name) for name in TITLES}
    pn.serve(
        {**pages, "/": pages["playground"]},
        port=port,
        address="127.0.0.1",
        show=show,
        title={**TITLES, "/": TITLES["playground"]},
        # A closed tab is noticed within these milliseconds.
        check_unused_sessions_milliseconds=5_000,
        unused_session_lifetime_milliseconds=10_000,
    )


def _page(name):
    # Panel takes functions only, and calls them for each tab.
    def page():
        module = importlib.import_module(f"tfgan_kit.lab.pages.{name}")
        return framed(name, getattr(module, name)())

    return page
