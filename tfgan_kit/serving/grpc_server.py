"""The gRPC side: KServe's messages and service, with our own checks of what is to be inferred."""

import functools
import logging

import numpy as np

from tfgan_kit.serving.data_plane import import_kserve
from tfgan_kit.serving.refusals import RequestError, brief
from tfgan_kit.serving.rest_server import MAX_CONNECTIONS
from tfgan_kit.serving.tensors import Tensor, check_outputs, to_arrays
from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["GeneratorServicer", "make_grpc_server"]

# The protocol's datatype: the field of `InferTensorContents` that holds it.
_FIELDS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
}


def _refusing(method):
    """Answer a `RequestError` with its status."""

    @functools.wraps(method)
    async def answer(self, request, context):
        import grpc

        try:
            return await method(self, request, context)
        except RequestError as error:
            status, line = grpc.StatusCode[error.grpc_status], str(error)
        except Exception:
            logging.getLogger(__name__).exception("Fault in %s", method.__name__)
            status, line = grpc.StatusCode.INTERNAL, "Internal error of the server"
        return await context.abort(status, line)

    return answer


class GeneratorServicer:
    """The protocol's service for one generator; it loads and unloads no model."""

    def __init__(self, data_plane, signature):
        import_kserve()
        from kserve.protocol.grpc import grpc_predict_v2_pb2
        from kserve.protocol.grpc.servicer import InferenceServicer

        self._data_plane = data_plane
        self._signature = signature
        self._messages = grpc_predict_v2_pb2
        self._kserve = InferenceServicer(data_plane, None)

    @_refusing
    async def ServerLive(self, request, context):
        """As the protocol says."""
        return await self._kserve.ServerLive(request, context)

    @_refusing
    async def ServerReady(self, request, context):
        """As the protocol says."""
        return await self._kserve.ServerReady(request, context)

    @_refusing
    async def ServerMetadata(self, request, context):
        """As the protocol says."""
        return await self._kserve.ServerMetadata(request, context)

    @_refusing
    async def ModelReady(self, request, context):
        """As the protocol says."""
        _check_version(request.version)
        return await self._kserve.ModelReady(request, context)

    @_refusing
    async def ModelMetadata(self, request, context):
        """As the protocol says."""
        _check_version(request.version)
        return await self._kserve.ModelMetadata(request, context)

    @_refusing
    async def ModelInfer(self, request, context):
        """As the protocol says; the values come back as they were sent, typed or raw."""
        self._data_plane.get_model_from_registry(request.model_name)
        _check_version(request.model_version)
        check_outputs([output.name for output in request.outputs])
        noise, labels = to_arrays(_tensors(request), self._signature)
        arrays = {"noise": noise, "labels": labels}
        answer, _ = await self._data_plane.infer(request.model_name, arrays)
        return self._write(request, answer["images"])

    @_refusing
    async def RepositoryModelLoad(self, request, context):
        """Refused."""
        raise RequestError("This server loads no models", 404, "UNIMPLEMENTED")

    @_refusing
    async def RepositoryModelUnload(self, request, context):
        """Refused."""
        raise RequestError("This server unloads no models", 404, "UNIMPLEMENTED")

    def _write(self, request, images):
        output = {"name": "images", "datatype": "FP32", "shape": images.shape}
        raw = []
        if request.raw_input_contents:
            raw.append(np.ascontiguousarray(images, "<f4").tobytes())
        else:
            output["contents"] = {"fp32_contents": images.ravel()}
        return self._messages.ModelInferResponse(
            model_name=self._signature.name,
            id=request.id,
            outputs=[output],
            raw_output_contents=raw,
        )


def make_grpc_server(servicer, address, max_bytes):
    """A gRPC server of the protocol on one address."""
    from grpc import aio
    from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import (
        add_GRPCInferenceServiceServicer_to_server,
    )

    # The server of KServe 0.21 says "[::]", whatever it is asked, so gRPC's own is used.
    server = aio.server(
        options=[
            ("grpc.max_receive_message_length", max_bytes),
            ("grpc.max_send_message_length", -1),
            # Else a second server would share the port without a word.
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=MAX_CONNECTIONS,
    )
    add_GRPCInferenceServiceServicer_to_server(servicer, server)
    try:
        return server, server.add_insecure_port(address)
    except RuntimeError as error:
        raise InvalidArgument(
            f"`grpc_port` must be free. Received: {address}, where another program listens already"
        ) from error


def _check_version(version):
    if version:
        raise RequestError(
            f"The model has no versions. Received: {brief(version)}", 404, "NOT_FOUND"
        )


def _tensors(request):
    raw = request.raw_input_contents
    if raw and len(raw) != len(request.inputs):
        raise RequestError(
            f"`raw_input_contents` must be one for each of {len(request.inputs)} inputs. "
            f"Received: {len(raw)}"
        )
    return [
        Tensor(each.name, each.datatype, list(each.shape), raw[at] if raw else _typed(each))
        for at, each in enumerate(request.inputs)
    ]


def _typed(tensor):
    field = _FIELDS.get(tensor.datatype)
    if field is None:
        raise RequestError(
            f"`datatype` of typed contents must be one of {sorted(_FIELDS)}. "
            f"Received: {brief(tensor.datatype)}"
        )
    for other, _ in tensor.contents.ListFields():
        if other.name != field:
            raise RequestError(
                f"Contents of {tensor.datatype} must be in `{field}`. Received: `{other.name}`"
            )
    return list(getattr(tensor.contents, field))
