"""Serve exported generators by the Open Inference Protocol v2, on KServe's model server."""

from tfgan_kit.serving.command import serve
from tfgan_kit.serving.pool import WorkerPool
from tfgan_kit.serving.refusals import RequestError
from tfgan_kit.serving.signature import ModelSignature

__all__ = ["ModelSignature", "RequestError", "WorkerPool", "serve"]
