"""Wait for what a thread, a server or a browser does."""

import time


def until(condition, seconds=60):
    """The first true value of a condition."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found
