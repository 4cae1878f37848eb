"""What is kept of a call is what was there."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import asdict, fields

import msgspec
import pytest

from esl_bridge.domain import snapshot
from esl_bridge.domain.call import Action, ActionKind, ActionPhase, Call
from esl_bridge.domain.leg import (
    Hold,
    Intrusion,
    Leg,
    LegMedia,
    LegState,
    Media,
    Origin,
    Position,
    Progress,
    Purpose,
)
from esl_bridge.domain.procedures import Consult, Monitoring, Transfer
from esl_bridge.domain.recording import Recording, RecordingOptions
from esl_bridge.domain.states import AgentState, PendingStatus, Status, Timer, Trigger
from esl_bridge.errors import PartyGone, UnknownAgent
from esl_bridge.esl.events import EavesdropStarted
from tests.builders import NAMES, OUTSIDE, TenantHarness


def consult(harness: TenantHarness) -> Call:
    """A consults D while C, who called in, hears music; C is recorded."""
    a, d = harness.agent("A"), harness.agent("D")
    call = Call(flow_data='{"a": "一"}', work_order_id="w")
    customer = Leg("c", call, "13107618845", Origin(Purpose.CALLIN), state=LegState.ANSWERED)
    customer.progress.talked = True
    own_leg = Leg("a", call, a.extension, Origin(Purpose.CALLIN), a, state=LegState.ANSWERED)
    own_leg.media.hold = Hold.MUSIC
    other = Leg("d", call, d.extension, Origin(Purpose.CONSULT), d, ending=PartyGone)
    other.media.directions = Media(video=1)
    for leg in (customer, own_leg, other):
        leg.position.node = harness.tenant.node
    own_leg.peer, other.peer = other, own_leg
    recording_options = RecordingOptions(a.id, "r1", both=True)
    customer.media.recording = Recording(
        recording_options, customer, customer, "file.mp3", milliseconds=7
    )
    action = Action(ActionKind.CONSULT, a.id, "r2", own_leg, other, phase=ActionPhase.START_CALL)
    call.legs, call.actions, call.customer = [customer, own_leg, other], [action], customer
    call.procedure = Consult(a, own_leg, customer, other, action)
    return call


def again(harness: TenantHarness, call: Call) -> Call:
    return snapshot.load_call(snapshot.dump_call(call), harness.tenant.roster.agent_or_stand_in)


def test_the_actions_of_a_removed_agent_are_dropped(harness: TenantHarness):
    call = consult(harness)
    gone = Action(
        ActionKind.INTERRUPT_CALL, "90001_9", "r3", call.legs[1], phase=ActionPhase.INITIATE
    )
    call.actions.append(gone)
    back = again(harness, call)
    snapshot.restore_call(back, harness.tenant)
    assert [action.kind for action in back.actions] == [ActionKind.CONSULT]


def test_a_saved_call_is_restored_unchanged(harness: TenantHarness):
    call = again(harness, consult(harness))
    customer, own_leg, other = call.legs
    assert (call.customer, call.flow_data) == (customer, '{"a": "一"}')
    assert own_leg.agent is harness.agent("A")
    assert (own_leg.peer, other.peer) == (other, own_leg)
    assert (own_leg.state, own_leg.media.hold, own_leg.origin.purpose) == (
        LegState.ANSWERED,
        Hold.MUSIC,
        Purpose.CALLIN,
    )
    assert (other.ending, other.media.directions) == (PartyGone, Media(video=1))
    assert customer.media.recording is not None
    assert (customer.media.recording.on, customer.media.recording.milliseconds) == (customer, 7)
    assert isinstance(call.procedure, Consult)
    assert call.procedure.action is call.actions[0]
    assert call.actions[0].leg is other
    assert all(leg.call is call for leg in call.legs)


def test_every_value_of_a_leg_is_stored_under_the_leg(harness: TenantHarness):
    call = consult(harness)
    leg = call.legs[1]
    leg.origin.begun_by, leg.origin.dialled = "90001_1", True
    leg.progress.began_ms, leg.progress.end_reason = 7, "SUBSTITUTED"
    leg.position.node, leg.position.room, leg.position.back_to = "b", "90001-a", "service"
    leg.media.directions, leg.media.muted = Media(video=3), True
    leg.intrusion.hijacked, leg.intrusion.hijacked_from = True, "90001_2"
    back = again(harness, call).legs[1]
    for value in ("origin", "progress", "position", "media", "intrusion"):
        assert asdict(getattr(back, value)) == asdict(getattr(leg, value))


def test_no_two_values_of_a_leg_have_a_field_of_the_same_name():
    """In the file they are fields of the leg itself."""
    kinds = (Leg, Origin, Progress, Position, LegMedia, Intrusion)
    names = Counter(field.name for kind in kinds for field in fields(kind))
    assert [name for name, times in names.items() if times > 1] == []


def altered(value: object, chance: random.Random) -> object:
    """Something in it, at any depth, is another, or is gone, or is there twice."""
    strange = (None, -1, 0, 1, 2, 3, 10**30, 1e300, "", "x\ny", "Leg", [], [0], [1, 1], {}, {"": 1})
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {each: value[each] for each in value if each != key}
        return value | {key: altered(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        if chance.random() < 0.1:
            return value[:at] + value[at + 1 :]
        return [*value[:at], altered(value[at], chance), *value[at + 1 :]]
    return chance.choice(strange)


@pytest.mark.parametrize("seed", range(0, 1600, 200))
def test_a_damaged_call_is_unreadable_or_behaves_like_a_call(seed: int):
    """Whatever is in the file: one call that is nonsense keeps no service from starting."""
    for each in range(seed, seed + 200):
        _is_unreadable_or_behaves_like_a_call(random.Random(each))


def _is_unreadable_or_behaves_like_a_call(chance: random.Random) -> None:
    harness = TenantHarness()
    body = msgspec.json.decode(snapshot.dump_call(consult(harness)))
    for _ in range(chance.randint(1, 3)):
        body = altered(body, chance)
    try:
        call = snapshot.load_call(
            msgspec.json.encode(body), harness.tenant.roster.agent_or_stand_in
        )
    except snapshot.Unreadable:
        return
    snapshot.restore_call(call, harness.tenant)
    snapshot.relink_supervisors(harness.tenant)
    assert snapshot.dump_call(call)


def test_legs_that_left_a_call_are_not_restored(harness: TenantHarness):
    call = consult(harness)
    procedure = call.procedure
    assert isinstance(procedure, Consult)
    apart = Call(legs=[procedure.own_leg], procedure=procedure)
    call.legs.remove(procedure.own_leg)
    procedure.own_leg.call = apart
    back = again(harness, apart)
    assert [leg.uuid for leg in back.legs] == ["a"]
    assert back.procedure is not None
    assert back.procedure.customer.ended
    assert back.procedure.customer.call is back


def test_a_transfer_is_restored_without_its_agent(harness: TenantHarness):
    call = consult(harness)
    customer, own_leg, other = call.legs
    action = call.actions[0]
    call.procedure = Transfer(harness.agent("A"), own_leg, customer, other, action, with_music=True)
    own_leg.state = LegState.ENDED
    call.legs.remove(own_leg)
    back = again(harness, call)
    assert back.procedure is not None
    assert back.procedure.own_leg.ended
    assert back.procedure.own_leg not in back.legs
    assert back.actions[0].near is back.procedure.own_leg


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'[{"": "Agent"}]', b'[{"": "Leg"}]', b"[7]", b'[{"": "Call", "legs": 7}]']
)
def test_malformed_bytes_are_an_unreadable_call(harness: TenantHarness, body: bytes):
    with pytest.raises(snapshot.Unreadable):
        snapshot.load_call(body, harness.tenant.roster.agent_or_stand_in)


def test_a_removed_agent_gets_a_stand_in(harness: TenantHarness):
    body = snapshot.dump_call(consult(harness))
    anew = TenantHarness("ABES", agents={NAMES[name]: harness.agent(name).entry for name in "ABES"})
    _, own_leg, other = snapshot.load_call(body, anew.tenant.roster.agent_or_stand_in).legs
    assert own_leg.agent is anew.agent("A")
    assert other.agent is anew.tenant.agents[NAMES["D"]]
    assert not other.agent.enabled
    with pytest.raises(UnknownAgent):
        anew.tenant.roster.agent(NAMES["D"])


@pytest.mark.parametrize("field", ["ending", "hold", "directions", "recording_options"])
def test_a_name_of_another_version_discards_no_call(harness: TenantHarness, field: str):
    call = consult(harness)
    call.legs[2].media.hold = Hold.MUSIC
    call.legs[2].media.recording_options = RecordingOptions("90001_20000", "r9")
    rows = msgspec.json.decode(snapshot.dump_call(call))
    (row,) = [one for one in rows if one.get("uuid") == "d"]
    row[field] = "UnheardOf"
    back = snapshot.load_call(msgspec.json.encode(rows), harness.tenant.roster.agent_or_stand_in)
    assert [leg.uuid for leg in back.legs] == ["c", "a", "d"]
    assert back.legs[2].ending is PartyGone


@pytest.mark.parametrize("kind", ["Consult", "Recording"])
def test_a_part_of_another_version_discards_no_call(harness: TenantHarness, kind: str):
    rows = msgspec.json.decode(snapshot.dump_call(consult(harness)))
    (row,) = [one for one in rows if one[""] == kind]
    row[""] = "UnheardOf"
    back = snapshot.load_call(msgspec.json.encode(rows), harness.tenant.roster.agent_or_stand_in)
    assert [leg.uuid for leg in back.legs] == ["c", "a", "d"]
    assert (back.procedure is None) is (kind == "Consult")


def test_missing_fields_get_their_defaults(harness: TenantHarness):
    rows = msgspec.json.decode(snapshot.dump_call(consult(harness)))
    for row in rows:
        row.pop("muted", None)
        row["no such field"] = 1
    assert (
        not again(
            harness,
            snapshot.load_call(msgspec.json.encode(rows), harness.tenant.roster.agent_or_stand_in),
        )
        .legs[0]
        .media.muted
    )


def test_a_restored_agent_has_its_call(harness: TenantHarness):
    a = harness.agent("A")
    call = consult(harness)
    rest = Timer(Trigger.REST_OVER, 600, 3)
    remembered = PendingStatus(Status.REST, "AFTER_CALL", 600)
    a.state = AgentState(Status.CALLING, Status.REST, remembered=remembered, rest=rest)
    a.own_leg, a.last_reported = call.legs[1], ("CALLING", "CONSULT")
    body = snapshot.dump_agent(a, "epoch", 7, ("before", 3), {Trigger.REST_OVER: 1e9})
    found = snapshot.load_agent(body)
    assert (found.epoch, found.seq, found.before) == ("epoch", 7, ("before", 3))

    anew = TenantHarness()
    back = snapshot.load_call(snapshot.dump_call(call), anew.tenant.roster.agent_or_stand_in)
    snapshot.restore_call(back, anew.tenant)
    snapshot.restore_agent(anew.agent("A"), found, anew.tenant)
    agent = anew.agent("A")
    assert agent.own_leg is back.legs[1]
    assert (agent.state, agent.last_reported, agent.token) == (a.state, a.last_reported, a.token)
    assert agent.actions == back.actions
    assert anew.tenant.recordings["file.mp3"].leg is back.customer
    assert anew.owners["d"] is anew.tenant


@pytest.mark.parametrize("body", [b"", b"{}", b'{"state": 7}'])
def test_malformed_bytes_are_an_unreadable_agent(body: bytes):
    with pytest.raises(snapshot.Unreadable):
        snapshot.load_agent(body)


@pytest.mark.parametrize("up", [True, False])
def test_a_restored_supervisor_has_the_leg_that_it_monitors(harness: TenantHarness, up: bool):
    near, _ = harness.talk("A", OUTSIDE)
    asked = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
    own_leg = harness.ask("S", "force_call", **asked).uuid
    harness.pick_up(own_leg)
    harness.event(EavesdropStarted(near))
    calls = [
        again(harness, harness.tenant.legs[leg].call)
        for leg in ((near, own_leg) if up else (own_leg,))
    ]
    harness.tenant.legs.clear()
    for call in calls:
        snapshot.restore_call(call, harness.tenant)
    snapshot.relink_supervisors(harness.tenant)
    procedure = harness.tenant.legs[own_leg].call.procedure
    assert isinstance(procedure, Monitoring)
    assert procedure.operated.intrusion.monitorings == [procedure]
    assert procedure.hears
    assert procedure.own_leg.ending is (None if up else PartyGone)
    if up:
        assert procedure.operated is harness.tenant.legs[near]
        harness.ends(own_leg)
        assert harness.tenant.legs[near].intrusion.monitorings == []
    else:
        assert procedure.operated.ended
