"""A few threads that keep the order, and a progress bar for what takes long."""

import collections
import concurrent.futures
import os
import sys
import time

__all__ = ["in_order", "make_pool", "track"]

_SECONDS_UNTIL_BAR = 2.0


def make_pool():
    """A small thread pool: Pillow lets go of the interpreter while it decodes."""
    return concurrent.futures.ThreadPoolExecutor(min(8, os.cpu_count() or 1), "tfgan_kit-data")


def in_order(function, items, description, total=None):
    """Call a function on each item in threads; yield the results in order."""
    return track(_in_order(function, items), description, total)


def _in_order(function, items):
    ahead = 64
    waiting = collections.deque()
    pool = make_pool()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) == ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # Without waiting: a generator that is given up in its middle may be collected
        # in one of the pool's own threads, which cannot wait for itself.
        pool.shutdown(wait=False, cancel_futures=True)


def track(items, description, total=None):
    """Yield the items, with a progress bar on a terminal once two seconds have passed."""
    if not sys.stderr.isatty():
        yield from items
        return
    started = time.monotonic()
    progress = None
    try:
        for done, item in enumerate(items):
            if progress is None and time.monotonic() - started > _SECONDS_UNTIL_BAR:
                progress, task = _start_bar(description, total)
            if progress is not None:
                progress.update(task, completed=done)
            yield item
    finally:
        if progress is not None:
            progress.stop()


def _start_bar(description, total):
    import rich.console
    import rich.progress

    console = rich.console.Console(stderr=True)
    progress = rich.progress.Progress(console=console, transient=True)
    task = progress.add_task(description, total=total)
    progress.start()
    return progress, task
