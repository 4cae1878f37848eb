"""The names that dashboards depend on, and that clients cannot invent series."""

import pytest
from prometheus_client import generate_latest

from esl_bridge import __version__
from esl_bridge.esl.events import LegRings, Registered
from esl_bridge.runtime.metrics import Metrics


@pytest.fixture
def metrics():
    return Metrics(["ping", "call"])


def lines(metrics):
    return generate_latest(metrics.registry).decode().splitlines()


def test_every_promised_name_is_there(metrics):
    metrics.esl_events.labels("CHANNEL_CREATE").inc()
    metrics.answered("ping", "0", 0.002)
    metrics.agents.labels("FREE").set(3)
    text = lines(metrics)
    for line in [
        "esl_bridge_esl_connected 0.0",
        'esl_bridge_esl_events_total{name="CHANNEL_CREATE"} 1.0',
        'esl_bridge_requests_total{code="0",msg_type="ping"} 1.0',
        'esl_bridge_request_duration_seconds_bucket{le="0.0025",msg_type="ping"} 1.0',
        "esl_bridge_connections 0.0",
        'esl_bridge_agents{status="FREE"} 3.0',
        "esl_bridge_calls 0.0",
        "esl_bridge_slow_clients_total 0.0",
        "esl_bridge_auth_failures_total 0.0",
        f'esl_bridge_build_info{{version="{__version__}"}} 1.0',
    ]:
        assert line in text


def test_events_are_counted_by_their_kind(metrics):
    for kind in (LegRings, LegRings, Registered):
        metrics.heard(kind)
    assert 'esl_bridge_esl_events_total{name="LegRings"} 2.0' in lines(metrics)
    assert 'esl_bridge_esl_events_total{name="Registered"} 1.0' in lines(metrics)


def test_words_that_clients_invent_make_no_series(metrics):
    for number in range(1000):
        metrics.answered(f"invented{number}", "4014", 0.001)
    assert 'esl_bridge_requests_total{code="4014",msg_type="unknown"} 1000.0' in lines(metrics)
    assert "invented" not in "".join(lines(metrics))
