"""The REST side: those of KServe's routes that only look or infer, behind our own checks."""

import contextlib
import http

from tfgan_kit.serving.body_limit import BodyLimit
from tfgan_kit.serving.data_plane import import_kserve
from tfgan_kit.serving.json_body import read_request, write_answer
from tfgan_kit.serving.refusals import RequestError, brief

__all__ = ["MAX_CONNECTIONS", "make_application", "make_rest_server"]

MAX_CONNECTIONS = 512
_JSON_LENGTH = "Inference-Header-Content-Length"


def make_application(data_plane, signature):
    """The ASGI application of the protocol's routes."""
    import_kserve()
    from fastapi import FastAPI
    from starlette.exceptions import HTTPException

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _add_routes(app, data_plane)
    app.add_api_route(
        "/v2/models/{model_name}/infer",
        _infer_route(data_plane, signature),
        methods=["POST"],
        response_model=None,
    )
    app.add_exception_handler(RequestError, _answer_refusal)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(Exception, _answer_fault)
    return BodyLimit(app, signature.max_body_bytes)


def make_rest_server(app, bound, grace_seconds):
    """KServe's REST server, on one address only and without KServe's own application."""
    import_kserve()
    from kserve.protocol.rest.server import RESTServer

    host, port = bound.getsockname()[:2]
    made = RESTServer(app, None, None, port, grace_period=grace_seconds, event_loop="asyncio")
    # KServe 0.21 says host="0.0.0.0", whatever it is asked, and leaves the rest to uvicorn. h11
    # bounds the head of a request.
    changes = {"host": host, "limit_concurrency": MAX_CONNECTIONS, "http": "h11"}
    changes.update(ws="none", lifespan="off", access_log=False, server_header=False)
    for name, value in changes.items():
        setattr(made.config, name, value)
    server = made._server
    # Signals are for both servers, and not for uvicorn alone.
    server.capture_signals = contextlib.nullcontext
    return server


def _add_routes(app, data_plane):
    """A list of what there is, and not KServe's all: that has routes that load and unload."""
    from kserve.protocol.rest.server import metrics_handler
    from kserve.protocol.rest.v2_endpoints import V2Endpoints

    endpoints = V2Endpoints(data_plane)
    handlers = {
        "/v2": endpoints.metadata,
        "/v2/health/live": endpoints.live,
        "/v2/health/ready": endpoints.ready,
        "/v2/models": endpoints.models,
        "/v2/models/{model_name}": endpoints.model_metadata,
        "/v2/models/{model_name}/ready": endpoints.model_ready,
    }
    for path, handler in handlers.items():
        app.add_api_route(path, handler, methods=["GET"], response_model_exclude_none=True)
    app.add_api_route("/metrics", metrics_handler, methods=["GET"], response_model=None)


def _infer_route(data_plane, signature):
    from starlette.requests import Request
    from starlette.responses import Response

    async def infer(request: Request, model_name: str):
        data_plane.get_model_from_registry(model_name)
        read = read_request(await request.body(), signature, request.headers.get(_JSON_LENGTH))
        arrays = {"noise": read.noise, "labels": read.labels}
        answer, _ = await data_plane.infer(model_name, arrays)
        content, json_length = write_answer(read, answer["images"], signature)
        if json_length is None:
            return Response(content, media_type="application/json")
        headers = {_JSON_LENGTH: str(json_length)}
        return Response(content, headers=headers, media_type="application/octet-stream")

    return infer


async def _answer_refusal(request, error):
    return _error(error.http_status, str(error))


async def _answer_http_error(request, error):
    return _error(error.status_code, f"{error.detail}: {request.method} {brief(request.url.path)}")


async def _answer_fault(request, error):
    # uvicorn writes the traceback to standard error; a client need not read it.
    return _error(http.HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error of the server")


def _error(status, message):
    from starlette.responses import JSONResponse

    return JSONResponse({"error": message}, status_code=status)
