"""A limited number of originates runs at once, and the others queue."""

import gevent
import pytest
from gevent.event import Event

from esl_bridge.config.settings import Limits
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.commands import Command
from esl_bridge.runtime.originate_limiter import OriginateLimiter
from tests.builders import OUTSIDE
from tests.daemon import Daemon, idle

GONE = SwitchUnavailable("gone")


def leg_to_set_up(number):
    return Command(("originate", "user/x"), sets_up=f"call-{number}")


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


def daemon_for(at_once, **limits):
    daemon = Daemon(limits=Limits(originates_in_flight=at_once, **limits))
    return daemon, dict(zip("ABD", daemon.at_work("A", "B", "D"), strict=True))


def calls(clients, name):
    """The agent's own leg, of a call that is begun."""
    return clients[name].ok(name, "call", callee_number=OUTSIDE)["uuid"]


def dialled(daemon):
    """How many legs the switch was asked to set up."""
    idle()
    return sum("originate" in line for line in daemon.switch.heard)


def told(daemon, leg, result):
    """The switch's word on an originate of its own thread's."""
    argument = f"{{^^;origination_uuid={leg};x=y}}user/x &park()"
    job = {"Job-Command": "originate", "Job-Command-Arg": argument, "_body": result}
    daemon.event("BACKGROUND_JOB", **job)


@pytest.mark.parametrize("result", ["+OK {}", "+OK another", "-ERR USER_BUSY", "-ERR NO_ANSWER"])
def test_the_next_originate_starts_once_an_earlier_one_has_ended(result):
    daemon, clients = daemon_for(1)
    first = calls(clients, "A")
    assert dialled(daemon) == 1
    calls(clients, "B")
    assert dialled(daemon) == 1
    told(daemon, first, result.format(first))
    assert dialled(daemon) == 2
    told(daemon, first, f"+OK {first}")  # said once more it frees no second place
    calls(clients, "D")
    assert dialled(daemon) == 2


def test_an_originate_that_queues_too_long_fails_and_frees_its_agent():
    daemon, clients = daemon_for(1, reply_seconds=0.01)
    calls(clients, "A")
    calls(clients, "B")
    b = clients["B"]
    b.until(lambda: [each["phase"] for each in b.pushes("callback")][-1:] == ["END_CALL"])
    assert b.pushes("callback")[-1]["code"] == "5302"
    assert dialled(daemon) == 1
    assert b.ok("B", "get_status")["status"] == "FREE"
    assert len(daemon.tenant.legs) == 2  # those of A's call


def test_other_commands_do_not_queue_behind_originates():
    daemon, clients = daemon_for(1)
    leg = calls(clients, "A")
    calls(clients, "B")
    clients["A"].ok("A", "hangup", uuid=leg)
    assert any("uuid_kill" in line for line in daemon.switch.heard)


def test_all_queued_originates_are_answered_when_the_switch_is_lost():
    outcomes, first = [], []

    def send(_command, then):
        then(GONE) if first else first.append(then)

    originate_limiter = OriginateLimiter(send, 1, wait_seconds=5, job_seconds=5)
    for number in range(5_000):
        originate_limiter.send(leg_to_set_up(number), outcomes.append)
    assert not outcomes
    first[0](GONE)
    while len(outcomes) < 5_000:
        gevent.sleep(0)
    assert set(outcomes) == {GONE}


def test_an_originate_that_was_not_sent_frees_its_slot():
    daemon, clients = daemon_for(1)
    daemon.switch.will("originate", SwitchUnavailable("gone"))
    calls(clients, "A")
    calls(clients, "B")
    assert dialled(daemon) == 2


def test_an_originate_without_a_reply_keeps_its_slot():
    daemon, clients = daemon_for(1)
    daemon.switch.will("originate", SwitchTimedOut("late"))
    calls(clients, "A")
    calls(clients, "B")
    assert dialled(daemon) == 1


def test_an_originate_whose_end_is_never_reported_frees_its_slot_in_time():
    daemon, clients = daemon_for(1, job_seconds=0.01)
    second = Event()
    daemon.switch.will("originate", "+OK")
    daemon.switch.will("originate", second.set)
    calls(clients, "A")
    calls(clients, "B")
    second.wait()


def test_a_lost_link_frees_the_slots_of_all_originates():
    daemon, clients = daemon_for(1)
    calls(clients, "A")
    calls(clients, "B")
    assert dialled(daemon) == 1
    daemon.event_listener.on_down()
    assert dialled(daemon) == 2
