"""The limit itself, without a server."""

import asyncio
import json

import pytest

from tfgan_kit.serving.body_limit import BodyLimit


def call(parts, headers=(), max_bytes=10, kind="http"):
    """What the application behind the limit read, and what was answered."""
    read, sent = [], []
    messages = [
        {"type": "http.request", "body": part, "more_body": at < len(parts) - 1}
        for at, part in enumerate(parts)
    ] + [{"type": "http.disconnect"}]

    async def app(scope, receive, send):
        read.append(await receive())
        read.append(await receive())

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "headers": list(headers)}
    asyncio.run(BodyLimit(app, max_bytes)(scope, receive, send))
    return read, sent, messages


@pytest.mark.parametrize("parts", [[b""], [b"0123456789"], [b"01234", b"", b"56789"]])
def test_body_within_the_limit_arrives_whole(parts):
    (first, second), sent, _ = call(parts)
    assert (first["body"], first["more_body"]) == (b"".join(parts), False)
    assert second["type"] == "http.disconnect"
    assert sent == []


@pytest.mark.parametrize(
    "parts, headers",
    [
        ([b"x" * 11], []),
        ([b"x" * 6, b"x" * 6, b"x"], []),
        ([b"x"], [(b"content-length", b"11")]),
        ([b"x"], [(b"content-length", b"9" * 50)]),
        ([b"x"], [(b"content-length", b"-1")]),
    ],
)
def test_too_large(parts, headers):
    read, sent, left = call(parts, headers)
    assert read == []
    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"]) == {"error": "The body must have at most 10 bytes"}
    assert left, "it read on after the limit"


def test_compressed_body():
    read, sent, _ = call([b"x"], [(b"content-encoding", b"gzip")])
    assert (read, sent[0]["status"]) == ([], 415)


def test_client_that_is_gone():
    assert call([])[:2] == ([], [])


def test_what_is_no_request_passes():
    assert len(call([b"x" * 99], kind="lifespan")[0]) == 2
