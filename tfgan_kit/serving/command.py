"""`serve`: load a file, listen, answer, and end when a signal says so."""

import asyncio
import pathlib
import re
import signal
import threading

from tfgan_kit.serving.data_plane import import_kserve, make_data_plane
from tfgan_kit.serving.grpc_server import GeneratorServicer, make_grpc_server
from tfgan_kit.serving.listening import address_of, listen
from tfgan_kit.serving.pool import WorkerPool
from tfgan_kit.serving.rest_server import make_application, make_rest_server
from tfgan_kit.serving.signature import ModelSignature
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["serve"]

_GRACE_SECONDS = 30
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def serve(
    path,
    name="generator",
    host="127.0.0.1",
    port=8080,
    grpc_port=8081,
    num_workers=2,
    max_batch=256,
):
    """Serve an exported generator by the Open Inference Protocol v2, REST and gRPC.

    Prints one line when it is ready, and returns after SIGTERM or SIGINT, once the
    requests that were running have their answers; those may take 30 seconds. There is no
    authentication and no encryption: whoever reaches the ports may draw images.

    Args:
        path: String or `os.PathLike`, as for `tfgan_kit.runtime.load`.
        name: String of letters, digits, dots, dashes and underscores, the model's name in
            requests. Defaults to "generator".
        host: String, the address for both ports. Defaults to "127.0.0.1", which only this
            machine reaches.
        port: Integer in [0, 65535], for REST; 0 takes a free one. Defaults to 8080.
        grpc_port: Integer in [0, 65535], for gRPC; 0 takes a free one. Defaults to 8081.
        num_workers: Integer, 1 or more: interpreters, each with a thread of its own.
            Defaults to 2.
        max_batch: Integer, 1 or more, how many images a request may ask for. It bounds the
            request's body, too. Defaults to 256.

    Raises:
        InvalidArgument: If KServe is not installed, the file cannot be loaded, a port is
            busy or an argument is out of range.

    Example:

    ```python
    from tfgan_kit import serving

    try:
        serving.serve("missing.tflite", port=8080, grpc_port=8081)
    except ValueError as error:
        print(error)
    ```

    Reference:
        [Open Inference Protocol](https://github.com/kserve/open-inference-protocol)
    """
    _check(name, port, grpc_port, num_workers, max_batch)
    import_kserve()
    with listen(host, port) as bound:
        # Told now, and not after the file was loaded; gRPC binds a socket of its own.
        with listen(host, grpc_port, "grpc_port") as probe:
            address = address_of(probe).rpartition(":")[0]
        pool = WorkerPool.open(path, num_workers)
        signature = ModelSignature.of(pool.generators[0], name, max_batch)
        try:
            asyncio.run(_run(pool, signature, bound, f"{address}:{grpc_port}", path))
        finally:
            pool.close()


async def _run(pool, signature, bound, grpc_address, path):
    data_plane = make_data_plane(pool, signature)
    servicer = GeneratorServicer(data_plane, signature)
    grpc_server, grpc_port = make_grpc_server(servicer, grpc_address, signature.max_body_bytes)
    app = make_application(data_plane, signature)
    rest_server = make_rest_server(app, bound, _GRACE_SECONDS)
    url = address_of(bound)
    with _stopped_by_signals() as stopped:
        await grpc_server.start()
        rest = asyncio.create_task(rest_server.serve(sockets=[bound]))
        while not (rest_server.started or rest.done()):
            await asyncio.sleep(0.01)
        _announce(path, signature.name, url, f"{grpc_address.rpartition(':')[0]}:{grpc_port}")
        await stopped.wait()
        rest_server.should_exit = True
        await asyncio.gather(rest, grpc_server.stop(_GRACE_SECONDS))


def _announce(path, name, url, grpc_address):
    print(
        f"Serving {pathlib.Path(path).name} as {name!r}: REST http://{url}, gRPC {grpc_address}. "
        f"Try: curl http://{url}/v2/models/{name}",
        flush=True,
    )


class _stopped_by_signals:
    """An `asyncio.Event` that SIGTERM and SIGINT set while the block runs."""

    def __enter__(self):
        event, loop = asyncio.Event(), asyncio.get_running_loop()
        self._before = {}
        # Python lets only the main thread handle signals.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(
                    number, lambda *_: loop.call_soon_threadsafe(event.set)
                )
        return event

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _check(name, port, grpc_port, num_workers, max_batch):
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidArgument(
            "`name` must be of letters, digits, dots, dashes and underscores. "
            f"Received: name={name!r}"
        )
    for argument, value, lowest, highest in (
        ("port", port, 0, 65535),
        ("grpc_port", grpc_port, 0, 65535),
        ("num_workers", num_workers, 1, 256),
        ("max_batch", max_batch, 1, 65536),
    ):
        if type(value) is not int or not lowest <= value <= highest:
            raise InvalidArgument(
                f"`{argument}` must be an integer in [{lowest}, {highest}]. "
                f"Received: {argument}={value!r}"
            )
    if port == grpc_port != 0:
        raise InvalidArgument(f"`port` and `grpc_port` must differ. Received: {port} for both")
