"""Who comes by itself: customers, and phones that dial; and who is left alone."""

import pytest

from esl_bridge.domain.company import Route
from esl_bridge.domain.domain_events import LegOffered
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchRefused, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.events import ByeSent, LegEnded
from tests.builders import (
    BARRED,
    NAMES,
    NO_SUCH_CHANNEL,
    NUMBER_OF_A,
    NUMBER_OF_IVR,
    NUMBER_OUT,
    OTHER_OUTSIDE,
    OUTSIDE,
    TenantHarness,
    company,
)

A, B = NAMES["A"], NAMES["B"]
ERRORS = [SwitchRefused("-ERR"), SwitchTimedOut("late"), SwitchUnavailable("gone")]


CONTACT = f"contact-{2:032x}"  # of the first caller


def offer_line(leg: str, shown: str = OUTSIDE) -> str:
    return (
        f"api bgapi originate {{^^;origination_uuid={leg};esl_bridge_company=90001;"
        f"esl_bridge_role=callin;esl_bridge_agent={A};esl_bridge_contact_id={CONTACT};"
        f"origination_caller_id_number={shown};"
        f"origination_caller_id_name={shown};outbound_redirect_fatal=true;"
        "media_mix_inbound_outbound_codecs=true;leg_timeout=20;"
        "execute_on_ring=sched_hangup:+20;execute_on_pre_answer=sched_hangup:+20;"
        "execute_on_answer_rings_no_more=sched_cancel;"
        "hangup_after_bridge=true;execute_on_answer=sched_hangup:+28800;"
        "playback_terminators=none;"
        "originate_timeout=20;park_timeout=60;ignore_early_media=true}"
        f"user/{A}@esl-bridge.local '&park()'"
    )


def ringback(customer: str) -> str:
    return f"api uuid_transfer {customer} ringback XML esl_bridge"


# -- customers --------------------------------------------------------------------------------


def test_a_customer_hears_ringback_is_not_answered_and_the_agents_phone_is_rung(harness):
    customer = harness.caller()
    assert harness.switch.heard == [ringback(customer), offer_line(harness.offered("A"))]


def test_a_whole_incoming_call(harness):
    customer = harness.caller(flow_data='{"vip": 1}', work_order_id="wo-7")
    leg = harness.offered("A")
    harness.rings(leg)
    offer = harness.last_push("A", LegOffered)
    assert (offer.uuid, offer.caller, offer.callee, offer.channel) == (
        leg,
        OUTSIDE,
        NUMBER_OF_A,
        "",
    )
    assert (offer.flow_data, offer.work_order_id) == ('{"vip": 1}', "wo-7")
    harness.switch.take()
    harness.takes(leg)
    assert harness.switch.take() == [
        f"api uuid_answer {customer}",
        f"api uuid_bridge {leg} {customer}",
    ]
    harness.pick_up(customer)
    harness.bridge(leg, customer)
    harness.ends(customer)
    harness.ends(leg)
    assert harness.got("A") == ["callin", "FREE>RINGING", "RINGING>CALLING", "CALLING>FREE"]
    assert harness.switch.heard == []
    harness.nothing_left()


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("NO_ANSWER", "NO_ANSWER"),
        ("USER_BUSY", "REJECTED"),
        ("CALL_REJECTED", "REJECTED"),
        ("INCOMPATIBLE_DESTINATION", "MEDIA_FAILED"),
    ],
)
@pytest.mark.parametrize("fallback", [None, Route(ivr="2001"), Route(agent=B)])
def test_a_caller_whose_offer_is_not_answered_goes_to_the_fallback_once(cause, reason, fallback):
    harness = TenantHarness(fallback=fallback)
    customer = harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.switch.take()
    harness.ends(leg, cause)
    assert harness.got("A") == ["callin", "FREE>RINGING", f"RINGING>FREE {reason}"]
    if fallback is None:
        assert harness.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]
    elif fallback.ivr:
        assert harness.switch.heard == [f"api uuid_transfer {customer} ivr_main XML esl_bridge"]
    else:
        second = harness.offered("B")
        harness.rings(second)
        harness.switch.take()
        harness.ends(second, cause)
        assert harness.got("B") == ["callin", "FREE>RINGING", f"RINGING>FREE {reason}"]
        assert harness.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]
    harness.ends(customer, "USER_BUSY")
    harness.nothing_left()


@pytest.mark.parametrize("request_", ["checkout", "hangup"])
def test_an_agent_that_checked_out_before_its_last_bye_is_not_rung(request_):
    harness = TenantHarness(fallback=Route(ivr="2001"))
    last, far = harness.talk("A", OUTSIDE)
    harness.event(LegEnded(last, "NORMAL_CLEARING"))
    harness.ends(far)
    assert harness.agent("A").releasing
    harness.switch.take()

    def leaves():
        harness.switch.will("uuid_kill", NO_SUCH_CHANNEL)
        uuid = {"uuid": harness.offered("A")} if request_ == "hangup" else {}
        harness.ask("A", request_, **uuid)

    harness.waits.append(leaves)
    customer = harness.caller()
    assert not any("originate" in line for line in harness.switch.heard)
    assert harness.switch.heard[-1] == f"api uuid_transfer {customer} ivr_main XML esl_bridge"
    assert harness.agent("A").own_leg is None
    harness.event(ByeSent(last))
    harness.ends(customer)
    harness.nothing_left()


def test_a_missed_offer_of_a_number_does_not_count_as_one_of_a_skill():
    harness = TenantHarness(missed_offer="busy")
    harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.ends(leg, "NO_ANSWER")
    assert harness.status("A") is Status.FREE


def test_a_caller_who_hangs_up_ends_the_ringing(harness):
    customer = harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.switch.take()
    harness.ends(customer, "ORIGINATOR_CANCEL")
    assert harness.switch.take() == [f"api uuid_kill {leg} ORIGINATOR_CANCEL"]
    harness.ends(leg, "ORIGINATOR_CANCEL")
    assert harness.switch.heard == []
    assert harness.got("A") == ["callin", "FREE>RINGING", "RINGING>FREE CALLER_GONE"]
    harness.nothing_left()


def test_a_caller_who_hangs_up_before_the_originate_rings_nobody(harness):
    customer = harness.caller()
    leg = harness.offered("A")
    harness.switch.will("uuid_kill", NO_SUCH_CHANNEL)
    harness.ends(customer, "ORIGINATOR_CANCEL")
    harness.rings(leg)
    assert harness.switch.heard[-1] == f"api uuid_kill {leg} ORIGINATOR_CANCEL"
    harness.ends(leg, "ORIGINATOR_CANCEL")
    assert harness.got("A") == []
    harness.nothing_left()


def test_a_caller_who_hangs_up_during_the_ringback_command_rings_nobody(harness):
    """Between two commands the world may change: then no phone is rung for nobody."""
    gone = []

    def give_up() -> None:
        gone.append(harness.agent("A").own_leg.call.customer.uuid)
        harness.ends(gone[0], "ORIGINATOR_CANCEL")

    harness.switch.will("uuid_transfer", give_up)
    harness.caller()
    assert not any("originate" in line for line in harness.switch.heard)
    harness.nothing_left()


def test_a_caller_who_hangs_up_at_the_moment_of_the_answer_ends_the_call(harness):
    customer = harness.caller()
    leg = harness.offered("A")
    harness.pick_up(leg)
    harness.switch.take()
    harness.ends(customer, "ORIGINATOR_CANCEL")
    assert harness.switch.take() == [f"api uuid_kill {leg} NORMAL_CLEARING"]
    harness.parks(leg)
    harness.ends(leg)
    assert harness.got("A")[-2:] == ["RINGING>CALLING", "CALLING>FREE"]
    harness.nothing_left()


@pytest.mark.parametrize(
    "make_away",
    [
        lambda harness: harness.put("A", Status.OFFLINE),
        lambda harness: harness.put("A", Status.BUSY),
        lambda harness: setattr(harness.agent("A"), "connection", None),
        lambda harness: setattr(harness.agent("A"), "registered_at", {}),
        lambda harness: harness.begin_call("A", OTHER_OUTSIDE),
    ],
)
@pytest.mark.parametrize("fallback", [None, Route(ivr="2001"), Route(agent=A)])
def test_an_agent_that_takes_no_calls_is_not_rung(make_away, fallback):
    harness = TenantHarness(fallback=fallback)
    make_away(harness)
    harness.forget()
    customer = harness.caller()
    assert harness.got("A") == []
    if fallback is not None and fallback.ivr:
        assert harness.switch.heard == [f"api uuid_transfer {customer} ivr_main XML esl_bridge"]
    else:
        assert harness.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]


def test_two_callers_never_ring_at_one_agent(harness):
    harness.caller()
    second = harness.caller()
    assert harness.switch.heard[-1] == f"api uuid_kill {second} USER_BUSY"


def test_a_number_may_lead_to_an_ivr(harness):
    customer = harness.caller(NUMBER_OF_IVR)
    assert harness.switch.heard == [f"api uuid_transfer {customer} ivr_main XML esl_bridge"]
    harness.ends(customer)
    harness.nothing_left()


def test_a_caller_that_leaves_the_ivr_goes_to_the_fallback(harness):
    customer = harness.caller(NUMBER_OF_IVR)
    harness.pick_up(customer)
    harness.switch.take()
    harness.parks(customer)
    assert harness.switch.heard == [f"api uuid_kill {customer} NORMAL_CLEARING"]


def test_a_number_without_a_route_is_refused(harness):
    customer = harness.caller("40019999")
    assert harness.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]


def test_a_number_may_lead_outside(harness):
    customer = harness.caller(NUMBER_OUT, caller=OTHER_OUTSIDE)
    assert f"]sofia/gateway/carrier/{OUTSIDE}" in harness.switch.heard[1].replace("}", "]")
    assert "origination_caller_id_number=40010001;" in harness.switch.heard[1]
    legs = [leg for leg in harness.tenant.legs if leg != customer]
    harness.switch.take()
    harness.takes(legs[0])
    assert harness.switch.heard[-1] == f"api uuid_bridge {legs[0]} {customer}"


def test_a_fallback_that_may_not_be_called_ends_the_call():
    harness = TenantHarness(fallback=Route(number=BARRED))
    customer = harness.caller("40019999")
    assert harness.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]


def test_a_number_barred_during_the_ringback_command_is_not_called(harness):
    harness.switch.will("uuid_transfer", lambda: harness.tenant.reconfigure(company(external=None)))
    customer = harness.caller(NUMBER_OUT)
    assert harness.switch.heard == [ringback(customer), f"api uuid_kill {customer} USER_BUSY"]
    harness.ends(customer, "USER_BUSY")
    harness.nothing_left()


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("word", ["uuid_transfer", "originate"])
def test_a_caller_whose_offer_cannot_be_set_up_goes_to_the_fallback(harness, word, error):
    harness.switch.will(word, error)
    customer = harness.caller()
    assert harness.switch.heard[-1] == f"api uuid_kill {customer} USER_BUSY"
    assert harness.agent("A").own_leg is None
    assert harness.got("A") == []
    harness.ends(customer, "USER_BUSY")
    harness.resync()
    harness.nothing_left()


@pytest.mark.parametrize("word", ["uuid_answer", "uuid_bridge"])
def test_two_legs_that_were_to_be_bridged_wait_for_the_link(harness, word):
    harness.caller()
    leg = harness.offered("A")
    harness.switch.will(word, SwitchUnavailable("lost"))
    harness.takes(leg)
    assert not [line for line in harness.switch.heard if "uuid_kill" in line]


@pytest.mark.parametrize("error", [one for one in ERRORS if not isinstance(one, SwitchUnavailable)])
@pytest.mark.parametrize("word", ["uuid_answer", "uuid_bridge"])
def test_a_refused_bridge_ends_the_agents_leg(harness, word, error):
    customer = harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.switch.will(word, error)
    harness.switch.take()
    harness.takes(leg)
    assert harness.switch.heard[-1] == f"api uuid_kill {leg} NORMAL_CLEARING"
    harness.switch.take()
    harness.ends(leg)
    assert harness.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]
    harness.ends(customer, "USER_BUSY")
    assert harness.got("A")[-1] == "CALLING>FREE"
    harness.nothing_left()


# -- what a caller can write ------------------------------------------------------------------

HOSTILE = [
    "13\n\napi status",
    "{a=b}",
    "${system(id)}",
    "&system(id)",
    "1,2",
    "1;2",
    "[x]",
    "'",
    '"',
    " ",
    "",
    "1 2",
    "a|b",
    "１２３",
    "\u2028",
    "\x85",
    "\ud800",
    "1" * 65,
    "^^:",
    "\\",
    "<a@b>",
]


@pytest.mark.parametrize("number", HOSTILE)
def test_a_malformed_callers_number_is_shown_as_withheld(harness, number):
    customer = harness.caller(caller=number)
    assert harness.switch.heard == [
        ringback(customer),
        offer_line(harness.offered("A"), shown="anonymous"),
    ]
    harness.rings(harness.offered("A"))
    assert harness.last_push("A", LegOffered).caller == number


@pytest.mark.parametrize("number", HOSTILE)
def test_a_number_that_a_phone_dials_is_checked_against_the_policy(number):
    harness = TenantHarness(dial_from_phone=True)
    leg = harness.dials("A", number)
    assert harness.switch.heard == [f"api uuid_kill {leg} OUTGOING_CALL_BARRED"]


@pytest.mark.parametrize("data", ['{"a":"\n\napi status"}', "\0", "x" * 16384])
def test_data_attached_to_a_call_is_not_sent_to_the_switch(harness, data):
    customer = harness.caller(flow_data=data, work_order_id=data)
    assert harness.switch.heard == [ringback(customer), offer_line(harness.offered("A"))]
    harness.rings(harness.offered("A"))
    assert harness.last_push("A", LegOffered).flow_data == data


# -- phones that dial -------------------------------------------------------------------------


def test_a_phone_may_dial_only_if_the_company_allows_it(harness):
    leg = harness.dials("A", OUTSIDE)
    assert harness.switch.heard == [f"api uuid_kill {leg} OUTGOING_CALL_BARRED"]
    harness.ends(leg, "OUTGOING_CALL_BARRED")
    assert harness.got("A") == []
    harness.nothing_left()


def far_of(harness: TenantHarness, leg: str) -> str:
    return next(one.uuid for one in harness.tenant.legs[leg].call.legs if one.uuid != leg)


def test_a_phone_may_dial_an_outside_number():
    harness = TenantHarness(dial_from_phone=True)
    leg = harness.dials("A", OUTSIDE)
    far = far_of(harness, leg)
    [line] = harness.switch.heard
    contact = harness.tenant.legs[leg].call.contact_id
    limits = (
        "hangup_after_bridge=true;ringback=%(1000,4000,450);playback_terminators=none;"
        "playback_timeout_sec=43200"
    )
    limits += f";esl_bridge_contact_id={contact}"
    assert line.startswith(f"api uuid_transfer {leg} 'm:~:multiset:^^;{limits}~bridge:")
    assert f"~bridge:{{ignore_early_media=false}}[^^;origination_uuid={far};" in line
    assert line.endswith(f"]sofia/gateway/carrier/{OUTSIDE}' inline")
    harness.rings(far)
    harness.pick_up(far)
    harness.pick_up(leg)
    harness.bridge(leg, far)
    harness.ends(far)
    harness.ends(leg)
    assert harness.got("A") == ["FREE>CALLING", "CALLING>FREE"]
    harness.nothing_left()


@pytest.mark.parametrize("to", ["B", B])
def test_a_phone_may_dial_an_agent(to):
    harness = TenantHarness(dial_from_phone=True)
    leg = harness.dials("A", B)
    far = far_of(harness, leg)
    harness.pick_up(far)
    assert harness.got("B") == ["callin", "FREE>RINGING", "RINGING>CALLING"]
    harness.ends(leg)
    harness.ends(far)
    harness.nothing_left()


@pytest.mark.parametrize("cause", ["USER_BUSY", "NO_ANSWER"])
def test_a_phone_that_dials_a_busy_number_ends_with_its_cause(cause):
    """Its own leg was never answered, and its agent is free again all the same."""
    harness = TenantHarness(dial_from_phone=True)
    leg = harness.dials("A", OUTSIDE)
    far = far_of(harness, leg)
    harness.rings(far)
    harness.ends(far, cause)
    harness.ends(leg, cause)
    assert harness.got("A") == ["FREE>CALLING", "CALLING>FREE"]
    harness.nothing_left()


@pytest.mark.parametrize(
    ("number", "cause"),
    [(BARRED, "OUTGOING_CALL_BARRED"), ("110", "OUTGOING_CALL_BARRED"), (B, "USER_BUSY")],
)
def test_a_phone_that_dials_a_forbidden_number_is_refused(number, cause):
    harness = TenantHarness(dial_from_phone=True)
    harness.put("B", Status.BUSY)
    leg = harness.dials("A", number)
    assert harness.switch.heard == [f"api uuid_kill {leg} {cause}"]
    harness.ends(leg, cause)
    assert harness.got("A") == harness.got("B") == []
    harness.nothing_left()


def test_a_phone_whose_agent_is_in_a_call_cannot_dial():
    harness = TenantHarness(dial_from_phone=True)
    harness.talk("A", "B")
    leg = harness.dials("A", OUTSIDE)
    assert harness.switch.heard == [f"api uuid_kill {leg} USER_BUSY"]
    harness.ends(leg, "USER_BUSY")
    assert harness.status("A") is Status.CALLING


@pytest.mark.parametrize("error", ERRORS)
def test_a_dialled_call_ends_where_the_switch_refuses_it(error):
    harness = TenantHarness(dial_from_phone=True)
    harness.switch.will("uuid_transfer", error)
    leg = harness.dials("A", B)
    assert harness.switch.heard[-1] == f"api uuid_kill {leg} NORMAL_CLEARING"
    harness.ends(leg)
    assert harness.status("A") is Status.FREE
    assert harness.got("B") == []
    harness.nothing_left()


# -- who is left alone ------------------------------------------------------------------------


def test_a_parked_leg_without_a_procedure_is_ended(harness):
    near = harness.ask("A", "call", callee_number="round", out_line=2).uuid
    harness.pick_up(near)
    harness.switch.take()
    harness.parks(near)
    assert harness.switch.heard == [f"api uuid_kill {near} NORMAL_CLEARING"]


def test_a_customer_that_waits_for_a_ringing_phone_is_left_alone(harness):
    customer = harness.caller()
    harness.rings(harness.offered("A"))
    harness.switch.take()
    harness.parks(customer)
    assert harness.switch.heard == []


def test_a_phone_is_bridged_once_it_is_parked(harness):
    """A bridge to a leg that has just answered and is not parked yet may kill it."""
    customer = harness.caller()
    leg = harness.offered("A")
    harness.pick_up(leg)
    assert not any("uuid_bridge" in line for line in harness.switch.take())
    harness.parks(leg)
    assert harness.switch.heard[-1] == f"api uuid_bridge {leg} {customer}"
