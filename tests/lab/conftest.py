"""A real server of the lab, and pages in a real browser."""

import asyncio
import concurrent.futures
import contextlib
import importlib.util
import re
import socket
import subprocess
import sys
import time

import pytest

# These tests need the extra `lab`.
collect_ignore_glob = [] if importlib.util.find_spec("panel") else ["**/test_*.py"]
ADDRESS = re.compile(r"http://127.0.0.1:\d+")


@pytest.fixture(scope="module")
def start_lab(tmp_path_factory):
    """Starts `tfgan-kit lab PATH` in a process of its own; returns its address."""
    started = []

    def start(path):
        path_of_log = tmp_path_factory.mktemp("lab") / "log"
        command = [sys.executable, "-m", "tfgan_kit", "lab", str(path), "--no-browser"]
        with open(path_of_log, "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=log, text=True
            )
        started.append((process, path_of_log))
        line = process.stdout.readline()
        found = ADDRESS.search(line)
        assert found, line + path_of_log.read_text(encoding="utf-8")
        _wait_for(int(found.group().rpartition(":")[2]))
        return found.group()

    yield start
    for process, log in started:
        process.terminate()
        process.communicate(timeout=30)
        printed = log.read_text(encoding="utf-8")
        assert "Traceback" not in printed, printed


def _wait_for(port):
    """Until the server listens, which is a moment after it prints its address."""
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)


@pytest.fixture
def complete():
    """Runs a coroutine to its end, also where a browser's event loop is running."""

    def run(coroutine):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, coroutine).result()

    return run


@pytest.fixture
def page(browser):
    """A browser page that fails on an error of its console and on a request to another host."""
    made = browser.new_page(viewport={"width": 1280, "height": 720})
    # The first page of a server waits for TensorFlow's import.
    made.set_default_timeout(90_000)
    failures = []
    made.on("pageerror", lambda error: failures.append(str(error)))

    def look(request):
        if not request.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            failures.append(request.url)

    def read(message):
        if message.type == "error":
            failures.append(message.text)

    made.on("request", look)
    made.on("console", read)
    yield made
    made.close()
    assert not failures, "\n".join(failures)
