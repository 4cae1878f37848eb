"""Customers in queues, and what they are offered to."""

from __future__ import annotations

import pytest

from esl_bridge.callflow import queueing
from esl_bridge.domain.company import AgentEntry, Route, Skill
from esl_bridge.domain.domain_events import LegOffered
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchRefused, SwitchTimedOut
from esl_bridge.esl.events import LegAnswered, QueueEntered, QueueOffered
from tests.builders import COMPANY, CONTACT, NAMES, OUTSIDE, TenantHarness

CUSTOMER, OFFER = "customer-1", "offer-1"
NUMBER = "40010009"
TOLD_ITS_CONTACT = f"api uuid_setvar_multi {OFFER} esl_bridge_contact_id={CONTACT}"


def harness(**changes: object) -> TenantHarness:
    agents = {
        agent_id: AgentEntry(password_hash="hash", extension=agent_id, skills={"1001": 1})
        for agent_id in NAMES.values()
    }
    here = TenantHarness("AB", agents=agents, skills={"1001": Skill()}, **changes)
    for name in "AB":
        here.tenant.agent_states.mark_changed(here.agent(name))
    here.publish_changes()
    here.forget()
    return here


def enters(harness: TenantHarness, flow_data: str = "", leg: str = CUSTOMER) -> None:
    harness.event(QueueEntered(leg, COMPANY, NUMBER, OUTSIDE, flow_data, "", contact_id=CONTACT))


def offers(harness: TenantHarness, name: str, leg: str = OFFER, **how: bool) -> None:
    harness.event(QueueOffered(leg, COMPANY, NAMES[name], CUSTOMER, OUTSIDE, **how))


def ringing(**changes: object) -> TenantHarness:
    here = harness(**changes)
    enters(here, flow_data='{"a": 1}')
    offers(here, "A")
    return here


def test_an_offer_is_a_callin_with_what_belongs_to_the_customer():
    here = ringing()
    assert here.got("A") == ["callin", "FREE>RINGING"]
    told = here.last_push("A", LegOffered)
    assert (told.uuid, told.caller, told.callee) == (OFFER, OUTSIDE, NUMBER)
    assert told.flow_data == '{"a": 1}'
    assert here.switch.take() == [TOLD_ITS_CONTACT]
    here.consistent()


def test_a_caller_that_left_the_queue_is_not_shown_as_waiting():
    here = harness()
    here.event(QueueEntered(CUSTOMER, COMPANY, NUMBER, OUTSIDE, "", "", queue=f"1001@{COMPANY}"))
    assert list(here.tenant.wallboard.line) == [CUSTOMER]
    offers(here, "A")
    offers(here, "A", answered=True)
    here.bridge(CUSTOMER, OFFER)
    assert not here.tenant.wallboard.line
    here.event(QueueEntered(CUSTOMER, COMPANY, NUMBER, OUTSIDE, "", "", queue=f"1001@{COMPANY}"))
    here.parks(CUSTOMER)
    assert not here.tenant.wallboard.line


def test_an_unknown_customer_of_a_queue_is_queried():
    here = harness()
    offers(here, "A")
    assert here.got("A") == ["callin", "FREE>RINGING"]
    assert here.switch.take() == [f"api uuid_dump {CUSTOMER} json"]
    here.ends(CUSTOMER)
    offers(here, "A", early=True)
    assert f"api uuid_kill {OFFER} ORIGINATOR_CANCEL" in here.switch.take()


def test_a_customer_that_has_already_left_is_not_taken_in():
    here = harness()
    enters(here)
    here.ends(CUSTOMER)
    here.switch.will("uuid_dump", SwitchRefused("-ERR No such channel!"))
    offers(here, "A")
    assert CUSTOMER not in here.tenant.legs
    assert here.switch.take()[-1] == f"api uuid_kill {OFFER} ORIGINATOR_CANCEL"
    here.ends(OFFER)
    assert here.got("A") == ["callin", "FREE>RINGING", "RINGING>FREE CALLER_GONE"]
    here.nothing_left()


def test_an_offer_is_reported_once():
    here = ringing()
    offers(here, "A", early=True)
    assert here.got("A") == ["callin", "FREE>RINGING"]


def test_an_agent_stays_available_while_it_rings_and_talks():
    here = ringing()
    offers(here, "A", answered=True)
    here.bridge(CUSTOMER, OFFER)
    assert here.got("A")[2:] == ["RINGING>CALLING"]
    here.ends(OFFER)
    here.ends(CUSTOMER)
    assert here.got("A") == ["CALLING>FREE"]
    assert here.switch.take() == [TOLD_ITS_CONTACT]
    here.nothing_left()


def test_an_offer_that_is_answered_without_ringing_is_a_talk():
    here = harness()
    enters(here)
    offers(here, "A", answered=True)
    assert here.got("A") == ["callin", "FREE>CALLING"]


def test_an_agent_in_wrap_up_is_not_available():
    here = ringing(wrap_up_seconds=10)
    offers(here, "A", answered=True)
    here.bridge(CUSTOMER, OFFER)
    here.ends(OFFER)
    assert here.status("A") is Status.ARRANGE
    assert here.switch.take() == [
        TOLD_ITS_CONTACT,
        f"api callcenter_config agent set status {NAMES['A']}@90001 'On Break'",
    ]


@pytest.mark.parametrize(
    ("cause", "reason"), [("USER_BUSY", "REJECTED"), ("NO_ANSWER", "NO_ANSWER")]
)
@pytest.mark.parametrize(("policy", "then"), [("keep", "FREE"), ("busy", "BUSY")])
def test_a_missed_offer_is_reported_with_its_code(cause, reason, policy, then):
    here = ringing(missed_offer=policy, fallback=Route(number=OUTSIDE))
    here.forget()
    here.ends(OFFER, cause)
    assert here.got("A") == [f"RINGING>{then} {reason}"]
    assert CUSTOMER in here.tenant.legs
    heard = here.switch.take()
    assert len(heard) == (policy == "busy"), "the customer waits on"


def test_a_caller_that_hangs_up_makes_no_agent_busy():
    here = ringing(missed_offer="busy")
    here.forget()
    here.ends(CUSTOMER)
    here.ends(OFFER, "ORIGINATOR_CANCEL")
    assert here.got("A") == ["RINGING>FREE CALLER_GONE"]
    here.nothing_left()


def test_an_agent_may_reject_an_offer_by_request():
    here = ringing()
    here.forget()
    here.ask("A", "hangup", uuid=OFFER)
    assert here.switch.take() == [f"api uuid_kill {OFFER} CALL_REJECTED"]
    here.ends(OFFER, "CALL_REJECTED")
    assert here.got("A") == ["R", "RINGING>FREE REJECTED"]


@pytest.mark.parametrize("status", [Status.OFFLINE, Status.BUSY, Status.REST, Status.ARRANGE])
def test_an_offer_that_crosses_a_change_of_state_is_withdrawn(status):
    here = harness()
    enters(here)
    here.put("A", status)
    offers(here, "A")
    assert here.got("A") == []
    assert here.switch.take() == [f"api uuid_kill {OFFER} USER_BUSY"]
    assert OFFER not in here.tenant.legs


def test_an_offer_that_crosses_the_agents_own_call_is_withdrawn():
    here = harness()
    enters(here)
    near, _ = here.begin_call("A", "B")
    here.forget()
    here.switch.will("uuid_kill", SwitchRefused("-ERR No such channel!"))
    offers(here, "A")
    assert here.switch.take() == [f"api uuid_kill {OFFER} USER_BUSY"]
    assert here.agent("A").own_leg is here.tenant.legs[near]
    assert here.refusals == []


def test_an_agents_call_that_comes_after_the_offer_is_refused():
    here = ringing()
    here.refused("4103", "A", "call", callee_number=NAMES["B"], out_line=0)


def test_a_caller_that_waited_too_long_gets_the_fallback_once():
    here = harness(fallback=Route(skill="1001"))
    enters(here)
    here.forget()
    here.parks(CUSTOMER)
    assert here.switch.take() == [f"api uuid_transfer {CUSTOMER} skill_1001@90001 XML esl_bridge"]
    enters(here)
    here.parks(CUSTOMER)
    assert here.switch.take() == [f"api uuid_kill {CUSTOMER} NORMAL_CLEARING"]


def test_an_unreported_customer_is_known_by_its_offer():
    here = harness()
    offers(here, "A")
    assert here.got("A") == ["callin", "FREE>RINGING"]
    assert here.last_push("A", LegOffered).caller == OUTSIDE
    assert here.tenant.legs[OFFER].call.customer is here.tenant.legs[CUSTOMER]


def test_a_known_customer_keeps_its_number_and_gets_new_data():
    here = harness(numbers={"40010002": Route(skill="1001")})
    leg = here.caller(flow_data="old")
    here.event(LegAnswered(leg))
    enters(here, flow_data="new", leg=leg)
    customer = here.tenant.legs[leg]
    assert customer.origin.callee == "40010002"
    assert customer.call.flow_data == "new"


def withdrawn(here: TenantHarness) -> None:
    queue = queueing.queue_name(COMPANY, "1001")
    here.event(
        QueueEntered(
            CUSTOMER, COMPANY, NUMBER, OUTSIDE, "", "", queue, "member-1", contact_id=CONTACT
        )
    )
    here.put("A", Status.BUSY)
    offers(here, "A")


def test_a_customer_of_a_withdrawn_offer_that_was_just_answered_goes_back_to_its_queue():
    here = harness()
    here.waits.append(lambda: here.parks(CUSTOMER))
    withdrawn(here)
    parked, killed, released, sent = here.switch.take()
    assert parked.startswith(f"api uuid_setvar_multi {CUSTOMER} park_after_bridge=true;")
    assert killed == f"api uuid_kill {OFFER} USER_BUSY"
    assert released.startswith(f"api uuid_setvar_multi {CUSTOMER} park_after_bridge=;")
    assert sent.startswith(f"api uuid_transfer {CUSTOMER} skill_1001@{COMPANY} ")


def test_a_customer_that_keeps_waiting_no_longer_parks_on_unbridge():
    here = harness()
    withdrawn(here)
    *_, released = here.switch.take()
    assert released.startswith(f"api uuid_setvar_multi {CUSTOMER} park_after_bridge=;")
    here.parks(CUSTOMER)
    assert not [line for line in here.switch.take() if "skill_" in line]


def test_a_customer_whose_offer_could_not_be_withdrawn_no_longer_parks_on_unbridge():
    here = harness()
    here.put("A", Status.BUSY)
    here.switch.will("uuid_setvar_multi", SwitchTimedOut("late"))
    withdrawn(here)
    assert "hangup_after_bridge=true" in here.switch.take()[-1]
    assert here.tenant.legs[CUSTOMER].position.back_to == ""
