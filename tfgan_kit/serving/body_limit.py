"""An ASGI application around another: what is too large is refused before it is in memory."""

import json

__all__ = ["BodyLimit"]


class BodyLimit:
    """Reads the body of a request, answers 413 where it is too large, and hands on the rest."""

    def __init__(self, app, max_bytes):
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope, receive, send):
        """Answer one request, as ASGI calls it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if dict(scope["headers"]).get(b"content-encoding", b"identity") != b"identity":
            await _refuse(send, 415, "The body must not be compressed")
            return
        body = await self._read(scope, receive)
        if body is None:
            await _refuse(send, 413, f"The body must have at most {self.max_bytes:,} bytes")
        elif body is not _GONE:
            await self.app(scope, _replay(body, receive), send)

    async def _read(self, scope, receive):
        """The body, or None where it is too large, or `_GONE`."""
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared[:20]) > self.max_bytes:
            return None
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return _GONE
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.max_bytes:
                return None
            more = message.get("more_body", False)
        return b"".join(parts)


_GONE = object()


def _replay(body, receive):
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again():
        return messages.pop() if messages else await receive()

    return receive_again


async def _refuse(send, status, message):
    content = json.dumps({"error": message}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
