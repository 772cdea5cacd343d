"""The playground in a real browser: updates and iterations a second, time to the first frame.

    python benchmarks/lab.py [--seconds 20] [--sessions 4 --minutes 10]

Starts `tfgan-kit lab` and headless Chromium on this machine, so that training, drawing and sending
share its processors. With `--sessions` that many tabs train at once: the rate of each, and the
memory of the server over time and after the tabs are closed.
"""

import argparse
import re
import shutil
import subprocess
import sys
import time

from playwright.sync_api import sync_playwright


def count(page, name):
    """A counter of the picture: `drawn` frames or the iteration."""
    if name == "drawn":
        return int(page.get_attribute(".lab", "data-drawn"))
    return int(page.inner_text("[data-is=iteration]").replace(",", ""))


def memory(process):
    """Resident megabytes of the server."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def rates(page, seconds):
    """Updates and iterations a second, measured in the browser."""
    first, begun = (count(page, "drawn"), count(page, "iteration")), time.monotonic()
    page.wait_for_timeout(1000 * seconds)
    passed = time.monotonic() - begun
    return [(count(page, name) - before) / passed for name, before in
            zip(("drawn", "iteration"), first, strict=True)]  # fmt: skip


def open_page(browser, url):
    """A playground that is drawn, in a profile of its own: tabs of one could share more."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.wait_for_selector(".lab[data-drawn]")
    return page


def one_session(browser, url, seconds):
    """The rates of one tab at the speeds that people choose."""
    page = open_page(browser, url)
    page.click("[data-act=play]")
    page.wait_for_timeout(5_000)
    for speed in ("100", "full"):
        page.select_option(".lab select", speed)
        page.wait_for_timeout(2_000)
        updates, iterations = rates(page, seconds)
        drawing = page.get_attribute(".lab", "data-ms")
        print(
            f"speed {speed}: {updates:.1f} updates/s, {iterations:.0f} iterations/s, "
            f"{drawing} ms to draw one",
            flush=True,
        )
    page.close()


def many_sessions(browser, url, process, sessions, minutes):
    """Tabs that train at once, and what is left when they are closed."""
    print(f"before: {memory(process):.0f} MB")
    pages = [open_page(browser, url) for _ in range(sessions)]
    for page in pages:
        page.select_option(".lab select", "full")
        page.click("[data-act=play]")
    for minute in range(minutes):
        before = [count(page, "iteration") for page in pages]
        pages[0].wait_for_timeout(60_000)
        each = [
            (count(page, "iteration") - was) / 60 for page, was in zip(pages, before, strict=True)
        ]
        print(f"minute {minute + 1}: {[round(rate) for rate in each]} iterations/s, "
              f"{memory(process):.0f} MB", flush=True)  # fmt: skip
    for page in pages:
        page.context.close()
    time.sleep(40)
    print(f"40 s after the tabs were closed: {memory(process):.0f} MB")


def main():
    """Start the server, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--sessions", type=int, default=0)
    parser.add_argument("--minutes", type=int, default=10)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        executable = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "tfgan_kit", "lab", ".", "--no-browser", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        url = re.search(r"http://\S+", process.stdout.readline()).group()
        page = open_page(browser, url)
        print(f"first frame {time.monotonic() - begun:.1f} s after the command", flush=True)
        page.close()
        if options.sessions:
            many_sessions(browser, url, process, options.sessions, options.minutes)
        else:
            one_session(browser, url, options.seconds)
        browser.close()
        process.terminate()


if __name__ == "__main__":
    main()
