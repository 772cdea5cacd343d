"""A few threads that keep the order, and a progress bar for what takes long."""

import collections
import concurrent.futures
import os
import sys
import time

__all__ = ["in_order", "make_pool", "track"]

_SECONDS_UNTIL_BAR = 2.0


def make_pool():
    """A small thread pool: Pillow lets go of the interpreter while it decodes.

    Returns:
        A `concurrent.futures.ThreadPoolExecutor`.

    Example:

    ```python
    from tfgan_kit.data import workers

    with workers.make_pool() as pool:
        list(pool.map(abs, [-1, 2]))  # [1, 2]
    ```
    """
    return concurrent.futures.ThreadPoolExecutor(min(8, os.cpu_count() or 1), "tfgan_kit-data")


def in_order(function, items, description, total=None):
    """Call a function on each item in threads; yield the results in order.

    Only a few items are ahead of the consumer, so that a stream of any length
    fits in memory, and the first error in the order of the items is the one
    that is raised.

    Args:
        function: Function of one item.
        items: Iterable.
        description: String, what the progress bar says.
        total: Integer, how many items there are, or None. Defaults to None.

    Yields:
        `function(item)` for each item.

    Example:

    ```python
    from tfgan_kit.data import workers

    list(workers.in_order(abs, [-1, 2], "Counting"))  # [1, 2]
    ```
    """
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
    """Yield the items, with a progress bar on a terminal once two seconds have passed.

    Args:
        items: Iterable.
        description: String, what the bar says.
        total: Integer, how many items there are, or None. Defaults to None.

    Yields:
        The items.

    Example:

    ```python
    from tfgan_kit.data import workers

    list(workers.track([1, 2], "Counting", total=2))  # [1, 2]
    ```
    """
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
