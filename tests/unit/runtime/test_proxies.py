"""A client's address comes from a trusted proxy, by each protocol, and from nobody else."""

import struct
from contextlib import ExitStack
from http import HTTPStatus

import gevent
import pytest
from gevent import socket
from gevent.queue import Queue

from esl_bridge.config import Limits, Timing
from esl_bridge.protocol import framing
from esl_bridge.runtime.http_endpoints import EndpointReply
from esl_bridge.runtime.listener import Callbacks
from esl_bridge.runtime.proxies import Proxies
from esl_bridge.runtime.tcp import TcpListener
from esl_bridge.runtime.websocket import WebSocketListener
from tests.unit.runtime.clients import WebSocket, get

HERE, CLIENT = "127.0.0.1", "203.0.113.9"
TRUSTED = ("127.0.0.0/8", "10.0.0.0/8", "fd00::/8")


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


def _alive():
    return EndpointReply(HTTPStatus.OK, "text/plain", b"")


class Service:
    """A listener, and what is said to it."""

    def __init__(self, kind, proxies=TRUSTED, limits=None, **options):
        self.messages, self._open = Queue(), ExitStack()
        callbacks = Callbacks(lambda *message: self.messages.put(message), lambda _: None, None)
        limits = Limits(handshake_seconds=3, **limits or {})
        self.listener = kind(
            ("127.0.0.1", 0), limits, Timing(), callbacks, proxies=Proxies(proxies), **options
        )
        self.listener.start()

    @property
    def address(self):
        return self.listener.address

    def dial(self):
        return self._open.enter_context(socket.create_connection(self.address))

    def stop(self):
        self._open.close()
        self.listener.stop(0)

    def client(self, head=b"", headers=()):
        sock = self.dial()
        sock.sendall(head)
        return WebSocket(self.address, sock=sock, headers=headers)

    def comes_from(self, client):
        """The address that the service takes a client to be at."""
        client.text(b"{}")
        return self.messages.get()[0].address


@pytest.fixture
def service():
    service = Service(WebSocketListener, endpoints={"/healthz": _alive})
    yield service
    service.stop()


@pytest.fixture
def wary():
    """A service that trusts no proxy here."""
    service = Service(WebSocketListener, ("192.0.2.1",), endpoints={})
    yield service
    service.stop()


def forwarded_for(*nodes):
    return [("X-Forwarded-For", ", ".join(nodes))]


def forwarded(*nodes):
    return [("Forwarded", ", ".join(f"for={node};proto=https" for node in nodes))]


SAID = [
    (forwarded_for(CLIENT), CLIENT),
    (forwarded_for(f"{CLIENT}:4711"), CLIENT),
    (forwarded_for("1.2.3.4", CLIENT), CLIENT),  # the first is what the client says
    (forwarded_for("no address", CLIENT), CLIENT),
    (forwarded_for("1.2.3.4", CLIENT, "10.1.2.3"), CLIENT),
    (forwarded_for("10.1.2.4", "10.1.2.3"), "10.1.2.4"),  # all are proxies
    (forwarded_for("2001:db8::9"), "2001:db8::9"),
    (forwarded_for("::ffff:203.0.113.9"), CLIENT),
    (forwarded(CLIENT), CLIENT),
    (forwarded(f'"{CLIENT}:4711"'), CLIENT),
    (forwarded('"[2001:db8::9]:4711"'), "2001:db8::9"),
    (forwarded("_hidden", CLIENT), CLIENT),
    ([*forwarded(CLIENT), *forwarded_for(CLIENT)], CLIENT),
    ([], HERE),
]


@pytest.mark.parametrize(("headers", "address"), SAID)
def test_the_forwarding_headers_of_a_trusted_proxy_name_the_client(service, wary, headers, address):
    assert service.comes_from(service.client(headers=headers)) == address
    assert wary.comes_from(wary.client(headers=headers)) == HERE


MALFORMED = [
    forwarded_for("nobody"),
    forwarded_for("999.1.1.1"),
    forwarded_for("unknown"),
    forwarded_for(CLIENT, ""),
    forwarded("_hidden"),
    forwarded("unknown"),
    [("Forwarded", "proto=https")],
    [*forwarded_for(CLIENT), *forwarded("198.51.100.1")],
]


@pytest.mark.parametrize("headers", MALFORMED)
def test_malformed_forwarding_headers_are_refused(service, headers):
    assert service.client(headers=headers).response.status_code == 400


def by_line(text):
    return f"PROXY {text}\r\n".encode()


def by_bytes(rest, command=0x21, family=0x11):
    head = b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", command, family, len(rest))
    return head + rest


def packed(family, address):
    there = socket.inet_pton(family, address)
    return there + bytes(len(there)) + b"\1\2\3\4"


ANNOUNCED = [
    (by_line(f"TCP4 {CLIENT} 10.0.0.1 4711 8780"), CLIENT),
    (by_line("TCP6 2001:db8::9 ::1 4711 8780"), "2001:db8::9"),
    (by_line("UNKNOWN"), HERE),
    (by_line("UNKNOWN ffff::1 ffff::2 1 2"), HERE),
    (by_bytes(packed(socket.AF_INET, CLIENT)), CLIENT),
    (by_bytes(packed(socket.AF_INET, CLIENT) + b"\4\0\1x"), CLIENT),
    (by_bytes(packed(socket.AF_INET6, "2001:db8::9"), family=0x21), "2001:db8::9"),
    (by_bytes(b"", command=0x20, family=0), HERE),
    (by_bytes(b"", family=0), HERE),
]
GARBLED = [
    by_line("TCP4 nobody 10.0.0.1 4711 8780"),
    by_line("TCP4 999.1.1.1 10.0.0.1 4711 8780"),
    by_line("TCP4 2001:db8::9 ::1 4711 8780"),
    by_line(f"TCP4 {CLIENT}"),
    b"PROXY TCP4 " + b"1" * 200 + b"\r\n",
    b"POST /agent HTTP/1.1\r\n",
    by_bytes(packed(socket.AF_INET, CLIENT)[:-1]),
    by_bytes(packed(socket.AF_INET, CLIENT), command=0x22),
    by_bytes(packed(socket.AF_INET, CLIENT), family=0x31),
    by_bytes(bytes(2000)),
    b"\r\n" + bytes(14),
]


def announcing(service, head):
    """A gateway that a proxy announces so."""
    gateway = service.dial()
    for at in range(len(head)):  # in the smallest pieces
        gateway.sendall(head[at : at + 1])
    return gateway


@pytest.fixture
def gateways():
    service = Service(TcpListener)
    yield service
    service.stop()


@pytest.mark.parametrize(("head", "address"), ANNOUNCED)
def test_the_proxy_protocol_of_a_trusted_proxy_names_the_client(service, gateways, head, address):
    assert service.comes_from(service.client(head)) == address
    announcing(gateways, head).sendall(framing.write(b"{}", is_line=True))
    assert gateways.messages.get()[0].address == address


@pytest.mark.parametrize("head", GARBLED)
def test_a_garbled_proxy_protocol_header_ends_the_connection(gateways, head):
    gateway = announcing(gateways, head)
    assert _ends(gateway)
    assert gateways.messages.empty()


@pytest.mark.parametrize(("head", "address"), ANNOUNCED)
def test_the_proxy_protocol_of_an_untrusted_peer_is_refused(wary, head, address):
    sock = wary.dial()
    sock.sendall(head + b"GET /agent HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"101" not in _all_of(sock)


def _ends(sock):
    try:
        return sock.recv(100) == b""
    except ConnectionError:
        return True


def _all_of(sock):
    text = b""
    try:
        while data := sock.recv(65536):
            text += data
    except ConnectionError:
        pass
    return text


def test_each_client_of_a_proxy_has_its_own_limits():
    limits = {"login_connections_per_address": 2}
    service = Service(WebSocketListener, limits=limits, endpoints={})
    for last in (1, 2):
        for _ in range(2):
            service.comes_from(service.client(headers=forwarded_for(f"203.0.113.{last}")))
    assert service.client(headers=forwarded_for("203.0.113.1")).until_closed() == 1006
    service.stop()


@pytest.mark.parametrize(
    ("proto", "private"), [("https", True), ("wss", True), ("http", False), (None, True)]
)
def test_a_client_without_tls_to_its_proxy_gets_no_phone_password(service, proto, private):
    headers = [*forwarded_for(CLIENT), *([("X-Forwarded-Proto", proto)] if proto else [])]
    client = service.client(headers=headers)
    client.text(b"{}")
    assert service.messages.get()[0].private is private


def test_a_proxy_may_request_the_endpoints_itself(service):
    assert get(service.address, "/healthz")[0] == 200
