"""The pages on a server of their own, for this computer alone."""

import importlib
import logging
import pathlib
import socket

import panel as pn
from bokeh.server.views.ws import WSHandler
from bokeh.settings import settings
from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketClosedError

from tfgan_kit.lab import preload
from tfgan_kit.lab.pages.frame import TITLES, framed
from tfgan_kit.runtime.loading import format_of
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["serve"]

_HOST = "127.0.0.1"
_open = WSHandler.open


def serve(path=".", port=0, show=True):
    """Serve all pages until Ctrl-C, to this computer only.

    Every browser tab has a session of its own. Requests from pages of other origins are refused.

    Args:
        path: Path of a run, of an exported generator, or of a folder with runs, which the pages
            begin with. Defaults to the current folder.
        port: Integer from 0 to 65535, the port; 0 for any free one. Defaults to 0.
        show: Boolean, whether to open a browser. Defaults to True.

    Raises:
        InvalidArgument: If the path does not exist or is a file that is no generator, or if the
            port is in use.

    Example:

    ```python
    from tfgan_kit import lab

    try:
        lab.serve("missing", show=False)
    except ValueError as error:
        print(error)
    ```
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise InvalidArgument(f"`path` must be a run or a folder. Received: {path}, not found")
    if path.is_file():
        format_of(path)
    port = _free_port(check_integer("port", port, 0))
    preload()
    address = f"http://{_HOST}:{port}/playground"
    # When it listens, which is before the loop begins.
    IOLoop.current().add_callback(print, f"The lab is at {address} (Ctrl-C ends it)", flush=True)
    pn.serve(
        routes(path),
        port=port,
        address=_HOST,
        websocket_origin=[f"{_HOST}:{port}", f"localhost:{port}"],
        show=show,
        verbose=False,
        title={**TITLES, "/": TITLES["playground"]},
        # A closed tab is noticed soon; one that is loaded again gets its session back.
        check_unused_sessions_milliseconds=2_000,
        unused_session_lifetime_milliseconds=4_000,
    )


def routes(path):
    """Dict of the addresses and what makes their pages, which begin with a path."""
    # Also where a notebook has asked for a content delivery network.
    settings.resources.set_value("server")
    WSHandler.open = _open_at_once
    # What was on its way to a tab that was closed meanwhile.
    logging.getLogger("bokeh.server.views.ws").setLevel("ERROR")
    logging.getLogger("asyncio").addFilter(lambda record: not _is_of_a_closed_tab(record))
    # TensorFlow warns that functions are traced again and again, as they must be.
    logging.getLogger("tensorflow").setLevel("ERROR")
    pages = {name: _page(name, str(path)) for name in TITLES}
    return {**pages, "/": pages["playground"]}


def _open_at_once(connection):
    # Bokeh 3.9 sends a message in parts, of which the last would wait 40 ms for an answer.
    connection.set_nodelay(True)
    _open(connection)


def _is_of_a_closed_tab(record):
    return bool(record.exc_info) and isinstance(record.exc_info[1], WebSocketClosedError)


def _page(name, path):
    # Panel takes functions only, and calls them for each tab.
    def page():
        module = importlib.import_module(f"tfgan_kit.lab.pages.{name}")
        arguments = [] if name == "playground" else [path]
        return framed(name, getattr(module, name)(*arguments))

    return page


def _free_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise InvalidArgument(
                f"`port` must be free. Received: port={port} ({error.strerror}). Pass another, or "
                "0 for any free one"
            ) from error
        return probe.getsockname()[1]
