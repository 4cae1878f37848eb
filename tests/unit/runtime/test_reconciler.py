"""The reconciler compares tenants with the switch's lists and repairs lost events, and no more."""

import json

import gevent
import pytest

from esl_bridge.domain import leg_changes
from esl_bridge.domain.states import Status
from esl_bridge.errors import Cancelled, SwitchTimedOut
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, OUTSIDE, SWITCH_SETTINGS, as_registered
from tests.daemon import Daemon, idle

A, B, S = NAMES["A"], NAMES["B"], NAMES["S"]
TALKS = {"callstate": "ACTIVE", "state": "CS_EXCHANGE_MEDIA"}
RINGS = {"callstate": "RINGING", "state": "CS_CONSUME_MEDIA"}
HOLDS = {"callstate": "HELD", "state": "CS_EXECUTE"}
LISTENS = {"callstate": "ACTIVE", "state": "CS_EXECUTE", "application": "eavesdrop"}
ANSWERED = ("ACTIVE", "HELD", "RING_WAIT")
PARKED = {"callstate": "ACTIVE", "state": "CS_PARK"}


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


class TheSwitch:
    """``legs`` is the truth: what its list says of each, and how its dump differs."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.legs = {}
        self.phones = set(NAMES.values())
        self.asked = []
        self.answers = {
            "show": self._show,
            "uuid_dump": self._dump,
            "sofia_contact": self._contact,
            "sofia": lambda *_: as_registered(self.phones),
        }
        daemon.resynchronizer._ask = self

    def __call__(self, command):
        self.asked.append(command.words[0])
        return self.answers[command.words[0]](*command.words[1:])

    def _show(self, what, *_):
        if what == "registrations":
            return as_rows(
                {"reg_user": one, "realm": SWITCH_SETTINGS.domain} for one in self.phones
            )
        return as_rows({"uuid": uuid} | about for uuid, about in self.legs.items())

    def _dump(self, uuid, *_):
        about = self.legs.get(uuid)
        if about is None:
            raise NO_SUCH_CHANNEL
        partner = about.get("bond", "")
        return json.dumps(
            {
                "Unique-ID": uuid,
                "Answer-State": "answered" if about["callstate"] in ANSWERED else "ringing",
                "Channel-State": about["state"],
                "Channel-Call-State": about["callstate"],
                "variable_signal_bond": partner,
                "variable_current_application": about.get("application", ""),
                "variable_current_application_data": about.get("application_data", ""),
                **about.get("marks", {}),
            }
        )

    def _contact(self, contact, *_):
        there = contact.partition("/")[2].partition("@")[0] in self.phones
        return "sip:there" if there else "error/user_not_registered"

    def talk(self, one, other):
        self.legs[one] = TALKS | {"call_uuid": one, "bond": other}
        self.legs[other] = TALKS | {"call_uuid": one, "bond": one}


def as_rows(rows):
    return json.dumps({"rows": list(rows)})


@pytest.fixture
def daemon():
    return Daemon()


@pytest.fixture
def switch(daemon):
    return TheSwitch(daemon)


def rounds(daemon, number=2):
    for _ in range(number):
        daemon.reconciler.compare()
        idle()


def status(daemon, name):
    return daemon.tenant.agents[NAMES[name]].status


def last_reason(client):
    return client.pushes("agent_change")[-1].get("reason")


def called(daemon, client):
    """A call from A to B that the daemon has asked for."""
    near = client.ok("A", "call", callee_number=B, out_line=0)["uuid"]
    far = next(leg for leg in daemon.tenant.legs if leg != near)
    return near, far


def test_a_call_that_agrees_with_the_switch_is_not_dumped(daemon, switch):
    a, b = daemon.at_work("A", "B")
    switch.talk(*daemon.talk(a, "A", "B"))
    before = len(a.sent), len(b.sent)
    rounds(daemon, 3)
    assert "uuid_dump" not in switch.asked
    assert (len(a.sent), len(b.sent)) == before
    assert not daemon.repaired


def test_a_lost_hangup_event_is_repaired(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    daemon.talk(a, "A", "B")
    rounds(daemon)
    assert status(daemon, "A") is status(daemon, "B") is Status.FREE
    assert last_reason(a) == "RESYNC"
    assert [push["phase"] for push in a.pushes("callback")].count("END_CALL") == 1
    assert daemon.repaired == {"LegEnded": 2}
    assert daemon.tenant.legs == daemon.owners == {}


def test_a_difference_in_one_round_changes_nothing(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    daemon.talk(a, "A", "B")
    rounds(daemon, 1)
    assert status(daemon, "A") is Status.CALLING


def test_an_event_between_two_rounds_restarts_the_comparison(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, _far = called(daemon, a)
    switch.legs = {near: TALKS}
    rounds(daemon, 1)
    daemon.rings(near)
    rounds(daemon, 1)
    assert not daemon.repaired
    rounds(daemon, 1)
    assert daemon.repaired["LegAnswered"] == 1


def test_an_event_that_arrives_during_a_dump_is_not_repeated(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    daemon.on_their_way = [lambda: daemon.ends(near), lambda: daemon.ends(far)]
    rounds(daemon)
    assert last_reason(a) != "RESYNC"
    assert not daemon.repaired


def test_a_leg_is_dumped_once_where_only_the_list_is_wrong(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    switch.talk(near, far)
    switch.legs[far] |= {"call_uuid": far}
    rounds(daemon, 5)
    assert switch.asked.count("uuid_dump") == 2
    assert status(daemon, "A") is Status.CALLING
    assert not daemon.repaired


def test_a_lost_answer_and_a_lost_bridge_are_repaired(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = called(daemon, a)
    daemon.pick_up(near)
    daemon.rings(far)
    switch.talk(near, far)
    rounds(daemon)
    assert status(daemon, "B") is Status.CALLING
    assert "START_CALL" in [push["phase"] for push in a.pushes("callback")]
    assert daemon.repaired == {"LegAnswered": 1, "LegsBridged": 1}


def test_a_lost_ringing_event_is_repaired(daemon, switch):
    a, b = daemon.at_work("A", "B")
    near, far = called(daemon, a)
    daemon.pick_up(near)
    switch.legs = {near: TALKS, far: RINGS}
    rounds(daemon)
    assert status(daemon, "B") is Status.RINGING
    assert len(b.pushes("callin")) == 1


def test_a_lost_park_event_of_the_last_leg_ends_the_call(daemon, switch):
    """The far end has left, which ends the call and the remaining leg."""
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    daemon.ends(far)
    switch.legs = {near: PARKED}
    daemon.switch.take()
    rounds(daemon)
    assert f"api uuid_kill {near} NORMAL_CLEARING" in daemon.switch.heard
    assert daemon.repaired == {"LegParked": 1}


def test_two_legs_parked_without_an_event_are_bridged_again(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    switch.legs = {near: PARKED, far: PARKED}
    rounds(daemon)
    assert any(line.startswith("api uuid_bridge") for line in daemon.switch.heard)
    assert daemon.repaired["LegsUnbridged"] == 2


def test_a_call_whose_leg_never_existed_ends(daemon, switch):
    """Of a leg that could not be set up just the end of its job tells."""
    a, _ = daemon.at_work("A", "B")
    called(daemon, a)
    rounds(daemon)
    assert status(daemon, "A") is Status.FREE
    assert a.pushes("callback")[-1]["code"] == "5300"


def test_a_leg_whose_originate_had_no_reply_and_that_never_appears_is_forgotten(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    daemon.switch.will("originate", SwitchTimedOut("originate"))
    called(daemon, a)
    idle()
    assert status(daemon, "A") is Status.FREE
    assert daemon.tenant.legs
    rounds(daemon)
    assert daemon.tenant.legs == daemon.owners == {}


def test_a_far_leg_is_awaited_while_the_near_one_rings(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, _far = called(daemon, a)
    daemon.rings(near)
    switch.legs = {near: RINGS}
    rounds(daemon, 4)
    assert status(daemon, "A") is Status.RINGING
    assert not daemon.repaired


def test_a_customer_whose_park_event_was_lost_is_routed(daemon, switch):
    daemon.at_work("A")
    marks = {
        "variable_esl_bridge_company": daemon.tenant.company.code,
        "variable_esl_bridge_role": "customer",
        "variable_esl_bridge_number": "40010002",
        "Caller-Caller-ID-Number": "13107618845",
    }
    switch.legs = {"c-1": {"callstate": "RINGING", "state": "CS_PARK", "marks": marks}}
    rounds(daemon)
    assert any("originate" in line for line in daemon.switch.heard)
    assert daemon.repaired == {"LegParked": 1}


def test_a_foreign_leg_is_dumped_once(daemon, switch):
    switch.legs = {"x-1": TALKS}
    rounds(daemon, 5)
    assert switch.asked.count("uuid_dump") == 1
    assert not daemon.repaired


def test_a_leg_that_ends_during_its_dump_leaves_nothing_behind(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = called(daemon, a)
    daemon.pick_up(near)
    daemon.rings(far)
    switch.talk(near, far)
    daemon.on_their_way = [lambda: daemon.ends(near), lambda: daemon.ends(far)]
    rounds(daemon)
    assert daemon.tenant.legs == daemon.owners == {}


def test_lost_registrations_and_unregistrations_are_repaired(daemon, switch):
    [a] = daemon.at_work("A")
    switch.phones = set()
    rounds(daemon)
    assert not daemon.tenant.agents[A].registered
    assert a.pushes("callback")[-1]["action"] == "EXT_UN_REG"
    switch.phones = set(NAMES.values())
    rounds(daemon)
    assert daemon.tenant.agents[A].registered
    assert daemon.repaired["Registered"] == daemon.repaired["Unregistered"] == len(NAMES)


def test_a_registration_between_two_rounds_restarts_the_comparison(daemon, switch):
    switch.phones = set()
    rounds(daemon, 1)
    for agent in daemon.tenant.agents.values():
        agent.registrations += 1
    rounds(daemon, 1)
    assert daemon.tenant.agents[A].registered


def test_lost_hold_and_resume_events_of_a_phone_are_repaired(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    switch.talk(near, far)
    switch.legs[near] |= HOLDS
    rounds(daemon)
    assert a.pushes("agent_change")[-1]["sub_agent_status"] == "HOLD"
    switch.talk(near, far)
    rounds(daemon)
    assert not a.pushes("agent_change")[-1].get("sub_agent_status")
    held = a.begin("A", "hold", uuid=near, hold="1")
    idle()
    daemon.event("PLAYBACK_START", **{"Unique-ID": far, "Playback-File-Path": HOLD})
    assert a.reply(held)["code"] == "0"
    assert daemon.repaired == {"LegHeld": 1, "LegUnheld": 1}


def listening(daemon, switch):
    """S has asked to hear the talk of A and B, and its phone has been answered."""
    a, _, s = daemon.at_work("A", "B", "S")
    near, far = daemon.talk(a, "A", "B")
    switch.talk(near, far)
    own_leg = s.ok("S", "eavesdrop", operated_agent_id=A, operated_ext_id=A)["uuid"]
    daemon.pick_up(own_leg)
    switch.legs[own_leg] = LISTENS | {"application_data": near}
    return s, own_leg, near


def phases(client, action):
    return [push["phase"] for push in client.pushes("callback") if push["action"] == action]


def test_a_lost_start_of_eavesdropping_is_repaired(daemon, switch):
    s, _, _ = listening(daemon, switch)
    rounds(daemon)
    assert phases(s, "EAVESDROP") == ["INITIATE", "START_CALL"]
    assert daemon.repaired == {"EavesdropStarted": 1}
    rounds(daemon, 3)
    assert daemon.repaired == {"EavesdropStarted": 1}


def test_a_change_to_whispering_without_an_event_is_commanded_again(daemon, switch):
    """Nobody knows whether it whispers; repeating the command does no harm."""
    s, own_leg, near = listening(daemon, switch)
    about = {"Unique-ID": near, "Media-Bug-Function": "eavesdrop"}
    daemon.event("MEDIA_BUG_START", **about)
    s.ok("S", "whisper", operated_agent_id=A, operated_ext_id=A)
    idle()
    [change] = [line for line in daemon.switch.take() if f"uuid_transfer {own_leg}" in line]
    rounds(daemon)
    assert change in daemon.switch.take()
    daemon.event("MEDIA_BUG_START", **about)
    assert phases(s, "WHISPER") == ["INITIATE", "START_CALL"]
    rounds(daemon, 3)
    assert daemon.switch.take() == []


def recorded(daemon, client):
    """A talk of A that is over, of whose recording the switch has yet to tell the end: of which
    leg, and which file."""
    near, far = daemon.talk(client, "A", "B")
    client.ok("A", "record_control", uuid=near, action="start")
    file = f"{SWITCH_SETTINGS.recordings}/{next(iter(daemon.tenant.recordings))}"
    about = {"Unique-ID": far, "Record-File-Path": file}
    daemon.event("RECORD_START", **about)
    daemon.ends(far)
    daemon.ends(near)
    return about


def test_a_recording_is_awaited_while_another_difference_is_repaired(daemon, switch):
    [a, _] = daemon.at_work("A", "B")
    switch.phones -= {NAMES["D"]}
    rounds(daemon, 1)
    about = recorded(daemon, a)
    rounds(daemon, 1)
    assert daemon.repaired == {"Unregistered": 1}
    done = {"variable_record_ms": "2000", "Record-Completion-Cause": "success-silence"}
    daemon.event("RECORD_STOP", **about, **done)
    end = a.pushes("callback")[-1]
    assert (end["action"], end["code"], end["record_seconds"]) == ("RECORD", "0", 2)


def test_a_lost_end_of_a_recording_is_repaired_after_its_leg_has_ended(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    recorded(daemon, a)
    rounds(daemon, 1)
    assert phases(a, "RECORD") == ["START_CALL"]
    rounds(daemon, 1)
    assert phases(a, "RECORD") == ["START_CALL", "END_CALL"]
    assert daemon.repaired == {"RecordStopped": 1}
    assert daemon.tenant.recordings == daemon.owners == {}


def test_a_lost_stop_of_a_recording_is_repaired(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    switch.talk(near, far)
    assert a.ok("A", "record_control", uuid=near, action="start")["recording"] == "on"
    assert a.ok("A", "record_control", uuid=near, action="stop")["recording"] == "off"
    rounds(daemon)
    assert phases(a, "RECORD") == ["END_CALL"]
    assert daemon.repaired == {"RecordStopped": 1}
    assert a.ok("A", "record_control", uuid=near, action="start")["recording"] == "on"


def test_a_round_without_an_answer_counts_as_no_difference(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    daemon.talk(a, "A", "B")
    rounds(daemon, 1)

    def late(*_):
        raise SwitchTimedOut("late")

    show, switch.answers["show"] = switch.answers["show"], late
    with pytest.raises(SwitchTimedOut):
        daemon.reconciler.compare()
    switch.answers["show"] = show
    rounds(daemon, 1)
    assert status(daemon, "A") is Status.CALLING
    rounds(daemon, 1)
    assert status(daemon, "A") is Status.FREE


def test_a_transfer_that_never_took_effect_ends_with_the_customer_at_its_agent(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    switch.talk(near, far)
    daemon.switch.will("uuid_transfer", SwitchTimedOut("no answer"))
    a.ok("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
    rounds(daemon)
    assert a.pushes("callback")[-1]["phase"] == "END_CALL"
    assert a.pushes("agent_change")[-1].get("agent_sub_status", "") == ""


def test_a_leg_whose_hangup_had_no_effect_is_hung_up_again(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    switch.talk(near, far)
    daemon.switch.will("uuid_kill", SwitchTimedOut("no answer"))
    daemon.tenant.legs[near].ending = Cancelled
    rounds(daemon)
    assert daemon.switch.take()[-1] == f"api uuid_kill {near} NORMAL_CLEARING"
    rounds(daemon, 1)
    assert daemon.switch.take()[-1] == f"api uuid_kill {near} NORMAL_CLEARING"


def test_two_legs_whose_bridge_had_no_effect_are_bridged_again(daemon, switch):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    leg_changes.unbridged(daemon.tenant.legs[near])
    switch.legs = {near: TALKS, far: TALKS}
    rounds(daemon)
    assert any(line.startswith("api uuid_bridge") for line in daemon.switch.heard)


def test_a_customer_who_arrives_during_a_resync_is_routed_once(daemon, switch):
    daemon.at_work("A")
    marks = {
        "variable_esl_bridge_company": daemon.tenant.company.code,
        "variable_esl_bridge_role": "customer",
        "variable_esl_bridge_number": "40010003",
        "Caller-Caller-ID-Number": "13107618845",
    }
    switch.legs = {"c-1": {"callstate": "RINGING", "state": "CS_PARK", "marks": marks}}
    daemon.resynchronizer.resync("core")
    daemon.event("CHANNEL_PARK", **{"Unique-ID": "c-1", **marks})
    idle()
    assert not [line for line in daemon.switch.heard if "uuid_kill" in line]
    assert sum("uuid_transfer" in line for line in daemon.switch.heard) == 1


def test_a_phone_that_sends_no_ringing_counts_as_no_difference(daemon, switch):
    [a] = daemon.at_work("A")
    near = a.ok("A", "call", callee_number=OUTSIDE)["uuid"]
    far = next(leg for leg in daemon.tenant.legs if leg != near)
    daemon.pick_up(near)
    switch.legs[near] = {"callstate": "RING_WAIT", "state": "CS_EXECUTE", "call_uuid": near}
    switch.legs[far] = {"callstate": "DOWN", "state": "CS_CONSUME_MEDIA", "call_uuid": near}
    rounds(daemon, 4)
    assert not daemon.repaired
    switch.legs[far]["callstate"] = "RINGING"
    rounds(daemon)
    assert daemon.repaired == {"LegRings": 1}
