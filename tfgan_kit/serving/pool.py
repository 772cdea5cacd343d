"""Workers with an interpreter each, and a bounded number of requests that wait for them."""

import concurrent.futures
import queue
import threading

from tfgan_kit import runtime
from tfgan_kit.runtime import loading
from tfgan_kit.serving.refusals import RequestError
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["WorkerPool"]

_MAX_WAITING = 128


class WorkerPool:
    """Threads that run noise through generators, each with one of its own.

    Args:
        generators: List of `ExportedGenerator`, one or more that share no interpreter.
        max_waiting: Integer, 0 or more: how many requests may wait for a worker. Defaults
            to 128.

    Example:

    ```python
    from tfgan_kit.serving import WorkerPool

    try:
        WorkerPool.open("missing.tflite", num_workers=2)
    except ValueError as error:
        print(error)
    ```
    """

    def __init__(self, generators, max_waiting=_MAX_WAITING):
        self.generators = list(generators)
        self._free = queue.SimpleQueue()
        for generator in self.generators:
            self._free.put(generator)
        self._places = threading.BoundedSemaphore(len(self.generators) + max_waiting)
        self._threads = concurrent.futures.ThreadPoolExecutor(
            len(self.generators), thread_name_prefix="generator"
        )

    @classmethod
    def open(cls, path, num_workers):
        """Load a file once for each worker.

        Args:
            path: String or `os.PathLike`, as for `tfgan_kit.runtime.load`.
            num_workers: Integer, 1 or more.

        Returns:
            A `WorkerPool`.

        Raises:
            InvalidArgument: If the file cannot be loaded.
        """
        # Its content needs to be looked at once only.
        first = runtime.load(path, threads=1)
        path = loading.find_file(path)
        return cls([first, *(loading.open_file(path, 1) for _ in range(1, num_workers))])

    def submit(self, noise, labels=None):
        """Let the next free worker turn noise into images.

        Args:
            noise: float32 array `(num, latent_dim)`.
            labels: Array of num labels, or None. Defaults to None.

        Returns:
            A `concurrent.futures.Future` of a float32 array
            `(num, height, width, channels)`; a `RequestError` where the generator refuses
            these values.

        Raises:
            RequestError: If too many requests wait already.
        """
        if not self._places.acquire(blocking=False):
            raise RequestError(
                "Too many requests are waiting; try again later", 429, "RESOURCE_EXHAUSTED"
            )
        future = self._threads.submit(self._run, noise, labels)
        future.add_done_callback(lambda _: self._places.release())
        return future

    def close(self):
        """Wait for all that was submitted, then end the threads."""
        self._threads.shutdown(wait=True)

    def _run(self, noise, labels):
        generator = self._free.get()
        try:
            return generator.run(noise, labels)
        except InvalidArgument as error:
            raise RequestError(f"No images for these values: {error}") from error
        finally:
            self._free.put(generator)
