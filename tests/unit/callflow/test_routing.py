"""Where customers are sent on to, and what is told of them there."""

import pytest

from esl_bridge.domain.company import Route
from esl_bridge.domain.domain_events import LegOffered
from esl_bridge.domain.states import Status
from esl_bridge.esl.events import LegAnswered
from tests.builders import NAMES, NUMBER_OF_A, OUTSIDE, TenantHarness

CALLER_ID = TenantHarness().tenant.company.external.caller_id
TO_D = {"type": "1", "trans_type": "1", "trans_number": NAMES["D"]}


def taken(harness, name):
    """Somebody outside has called and talks to this agent; gives both legs."""
    customer = harness.caller()
    leg = harness.offered(name)
    harness.takes(leg)
    harness.event(LegAnswered(customer))
    harness.bridge(leg, customer)
    return customer, leg


def told(harness, name):
    harness.rings(harness.offered(name))
    push = harness.last_push(name, LegOffered)
    return push.caller, push.callee


@pytest.mark.parametrize("again", [True, False])
def test_a_talk_with_an_agent_restores_the_fallback(again):
    harness = TenantHarness(fallback=Route(agent=NAMES["B"]))
    if again:
        harness.put("A", Status.BUSY)
    name = "B" if again else "A"
    customer, leg = taken(harness, name)
    harness.ask(name, "trans", uuid=leg, **TO_D)
    target = harness.offered("D")
    harness.rings(target)
    harness.ask(name, "hangup", uuid=leg)
    harness.ends(leg)
    harness.forget()
    harness.ends(target, "USER_BUSY")
    assert told(harness, "B")[0] == OUTSIDE
    assert not [line for line in harness.switch.heard if f"uuid_kill {customer}" in line]


def test_a_customer_who_called_keeps_the_number_that_it_called():
    harness = TenantHarness()
    _, leg = taken(harness, "A")
    harness.ask("A", "trans", uuid=leg, **TO_D)
    assert told(harness, "D") == (OUTSIDE, NUMBER_OF_A)


def test_a_customer_who_was_called_has_its_own_number_and_ours_and_its_order():
    harness = TenantHarness(fallback=Route(agent=NAMES["D"]))
    near, far = harness.talk("A", OUTSIDE, work_order_id="W1")
    harness.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
    harness.ends(near)
    harness.parks(far)
    assert told(harness, "D") == (OUTSIDE, CALLER_ID)
    assert harness.last_push("D", LegOffered).work_order_id == "W1"
