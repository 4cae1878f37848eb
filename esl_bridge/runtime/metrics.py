"""What the service counts, for Prometheus. No label holds a number, a uuid or an agent's id."""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Info
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from esl_bridge import __version__

_UNKNOWN = "unknown"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BUCKETS = (*map(str, _SECONDS), "+Inf")


class Metrics:
    """One registry and its instruments.

    :param msg_types: the requests that exist. A client may send any ``msg_type``; others are
    counted as ``unknown``, since they could fill the memory with series.
    """

    def __init__(self, msg_types: Collection[str]) -> None:
        self._msg_types = frozenset(msg_types)
        self.registry = CollectorRegistry()
        counted: dict[str, Any] = {"namespace": "esl_bridge", "registry": self.registry}
        self.esl_connected = Gauge(
            "esl_connected", "1 while there is a link to the switch", ["node"], **counted
        )
        self._events, self._answers = _Events(), _Answers()
        self.registry.register(self._events)
        self.registry.register(self._answers)
        self.connections = Gauge("connections", "Clients' connections", **counted)
        self.agents = Gauge("agents", "Agents by status", ["status"], **counted)
        self.registered_phones = Gauge(
            "registered_phones", "Agents whose phone is registered", ["node"], **counted
        )
        self.calls = Gauge("calls", "Calls that are up", ["node"], **counted)
        self.slow_clients = Counter(
            "slow_clients", "Connections cut because they did not read", **counted
        )
        self.repairs = Counter(
            "repairs",
            "Events that the switch did not report and that were corrected",
            ["node", "name"],
            **counted,
        )
        self.state_kept = Gauge("state_kept", "1 while the state file can be written", **counted)
        self.served_twice = Gauge(
            "companies_served_twice",
            "Companies that another daemon serves as well",
            ["node"],
            **counted,
        )
        self.replaced_legs = Counter(
            "replaced_legs", "Legs taken over by an unrequested INVITE with Replaces", **counted
        )
        self.phone_auth_failures = Counter(
            "phone_auth_failures",
            "Wrong passwords from phones, as the switch reports them",
            ["node"],
            **counted,
        )
        self.auth_failures = Counter("auth_failures", "Check-ins refused", **counted)
        self.audit_errors = Counter("audit_errors", "Audit lines not written", **counted)
        Info("build", "Version of the service", **counted).info({"version": __version__})

    def heard(self, node: str, kind: type) -> None:
        """Count one event."""
        self._events.add(node, kind)

    def made_good(self, node: str, name: str, number: int) -> None:
        """Count missed events, by kind."""
        self.repairs.labels(node, name).inc(number)

    def answered(self, msg_type: str, code: str, seconds: float) -> None:
        """Count one request and its reply's code."""
        self._answers.add(msg_type if msg_type in self._msg_types else _UNKNOWN, code, seconds)


class _Events(Collector):
    """Events of the switch by kind: series are built only when collected. The library's own
    instruments, with a lock for each number, cost ten times as much."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, type], int] = {}

    def add(self, node: str, kind: type) -> None:
        key = (node, kind)
        self._kinds[key] = self._kinds.get(key, 0) + 1

    def collect(self) -> Iterator[Metric]:
        events = CounterMetricFamily(
            "esl_bridge_esl_events", "Events of the switch", labels=["node", "name"]
        )
        for (node, kind), count in self._kinds.items():
            events.add_metric([node, kind.__name__], count)
        yield events


class _Answers(Collector):
    """Requests by their code, and how long they took, for the same reason."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], int] = {}
        self._durations: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def add(self, msg_type: str, code: str, seconds: float) -> None:
        key = (msg_type, code)
        self._codes[key] = self._codes.get(key, 0) + 1
        if msg_type not in self._durations:
            self._durations[msg_type] = [0] * (len(_SECONDS) + 1)
        self._durations[msg_type][bisect_left(_SECONDS, seconds)] += 1
        self._seconds[msg_type] = self._seconds.get(msg_type, 0.0) + seconds

    def collect(self) -> Iterator[Metric]:
        name = "esl_bridge_requests"
        requests = CounterMetricFamily(name, "Requests answered", labels=["msg_type", "code"])
        for key, count in self._codes.items():
            requests.add_metric(key, count)
        yield requests
        name, about = "esl_bridge_request_duration_seconds", "From a request's arrival to its reply"
        durations = HistogramMetricFamily(name, about, labels=["msg_type"])
        for msg_type, counts in self._durations.items():
            buckets = list(zip(_BUCKETS, accumulate(counts), strict=True))
            durations.add_metric([msg_type], buckets, self._seconds[msg_type])
        yield durations
