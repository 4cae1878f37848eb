"""Dashboards depend on the names of the metrics, and clients cannot add time series."""

import re
from pathlib import Path

import gevent
import pytest
from prometheus_client import generate_latest

from esl_bridge import __version__
from esl_bridge.esl.events import LegRings, Registered
from esl_bridge.runtime.metrics import Metrics
from tests.unit.runtime.clients import get
from tests.unit.runtime.service import A, B, serving

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
SECONDS = 20


def page(service):
    return get(service.address, "/metrics")[2].decode()


@pytest.fixture
def metrics():
    return Metrics(["ping", "call"])


def lines(metrics):
    return generate_latest(metrics.registry).decode().splitlines()


def test_every_documented_metric_is_served(tmp_path):
    promised = re.findall(r"^\| `(esl_bridge_\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    with gevent.Timeout(SECONDS), serving(tmp_path) as service:
        served = re.findall(r"^# TYPE (esl_bridge_\w+) ", page(service), re.MULTILINE)
    assert sorted(promised) == sorted(name for name in served if not name.endswith("_created"))


def test_the_metrics_show_the_state_of_the_service(tmp_path):
    with gevent.Timeout(SECONDS), serving(tmp_path) as service:
        a, b = service.at_work(A), service.at_work(B)
        a.ask("change_status", action="MAKE_BUSY")
        refused = b.ask("hold", uuid="x", hold="1")["code"]
        text = page(service).splitlines()
    for line in [
        'esl_bridge_esl_connected{node="default"} 1.0',
        'esl_bridge_requests_total{code="0",msg_type="checkin"} 2.0',
        f'esl_bridge_requests_total{{code="{refused}",msg_type="hold"}} 1.0',
        'esl_bridge_request_duration_seconds_count{msg_type="checkin"} 2.0',
        "esl_bridge_connections 2.0",
        'esl_bridge_agents{status="FREE"} 1.0',
        'esl_bridge_agents{status="BUSY"} 1.0',
        'esl_bridge_agents{status="OFFLINE"} 0.0',
        'esl_bridge_registered_phones{node="default"} 2.0',
        'esl_bridge_calls{node="default"} 0.0',
        "esl_bridge_slow_clients_total 0.0",
        "esl_bridge_auth_failures_total 0.0",
        f'esl_bridge_build_info{{version="{__version__}"}} 1.0',
    ]:
        assert line in text


def test_events_are_counted_by_their_kind(metrics):
    for kind in (LegRings, LegRings, Registered):
        metrics.heard("a", kind)
    assert 'esl_bridge_esl_events_total{name="LegRings",node="a"} 2.0' in lines(metrics)
    assert 'esl_bridge_esl_events_total{name="Registered",node="a"} 1.0' in lines(metrics)


def test_unknown_message_types_create_no_time_series(metrics):
    for number in range(1000):
        metrics.answered(f"invented{number}", "4014", 0.001)
    assert 'esl_bridge_requests_total{code="4014",msg_type="unknown"} 1000.0' in lines(metrics)
    assert "invented" not in "".join(lines(metrics))
