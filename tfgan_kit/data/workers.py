"""Threads that keep the order of their results, and a progress bar for what takes long."""

import collections
import concurrent.futures
import os
import time

from tfgan_kit.utils.progress import progress_bar

__all__ = ["in_order", "make_pool", "track"]

_SECONDS_UNTIL_BAR = 2.0
_ITEMS_AHEAD = 64


def make_pool():
    """A small thread pool: Pillow releases the interpreter lock while it decodes."""
    return concurrent.futures.ThreadPoolExecutor(min(8, os.cpu_count() or 1), "tfgan_kit-data")


def in_order(function, items, description, total=None):
    """Call a function on each item in threads; yield the results in order."""
    return track(_in_order(function, items), description, total)


def _in_order(function, items):
    waiting = collections.deque()
    pool = make_pool()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) == _ITEMS_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # Without waiting: an abandoned generator may be collected in one of the pool's own
        # threads, which cannot wait for itself.
        pool.shutdown(wait=False, cancel_futures=True)


def track(items, description, total=None):
    """Yield the items, with a progress bar on a terminal after two seconds."""
    started, pending = time.monotonic(), 0
    with progress_bar(description, total) as advance:
        for item in items:
            yield item
            pending += 1
            if time.monotonic() - started > _SECONDS_UNTIL_BAR:
                advance(pending)
                pending = 0
