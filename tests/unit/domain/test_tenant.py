"""Who is shown what, who is reserved, and whose leg a uuid is."""

import pytest

from esl_bridge.domain.company import AgentEntry, Extension
from esl_bridge.domain.domain_events import AgentStateChanged
from esl_bridge.domain.leg import LegState
from esl_bridge.domain.presence import in_call_numbers, sub_status
from esl_bridge.domain.states import Status, Trigger, TriggerDetails
from esl_bridge.errors import UnknownAgent, UnknownLeg
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, OUTSIDE, TenantHarness

A, B = NAMES["A"], NAMES["B"]


def test_several_changes_are_published_as_one(harness):
    tenant = harness.tenant
    agent = harness.agent("A")
    for trigger in (Trigger.MAKE_BUSY, Trigger.MAKE_REST, Trigger.MAKE_ARRANGE):
        tenant.agent_states.change(agent, trigger, TriggerDetails(reason="x"))
    harness.publish_changes()
    assert harness.got("A") == ["FREE>ARRANGE x"]


def test_a_change_that_is_undone_is_not_published(harness):
    tenant, agent = harness.tenant, harness.agent("A")
    tenant.agent_states.change(agent, Trigger.MAKE_BUSY)
    tenant.agent_states.change(agent, Trigger.MAKE_FREE)
    harness.publish_changes()
    assert harness.got("A") == []


def test_a_change_of_numbers_alone_is_not_published(harness):
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.forget()
    harness.pick_up(far)
    assert harness.got("A") == []
    assert in_call_numbers(harness.agent("A")) == [OUTSIDE]


def test_in_call_numbers_are_in_the_order_of_joining_without_the_agents_own(harness):
    near, far = harness.talk("A", "B")
    assert in_call_numbers(harness.agent("A")) == [B]
    assert in_call_numbers(harness.agent("B")) == [A]
    harness.ends(far)
    harness.ends(near)
    assert in_call_numbers(harness.agent("A")) == []


def test_the_sub_status_follows_from_the_call(harness):
    near, far = harness.talk("A", "B")
    before = []

    def music_begins():
        before.append(sub_status(harness.agent("A")))
        harness.event(PlaybackStarted(far, HOLD))

    harness.waits.append(music_begins)
    harness.ask("A", "hold", uuid=near, hold="1")
    assert before == [""]
    assert (sub_status(harness.agent("A")), sub_status(harness.agent("B"))) == ("HOLD", "")
    moved = harness.last_push("A", AgentStateChanged)
    assert (moved.last_status, moved.status, moved.sub_status, moved.reason) == (
        "CALLING",
        "CALLING",
        "HOLD",
        "",
    )


def test_an_agent_is_reserved_until_its_leg_rings_or_the_action_ends(harness):
    near, far = harness.begin_call("A", "B")
    assert not harness.agent("B").takes_calls
    assert harness.agent("B").own_leg.state is LegState.SETTING_UP
    harness.pick_up(near)
    harness.ends(far, "USER_BUSY")
    assert harness.agent("B").takes_calls


@pytest.mark.parametrize("status", list(Status))
def test_only_a_free_connected_agent_takes_calls(harness, status):
    agent = harness.put("A", status)
    assert agent.takes_calls is (status is Status.FREE)
    agent.connection = None
    assert not agent.takes_calls


def test_only_the_agents_of_a_call_can_name_its_legs(harness):
    near, far = harness.talk("A", "B")
    for name in "AB":
        for leg in (near, far):
            assert harness.tenant.leg_book.leg_of(harness.agent(name), leg).uuid == leg
    for name, leg in [("D", near), ("A", "call-x"), ("A", "")]:
        with pytest.raises(UnknownLeg):
            harness.tenant.leg_book.leg_of(harness.agent(name), leg)


def test_a_legs_owner_is_known_until_the_leg_ends(harness):
    near, far = harness.begin_call("A", "B")
    assert set(harness.owners) == {near, far}
    harness.ends(near, "NO_ANSWER")
    assert harness.owners == {}


def test_an_unknown_agent_is_refused(harness):
    with pytest.raises(UnknownAgent):
        harness.tenant.roster.agent("90001_x")


def test_the_agent_at_work_comes_first_among_those_who_share_a_phone():
    entry = AgentEntry(password_hash="hash", extension=A)
    harness = TenantHarness(
        "", agents={B: entry, A: entry}, extensions={A: Extension(password="p")}
    )
    harness.put("A", Status.BUSY)
    assert [agent.id for agent in harness.tenant.roster.agents_at(A)] == [A, B]


def test_an_action_starts_and_ends_once(harness):
    near, _ = harness.talk("A", "B")
    [action] = harness.tenant.legs[near].call.actions
    for _ in range(2):
        harness.tenant.actions.end(action)
    harness.tenant.actions.start(action)
    harness.publish_changes()
    assert harness.got("A") == ["CALL.E+"]
