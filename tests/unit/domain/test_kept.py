"""What is kept of a call is what was there."""

from __future__ import annotations

import random

import msgspec
import pytest

from esl_bridge.domain import kept
from esl_bridge.domain.call import Action, Call, Kind, Phase
from esl_bridge.domain.leg import Hold, Leg, Life, Media, Why
from esl_bridge.domain.recording import Recording, Wish
from esl_bridge.domain.states import AgentState, Remembered, Status, Timer, Trigger
from esl_bridge.domain.work import Consult, Supervision, Transfer
from esl_bridge.errors import PartyGone, UnknownAgent
from esl_bridge.esl.events import EavesdropStarted
from tests.builders import NAMES, OUTSIDE, Office


def consult(office: Office) -> Call:
    """A consults D while C, who called in, hears music; C is recorded."""
    a, d = office.agent("A"), office.agent("D")
    call = Call(flow_data='{"a": "一"}', work_order_id="w")
    customer = Leg("c", call, "13107618845", Why.CALLIN, life=Life.ANSWERED, talked=True)
    own = Leg("a", call, a.extension, Why.CALLIN, a, life=Life.ANSWERED, hold=Hold.MUSIC)
    other = Leg("d", call, d.extension, Why.CONSULT, d, ending=PartyGone, media=Media(video=1))
    own.peer, other.peer = other, own
    wish = Wish(a.id, "r1", both=True)
    customer.recording = Recording(wish, customer, customer, "file.mp3", milliseconds=7)
    action = Action(Kind.CONSULT, a.id, "r2", own, other, phase=Phase.START_CALL)
    call.legs, call.actions, call.customer = [customer, own, other], [action], customer
    call.work = Consult(a, own, customer, other, action)
    return call


def again(office: Office, call: Call) -> Call:
    return kept.restore_call(kept.keep_call(call), office.desk.whoever)


def test_what_an_agent_had_begun_who_is_no_more(office: Office):
    call = consult(office)
    gone = Action(Kind.INTERRUPT_CALL, "90001_9", "r3", call.legs[1], phase=Phase.INITIATE)
    call.actions.append(gone)
    back = again(office, call)
    kept.readmit(back, office.desk)
    assert [action.kind for action in back.actions] == [Kind.CONSULT]


def test_a_call_comes_back_as_it_was(office: Office):
    call = again(office, consult(office))
    customer, own, other = call.legs
    assert (call.customer, call.flow_data) == (customer, '{"a": "一"}')
    assert own.agent is office.agent("A")
    assert (own.peer, other.peer) == (other, own)
    assert (own.life, own.hold, own.why) == (Life.ANSWERED, Hold.MUSIC, Why.CALLIN)
    assert (other.ending, other.media) == (PartyGone, Media(video=1))
    assert customer.recording is not None
    assert (customer.recording.on, customer.recording.milliseconds) == (customer, 7)
    assert isinstance(call.work, Consult)
    assert call.work.action is call.actions[0]
    assert call.actions[0].leg is other
    assert all(leg.call is call for leg in call.legs)


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
def test_what_is_no_call_is_told_or_does_as_one(seed: int):
    """Whatever is in the file: one call that is nonsense keeps no service from starting."""
    for each in range(seed, seed + 200):
        _is_told_or_does_as_one(random.Random(each))


def _is_told_or_does_as_one(chance: random.Random) -> None:
    office = Office()
    body = msgspec.json.decode(kept.keep_call(consult(office)))
    for _ in range(chance.randint(1, 3)):
        body = altered(body, chance)
    try:
        call = kept.restore_call(msgspec.json.encode(body), office.desk.whoever)
    except kept.Unreadable:
        return
    kept.readmit(call, office.desk)
    kept.reunite(office.desk)
    assert kept.keep_call(call)


def test_whoever_has_left_the_call_is_there_no_more(office: Office):
    call = consult(office)
    work = call.work
    assert isinstance(work, Consult)
    apart = Call(legs=[work.own], work=work)
    call.legs.remove(work.own)
    work.own.call = apart
    back = again(office, apart)
    assert [leg.uuid for leg in back.legs] == ["a"]
    assert back.work is not None
    assert back.work.customer.ended
    assert back.work.customer.call is back


def test_a_transfer_without_its_agent(office: Office):
    call = consult(office)
    customer, own, other = call.legs
    action = call.actions[0]
    call.work = Transfer(office.agent("A"), own, customer, other, action, aside=True)
    own.life = Life.ENDED
    call.legs.remove(own)
    back = again(office, call)
    assert back.work is not None
    assert back.work.own.ended
    assert back.work.own not in back.legs
    assert back.actions[0].near is back.work.own


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'[{"": "Agent"}]', b'[{"": "Leg"}]', b"[7]", b'[{"": "Call", "legs": 7}]']
)
def test_what_is_no_call_is_told(office: Office, body: bytes):
    with pytest.raises(kept.Unreadable):
        kept.restore_call(body, office.desk.whoever)


def test_an_agent_that_is_no_more_has_a_stand_in(office: Office):
    body = kept.keep_call(consult(office))
    anew = Office("ABES", agents={NAMES[name]: office.agent(name).entry for name in "ABES"})
    _, own, other = kept.restore_call(body, anew.desk.whoever).legs
    assert own.agent is anew.agent("A")
    assert other.agent is anew.desk.agents[NAMES["D"]]
    assert not other.agent.enabled
    with pytest.raises(UnknownAgent):
        anew.desk.agent(NAMES["D"])


@pytest.mark.parametrize("field", ["ending", "hold", "media", "wish"])
def test_a_name_of_another_version_discards_no_call(office: Office, field: str):
    call = consult(office)
    call.legs[2].hold = Hold.MUSIC
    call.legs[2].wish = Wish("90001_20000", "r9")
    rows = msgspec.json.decode(kept.keep_call(call))
    (row,) = [one for one in rows if one.get("uuid") == "d"]
    row[field] = "UnheardOf"
    back = kept.restore_call(msgspec.json.encode(rows), office.desk.whoever)
    assert [leg.uuid for leg in back.legs] == ["c", "a", "d"]
    assert back.legs[2].ending is PartyGone


@pytest.mark.parametrize("kind", ["Consult", "Recording"])
def test_a_part_of_another_version_discards_no_call(office: Office, kind: str):
    rows = msgspec.json.decode(kept.keep_call(consult(office)))
    (row,) = [one for one in rows if one[""] == kind]
    row[""] = "UnheardOf"
    back = kept.restore_call(msgspec.json.encode(rows), office.desk.whoever)
    assert [leg.uuid for leg in back.legs] == ["c", "a", "d"]
    assert (back.work is None) is (kind == "Consult")


def test_a_file_of_an_earlier_version_lacks_fields(office: Office):
    rows = msgspec.json.decode(kept.keep_call(consult(office)))
    for row in rows:
        row.pop("muted", None)
        row["no such field"] = 1
    assert (
        not again(office, kept.restore_call(msgspec.json.encode(rows), office.desk.whoever))
        .legs[0]
        .muted
    )


def test_an_agent_comes_back_to_its_call(office: Office):
    a = office.agent("A")
    call = consult(office)
    rest = Timer(Trigger.REST_OVER, 600, 3)
    remembered = Remembered(Status.REST, "AFTER_CALL", 600)
    a.state = AgentState(Status.CALLING, Status.REST, remembered=remembered, rest=rest)
    a.own, a.told = call.legs[1], ("CALLING", "CONSULT")
    body = kept.keep_agent(a, "epoch", 7, ("before", 3), {Trigger.REST_OVER: 1e9})
    found = kept.restore_agent(body)
    assert (found.epoch, found.seq, found.before) == ("epoch", 7, ("before", 3))

    anew = Office()
    back = kept.restore_call(kept.keep_call(call), anew.desk.whoever)
    kept.readmit(back, anew.desk)
    kept.reseat(anew.agent("A"), found, anew.desk)
    agent = anew.agent("A")
    assert agent.own is back.legs[1]
    assert (agent.state, agent.told, agent.token) == (a.state, a.told, a.token)
    assert agent.actions == back.actions
    assert anew.desk.recordings["file.mp3"].leg is back.customer
    assert anew.owners["d"] is anew.desk


@pytest.mark.parametrize("body", [b"", b"{}", b'{"state": 7}'])
def test_what_is_no_agent_is_told(body: bytes):
    with pytest.raises(kept.Unreadable):
        kept.restore_agent(body)


@pytest.mark.parametrize("up", [True, False])
def test_a_supervisor_finds_the_leg_that_it_listens_to(office: Office, up: bool):
    near, _ = office.talk("A", OUTSIDE)
    asked = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
    own = office.ask("S", "force_call", **asked).uuid
    office.pick_up(own)
    office.event(EavesdropStarted(near))
    calls = [again(office, office.desk.legs[leg].call) for leg in ((near, own) if up else (own,))]
    office.desk.legs.clear()
    for call in calls:
        kept.readmit(call, office.desk)
    kept.reunite(office.desk)
    work = office.desk.legs[own].call.work
    assert isinstance(work, Supervision)
    assert work.operated.supervised == [work]
    assert work.hears
    assert work.own.ending is (None if up else PartyGone)
    if up:
        assert work.operated is office.desk.legs[near]
        office.ends(own)
        assert office.desk.legs[near].supervised == []
    else:
        assert work.operated.ended
