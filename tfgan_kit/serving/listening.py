"""Addresses to listen on: bound before anything is loaded, so that a busy port is told at once."""

import errno
import socket

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["address_of", "listen"]


def listen(host, port, argument="port"):
    """Bind a socket to an address, and to no other one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise InvalidArgument(
            f"`host` must be an address of this machine. Received: host={host!r}"
        ) from error
    bound = socket.socket(family, kind, protocol)
    try:
        # A server that has just ended leaves the port for a minute as busy.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise InvalidArgument(_why(error, host, port, argument)) from error
    return bound


def address_of(bound):
    """The address of a socket as URLs and gRPC write it."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _why(error, host, port, argument):
    if error.errno == errno.EADDRINUSE:
        return (
            f"`{argument}` must be free. Received: {argument}={port}, where another program "
            f"listens on {host} already"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"`host` must be an address of this machine. Received: host={host!r}"
    return f"Cannot listen on `{argument}`={port} of {host}: {error.strerror}"
