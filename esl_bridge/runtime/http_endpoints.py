"""The plain HTTP endpoints on the agents' port: probes, metrics, the specification, and the client
for browsers."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from math import inf
from time import monotonic
from typing import NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

_TEXT = "text/plain; charset=utf-8"
_JAVASCRIPT = "text/javascript; charset=utf-8"


class EndpointReply(NamedTuple):
    status: HTTPStatus
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


_METRICS_SECONDS = 1.0  # counting ten thousand agents blocks the service for 8 ms


Endpoints = Mapping[str, Callable[[], EndpointReply]]
"""Makes the reply for each path."""


def endpoints(
    why_not_ready: Callable[[], str],
    registry: CollectorRegistry,
    warnings: Callable[[], Iterable[str]] = tuple,
) -> Endpoints:
    """The service's endpoints.

    :param why_not_ready: what the service still waits for, or why it accepts nothing new; empty
    when it is ready. :param warnings: faults despite which it is ready, because refusing clients
    would be worse.
    """

    def readyz() -> EndpointReply:
        if why := why_not_ready():
            return EndpointReply(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, f"{why}\n".encode())
        lines = ("ready", *(f"warning: {each}" for each in warnings()))
        return EndpointReply(HTTPStatus.OK, _TEXT, "".join(f"{line}\n" for line in lines).encode())

    return {
        "/healthz": lambda: EndpointReply(HTTPStatus.OK, _TEXT, b"alive\n"),
        "/readyz": readyz,
        "/metrics": _Metrics(registry),
        "/docs": lambda: _TO_THE_DOCUMENTATION,
        "/docs/": _documentation,
        "/sdk/esl-bridge.js": lambda: _of_the_client("esl-bridge.js", _JAVASCRIPT),
        "/sdk/messages.d.ts": lambda: _of_the_client("messages.d.ts", _TEXT),
    }


_TO_THE_DOCUMENTATION = EndpointReply(
    HTTPStatus.MOVED_PERMANENTLY, _TEXT, b"see /docs/\n", (("Location", "/docs/"),)
)


@cache
def _documentation() -> EndpointReply:
    """The specification of the protocol, which `make spec` makes: a page without a script."""
    page = files("esl_bridge").joinpath("web", "docs", "index.html").read_bytes()
    [style] = re.findall(rb"<style>(.*?)</style>", page, re.DOTALL)
    allowed = f"style-src 'sha256-{b64encode(sha256(style).digest()).decode()}'"
    headers = (
        (
            "Content-Security-Policy",
            f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'",
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    )
    return EndpointReply(HTTPStatus.OK, "text/html; charset=utf-8", page, headers)


@cache
def _of_the_client(name: str, content_type: str) -> EndpointReply:
    """A file of the client for browsers, which a desktop of any origin may import: which of them
    may connect is judged at `/agent`."""
    headers = (
        ("Access-Control-Allow-Origin", "*"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Cache-Control", "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
    )
    body = files("esl_bridge").joinpath("web", "sdk", name).read_bytes()
    return EndpointReply(HTTPStatus.OK, content_type, body, headers)


class _Metrics:
    """Collected at most once a second, however often they are requested."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._counted_at = -inf
        self._text = b""

    def __call__(self) -> EndpointReply:
        now = monotonic()
        if now >= self._counted_at + _METRICS_SECONDS:
            self._text, self._counted_at = generate_latest(self._registry), now
        return EndpointReply(HTTPStatus.OK, CONTENT_TYPE_LATEST, self._text)
