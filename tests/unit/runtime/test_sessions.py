"""Sessions: numbers and history of pushes, reconnection, replacement, and absence."""

import gevent
import pytest
from msgspec.structs import replace

from esl_bridge.domain.company import DEFAULT_NODE
from esl_bridge.domain.states import Status
from tests.builders import COMPANY, NAMES, OUTSIDE
from tests.daemon import Daemon, idle

A = NAMES["A"]


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


def numbers(messages):
    return [each["seq"] for each in messages if "seq" in each and each["msg_type"] != "kick_off"]


def kinds(messages):
    return [each["msg_type"] for each in messages]


def change(client, action):
    client.ok("A", "change_status", action=action)


def wander(client, times):
    for n in range(times):
        change(client, "MAKE_FREE" if n % 2 else "MAKE_BUSY")


def test_each_push_has_the_next_number_of_its_agent():
    daemon = Daemon()
    [a, b] = daemon.at_work("A", "B")
    wander(a, 3)
    assert numbers(a.pushes()) == [1, 2, 3, 4]
    assert numbers(b.pushes()) == [1]
    assert {push["epoch"] for push in a.pushes() + b.pushes()} == {daemon.tenant.epoch}


def test_a_push_carries_its_agent_company_epoch_and_number():
    daemon = Daemon()
    client = daemon.client()
    client.checkin("A", os="web")
    req_id = client.begin("A", "change_status", action="MAKE_BUSY")
    first, second = client.pushes()
    assert second["req_id"] == req_id
    assert (second["company_code"], second["agent_id"]) == ("90001", A)
    assert (second["ext_id"], second["os"]) == (A, "web")
    assert "reason" not in first
    assert first["req_id"] != req_id


def test_a_callback_without_a_request_has_its_own_id():
    daemon = Daemon()
    [client] = daemon.at_work("A")
    daemon.switch.will("sofia_contact", "error/user_not_registered")
    daemon.event("CUSTOM", **{"Event-Subclass": "sofia::unregister", "from-user": A})
    gone = client.pushes("callback")[0]
    assert (gone["action"], gone["phase"], gone["success"]) == ("EXT_UN_REG", "END_CALL", True)
    assert len(gone["req_id"]) > 10


def customer(daemon):
    daemon.event(
        "CHANNEL_PARK",
        **{
            "Unique-ID": "caller-1",
            "Caller-Caller-ID-Number": OUTSIDE,
            "variable_esl_bridge_company": "90001",
            "variable_esl_bridge_role": "customer",
            "variable_esl_bridge_number": "40010002",
        },
    )
    leg = daemon.tenant.agents[A].own_leg.uuid
    daemon.rings(leg)
    return leg


def test_a_callin_carries_its_legs_uuid_as_req_id():
    daemon = Daemon()
    [client] = daemon.at_work("A")
    leg = customer(daemon)
    [callin] = client.pushes("callin")
    assert (callin["req_id"], callin["uuid"], callin["caller_number"]) == (leg, leg, OUTSIDE)


# -- coming back ------------------------------------------------------------------------------


def back(daemon, token, **fields):
    client = daemon.client()
    reply = client.ok("A", "checkin", token=token, **fields)
    return client, reply


def test_missed_pushes_follow_the_reply_once():
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    wander(client, 3)
    seen = client.pushes()[1]
    missed = client.pushes()[2:]
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, epoch=seen["epoch"], seq=seen["seq"])
    assert kinds(second.sent) == ["checkin", "agent_change", "agent_change"]
    assert second.pushes() == missed
    change(second, "MAKE_REST")
    assert numbers(second.pushes()) == [3, 4, 5]


def test_pushes_of_an_absent_agent_are_kept():
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    daemon.sessions.closed(client)
    daemon.tenant.agents[NAMES["S"]].connection = None
    [s] = daemon.at_work("S")
    s.ok("S", "change_status", action="FORCE_MAKE_BUSY", operated_agent_id=A)
    second, reply = back(daemon, token, epoch=daemon.tenant.epoch, seq=1)
    assert reply["status"] == "BUSY"
    [push] = second.pushes()
    assert (push["seq"], push["agent_status"]) == (2, "BUSY")
    assert push["reason"] == f"FORCE_MAKE_BUSY:{NAMES['S']}"


@pytest.mark.parametrize("fields", [{"start_status": "REST"}, {"reset": True}])
def test_missed_pushes_come_before_the_changes_of_the_check_in(fields):
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    change(client, "MAKE_BUSY")
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, epoch=daemon.tenant.epoch, seq=1, **fields)
    assert kinds(second.sent) == ["checkin", "agent_change", "agent_change"]
    assert numbers(second.sent) == [2, 3]


def test_a_check_in_with_reset_does_not_repeat_the_callin():
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    customer(daemon)
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, reset=True)
    assert kinds(second.sent) == ["checkin", "agent_change"]


def test_a_check_in_without_epoch_and_number_gets_no_missed_pushes():
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    daemon.sessions.closed(client)
    for fields in ({}, {"seq": 0}, {"epoch": daemon.tenant.epoch}):
        second, _ = back(daemon, token, **fields)
        assert kinds(second.sent) == ["checkin"]
        daemon.sessions.closed(second)


@pytest.mark.parametrize(
    ("fields", "gap"),
    [
        ({"seq": 0}, (1, 6)),
        ({"seq": 1}, (2, 6)),
        ({"seq": 99}, (1, 6)),
        ({"seq": 6, "epoch": "another"}, (1, 6)),
    ],
)
def test_pushes_that_are_no_longer_kept_are_a_gap(fields, gap):
    daemon = Daemon(history=4)
    client = daemon.client()
    token = client.checkin("A")["token"]
    wander(client, 5)
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, **{"epoch": daemon.tenant.epoch} | fields)
    assert kinds(second.sent) == ["checkin", "gap"]
    told = second.sent[1]
    assert (told["epoch"], (told["from_seq"], told["to_seq"])) == (daemon.tenant.epoch, gap)


def test_an_agent_without_earlier_pushes_has_no_gap():
    client = Daemon().client()
    client.checkin("A", epoch="another", seq=12)
    assert kinds(client.sent) == ["checkin", "agent_change"]


def test_a_client_that_missed_exactly_the_kept_pushes_has_no_gap():
    daemon = Daemon(history=4)
    client = daemon.client()
    token = client.checkin("A")["token"]
    wander(client, 5)
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, epoch=daemon.tenant.epoch, seq=2)
    assert numbers(second.sent) == [3, 4, 5, 6]


def test_pushes_older_than_the_grace_time_are_not_kept():
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    daemon.now = 61  # more than the grace time and the time until a silent connection is closed
    change(client, "MAKE_BUSY")
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, epoch=daemon.tenant.epoch, seq=0)
    assert kinds(second.sent) == ["checkin", "gap"]
    daemon.sessions.closed(second)
    third, _ = back(daemon, token, epoch=daemon.tenant.epoch, seq=1)
    assert numbers(third.sent) == [2]
    third.ok("A", "checkout")
    client = daemon.client()
    client.checkin("A", epoch=daemon.tenant.epoch, seq=2)
    assert kinds(client.sent) == ["checkin", "gap", "agent_change"]


def test_a_ringing_leg_is_offered_once_to_each_connection():
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    leg = customer(daemon)
    daemon.rings(leg)
    assert kinds(client.pushes()) == ["agent_change", "callin", "agent_change"]
    seq = client.pushes()[-1]["seq"]
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, epoch=daemon.tenant.epoch, seq=seq)
    assert kinds(second.sent) == ["checkin", "callin"]
    daemon.sessions.closed(second)
    third, _ = back(daemon, token)
    assert kinds(third.sent) == ["checkin", "callin"]


def test_a_missed_callin_is_not_repeated():
    daemon = Daemon()
    client = daemon.client()
    token = client.checkin("A")["token"]
    customer(daemon)
    daemon.sessions.closed(client)
    second, _ = back(daemon, token, epoch=daemon.tenant.epoch, seq=1)
    assert kinds(second.sent) == ["checkin", "callin", "agent_change"]


# -- being taken over -------------------------------------------------------------------------


def test_a_replaced_connection_gets_a_kick_off_and_nothing_more():
    daemon = Daemon(take_over=True)
    [old] = daemon.at_work("A")
    new = daemon.client("192.0.2.9")
    old.take()
    new.checkin("A", os="web")
    [kick] = old.sent
    assert (kick["msg_type"], kick["code"], kick["os"]) == ("kick_off", "0", "web")
    assert (kick["agent_ip"], kick["agent_id"]) == ("192.0.2.9", A)
    change(new, "MAKE_BUSY")
    assert old.take() == [kick]
    assert old.ask("A", "get_status")["code"] == "4009"
    assert kinds(new.pushes()) == ["agent_change"]
    assert numbers(new.pushes()) == [2]
    daemon.sessions.closed(old)
    idle()
    assert daemon.tenant.agents[A].connection is new


def test_a_reset_in_a_call_is_reported_to_the_new_connection():
    daemon = Daemon()
    [old, _] = daemon.at_work("A", "B")
    daemon.talk(old, "A", "B")
    old.take()
    new = daemon.client()
    new.checkin("A", reset=True)
    idle()
    assert kinds(old.sent) == ["kick_off"]
    assert kinds(new.sent) == ["checkin", "callback", "agent_change"]
    assert new.sent[1]["success"] is True
    assert new.sent[2]["agent_status"] == "FREE"


# -- not coming back --------------------------------------------------------------------------


def until_offline(daemon, name="A"):
    daemon.until(lambda: daemon.tenant.agents[NAMES[name]].status is Status.OFFLINE)


def test_an_agent_who_does_not_reconnect_in_time_goes_offline():
    daemon = Daemon(grace=0.01)
    [client] = daemon.at_work("A")
    token = daemon.tenant.agents[A].token
    daemon.sessions.closed(client)
    assert daemon.tenant.agents[A].status is Status.FREE
    until_offline(daemon)
    again = daemon.client()
    assert again.ok("A", "get_status", token=token)["status"] == "OFFLINE"
    assert again.ask("A", "checkout", token=token)["code"] == "4009"
    again.ok("A", "checkin", token=token)
    assert again.pushes()[-1]["last_agent_status"] == "OFFLINE"
    again.ok("A", "checkout")
    assert again.ask("A", "checkin", token=token)["code"] == "4004"


def test_an_agent_who_reconnects_in_time_keeps_its_state():
    daemon = Daemon(grace=0.05)
    [first] = daemon.at_work("A")
    token = daemon.tenant.agents[A].token
    daemon.sessions.closed(first)
    second, _ = back(daemon, token)
    other = daemon.client()
    other.checkin("B")
    daemon.sessions.closed(other)
    until_offline(daemon, "B")
    assert daemon.tenant.agents[A].status is Status.FREE
    assert daemon.tenant.agents[A].connection is second


def test_a_connection_that_closes_during_the_password_check_holds_no_agent():
    daemon = Daemon(grace=0.01)
    client = daemon.client()

    def verify(known, password):
        daemon.sessions.closed(client)
        return True

    daemon.verify = verify
    client.checkin("A")
    assert not daemon.tenant.agents[A].connected
    until_offline(daemon)
    daemon.verify = lambda known, password: True
    assert daemon.client().checkin("A")["status"] == "FREE"


def without(daemon, *agents, **changes):
    """The companies' file without these agents, or with others' fields changed."""
    [company] = daemon.companies.values()
    left = {name: entry for name, entry in company.agents.items() if name not in agents}
    left |= {name: replace(left[name], **of_it) for name, of_it in changes.items()}
    return {COMPANY: replace(company, agents=left)}


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda daemon: [without(daemon, **{A: {"password_hash": "another"}})],
        lambda daemon: [without(daemon, A), daemon.companies],
        lambda daemon: [without(daemon, **{A: {"enabled": False}}), daemon.companies],
        lambda daemon: [{}, daemon.companies],
    ],
    ids=["another password", "removed and back", "disabled and back", "company gone and back"],
)
@pytest.mark.parametrize("at_work", [True, False])
def test_a_token_ends_with_its_password_agent_or_company(meanwhile, at_work):
    daemon = Daemon()
    [a] = daemon.at_work("A")
    token = daemon.tenant.agents[A].token
    if not at_work:
        daemon.sessions._grace = 0
        daemon.sessions.closed(a)
        daemon.until(lambda: daemon.tenant.agents[A].status == "OFFLINE")
    for companies in meanwhile(daemon):
        daemon.tenant_registry.reconfigure(companies)
    daemon.tenant_registry.tenants[COMPANY].agents[A].registered_at = {DEFAULT_NODE: ()}
    other = daemon.client()
    assert other.ask("A", "checkin", token=token, reset=True)["code"] == "4004"
    assert other.ask("A", "get_status", token=token)["code"] == "4009"


def test_an_agent_at_work_may_go_on_after_its_token_has_ended():
    daemon = Daemon()
    [a] = daemon.at_work("A")
    token = daemon.tenant.agents[A].token
    daemon.tenant_registry.reconfigure(without(daemon, **{A: {"password_hash": "another"}}))
    a.ok("A", "change_status", action="MAKE_BUSY", token=token)
    a.ok("A", "checkout", token=token)


def test_a_token_expires_some_time_after_the_grace_time():
    daemon = Daemon(grace=0, token=0.02)
    [a] = daemon.at_work("A")
    token = daemon.tenant.agents[A].token
    daemon.sessions.closed(a)
    daemon.until(lambda: daemon.tenant.agents[A].status == "OFFLINE")
    daemon.client().ok("A", "get_status", token=token)
    gevent.sleep(0.05)
    assert daemon.client().ask("A", "checkin", token=token)["code"] == "4004"


def test_a_token_does_not_expire_for_an_agent_who_has_reconnected():
    daemon = Daemon(grace=0, token=0.05)
    [a] = daemon.at_work("A")
    token = daemon.tenant.agents[A].token
    daemon.sessions.closed(a)
    daemon.until(lambda: daemon.tenant.agents[A].status == "OFFLINE")
    daemon.client().ok("A", "checkin", token=token)
    gevent.sleep(0.1)
    daemon.client().ok("A", "checkin", token=token, reset=True)


def test_each_lost_connection_has_its_own_grace_time():
    """A loss that ended in time does not shorten the grace time of the next."""
    daemon = Daemon()
    [first] = daemon.at_work("A")
    agent = daemon.tenant.agents[A]
    daemon.sessions.closed(first)
    earlier = daemon.sessions._absences[agent]
    second, _ = back(daemon, agent.token)
    daemon.sessions.closed(second)
    idle()
    assert earlier.dead
    assert agent.status is Status.FREE
    assert not daemon.sessions._absences[agent].dead
    daemon.sessions._not_back(daemon.tenant, agent)
    assert agent.status is Status.OFFLINE


def test_calls_outlive_the_connection_of_their_agent():
    daemon = Daemon(grace=0.01)
    [client, b] = daemon.at_work("A", "B")
    near, far = daemon.talk(client, "A", "B")
    daemon.switch.take()
    daemon.sessions.closed(client)
    until_offline(daemon)
    assert daemon.switch.heard == []
    assert near in daemon.tenant.legs
    again = daemon.client()
    assert again.checkin("A")["status"] == "CALLING"
    daemon.ends(near)
    daemon.ends(far)
    assert again.pushes("agent_change")[-1]["agent_status"] == "FREE"
    assert b.pushes("agent_change")[-1]["agent_status"] == "FREE"


def test_several_agents_on_one_connection_are_lost_together():
    daemon = Daemon(grace=0.01)
    gateway = daemon.client()
    for name in "AB":
        gateway.checkin(name)
    daemon.sessions.closed(gateway)
    until_offline(daemon, "A")
    until_offline(daemon, "B")
    assert {agent.status for agent in daemon.tenant.agents.values()} == {Status.OFFLINE}


def test_a_finished_absence_leaves_nothing_behind():
    daemon = Daemon(grace=0.01)
    [client] = daemon.at_work("A")
    token = daemon.tenant.agents[A].token
    daemon.sessions.closed(client)
    second, _ = back(daemon, token)
    assert daemon.sessions._absences == {}
    daemon.sessions.closed(second)
    until_offline(daemon)
    assert daemon.sessions._absences == {}


# -- time -------------------------------------------------------------------------------------


def test_a_rest_ends_by_the_clock():
    daemon = Daemon()
    [client] = daemon.at_work("A")
    agent = daemon.tenant.agents[A]
    change(client, "MAKE_REST")
    client.ok("A", "change_status", action="MAKE_REST", rest_min=1)
    timer = agent.state.rest
    assert timer.seconds == 60
    daemon.sessions._time_is_over(daemon.tenant, agent, timer)
    assert client.pushes()[-1]["reason"] == "REST_TIMEOUT"


def test_a_restarted_timer_replaces_the_earlier_one():
    daemon = Daemon()
    [client] = daemon.at_work("A")
    for minutes in range(1, 9):
        client.ok("A", "change_status", action="MAKE_REST", rest_min=minutes)
    idle()
    assert len(daemon.sessions._timers) == 1
