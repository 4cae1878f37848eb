"""wrap_up: which calls an agent may still say something about."""

import pytest

from tests.builders import TenantHarness


@pytest.fixture
def harness():
    return TenantHarness(dispositions={"1": "Resolved"})


def test_each_agent_of_a_call_says_what_came_of_it_by_any_leg(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "wrap_up", uuid=far, disposition="1")
    harness.ends(near)
    harness.ends(far)
    harness.ask("A", "wrap_up", uuid=near, notes="n")
    harness.ask("B", "wrap_up", uuid=near, notes="mine")
    assert [(one.own_leg, one.disposition, one.notes) for one in harness.wrapped_up] == [
        (near, "1", ""),
        (near, "", "n"),
        (far, "", "mine"),
    ]
    assert {one.contact_id for one in harness.wrapped_up} == {
        harness.agent("A").last_call.contact_id
    }


def test_a_call_that_the_agents_phone_never_answered_is_not_its_last(harness):
    near, far = harness.talk("A", "B")
    harness.ends(near)
    harness.ends(far)
    unanswered = harness.ask("A", "call", callee_number="13107618845").uuid
    harness.ends(unanswered)
    harness.refused("4000", "A", "wrap_up", uuid=unanswered, disposition="1")
    harness.ask("A", "wrap_up", uuid=near, disposition="1")


def test_the_next_call_takes_the_place_of_the_last(harness):
    first, far = harness.talk("A", "B")
    harness.ends(first)
    harness.ends(far)
    second, far = harness.talk("A", "B")
    harness.ask("A", "wrap_up", uuid=first, disposition="1")
    harness.ends(second)
    harness.refused("4000", "A", "wrap_up", uuid=first, disposition="1")
