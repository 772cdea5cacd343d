"""Ports that are free, busy and elsewhere."""

import socket

import pytest

from tfgan_kit.serving.listening import address_of, listen
from tfgan_kit.utils.errors import InvalidArgument


def test_free_port():
    with listen("127.0.0.1", 0) as bound:
        host, port = address_of(bound).split(":")
        assert (host, int(port)) == bound.getsockname()


def test_busy_port():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InvalidArgument, match=f"`grpc_port` must be free. .*{port}, where"):
            listen("127.0.0.1", port, "grpc_port")


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "a" * 300])
def test_host_that_is_not_this_machine(host):
    with pytest.raises(InvalidArgument, match="`host` must be an address of this machine"):
        listen(host, 0)


def test_address_of_version_six():
    class Bound:
        def getsockname(self):
            return "::1", 8080, 0, 0

    assert address_of(Bound()) == "[::1]:8080"
