"""What the service counts, for Prometheus. No label holds a number, a uuid or an agent's id."""

from collections.abc import Collection
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from esl_bridge import __version__

_UNKNOWN = "unknown"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """One registry and its instruments.

    :param msg_types: the requests that exist. A client writes whatever it likes into its
        ``msg_type``; all else is counted as ``unknown``, or it could fill the memory with series.
    """

    def __init__(self, msg_types: Collection[str]) -> None:
        self._msg_types = frozenset(msg_types)
        self._heard: dict[type, Counter] = {}
        self._answered: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self.registry = CollectorRegistry()
        counted: dict[str, Any] = {"namespace": "esl_bridge", "registry": self.registry}
        self.esl_connected = Gauge("esl_connected", "1 while the switch is linked", **counted)
        self.esl_events = Counter("esl_events", "Events of the switch", ["name"], **counted)
        self.requests = Counter("requests", "Requests answered", ["msg_type", "code"], **counted)
        self.request_duration = Histogram(
            "request_duration_seconds",
            "From a request's arrival to its reply",
            ["msg_type"],
            buckets=_SECONDS,
            **counted,
        )
        self.connections = Gauge("connections", "Clients' connections", **counted)
        self.agents = Gauge("agents", "Agents by status", ["status"], **counted)
        self.registered_phones = Gauge("registered_phones", "Agents' phones registered", **counted)
        self.calls = Gauge("calls", "Calls that are up", **counted)
        self.slow_clients = Counter(
            "slow_clients", "Connections cut because they did not read", **counted
        )
        self.repairs = Counter(
            "repairs", "What the switch had not told and was made good", ["name"], **counted
        )
        self.state_kept = Gauge(
            "state_kept", "1 while what outlives the service is being written", **counted
        )
        self.auth_failures = Counter("auth_failures", "Check-ins refused", **counted)
        self.audit_errors = Counter("audit_errors", "Audit lines not written", **counted)
        Info("build", "Version of the service", **counted).info({"version": __version__})

    # What happens a hundred times a second does not have its labels looked up each time.

    def heard(self, kind: type) -> None:
        """Count one event."""
        counter = self._heard.get(kind)
        if counter is None:
            counter = self._heard[kind] = self.esl_events.labels(kind.__name__)
        counter.inc()

    def made_good(self, name: str, number: int) -> None:
        """Count events that did not come, by the names of those that do."""
        self.repairs.labels(name).inc(number)

    def answered(self, msg_type: str, code: str, seconds: float) -> None:
        """Count one request and its reply's code."""
        key = (msg_type if msg_type in self._msg_types else _UNKNOWN, code)
        instruments = self._answered.get(key)
        if instruments is None:
            instruments = self.requests.labels(*key), self.request_duration.labels(key[0])
            self._answered[key] = instruments
        instruments[0].inc()
        instruments[1].observe(seconds)
