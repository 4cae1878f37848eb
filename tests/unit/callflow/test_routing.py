"""Where customers are sent on to, and what is told of them there."""

import pytest

from esl_bridge.domain.company import Route
from esl_bridge.domain.news import LegOffered
from esl_bridge.domain.states import Status
from esl_bridge.esl.events import LegAnswered
from tests.builders import NAMES, NUMBER_OF_A, OUTSIDE, Office

CALLER_ID = Office().desk.company.external.caller_id
TO_D = {"type": "1", "trans_type": "1", "trans_number": NAMES["D"]}


def taken(office, name):
    """Somebody outside has called and talks to this agent; gives both legs."""
    customer = office.caller()
    leg = office.offered(name)
    office.takes(leg)
    office.event(LegAnswered(customer))
    office.bridge(leg, customer)
    return customer, leg


def told(office, name):
    office.rings(office.offered(name))
    push = office.last_push(name, LegOffered)
    return push.caller, push.callee


@pytest.mark.parametrize("again", [True, False])
def test_the_fallback_is_there_again_for_whom_an_agent_has_talked_to(again):
    office = Office(fallback=Route(agent=NAMES["B"]))
    if again:
        office.put("A", Status.BUSY)
    name = "B" if again else "A"
    customer, leg = taken(office, name)
    office.ask(name, "trans", uuid=leg, **TO_D)
    target = office.offered("D")
    office.rings(target)
    office.ask(name, "hangup", uuid=leg)
    office.ends(leg)
    office.forget()
    office.ends(target, "USER_BUSY")
    assert told(office, "B")[0] == OUTSIDE
    assert not [line for line in office.switch.heard if f"uuid_kill {customer}" in line]


def test_a_customer_who_called_keeps_the_number_that_it_called():
    office = Office()
    _, leg = taken(office, "A")
    office.ask("A", "trans", uuid=leg, **TO_D)
    assert told(office, "D") == (OUTSIDE, NUMBER_OF_A)


def test_a_customer_who_was_called_has_its_own_number_and_ours_and_its_order():
    office = Office(fallback=Route(agent=NAMES["D"]))
    near, far = office.talk("A", OUTSIDE, work_order_id="W1")
    office.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
    office.ends(near)
    office.parks(far)
    assert told(office, "D") == (OUTSIDE, CALLER_ID)
    assert office.last_push("D", LegOffered).work_order_id == "W1"
