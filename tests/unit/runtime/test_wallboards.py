"""Subscribers get the changes of their own company: at once, and then once a second."""

import gevent
import msgspec
import pytest
from gevent.event import Event

from esl_bridge.domain.company import AgentEntry, Skill
from esl_bridge.protocol import codec
from esl_bridge.protocol.codec import Form
from tests.builders import COMPANY, NAMES, NOW, OUTSIDE, company
from tests.daemon import Daemon, idle

A, B, S = NAMES["A"], NAMES["B"], NAMES["S"]
LEG, CALLER = "member-leg", {"Caller-Caller-ID-Number": OUTSIDE}
SKILLED = {
    agent_id: AgentEntry(
        password_hash="hash",
        extension=agent_id,
        supervisor=name in "SE",
        skills={"1001": 1} if name in "AB" else {},
    )
    for name, agent_id in NAMES.items()
}


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(20):
        yield


def opened(*others, **changes):
    daemon = Daemon(*others, skills={"1001": Skill()}, agents=SKILLED, **changes)
    daemon.pauses = []
    daemon.sessions._wallboards._sleep = lambda seconds: pause(daemon, seconds)
    return daemon


def pause(daemon, seconds):
    assert seconds == 1
    daemon.pauses.append(Event())
    daemon.pauses[-1].wait()


def second(daemon):
    """A second goes by."""
    over, daemon.pauses = daemon.pauses, []
    for each in over:
        each.set()
    idle()


@pytest.fixture
def daemon():
    return opened()


def enters(daemon, leg=LEG, wait="wait-1", queue=f"1001@{COMPANY}"):
    daemon.event(
        "CUSTOM",
        **CALLER,
        **{
            "Event-Subclass": "callcenter::info",
            "CC-Action": "member-queue-start",
            "Unique-ID": leg,
            "CC-Queue": queue,
            "CC-Member-UUID": wait,
            "CC-Member-Session-UUID": leg,
            "variable_esl_bridge_company": COMPANY,
        },
    )


def leaves(daemon, leg=LEG, wait="wait-1", action="member-queue-end"):
    told = {"CC-Action": action, "CC-Member-UUID": wait, "CC-Member-Session-UUID": leg}
    daemon.event("CUSTOM", **{"Event-Subclass": "callcenter::info"}, **told)


def waiting(supervisor):
    """The callers of the latest push that shows the queue."""
    queues = [one for push in supervisor.pushes("team_change") for one in push["queues"]]
    return [one["caller_number"] for one in queues[-1]["waiting"]]


def busy(client, name, action="MAKE_BUSY"):
    client.ok(name, "change_status", action=action)
    idle()


def changes(client):
    """The agents in each push since the last call."""
    pushes = client.pushes("team_change")
    client.take()
    return [[one["agent_id"] for one in push["agents"]] for push in pushes]


# -- pushes to subscribers --------------------------------------------------------------------


def test_a_team_change_carries_its_own_envelope_and_the_changes(daemon):
    a, s = daemon.at_work("A", "S")
    reply = s.ok("S", "team_status")
    assert len(reply["agents"]) == len(NAMES)
    s.take()
    busy(a, "A")
    [push] = s.take()
    free = {"skill": "1001", "agents_free": 0, "waiting": []}
    was = {"agent_id": A, "ext_id": A, "status": "BUSY", "since": NOW, "registered": True}
    was |= {"since_ms": daemon.tenant.agents[A].since_ms}
    was |= {"service_mode": 1}
    assert (push["agents"], push["queues"]) == ([was], [free])
    assert (push["agent_id"], push["company_code"], push["seq"]) == (S, COMPANY, 2)
    assert push["req_id"]
    assert a.pushes("team_change") == []


def test_team_changes_are_pushed_once_a_second_while_something_changes(daemon):
    a, b, s = daemon.at_work("A", "B", "S")
    s.ok("S", "team_status")
    s.take()
    for action in ("MAKE_BUSY", "MAKE_FREE", "MAKE_REST"):
        busy(a, "A", action)
        busy(b, "B", action)
    assert changes(s) == [[A]]
    second(daemon)
    assert changes(s) == [[B, A]]
    second(daemon)
    assert changes(s) == []
    assert daemon.sessions._wallboards._telling == set()


def test_an_unchanged_agent_is_not_pushed_again(daemon):
    a, s = daemon.at_work("A", "S")
    s.ok("S", "team_status")
    s.take()
    busy(a, "A")
    for action in ("MAKE_FREE", "MAKE_BUSY"):
        busy(a, "A", action)
    second(daemon)
    assert changes(s) == [[A]]


def test_a_new_subscriber_is_pushed_a_change_back_too(daemon):
    a, b, s, e = daemon.at_work("A", "B", "S", "E")
    s.ok("S", "team_status")
    busy(b, "B")
    busy(a, "A")
    reply = e.ok("E", "team_status")
    assert {one["status"] for one in reply["agents"] if one["agent_id"] == A} == {"BUSY"}
    busy(a, "A", "MAKE_FREE")
    second(daemon)
    assert [one["status"] for one in e.pushes("team_change")[-1]["agents"]] == ["FREE"]


def test_all_subscribers_of_a_form_share_one_encoding(daemon, monkeypatch):
    _, s, e = daemon.at_work("A", "S", "E")
    third = daemon.client()
    third.form = Form.MSGPACK
    for client, name in ((s, "S"), (e, "E")):
        client.ok(name, "team_status")
        client.take()
    written = []
    raw = msgspec.Raw
    monkeypatch.setattr(codec.msgspec, "Raw", lambda data: written.append(data) or raw(data))
    daemon.tenant.agents[A].registered_at = {}
    daemon.tenant.agent_states.mark_changed(daemon.tenant.agents[A])
    daemon.runner.publish_changes(daemon.tenant)
    idle()
    [one], [other] = s.take(), e.take()
    assert (one["agents"], one["queues"]) == (other["agents"], other["queues"])
    assert (one["agent_id"], other["agent_id"]) == (S, NAMES["E"])
    assert len(written) == 3  # agents, queues and the time


def test_a_team_change_has_the_form_of_each_connection(daemon):
    a, s, e = daemon.at_work("A", "S", "E")
    for client, name in ((s, "S"), (e, "E")):
        client.ok(name, "team_status")
        client.take()
    e.form = Form.MSGPACK
    busy(a, "A")
    [one], [other] = s.take(), e.take()
    assert one["agents"] == other["agents"]


def test_without_subscribers_no_change_is_recorded(daemon):
    a, s = daemon.at_work("A", "S")
    s.ok("S", "team_status", subscribe=False)
    daemon.tenant.wallboard.take()
    busy(a, "A")
    assert daemon.tenant.wallboard.take() == ([], set())
    assert daemon.sessions._wallboards._telling == set()


def test_a_wallboard_shows_nothing_of_another_company():
    theirs = msgspec.structs.replace(
        company(agents=SKILLED, skills={"1001": Skill()}), code="90002"
    )
    daemon = opened(theirs)
    a, s = daemon.at_work("A", "S")
    other = daemon.client()
    other.checkin("S", company_code="90002")
    reply = other.ok("S", "team_status", company_code="90002")
    s.ok("S", "team_status")
    assert {one["status"] for one in reply["agents"]} == {"FREE", "OFFLINE"}
    other.take()
    busy(a, "A")
    enters(daemon)
    second(daemon)
    assert len(changes(s)) == 2
    assert other.take() == []


# -- how it ends ------------------------------------------------------------------------------


def test_a_subscription_ends_with_the_connection_a_check_in_or_a_check_out(daemon):
    a, s = daemon.at_work("A", "S")
    ends = [
        lambda: s.ok("S", "team_status", subscribe=False),
        lambda: s.checkin("S"),
        lambda: (s.ok("S", "checkout"), s.checkin("S")),
        lambda: (daemon.sessions.closed(s), s.checkin("S")),
    ]
    for end in ends:
        s.ok("S", "team_status")
        end()
        assert daemon.tenant.wallboard.watchers == {}
    s.take()
    busy(a, "A")
    assert changes(s) == []


def test_a_new_connection_gets_missed_team_changes_but_no_subscription(daemon):
    a, s = daemon.at_work("A", "S")
    token = s.checkin("S")["token"]
    s.ok("S", "team_status")
    busy(a, "A")
    new = daemon.client()
    epoch = daemon.tenant.epoch
    new.ok("S", "checkin", token=token, reset=True, epoch=epoch, seq=1)
    [missed] = new.pushes("team_change")
    assert missed["agents"][0]["status"] == "BUSY"
    busy(a, "A", "MAKE_FREE")
    second(daemon)
    assert len(new.pushes("team_change")) == 1


def test_an_agent_who_is_no_longer_a_supervisor_gets_no_team_changes(daemon):
    a, s = daemon.at_work("A", "S")
    s.ok("S", "team_status")
    s.take()
    fewer = SKILLED | {S: msgspec.structs.replace(SKILLED[S], supervisor=False)}
    daemon.tenant_registry.reconfigure({COMPANY: company(agents=fewer, skills={"1001": Skill()})})
    busy(a, "A")
    assert changes(s) == []
    assert s.ask("S", "team_status")["code"] == "4102"


def test_a_new_agent_and_a_changed_skill_show_after_a_reload(daemon):
    [s] = daemon.at_work("S")
    s.ok("S", "team_status")
    s.take()
    more = SKILLED | {"90001_9": AgentEntry(password_hash="hash")}
    skills = {"1001": Skill(), "1002": Skill()}
    daemon.tenant_registry.reconfigure({COMPANY: company(agents=more, skills=skills)})
    daemon.runner.publish_changes(daemon.tenant)
    idle()
    [push] = s.pushes("team_change")
    assert [one["agent_id"] for one in push["agents"]] == ["90001_9"]
    assert [one["skill"] for one in push["queues"]] == ["1002"]


# -- who waits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "leave",
    [
        leaves,
        lambda daemon: leaves(daemon, action="bridge-agent-start"),
        lambda daemon: daemon.ends(LEG),
    ],
)
def test_a_caller_is_shown_as_waiting_until_it_is_taken_or_leaves(daemon, leave):
    [s] = daemon.at_work("S")
    s.ok("S", "team_status")
    enters(daemon)
    assert waiting(s) == [OUTSIDE]
    second(daemon)
    leave(daemon)
    assert waiting(s) == []


def test_the_late_end_of_an_earlier_wait_does_not_end_the_present_one(daemon):
    [s] = daemon.at_work("S")
    s.ok("S", "team_status")
    enters(daemon)
    enters(daemon, wait="wait-2")
    leaves(daemon, wait="wait-1")
    second(daemon)
    assert waiting(s) == [OUTSIDE]
    leaves(daemon, wait="wait-2")
    second(daemon)
    assert waiting(s) == []


@pytest.mark.parametrize("queue", ["1001@90002", "9@90001", "1001", ""])
def test_a_queue_of_another_company_is_not_shown(daemon, queue):
    [s] = daemon.at_work("S")
    enters(daemon, queue=queue)
    assert s.ok("S", "team_status")["queues"][0]["waiting"] == []


_COLUMNS = "queue|instance_id|uuid|session_uuid|cid_number|cid_name|joined_epoch|state|score"


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ([], []),
        (["1001@90001|x|wait-1|member-leg|131|Ann|1|Waiting|0"], [OUTSIDE]),
        (["1001@90001|x|wait-1|member-leg|131|a|b|c|1|Trying|0"], [OUTSIDE]),
        (["1001@90001|x|wait-1|member-leg|131|a", "b|1|Trying|0"], [OUTSIDE]),
        (["1001@90001|x|wait-1|member-leg|131|Ann|1|Answered|0"], []),
        (["1001@90001|x|wait-9|somebody-else|131|Ann|1|Waiting|0"], []),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_resync_reads_the_waiting_callers(daemon, rows, shown, known):
    [s] = daemon.at_work("S")
    enters(daemon)
    if not known:
        leaves(daemon)
    for _ in ("registrations", "channels"):
        daemon.switch.will("show", '{"rows": []}')
    daemon.switch.will("uuid_dump", '{"Unique-ID": "member-leg", "Answer-State": "answered"}')
    daemon.switch.will("callcenter_config", "\n".join([_COLUMNS, *rows, "+OK"]))
    daemon.event_listener.on_up("core-1")
    idle()
    assert "api callcenter_config queue list members 1001@90001" in daemon.switch.heard
    callers = s.ok("S", "team_status")["queues"][0]["waiting"]
    assert [one["caller_number"] for one in callers] == shown
