"""Guessing passwords and asking without end: who does it is stopped, and nobody else."""

import gevent
import pytest
from gevent.event import Event

from esl_bridge.config.settings import Limits
from tests.builders import NAMES, OUTSIDE, PASSWORD
from tests.daemon import Daemon, idle

HERE, THERE = "192.0.2.7", "192.0.2.8"


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


def attempts(client, name, times):
    return [client.ask(name, "checkin", agent_pwd="wrong")["code"] for _ in range(times)]


def code(client, name="A", **fields):
    return client.ask(name, "checkin", **{"agent_pwd": PASSWORD} | fields)["code"]


def test_an_account_is_shut_for_a_minute_after_five_wrong_passwords():
    daemon = Daemon(limits=Limits())
    seen = []
    daemon.verify = lambda known, password: seen.append(password) or password == PASSWORD
    assert attempts(daemon.client(HERE), "A", 6) == ["4004"] * 5 + ["5302"]
    assert code(daemon.client(THERE)) == "5302"
    assert len(seen) == 5
    assert code(daemon.client(HERE), "B") == "0"
    daemon.now = 60
    assert code(daemon.client(HERE)) == "0"


def test_who_is_at_work_is_not_locked_out_by_somebody_who_guesses():
    daemon = Daemon(limits=Limits())
    [a] = daemon.at_work("A")
    token = daemon.desk.agents[NAMES["A"]].token
    attempts(daemon.client(THERE), "A", 6)
    a.ok("A", "change_status", action="MAKE_BUSY")
    daemon.sessions.closed(a)
    assert code(daemon.client(), agent_pwd=..., token=token) == "0"


def test_an_address_is_shut_after_twenty_wrong_passwords_for_whomever():
    daemon = Daemon(limits=Limits())
    guesser = daemon.client(HERE)
    told = [code for n in range(21) for code in attempts(guesser, f"90001_{n}", 1)]
    assert told == ["4004"] * 20 + ["5302"]
    assert code(daemon.client(HERE)) == "5302"
    assert code(daemon.client(THERE)) == "0"


def test_those_who_are_right_can_be_as_many_as_they_like():
    daemon = Daemon(limits=Limits())
    client = daemon.client()
    assert {code(client, name) for _ in range(10) for name in "ABDES"} == {"0"}


@pytest.mark.parametrize("cores", [1, 64])
def test_passwords_sent_all_at_once_are_not_all_looked_at(monkeypatch, cores):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    daemon = Daemon(limits=Limits())
    seen, gate = [], Event()

    def slowly(_known, password):
        seen.append(password)
        gate.wait()
        return False

    daemon.verify = slowly
    client = daemon.client()
    asked = [client.begin("A", "checkin", agent_pwd="wrong") for _ in range(30)]
    idle()
    gate.set()
    assert {client.reply(req_id)["code"] for req_id in asked} == {"4004", "5302"}
    assert len(seen) == 5


def test_more_requests_than_allowed_in_a_second():
    daemon = Daemon(limits=Limits(requests_per_second=3))
    [a, b] = daemon.at_work("A", "B")
    codes = [a.ask("A", "get_status")["code"] for _ in range(4)]
    assert codes == ["0", "0", "5302", "5302"]
    assert a.ask("A", "ping")["code"] == "0"
    assert b.ask("B", "get_status")["code"] == "0"
    # Whoever only names the agent takes nothing away from it.
    other = daemon.client()
    assert other.ask("B", "get_status")["code"] == "4009"
    daemon.now = 1
    assert a.ask("A", "get_status")["code"] == "0"


def test_more_requests_than_allowed_under_way():
    daemon = Daemon(limits=Limits(requests_in_flight=2, requests_per_second=100))
    [a, _] = daemon.at_work("A", "B")
    leg = a.ok("A", "call", callee_number=OUTSIDE)["uuid"]
    answered = Event()
    for _ in range(2):
        daemon.switch.will("uuid_kill", answered.wait)
    under_way = [a.begin("A", "hangup", uuid=leg) for _ in range(2)]
    idle()
    assert a.ask("A", "get_status")["code"] == "5302"
    answered.set()
    for req_id in under_way:
        a.reply(req_id)
    assert a.ask("A", "get_status")["code"] == "0"
