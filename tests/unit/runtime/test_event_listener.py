"""Events reach the tenant that they concern; the switch goes away, returns, or restarts."""

import json

import gevent
import pytest

from esl_bridge.domain.cancelled_legs import CancelledLegs
from esl_bridge.domain.company import AgentEntry, Extension
from esl_bridge.domain.states import Status
from esl_bridge.errors import AnswerTooLong, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl import channels
from esl_bridge.esl.events import LegRings
from esl_bridge.reactions import REACTIONS, switch_state
from tests.builders import (
    COMPANY,
    NAMES,
    NO_SUCH_CHANNEL,
    OUTSIDE,
    SWITCH_SETTINGS,
    as_registered,
    company,
)
from tests.daemon import Daemon, idle

A, B = NAMES["A"], NAMES["B"]
NO_CHANNELS = '{"row_count":0}'
CORE, OTHER_CORE = "core-1", "core-2"
PHONES = tuple(NAMES.values())


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


def dump_of(leg, **others):
    """What the switch says of a leg that is as we know it."""
    headers = {
        "Unique-ID": leg.uuid,
        "Answer-State": "answered" if leg.answered else "ringing",
        "Channel-State": "CS_EXCHANGE_MEDIA" if leg.peer else "CS_CONSUME_MEDIA",
        "variable_signal_bond": leg.peer.uuid if leg.peer else "",
    }
    return json.dumps(headers | others)


def up(daemon, core=CORE, *, phones=PHONES, gone=()):
    """The switch is back: these phones are registered, these legs are not there."""
    daemon.switch.will("sofia", as_registered(phones))
    daemon.switch.will("show", NO_CHANNELS)
    for uuid, leg in daemon.tenant.legs.items():
        daemon.switch.will("uuid_dump", NO_SUCH_CHANNEL if uuid in gone else dump_of(leg))
    daemon.event_listener.on_up(core)
    idle()


def at_work():
    daemon = Daemon()
    clients = daemon.at_work("A", "B")
    up(daemon)
    return daemon, *clients


def signs(client):
    """The callbacks' ends and the states, with their reasons."""
    told = []
    for push in client.pushes():
        if push["msg_type"] == "callback":
            told.append(f"{push['action']}.{push['phase']} {push['success']} {push['code']}")
        elif push["msg_type"] == "agent_change":
            told.append(f"{push['agent_status']} {push.get('reason', '')}".strip())
    return told


def test_calls_are_refused_while_the_switch_is_down():
    daemon = Daemon()
    for tenant in daemon.tenant_registry.tenants.values():
        tenant.switch_up = False
    [client] = daemon.at_work("A")
    assert client.ask("A", "call", callee_number=OUTSIDE)["code"] == "5300"
    up(daemon)
    client.ok("A", "call", callee_number=OUTSIDE)
    daemon.event_listener.on_down()
    daemon.ends(next(iter(daemon.tenant.legs)))
    assert client.ask("A", "call", callee_number=OUTSIDE)["code"] in ("5300", "4103")


def test_a_resync_reads_the_registrations_of_our_domain_only():
    daemon, a, _ = at_work()
    daemon.switch.will("sofia", as_registered([A], "elsewhere"))
    daemon.switch.will("show", NO_CHANNELS)
    daemon.event_listener.on_up(CORE)
    assert [one.id for one in daemon.tenant.agents.values() if one.registered] == []
    assert signs(a)[-1] == "EXT_UN_REG.END_CALL True 0"
    up(daemon, phones=[A])
    assert [one.id for one in daemon.tenant.agents.values() if one.registered] == [A]


def test_a_phone_registered_in_another_domain_belongs_to_no_agent():
    daemon, *_ = at_work()
    up(daemon, phones=())
    agent = daemon.tenant.agents[A]
    for domain, registered in [("elsewhere", False), (SWITCH_SETTINGS.domain, True)]:
        head = {"Event-Subclass": "sofia::register", "from-user": A, "from-host": domain}
        daemon.event("CUSTOM", **head)
        assert agent.registered is registered


def test_no_agent_is_registered_where_the_switch_lists_no_registrations():
    daemon, *_ = at_work()
    daemon.switch.will("show", '{"row_count":0}')
    daemon.switch.will("show", NO_CHANNELS)
    daemon.event_listener.on_up(CORE)
    assert not any(agent.registered for agent in daemon.tenant.agents.values())


def test_a_short_loss_of_the_switch_is_reported_to_nobody():
    daemon, a, b = at_work()
    daemon.talk(a, "A", "B")
    before = (signs(a), signs(b))
    daemon.event_listener.on_down()
    up(daemon)
    assert (signs(a), signs(b)) == before
    assert daemon.tenant.agents[A].status is Status.CALLING


def test_a_resync_reports_a_call_that_ended_while_the_link_was_down():
    daemon, a, b = at_work()
    legs = daemon.talk(a, "A", "B")
    daemon.event_listener.on_down()
    up(daemon, gone=legs)
    assert signs(a)[-2:] == ["CALL.END_CALL True 0", "FREE RESYNC"]
    assert signs(b)[-1] == "FREE RESYNC"
    assert daemon.tenant.legs == {}
    assert daemon.owners == {}


def test_all_calls_end_when_the_link_comes_up_to_a_restarted_switch():
    daemon, a, b = at_work()
    daemon.talk(a, "A", "B")
    daemon.event_listener.on_down()
    daemon.switch.will("sofia", as_registered((A, B)))
    daemon.switch.will("show", NO_CHANNELS)
    daemon.event_listener.on_up(OTHER_CORE)
    assert signs(a)[-2:] == ["CALL.END_CALL True 5300", "FREE SWITCH_LOST"]
    assert signs(b)[-1] == "FREE SWITCH_LOST"
    assert not any("uuid_dump" in line for line in daemon.switch.heard)


def test_all_calls_end_when_the_switch_stays_away_too_long():
    daemon = Daemon(away=0.01)
    a, b = daemon.at_work("A", "B")
    daemon.talk(a, "A", "B")
    daemon.event_listener.on_down()
    daemon.until(lambda: daemon.tenant.agents[A].status is not Status.CALLING)
    assert signs(a)[-2:] == ["CALL.END_CALL True 5300", "FREE SWITCH_LOST"]
    assert signs(b)[-1] == "FREE SWITCH_LOST"


def test_a_switch_that_came_back_in_time_keeps_its_calls():
    daemon, other = Daemon(away=0.1), Daemon(away=0.1)
    for one in (daemon, other):
        [a, _] = one.at_work("A", "B")
        one.talk(a, "A", "B")
    daemon.event_listener.on_down()
    other.event_listener.on_down()
    up(daemon)
    # The other's time is up after the first's.
    other.until(lambda: other.tenant.agents[A].status is not Status.CALLING)
    assert daemon.tenant.agents[A].status is Status.CALLING


def test_calls_survive_a_resync_that_lasts_past_the_deadline():
    daemon = Daemon(away=0.02)
    a, b = daemon.at_work("A", "B")
    legs = daemon.talk(a, "A", "B")
    before = (signs(a), signs(b))
    daemon.event_listener.on_down()

    def answers_late():
        gevent.sleep(0.05)  # longer than it may be away
        return as_registered(PHONES)

    daemon.switch.will("sofia", answers_late)
    daemon.switch.will("show", NO_CHANNELS)
    for leg in daemon.tenant.legs.values():
        daemon.switch.will("uuid_dump", dump_of(leg))
    daemon.event_listener.on_up(CORE)
    idle()
    assert (signs(a), signs(b)) == before
    assert set(daemon.tenant.legs) == set(legs)


def test_a_resync_that_fails_half_way_starts_again():
    daemon, a, _ = at_work()
    daemon.talk(a, "A", "B")
    daemon.event_listener.on_down()
    daemon.switch.will("show", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        daemon.event_listener.on_up(OTHER_CORE)
    daemon.event_listener.on_down()
    assert daemon.tenant.agents[A].status is Status.CALLING
    up(daemon, OTHER_CORE)
    assert signs(a)[-2:] == ["CALL.END_CALL True 5300", "FREE SWITCH_LOST"]


def test_a_list_of_legs_that_is_too_long_does_not_stop_the_resync():
    daemon, a, _ = at_work()
    _, far = daemon.talk(a, "A", "B")
    daemon.event_listener.on_down()
    daemon.switch.will("sofia", as_registered(PHONES))
    daemon.switch.will("show", AnswerTooLong("-ERR too long: 40000000 bytes"))
    for uuid, leg in daemon.tenant.legs.items():
        daemon.switch.will("uuid_dump", NO_SUCH_CHANNEL if uuid == far else dump_of(leg))
    daemon.event_listener.on_up(CORE)
    idle()
    assert daemon.tenant.switch_up
    assert far not in daemon.tenant.legs


def test_an_unanswered_resync_does_not_print_an_error_for_each_leg(monkeypatch):
    daemon, a, _ = at_work()
    daemon.talk(a, "A", "B")
    printed = []
    monkeypatch.setattr(gevent.get_hub(), "print_exception", lambda *told: printed.append(told))
    daemon.switch.will("sofia", as_registered(PHONES))
    daemon.switch.will("show", NO_CHANNELS)
    for _ in daemon.tenant.legs:
        daemon.switch.will("uuid_dump", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        daemon.event_listener.on_up(CORE)
    idle()
    assert printed == []


def test_a_flapping_link_does_not_extend_the_deadline():
    daemon = Daemon(away=0.02)
    [a, _] = daemon.at_work("A", "B")
    daemon.talk(a, "A", "B")
    while daemon.tenant.agents[A].status is Status.CALLING:
        daemon.switch.will("show", SwitchTimedOut("late"))
        with pytest.raises(SwitchTimedOut):
            daemon.event_listener.on_up(CORE)
        daemon.event_listener.on_down()
        idle()


@pytest.mark.parametrize(("request_", "again"), [("hangup", False), ("checkout", True)])
def test_a_resync_hangs_up_an_agent_who_checked_out_but_not_one_whose_hangup_was_refused(
    request_, again
):
    daemon, a, _ = at_work()
    leg = a.ok("A", "call", callee_number=OUTSIDE)["uuid"]
    daemon.rings(leg)
    daemon.event_listener.on_down()
    daemon.switch.will("uuid_kill", SwitchUnavailable("away"))
    code = a.ask("A", request_, **({} if again else {"uuid": leg}))["code"]
    assert code == ("0" if again else "5300")
    daemon.switch.take()
    up(daemon)
    assert (f"api uuid_kill {leg} NORMAL_CLEARING" in daemon.switch.heard) is again


def test_a_leg_that_ends_during_its_dump_is_reported_as_ended_once():
    daemon, a, _ = at_work()
    near, far = daemon.talk(a, "A", "B")
    daemon.switch.will("sofia", as_registered((A, B)))
    daemon.switch.will("show", NO_CHANNELS)

    def hangs_up():
        daemon.ends(near)
        daemon.ends(far)

    daemon.switch.will("uuid_dump", hangs_up)
    daemon.event_listener.on_up(CORE)
    idle()
    assert signs(a)[-2:] == ["CALL.END_CALL True 0", "FREE"]
    assert daemon.tenant.legs == {}


def test_an_unhandled_error_ends_one_reaction_and_not_the_link(monkeypatch, caplog):
    daemon, a, _ = at_work()
    leg = a.ok("A", "call", callee_number=OUTSIDE)["uuid"]

    def mistake(_event, _tenant):
        raise ValueError("a mistake")

    with monkeypatch.context() as patched:
        patched.setitem(REACTIONS, LegRings, mistake)
        daemon.rings(leg)
    assert "a mistake" in caplog.text
    assert f"the reaction to LegRings (leg {leg!r}, company 90001)" in caplog.text
    daemon.pick_up(leg)
    assert signs(a)[-1] == "CALLING CALL"


# -- whose an event is ------------------------------------------------------------------------


def test_an_event_reaches_its_own_company_only():
    theirs = "90002_1"
    other = company(
        code="90002",
        agents={theirs: AgentEntry(password_hash="hash", extension=theirs)},
        extensions={theirs: Extension(password="p")},
        numbers={},
    )
    daemon = Daemon(other)
    client = daemon.client()
    client.ok("", "checkin", company_code="90002", agent_id=theirs, agent_pwd="example")
    [a] = daemon.at_work("A")
    leg = client.ok("", "call", company_code="90002", agent_id=theirs, callee_number=OUTSIDE)[
        "uuid"
    ]
    daemon.pick_up(leg)
    assert signs(client)[-1] == "CALLING CALL"
    assert signs(a) == ["FREE"]
    daemon.switch.will("sofia_contact", "error/user_not_registered")
    daemon.event("CUSTOM", **{"Event-Subclass": "sofia::unregister", "from-user": theirs})
    assert signs(client)[-1].startswith("EXT_UN_REG")
    assert signs(a) == ["FREE"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"Event-Name":"HEARTBEAT"}',
        b'{"Event-Name":"CHANNEL_ANSWER"}',
        b'{"Event-Name":"CHANNEL_PARK","Unique-ID":"x","variable_esl_bridge_company":"nobody"}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: body[:24].decode(),
)
def test_a_useless_event_is_ignored(body):
    daemon, a, _ = at_work()
    before = signs(a)
    daemon.event_listener.on_event(body)
    idle()
    assert signs(a) == before


def test_a_failed_command_of_a_reaction_is_logged(caplog):
    daemon, a, _ = at_work()
    daemon.switch.will("sofia_contact", SwitchTimedOut("no word of a contact"))
    daemon.event("CUSTOM", **{"Event-Subclass": "sofia::unregister", "from-user": A})
    assert "no word of a contact" in caplog.text
    assert signs(a) == ["FREE"]


@pytest.mark.parametrize("how", [SwitchUnavailable("away"), SwitchTimedOut("late")])
def test_a_resync_ends_a_talk_whose_agent_checked_out_meanwhile(how):
    daemon, a, _ = at_work()
    near, _ = daemon.talk(a, "A", "B")
    daemon.event_listener.on_down()
    daemon.switch.will("uuid_kill", how)
    a.ok("A", "checkout")
    daemon.switch.take()
    up(daemon)
    assert f"api uuid_kill {near} NORMAL_CLEARING" in daemon.switch.heard


class TestAbandonedCall:
    """A call that was asked for while the switch hung, and was given up with the switch."""

    @pytest.fixture
    def harness(self):
        return at_work()

    @pytest.fixture
    def daemon(self, harness):
        return harness[0]

    @pytest.fixture
    def near(self, harness):
        daemon, a, _ = harness
        daemon.switch.will("originate", SwitchTimedOut("late"))
        near = a.ok("A", "call", callee_number=OUTSIDE)["uuid"]
        idle()
        switch_state.all_lost(daemon.tenant)
        daemon.runner.publish_changes(daemon.tenant)
        daemon.switch.take()
        return near

    def killed(self, daemon, near):
        return f"api uuid_kill {near} NORMAL_CLEARING" in daemon.switch.take()

    @pytest.mark.parametrize(
        "name", ["CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER", "CHANNEL_PARK"]
    )
    def test_an_abandoned_call_is_ended_at_its_first_event(self, daemon, near, name):
        daemon.event(name, **{"Unique-ID": near, "variable_esl_bridge_company": COMPANY})
        assert self.killed(daemon, near)
        assert daemon.tenant.legs == {}

    def test_an_abandoned_call_is_not_taken_in_as_an_orphan(self, daemon, near):
        def channel(leg, other):
            marks = {"variable_esl_bridge_company": COMPANY, "variable_esl_bridge_role": "call"}
            bond = {"Answer-State": "answered", "variable_signal_bond": other}
            return channels.read(json.dumps({"Unique-ID": leg} | bond | marks))

        daemon.resynchronizer.take_in([channel(near, "far"), channel("far", near)])
        idle()
        assert self.killed(daemon, near)
        assert near not in daemon.tenant.legs

    def test_an_abandoned_call_is_forgotten_once_its_end_is_reported(self, daemon, near):
        daemon.ends(near)
        assert near not in daemon.tenant_registry.cancelled_legs

    def test_the_oldest_of_too_many_abandoned_calls_are_forgotten(self, daemon):
        cancelled_legs = CancelledLegs(most=2)
        for leg in "abc":
            cancelled_legs.note(leg, daemon.tenant)
        assert [leg in cancelled_legs for leg in "abc"] == [False, True, True]
