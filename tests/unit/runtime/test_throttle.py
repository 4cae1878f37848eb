"""Clients that guess passwords or flood the daemon are stopped, and nobody else."""

import gevent
import pytest
from gevent.event import Event
from gevent.lock import Semaphore

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


def test_an_account_is_locked_for_a_minute_after_five_wrong_passwords():
    daemon = Daemon(limits=Limits())
    seen = []
    daemon.verify = lambda known, password: seen.append(password) or password == PASSWORD
    assert attempts(daemon.client(HERE), "A", 6) == ["4004"] * 5 + ["5302"]
    assert code(daemon.client(THERE)) == "5302"
    assert len(seen) == 5
    assert code(daemon.client(HERE), "B") == "0"
    daemon.now = 60
    assert code(daemon.client(HERE)) == "0"


def test_guesses_of_others_do_not_lock_out_an_agent_at_work():
    daemon = Daemon(limits=Limits())
    [a] = daemon.at_work("A")
    token = daemon.tenant.agents[NAMES["A"]].token
    attempts(daemon.client(THERE), "A", 6)
    a.ok("A", "change_status", action="MAKE_BUSY")
    daemon.sessions.closed(a)
    assert code(daemon.client(), agent_pwd=..., token=token) == "0"


def test_an_address_is_locked_after_twenty_wrong_passwords_for_any_account():
    daemon = Daemon(limits=Limits())
    guesser = daemon.client(HERE)
    told = [code for n in range(21) for code in attempts(guesser, f"90001_{n}", 1)]
    assert told == ["4004"] * 20 + ["5302"]
    assert code(daemon.client(HERE)) == "5302"
    assert code(daemon.client(THERE)) == "0"


def test_right_passwords_are_not_limited():
    daemon = Daemon(limits=Limits())
    client = daemon.client()
    assert {code(client, name) for _ in range(10) for name in "ABDES"} == {"0"}


@pytest.mark.parametrize("cores", [1, 64])
def test_passwords_sent_all_at_once_are_not_all_checked(monkeypatch, cores):
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


def at_a_known_place(address=HERE, **limits):
    """A daemon at which A has come in from there."""
    daemon = Daemon(limits=Limits(**limits))
    known = daemon.client(address)
    assert code(known) == "0"
    known.ok("A", "checkout")
    return daemon


def test_guesses_from_elsewhere_do_not_lock_out_an_agent_in_a_known_network():
    daemon = at_a_known_place()
    assert attempts(daemon.client(THERE), "A", 6)[-1] == "5302"
    assert code(daemon.client(HERE)) == "0"


def test_wrong_passwords_of_others_in_its_network_do_not_lock_out_a_known_agent():
    daemon = at_a_known_place()
    guesser = daemon.client(HERE)
    told = [code for n in range(21) for code in attempts(guesser, f"90001_{n}", 1)]
    assert told[-1] == "5302"
    assert code(daemon.client(HERE), "B") == "5302"  # it was never here
    assert code(daemon.client(HERE)) == "0"


def test_an_agents_own_wrong_passwords_lock_it_out_of_its_known_network():
    daemon = at_a_known_place()
    assert attempts(daemon.client(HERE), "A", 6) == ["4004"] * 5 + ["5302"]
    assert code(daemon.client(HERE)) == "5302"
    assert code(daemon.client(THERE)) == "0"


def test_all_addresses_of_an_ipv6_network_share_one_limit_of_passwords():
    daemon = Daemon(limits=Limits())
    told = [attempts(daemon.client(f"2001:db8:1:2::{n:x}"), f"90001_{n}", 1)[0] for n in range(21)]
    assert told[-1] == "5302"
    assert code(daemon.client("2001:db8:1:3::1")) == "0"


class Slow:
    """Passwords are looked at when the test lets them be, one by one."""

    def __init__(self, daemon):
        self.seen, self._may = [], Semaphore(0)
        daemon.verify = self._look

    def _look(self, _known, password):
        self._may.acquire()
        self.seen.append(password)
        return password == PASSWORD

    def let(self, number=1):
        for _ in range(number):
            self._may.release()
            idle()


@pytest.fixture
def one_core(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)


def waiting(daemon, address, names, password="wrong"):
    """A connection from there on which these wait for their passwords to be looked at."""
    client = daemon.client(address)
    asked = [client.begin(name, "checkin", agent_pwd=password) for name in names]
    idle()
    return client, asked


def codes(client, asked):
    return [client.reply(req_id)["code"] for req_id in asked]


def test_the_passwords_of_a_closed_connection_are_not_checked(one_core):
    daemon = Daemon(limits=Limits())
    slow = Slow(daemon)
    flood, _ = waiting(daemon, THERE, [f"90001_{n}" for n in range(10)])
    good, asked = waiting(daemon, HERE, "A", PASSWORD)
    daemon.sessions.closed(flood)
    slow.let(2)  # one was being looked at
    assert codes(good, asked) == ["0"]
    assert len(slow.seen) == 2


def test_closed_connections_free_the_password_queue(one_core):
    daemon = Daemon(limits=Limits(passwords_waiting=5))
    slow = Slow(daemon)
    floods = [waiting(daemon, f"192.0.2.{n}", [f"90001_{n}"])[0] for n in range(6)]
    for flood in floods:
        daemon.sessions.closed(flood)
    good, asked = waiting(daemon, HERE, "A", PASSWORD)
    slow.let(2)
    assert codes(good, asked) == ["0"]


def test_one_password_does_not_wait_behind_many_of_another_network(one_core):
    daemon = Daemon(limits=Limits())
    slow = Slow(daemon)
    waiting(daemon, THERE, [f"90001_{n}" for n in range(15)])
    good, asked = waiting(daemon, HERE, "A", PASSWORD)
    slow.let(3)
    assert codes(good, asked) == ["0"]


def test_an_agent_in_a_known_network_goes_first(one_core):
    daemon = at_a_known_place()
    slow = Slow(daemon)
    for n in range(15):
        waiting(daemon, f"198.51.100.{n}", [f"90001_{n}"])
    good, asked = waiting(daemon, HERE, "A", PASSWORD)
    slow.let(2)
    assert codes(good, asked) == ["0"]


def test_known_agents_do_not_hold_up_all_others(one_core):
    daemon = at_a_known_place()
    slow = Slow(daemon)
    waiting(daemon, HERE, ["A"] * 5)
    waiting(daemon, THERE, ["B"], PASSWORD)
    slow.let(6)
    assert slow.seen == [*["wrong"] * 4, PASSWORD, "wrong"]


def test_a_full_password_queue_drops_an_attempt_of_the_busiest_network(one_core):
    daemon = Daemon(limits=Limits(passwords_waiting=5))
    slow = Slow(daemon)
    many, asked = waiting(daemon, THERE, [f"90001_{n}" for n in range(10)])
    good, of_good = waiting(daemon, HERE, "A", PASSWORD)
    slow.let(10)
    assert codes(many, asked) == ["4004"] * 5 + ["5302"] * 5
    assert codes(good, of_good) == ["0"]


def test_only_a_limited_number_of_passwords_waits_for_each_network(one_core):
    daemon = Daemon(limits=Limits(password_attempts_per_address=3))
    slow = Slow(daemon)
    client, asked = waiting(daemon, THERE, [f"90001_{n}" for n in range(5)], PASSWORD)
    slow.let(5)
    assert codes(client, asked) == ["4004"] * 3 + ["5302"] * 2


def test_requests_beyond_the_limit_in_a_second_are_refused():
    daemon = Daemon(limits=Limits(requests_per_second=3))
    [a, b] = daemon.at_work("A", "B")
    codes = [a.ask("A", "get_status")["code"] for _ in range(4)]
    assert codes == ["0", "0", "0", "5302"]
    assert a.ask("A", "ping")["code"] == "0"
    assert b.ask("B", "get_status")["code"] == "0"
    # A connection that only names the agent does not use up its limit.
    other = daemon.client()
    assert other.ask("B", "get_status")["code"] == "4009"
    daemon.now = 1
    assert a.ask("A", "get_status")["code"] == "0"


def test_requests_beyond_the_limit_in_flight_are_refused():
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
