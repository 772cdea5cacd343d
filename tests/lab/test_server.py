"""The command: one address, pages that ask nobody else, one sentence for a mistake, Ctrl-C."""

import logging
import signal
import socket
import subprocess
import sys

import pytest
from tornado.websocket import WebSocketClosedError
from typer.testing import CliRunner

from tfgan_kit import lab
from tfgan_kit.cli.main import app
from tfgan_kit.lab import server
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.slow
def test_every_page_opens_without_a_network(start_lab, page, tmp_path):
    url = start_lab(tmp_path)
    page.set_default_timeout(60_000)
    page.goto(f"{url}/playground")
    page.wait_for_selector(".lab[data-drawn]")
    for title in ("Run", "Latent space", "Real or fake", "Playground"):
        page.click(f"nav a:text-is('{title}')")
        page.wait_for_selector(f"nav a[aria-current]:text-is('{title}')")
    page.click("text=☾")
    page.wait_for_selector(".lab.dark[data-drawn]")
    assert "theme=dark" in page.url


def test_another_origin_is_refused(start_lab, tmp_path):
    port = int(start_lab(tmp_path).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"GET /playground/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\nOrigin: http://evil.example\r\n\r\n"
        )
        assert b" 403 " in connection.recv(200)


def test_ctrl_c_ends_it_without_a_traceback(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "tfgan_kit", "lab", str(tmp_path), "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "Ctrl-C ends it" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate(timeout=60)
    assert "Traceback" not in printed
    assert process.returncode in (0, 130)


@pytest.mark.parametrize("name", ["missing", "script", "port"])
def test_mistakes(name, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        (tmp_path / "own.py").write_text("import keras\n")
        path, message = {
            "script": (tmp_path / "own.py", "own.py is in none of the formats"),
            "missing": (tmp_path / "missing", "must be a run or a folder"),
            "port": (tmp_path, rf"Received: port={port} \(Address already in use\)"),
        }[name]
        with pytest.raises(InvalidArgument, match=message):
            server.serve(path, port, show=False)


def test_without_panel_it_is_one_sentence(monkeypatch):
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    for act in (lambda: lab.playground, lab.preload):
        with pytest.raises(InvalidArgument, match=r"The lab needs Panel: pip install"):
            act()


def test_a_closed_tab_is_no_error(caplog):
    server.routes(".")
    for error in (WebSocketClosedError(), ValueError("shown")):
        logging.getLogger("asyncio").error("not retrieved", exc_info=error)
    logging.getLogger("bokeh.server.views.ws").warning("not shown")
    assert [str(each.exc_info[1]) for each in caplog.records] == ["shown"]


def test_help():
    result = CliRunner().invoke(app, ["lab", "--help"])
    assert result.exit_code == 0 and "--no-browser" in result.output
