"""Serve exported generators by the Open Inference Protocol v2, on KServe's model server."""

from tfgan_kit.serving.command import serve

__all__ = ["serve"]
