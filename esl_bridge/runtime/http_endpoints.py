"""The plain HTTP endpoints on the agents' port, for probes and for Prometheus."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from math import inf
from time import monotonic
from typing import NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

_TEXT = "text/plain; charset=utf-8"


class EndpointReply(NamedTuple):
    status: HTTPStatus
    content_type: str
    body: bytes


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
    }


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
