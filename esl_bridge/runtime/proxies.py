"""The client behind a proxy, as the proxy names it, if the proxy is trusted.

It does so at the start of a connection, by the PROXY protocol, version 1 or 2, or in the
handshake's ``X-Forwarded-For`` or ``Forwarded``. From anybody else these are ignored. Each proxy
appends one address to the chain, so the last one that is no trusted proxy is the client; anything
before that was written by the client itself.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import ip_address, ip_network

from gevent.socket import MSG_PEEK, socket
from websockets.datastructures import Headers

from esl_bridge.domain.client_network import host

_LINE_BYTES = 107  # the longest header of version 1
_LINE = re.compile(
    rb"PROXY (?:UNKNOWN(?: [^\r\n]*)?|"
    rb"TCP([46]) ([0-9A-Fa-f:.]+) [0-9A-Fa-f:.]+ \d{1,5} \d{1,5})\r\n"
)
_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_HEAD = struct.Struct("!12sBBH")
_LOCAL, _PROXY = 0x20, 0x21
_UNSPECIFIED = 0x00
_FAMILIES = {0x11: (4, 12), 0x21: (16, 36)}  # TCP: the length of one address, and of all together
_MOST_BYTES = 1024  # in a header of version 2, including extensions
_CACHED = 4096  # addresses; each connection is asked about several times
_NODE = re.compile(r'"?(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)|([0-9A-Fa-f:.]+))(?::\d{1,5})?"?')


class BadForwarding(Exception):
    """What a trusted proxy sent cannot be parsed: the client is unknown."""


class Proxies:
    """``networks``: addresses, or networks, of trusted proxies."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = [ip_network(each) for each in networks]
        self.trusts = lru_cache(_CACHED)(self._trusts)

    def _trusts(self, address: str) -> bool:
        return any(host(address) in network for network in self._networks)

    def announced(self, sock: socket, address: str) -> str:
        """The client named by the PROXY protocol, if ``address`` is trusted and uses it; reads
        nothing beyond the header. Raises BadForwarding."""
        if not self.trusts(address):
            return address
        first = sock.recv(1, MSG_PEEK)
        if first == _SIGNATURE[:1]:
            return _by_bytes(sock) or address
        if first == b"P":  # no message or request of ours begins with P
            return _by_line(sock) or address
        return address

    def forwarded(self, address: str, headers: Headers) -> str:
        """The client named by the handshake's headers. Raises BadForwarding."""
        if not self.trusts(address):
            return address
        said = {
            self._nearest(address, chain)
            for chain in (_x_forwarded_for(headers), _forwarded(headers))
            if chain
        }
        if len(said) > 1:
            raise BadForwarding("Forwarded and X-Forwarded-For differ")
        return said.pop() if said else address

    def _nearest(self, address: str, chain: list[str]) -> str:
        for node in reversed(chain):
            if not self.trusts(address):
                break
            address = _address(node)
        return address


def comes_in_the_clear(headers: Headers) -> bool:
    """Whether the proxy says that the client connected without TLS."""
    said = [each.strip() for each in _elements(headers, "X-Forwarded-Proto")]
    said += [pairs.get("proto", "") for pairs in map(_pairs, _elements(headers, "Forwarded"))]
    return any(each.lower() in ("http", "ws") for each in said)


def _by_line(sock: socket) -> str | None:
    """Version 1; None where it names no client."""
    line = b""
    while not line.endswith(b"\n"):
        seen = sock.recv(_LINE_BYTES - len(line), MSG_PEEK) if len(line) < _LINE_BYTES else b""
        if not seen:
            raise BadForwarding("the PROXY line has no end")
        line += sock.recv(seen.find(b"\n") + 1 or len(seen))
    found = _LINE.fullmatch(line)
    if found is None:
        raise BadForwarding("invalid PROXY line")
    if found[1] is None:
        return None
    address = _address(found[2].decode())
    if ip_address(found[2].decode()).version != int(found[1]):
        raise BadForwarding("the PROXY line's address is of another family")
    return address


def _by_bytes(sock: socket) -> str | None:
    """Version 2; None where it names no client."""
    signature, command, family, length = _HEAD.unpack(_exactly(sock, _HEAD.size))
    if signature != _SIGNATURE or command not in (_LOCAL, _PROXY) or length > _MOST_BYTES:
        raise BadForwarding("invalid PROXY header")
    rest = _exactly(sock, length)
    if command == _LOCAL or family == _UNSPECIFIED:
        return None
    size, least = _FAMILIES.get(family, (0, 0))
    if not size or length < least:
        raise BadForwarding("the PROXY header has no addresses")
    return str(host(str(ip_address(rest[:size]))))


def _exactly(sock: socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise BadForwarding("the PROXY header is incomplete")
        data += more
    return data


def _elements(headers: Headers, name: str) -> list[str]:
    return [each for line in headers.get_all(name) for each in line.split(",")]


def _x_forwarded_for(headers: Headers) -> list[str]:
    return _elements(headers, "X-Forwarded-For")


def _forwarded(headers: Headers) -> list[str]:
    return [_pairs(each).get("for", "") for each in _elements(headers, "Forwarded")]


def _pairs(element: str) -> dict[str, str]:
    return dict(_named(element))


def _named(element: str) -> Iterator[tuple[str, str]]:
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        yield name.strip().lower(), value.strip().strip('"')


def _address(node: str) -> str:
    """The address in a node of the headers, with or without brackets and port."""
    found = _NODE.fullmatch(node.strip())
    if found is None:
        raise BadForwarding("no address")
    try:
        return str(host(found[1] or found[2] or found[3]))
    except ValueError as error:
        raise BadForwarding("no address") from error
