"""`serve`: check the arguments, load a file and start KServe's model server."""

import asyncio
import pathlib
import re
import socket
import warnings

from tfgan_kit.runtime.loading import find_file
from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.validation import check_integer

__all__ = ["serve"]

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

    Prints one line when the server is ready. Returns after SIGTERM or SIGINT, when the running
    requests are answered. KServe needs the main thread, and starts one server per process.
    There is no authentication and no encryption.

    Args:
        path: String or `os.PathLike`, as for `tfgan_kit.runtime.load`.
        name: String, the model's name in requests: letters, digits, dots, dashes and
            underscores. Defaults to "generator".
        host: String, the address of both ports. Defaults to "127.0.0.1", which only this
            machine can reach.
        port: Integer from 0 to 65535, the port for REST; 0 chooses a free one. Defaults to
            8080.
        grpc_port: Integer from 0 to 65535, the port for gRPC; 0 chooses a free one. Defaults
            to 8081.
        num_workers: Positive integer, the number of threads that run the generator. Defaults
            to 2.
        max_batch: Positive integer, the largest number of images per request. It also limits
            the size of a request. Defaults to 256.

    Raises:
        InvalidArgument: If KServe is not installed, the file cannot be loaded, a port is in
            use or an argument is out of range.

    Example:

    ```python
    from tfgan_kit import serving

    try:
        serving.serve("missing.tflite", port=0, grpc_port=0)
    except ValueError as error:
        print(error)
    ```

    Reference:
        [KServe](https://kserve.github.io/website/docs/intro)
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidArgument(
            "`name` must consist of letters, digits, dots, dashes and underscores. "
            f"Received: name={name!r}."
        )
    check_integer("num_workers", num_workers, 1)
    check_integer("max_batch", max_batch, 1)
    ports = [_free_port("port", host, port), _free_port("grpc_port", host, grpc_port)]
    if ports[0] == ports[1]:
        raise InvalidArgument(f"`port` and `grpc_port` must differ. Received: {port} for both.")
    try:
        from tfgan_kit.serving.model import GeneratorModel
        from tfgan_kit.serving.server import GeneratorServer
    except ImportError as error:
        raise InvalidArgument(
            f"Serving needs KServe: pip install 'tfgan_kit[serve]'. Received: {error}."
        ) from error
    model = GeneratorModel(name, find_file(path), num_workers, max_batch)
    model.load()
    server = GeneratorServer(model, host, *ports)
    server.servers.append(_announce(pathlib.Path(path).name, model, host, *ports))
    with warnings.catch_warnings():
        # KServe 0.21 uses a class that FastAPI has deprecated; users cannot change that.
        warnings.filterwarnings("ignore", message="ORJSONResponse is deprecated")
        server.start([model])


def _free_port(argument, host, port):
    """The port, or a free one for 0; KServe would load the file before it reports a busy port."""
    check_integer(argument, port, 0, 65535)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family) as probe:
            return probe.getsockname()[1]
    except (OSError, UnicodeError) as error:
        raise InvalidArgument(
            f"`{argument}` must be a free port of the address `host`. "
            f"Received: {argument}={port}, host={host!r} ({error})."
        ) from error


async def _announce(file, model, host, port, grpc_port):
    """Print one line once both ports answer."""
    for each in (port, grpc_port):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, each)
                break
            except OSError:
                await asyncio.sleep(0.05)
        writer.close()
    host = f"[{host}]" if ":" in host else host
    print(
        f"Serving {file} as {model.name!r}, version {model.version}: REST http://{host}:{port}, "
        f"gRPC {host}:{grpc_port}. "
        f"Try: curl http://{host}:{port}/v2/models/{model.name}",
        flush=True,
    )
