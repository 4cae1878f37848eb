"""Who is shown what, who is reserved, and whose leg a uuid is."""

import pytest

from esl_bridge.domain.company import AgentEntry, Extension
from esl_bridge.domain.leg import Life
from esl_bridge.domain.news import AgentMoved
from esl_bridge.domain.shown import in_call_numbers, sub_status
from esl_bridge.domain.states import Facts, Status, Trigger
from esl_bridge.errors import UnknownAgent, UnknownLeg
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, OUTSIDE, Office

A, B = NAMES["A"], NAMES["B"]


def test_an_agent_is_told_once_a_stretch_what_it_is_in_the_end(office):
    desk = office.desk
    agent = office.agent("A")
    for trigger in (Trigger.MAKE_BUSY, Trigger.MAKE_REST, Trigger.MAKE_ARRANGE):
        desk.change(agent, trigger, Facts(reason="x"))
    office.settle()
    assert office.got("A") == ["FREE>ARRANGE x"]


def test_who_goes_and_comes_back_in_a_stretch_is_told_nothing(office):
    desk, agent = office.desk, office.agent("A")
    desk.change(agent, Trigger.MAKE_BUSY)
    desk.change(agent, Trigger.MAKE_FREE)
    office.settle()
    assert office.got("A") == []


def test_numbers_alone_are_no_change(office):
    near, far = office.begin_call("A", OUTSIDE)
    office.pick_up(near)
    office.forget()
    office.pick_up(far)
    assert office.got("A") == []
    assert in_call_numbers(office.agent("A")) == [OUTSIDE]


def test_numbers_are_in_the_order_of_joining_without_oneself(office):
    near, far = office.talk("A", "B")
    assert in_call_numbers(office.agent("A")) == [B]
    assert in_call_numbers(office.agent("B")) == [A]
    office.ends(far)
    office.ends(near)
    assert in_call_numbers(office.agent("A")) == []


def test_the_sub_status_is_the_calls(office):
    near, far = office.talk("A", "B")
    before = []

    def music_begins():
        before.append(sub_status(office.agent("A")))
        office.event(PlaybackStarted(far, HOLD))

    office.waits.append(music_begins)
    office.ask("A", "hold", uuid=near, hold="1")
    assert before == [""]
    assert (sub_status(office.agent("A")), sub_status(office.agent("B"))) == ("HOLD", "")
    moved = office.last_push("A", AgentMoved)
    assert (moved.last_status, moved.status, moved.sub_status, moved.reason) == (
        "CALLING",
        "CALLING",
        "HOLD",
        "",
    )


def test_an_agent_is_reserved_until_its_leg_rings_or_the_action_ends(office):
    near, far = office.begin_call("A", "B")
    assert not office.agent("B").takes_calls
    assert office.agent("B").own.life is Life.SETTING_UP
    office.pick_up(near)
    office.ends(far, "USER_BUSY")
    assert office.agent("B").takes_calls


@pytest.mark.parametrize("status", list(Status))
def test_who_takes_calls(office, status):
    agent = office.put("A", status)
    assert agent.takes_calls is (status is Status.FREE)
    agent.connection = None
    assert not agent.takes_calls


def test_a_leg_is_known_to_those_who_are_in_its_call(office):
    near, far = office.talk("A", "B")
    for name in "AB":
        for leg in (near, far):
            assert office.desk.leg_of(office.agent(name), leg).uuid == leg
    for name, leg in [("D", near), ("A", "call-x"), ("A", "")]:
        with pytest.raises(UnknownLeg):
            office.desk.leg_of(office.agent(name), leg)


def test_every_leg_is_found_by_its_owner_as_long_as_it_lives(office):
    near, far = office.begin_call("A", "B")
    assert set(office.owners) == {near, far}
    office.ends(near, "NO_ANSWER")
    assert office.owners == {}


def test_an_unknown_agent(office):
    with pytest.raises(UnknownAgent):
        office.desk.agent("90001_x")


def test_of_those_who_share_a_phone_the_one_at_work_comes_first():
    entry = AgentEntry(password_hash="hash", extension=A)
    office = Office("", agents={B: entry, A: entry}, extensions={A: Extension(password="p")})
    office.put("A", Status.BUSY)
    assert [agent.id for agent in office.desk.agents_at(A)] == [A, B]


def test_an_action_starts_and_ends_once(office):
    near, _ = office.talk("A", "B")
    [action] = office.desk.legs[near].call.actions
    for _ in range(2):
        office.desk.end(action)
    office.desk.start(action)
    office.settle()
    assert office.got("A") == ["CALL.E+"]
