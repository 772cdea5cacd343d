"""KServe's model server, with the limits and the address that KServe 0.21 has no setting for."""

import asyncio
import contextlib
import copy
import functools
import logging
import os
import re
import socket

import kserve
import uvicorn
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from grpc import StatusCode, aio
from grpc_interceptor.server import AsyncServerInterceptor
from kserve.errors import InvalidInput, ModelNotFound
from kserve.logging import KSERVE_LOG_CONFIG, configure_logging, logger
from kserve.model_server import app
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import add_GRPCInferenceServiceServicer_to_server
from kserve.protocol.grpc.interceptors import ExceptionToStatusInterceptor, LoggingInterceptor
from kserve.protocol.grpc.server import GRPCServer
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.v2_datamodels import InferenceResponse
from kserve.protocol.rest.v2_endpoints import V2Endpoints
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from tfgan_kit.utils.errors import first_line

__all__ = ["GeneratorServer"]

_MAX_CONNECTIONS = 512
# Seconds in which clients that are already connected are still answered after SIGTERM.
_DRAIN = 1.0
_VERSION = re.compile(r"(/v2/models/[^/]+)/versions/([^/]+)")


class GeneratorServer(kserve.ModelServer):
    """Serves one `GeneratorModel` on one address."""

    def __init__(self, model, host, port, grpc_port):
        _configure_logging()
        # The gRPC server is made below, because KServe's own listens on all addresses.
        super().__init__(
            http_port=port,
            grpc_port=grpc_port,
            workers=1,
            enable_grpc=False,
            enable_latency_logging=False,
        )
        self.host = host
        self.max_body_bytes, self.version = model.max_body_bytes, model.version
        self.model_repository_extension = FixedModels(self.registered_models)
        # KServe has no setting for the largest body, Starlette has.
        app.add_middleware(RequestBodyLimitMiddleware, max_body_size=model.max_body_bytes)
        # KServe answers 501 to every version.
        app.add_middleware(OneVersion, version=model.version)
        # KServe has no setting for the answer to a body that it cannot read: FastAPI sends all of
        # it back, and errors in KServe's reader of binary bodies would be answered with 500.
        for error in (RequestValidationError, AttributeError, KeyError, TypeError, ValueError):
            app.add_exception_handler(error, _refuse)
        # KServe has no setting for how FastAPI encodes an answer: without a response model it takes
        # one number after the other, and all requests wait. Of two equal routes the first answers.
        app.add_api_route(
            "/v2/models/{model_name}/infer",
            V2Endpoints(self.dataplane).infer,
            methods=["POST"],
            response_model=InferenceResponse,
        )

    def setup_event_loop(self):
        """Set the address of both servers; `start` calls this before it starts them."""
        super().setup_event_loop()
        # KServe has no setting for the address and for the number of connections.
        self._rest_server.config.host = self.host
        self._rest_server.config.limit_concurrency = _MAX_CONNECTIONS
        self._rest_server._server = DrainingServer(self._rest_server.config)
        self._grpc_server = OneAddressGRPCServer(
            self.host,
            self.grpc_port,
            self.dataplane,
            self.model_repository_extension,
            kwargs={
                "grpc_max_send_message_length": -1,
                "grpc_max_receive_message_length": self.max_body_bytes,
            },
            grace_period=self.grace_period,
            version=self.version,
        )
        self.servers.append(self._grpc_server.start(self.max_threads))

    def stop(self, sig):
        """Stop gRPC; KServe's also unloads the model, which running requests still need."""
        asyncio.get_running_loop().create_task(self._grpc_server.stop(sig))


class DrainingServer(uvicorn.Server):
    """Answers clients that are connected; uvicorn resets those whose request it has not read."""

    async def shutdown(self, sockets=None):
        """Accept nobody else, end every connection after its next answer, and then shut down."""
        loop, state = asyncio.get_running_loop(), self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        connect = functools.partial(
            self.config.http_protocol_class, self.config, state, self.lifespan.state
        )
        for connection in await self._accept_the_last():
            await loop.connect_accepted_socket(connect, connection)
        ends = loop.time() + _DRAIN
        while state.connections and loop.time() < ends:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)

    async def _accept_the_last(self):
        """Close the listening sockets, which resets all who wait in their queues, when empty."""
        found = []
        for server in self.servers:
            # The event loop would drop connections that it has only just accepted.
            listeners = [socket.socket(fileno=os.dup(each.fileno())) for each in server.sockets]
            for each in server.sockets:
                asyncio.get_running_loop().remove_reader(each)
            await asyncio.sleep(0)
            server.close()
            for each in listeners:
                with each, contextlib.suppress(BlockingIOError):
                    while True:
                        found.append(each.accept()[0])
        return found


def _named(name, asked, version):
    """The model's name, or one that does not exist if the version that is asked for does not."""
    return name if asked in ("", version) else f"{name}, version {asked!r:.20}"


class OneVersion:
    """Reads the one version out of the paths of REST requests."""

    def __init__(self, app, version):
        self.app, self.version = app, version

    async def __call__(self, scope, receive, send):
        """Handle one request."""
        if scope["type"] == "http":
            scope["path"] = _VERSION.sub(
                lambda found: _named(*found.groups(), self.version), scope["path"]
            )
        await self.app(scope, receive, send)


class OneVersionInterceptor(AsyncServerInterceptor):
    """Reads the one version out of gRPC requests, and refuses new ones while the server stops."""

    stopping = False

    def __init__(self, version):
        self.version = version

    async def intercept(self, method, request_or_iterator, context, method_name):
        """Handle one request."""
        if self.stopping:
            await context.abort(StatusCode.UNAVAILABLE, "The server is stopping.")
        request = request_or_iterator
        for name, asked in (("name", "version"), ("model_name", "model_version")):
            if hasattr(request, asked):
                named = _named(getattr(request, name), getattr(request, asked), self.version)
                setattr(request, name, named)
        return await method(request, context)


class OneAddressGRPCServer(GRPCServer):
    """KServe's gRPC server; KServe has no setting for its address and listens on all of them."""

    def __init__(self, host, *args, version, **kwargs):
        super().__init__(*args, **kwargs)
        self._host = f"[{host}]" if ":" in host else host
        self._requests = OneVersionInterceptor(version)

    async def start(self, max_workers):
        """As KServe's, on one address."""
        options = {f"grpc.{key.removeprefix('grpc_')}": it for key, it in self._kwargs.items()}
        # Otherwise a second server would share the port without an error.
        options["grpc.so_reuseport"] = 0
        self._server = aio.server(
            interceptors=(self._requests, LoggingInterceptor(), ExceptionToStatusInterceptor()),
            options=list(options.items()),
            maximum_concurrent_rpcs=_MAX_CONNECTIONS,
        )
        servicer = InferenceServicer(self._data_plane, self._model_repository_extension)
        add_GRPCInferenceServiceServicer_to_server(servicer, self._server)
        self._server.add_insecure_port(f"{self._host}:{self._port}")
        await self._server.start()
        await self._server.wait_for_termination()

    async def stop(self, sig=None):
        """Refuse requests for a moment; gRPC would cancel those that it has not read."""
        self._requests.stopping = True
        await asyncio.sleep(_DRAIN)
        await super().stop(sig)


class FixedModels(ModelRepositoryExtension):
    """Refuses to unload the model; KServe has no setting that closes this to clients."""

    async def load(self, model_name):
        """Refused."""
        raise InvalidInput("This server does not load models.")

    async def unload(self, model_name):
        """Refused."""
        raise InvalidInput("This server does not unload models.")


async def _refuse(request, error):
    logger.debug("Request that cannot be read:", exc_info=error)
    text = f"{type(error).__name__}: {first_line(error)}"
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        text = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    text = text.encode("ascii", "backslashreplace").decode()[:200]
    return JSONResponse({"error": f"The request cannot be read. {text}"}, status_code=400)


def _configure_logging():
    """Log warnings and faults, or what KServe's KSERVE_LOGLEVEL asks for."""
    config = copy.deepcopy(KSERVE_LOG_CONFIG)
    for each in config["loggers"].values():
        each["level"] = os.environ.get("KSERVE_LOGLEVEL", "WARNING").upper()
    config["filters"] = {"faults": {"()": _Faults}}
    config["loggers"]["kserve"]["filters"] = ["faults"]
    configure_logging(config)


class _Faults(logging.Filter):
    """Leaves out refused requests, of which KServe logs a traceback each."""

    def filter(self, record):
        error = record.exc_info and record.exc_info[1]
        return not isinstance(error, (InvalidInput, ModelNotFound, NotImplementedError))
