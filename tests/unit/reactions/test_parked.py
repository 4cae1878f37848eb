"""Who comes by itself: customers, and phones that dial; and who is left alone."""

import pytest

from esl_bridge.domain.company import Route
from esl_bridge.domain.news import LegOffered
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchRefused, SwitchTimedOut, SwitchUnavailable
from tests.builders import (
    BARRED,
    NAMES,
    NO_SUCH_CHANNEL,
    NUMBER_OF_A,
    NUMBER_OF_IVR,
    NUMBER_OUT,
    OTHER_OUTSIDE,
    OUTSIDE,
    Office,
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


def test_a_customer_hears_ringback_is_not_answered_and_the_agents_phone_is_rung(office):
    customer = office.caller()
    assert office.switch.heard == [ringback(customer), offer_line(office.offered("A"))]


def test_a_whole_incoming_call(office):
    customer = office.caller(flow_data='{"vip": 1}', work_order_id="wo-7")
    leg = office.offered("A")
    office.rings(leg)
    offer = office.last_push("A", LegOffered)
    assert (offer.uuid, offer.caller, offer.callee, offer.channel) == (
        leg,
        OUTSIDE,
        NUMBER_OF_A,
        "",
    )
    assert (offer.flow_data, offer.work_order_id) == ('{"vip": 1}', "wo-7")
    office.switch.take()
    office.takes(leg)
    assert office.switch.take() == [
        f"api uuid_answer {customer}",
        f"api uuid_bridge {leg} {customer}",
    ]
    office.pick_up(customer)
    office.bridge(leg, customer)
    office.ends(customer)
    office.ends(leg)
    assert office.got("A") == ["callin", "FREE>RINGING", "RINGING>CALLING", "CALLING>FREE"]
    assert office.switch.heard == []
    office.nothing_left()


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
def test_an_offer_that_is_not_taken_goes_to_the_fallback_once(cause, reason, fallback):
    office = Office(fallback=fallback)
    customer = office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.switch.take()
    office.ends(leg, cause)
    assert office.got("A") == ["callin", "FREE>RINGING", f"RINGING>FREE {reason}"]
    if fallback is None:
        assert office.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]
    elif fallback.ivr:
        assert office.switch.heard == [f"api uuid_transfer {customer} ivr_main XML esl_bridge"]
    else:
        second = office.offered("B")
        office.rings(second)
        office.switch.take()
        office.ends(second, cause)
        assert office.got("B") == ["callin", "FREE>RINGING", f"RINGING>FREE {reason}"]
        assert office.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]
    office.ends(customer, "USER_BUSY")
    office.nothing_left()


def test_a_missed_offer_of_a_number_is_no_missed_offer_of_a_skill():
    office = Office(missed_offer="busy")
    office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.ends(leg, "NO_ANSWER")
    assert office.status("A") is Status.FREE


def test_a_caller_who_gives_up(office):
    customer = office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.switch.take()
    office.ends(customer, "ORIGINATOR_CANCEL")
    assert office.switch.take() == [f"api uuid_kill {leg} ORIGINATOR_CANCEL"]
    office.ends(leg, "ORIGINATOR_CANCEL")
    assert office.switch.heard == []
    assert office.got("A") == ["callin", "FREE>RINGING", "RINGING>FREE CALLER_GONE"]
    office.nothing_left()


def test_a_caller_who_gives_up_before_the_phone_rings_lets_nobody_ring(office):
    customer = office.caller()
    leg = office.offered("A")
    office.switch.will("uuid_kill", NO_SUCH_CHANNEL)
    office.ends(customer, "ORIGINATOR_CANCEL")
    office.rings(leg)
    assert office.switch.heard[-1] == f"api uuid_kill {leg} ORIGINATOR_CANCEL"
    office.ends(leg, "ORIGINATOR_CANCEL")
    assert office.got("A") == []
    office.nothing_left()


def test_a_caller_who_gives_up_while_the_switch_is_asked_for_ringback(office):
    """Between two commands the world may change: then no phone is rung for nobody."""
    gone = []

    def give_up() -> None:
        gone.append(office.agent("A").own.call.customer.uuid)
        office.ends(gone[0], "ORIGINATOR_CANCEL")

    office.switch.will("uuid_transfer", give_up)
    office.caller()
    assert not any("originate" in line for line in office.switch.heard)
    office.nothing_left()


def test_a_caller_who_gives_up_at_the_moment_of_the_answer(office):
    customer = office.caller()
    leg = office.offered("A")
    office.pick_up(leg)
    office.switch.take()
    office.ends(customer, "ORIGINATOR_CANCEL")
    assert office.switch.take() == [f"api uuid_kill {leg} NORMAL_CLEARING"]
    office.parks(leg)
    office.ends(leg)
    assert office.got("A")[-2:] == ["RINGING>CALLING", "CALLING>FREE"]
    office.nothing_left()


@pytest.mark.parametrize(
    "make_away",
    [
        lambda office: office.put("A", Status.OFFLINE),
        lambda office: office.put("A", Status.BUSY),
        lambda office: setattr(office.agent("A"), "connection", None),
        lambda office: setattr(office.agent("A"), "registered", False),
        lambda office: office.begin_call("A", OTHER_OUTSIDE),
    ],
)
@pytest.mark.parametrize("fallback", [None, Route(ivr="2001"), Route(agent=A)])
def test_an_agent_that_takes_no_calls_is_not_rung(make_away, fallback):
    office = Office(fallback=fallback)
    make_away(office)
    office.forget()
    customer = office.caller()
    assert office.got("A") == []
    if fallback is not None and fallback.ivr:
        assert office.switch.heard == [f"api uuid_transfer {customer} ivr_main XML esl_bridge"]
    else:
        assert office.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]


def test_two_callers_never_ring_at_one_agent(office):
    office.caller()
    second = office.caller()
    assert office.switch.heard[-1] == f"api uuid_kill {second} USER_BUSY"


def test_a_number_that_leads_to_an_ivr(office):
    customer = office.caller(NUMBER_OF_IVR)
    assert office.switch.heard == [f"api uuid_transfer {customer} ivr_main XML esl_bridge"]
    office.ends(customer)
    office.nothing_left()


def test_one_whom_the_ivr_lets_go_has_the_fallback_left(office):
    customer = office.caller(NUMBER_OF_IVR)
    office.pick_up(customer)
    office.switch.take()
    office.parks(customer)
    assert office.switch.heard == [f"api uuid_kill {customer} NORMAL_CLEARING"]


def test_a_number_that_is_nobodys_is_refused(office):
    customer = office.caller("40019999")
    assert office.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]


def test_a_number_that_leads_outside(office):
    customer = office.caller(NUMBER_OUT, caller=OTHER_OUTSIDE)
    assert f"]sofia/gateway/carrier/{OUTSIDE}" in office.switch.heard[1].replace("}", "]")
    assert "origination_caller_id_number=40010001;" in office.switch.heard[1]
    legs = [leg for leg in office.desk.legs if leg != customer]
    office.switch.take()
    office.takes(legs[0])
    assert office.switch.heard[-1] == f"api uuid_bridge {legs[0]} {customer}"


def test_a_fallback_that_may_not_be_called_ends_the_call():
    office = Office(fallback=Route(number=BARRED))
    customer = office.caller("40019999")
    assert office.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]


def test_a_number_that_is_barred_while_the_switch_is_asked_for_ringback(office):
    office.switch.will("uuid_transfer", lambda: office.desk.take_up(company(external=None)))
    customer = office.caller(NUMBER_OUT)
    assert office.switch.heard == [ringback(customer), f"api uuid_kill {customer} USER_BUSY"]
    office.ends(customer, "USER_BUSY")
    office.nothing_left()


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("word", ["uuid_transfer", "originate"])
def test_a_switch_that_does_not_set_the_offer_up(office, word, error):
    office.switch.will(word, error)
    customer = office.caller()
    assert office.switch.heard[-1] == f"api uuid_kill {customer} USER_BUSY"
    assert office.agent("A").own is None
    assert office.got("A") == []
    office.ends(customer, "USER_BUSY")
    office.resync()
    office.nothing_left()


@pytest.mark.parametrize("word", ["uuid_answer", "uuid_bridge"])
def test_two_that_were_to_be_joined_when_the_link_was_lost_wait(office, word):
    office.caller()
    leg = office.offered("A")
    office.switch.will(word, SwitchUnavailable("lost"))
    office.takes(leg)
    assert not [line for line in office.switch.heard if "uuid_kill" in line]


@pytest.mark.parametrize("error", [one for one in ERRORS if not isinstance(one, SwitchUnavailable)])
@pytest.mark.parametrize("word", ["uuid_answer", "uuid_bridge"])
def test_a_switch_that_does_not_join_them(office, word, error):
    customer = office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.switch.will(word, error)
    office.switch.take()
    office.takes(leg)
    assert office.switch.heard[-1] == f"api uuid_kill {leg} NORMAL_CLEARING"
    office.switch.take()
    office.ends(leg)
    assert office.switch.heard == [f"api uuid_kill {customer} USER_BUSY"]
    office.ends(customer, "USER_BUSY")
    assert office.got("A")[-1] == "CALLING>FREE"
    office.nothing_left()


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
def test_a_callers_number_that_is_none_is_shown_as_withheld(office, number):
    customer = office.caller(caller=number)
    assert office.switch.heard == [
        ringback(customer),
        offer_line(office.offered("A"), shown="anonymous"),
    ]
    office.rings(office.offered("A"))
    assert office.last_push("A", LegOffered).caller == number


@pytest.mark.parametrize("number", HOSTILE)
def test_a_number_that_a_phone_dials_is_held_against_the_policy(number):
    office = Office(dial_from_phone=True)
    leg = office.dials("A", number)
    assert office.switch.heard == [f"api uuid_kill {leg} OUTGOING_CALL_BARRED"]


@pytest.mark.parametrize("data", ['{"a":"\n\napi status"}', "\0", "x" * 16384])
def test_what_is_attached_to_a_call_never_reaches_the_switch(office, data):
    customer = office.caller(flow_data=data, work_order_id=data)
    assert office.switch.heard == [ringback(customer), offer_line(office.offered("A"))]
    office.rings(office.offered("A"))
    assert office.last_push("A", LegOffered).flow_data == data


# -- phones that dial -------------------------------------------------------------------------


def test_a_phone_may_not_dial_unless_the_company_says_so(office):
    leg = office.dials("A", OUTSIDE)
    assert office.switch.heard == [f"api uuid_kill {leg} OUTGOING_CALL_BARRED"]
    office.ends(leg, "OUTGOING_CALL_BARRED")
    assert office.got("A") == []
    office.nothing_left()


def far_of(office: Office, leg: str) -> str:
    return next(one.uuid for one in office.desk.legs[leg].call.legs if one.uuid != leg)


def test_a_phone_that_dials_the_outside():
    office = Office(dial_from_phone=True)
    leg = office.dials("A", OUTSIDE)
    far = far_of(office, leg)
    [line] = office.switch.heard
    contact = office.desk.legs[leg].call.contact_id
    limits = (
        "hangup_after_bridge=true;ringback=%(1000,4000,450);playback_terminators=none;"
        "playback_timeout_sec=43200"
    )
    limits += f";esl_bridge_contact_id={contact}"
    assert line.startswith(f"api uuid_transfer {leg} 'm:~:multiset:^^;{limits}~bridge:")
    assert f"~bridge:{{ignore_early_media=false}}[^^;origination_uuid={far};" in line
    assert line.endswith(f"]sofia/gateway/carrier/{OUTSIDE}' inline")
    office.rings(far)
    office.pick_up(far)
    office.pick_up(leg)
    office.bridge(leg, far)
    office.ends(far)
    office.ends(leg)
    assert office.got("A") == ["FREE>CALLING", "CALLING>FREE"]
    office.nothing_left()


@pytest.mark.parametrize("to", ["B", B])
def test_a_phone_that_dials_an_agent(to):
    office = Office(dial_from_phone=True)
    leg = office.dials("A", B)
    far = far_of(office, leg)
    office.pick_up(far)
    assert office.got("B") == ["callin", "FREE>RINGING", "RINGING>CALLING"]
    office.ends(leg)
    office.ends(far)
    office.nothing_left()


@pytest.mark.parametrize("cause", ["USER_BUSY", "NO_ANSWER"])
def test_a_phone_that_dials_in_vain(cause):
    """Its own leg was never answered, and its agent is free again all the same."""
    office = Office(dial_from_phone=True)
    leg = office.dials("A", OUTSIDE)
    far = far_of(office, leg)
    office.rings(far)
    office.ends(far, cause)
    office.ends(leg, cause)
    assert office.got("A") == ["FREE>CALLING", "CALLING>FREE"]
    office.nothing_left()


@pytest.mark.parametrize(
    ("number", "cause"),
    [(BARRED, "OUTGOING_CALL_BARRED"), ("110", "OUTGOING_CALL_BARRED"), (B, "USER_BUSY")],
)
def test_a_phone_that_dials_whom_it_may_not(number, cause):
    office = Office(dial_from_phone=True)
    office.put("B", Status.BUSY)
    leg = office.dials("A", number)
    assert office.switch.heard == [f"api uuid_kill {leg} {cause}"]
    office.ends(leg, cause)
    assert office.got("A") == office.got("B") == []
    office.nothing_left()


def test_a_phone_whose_agent_is_in_a_call_already():
    office = Office(dial_from_phone=True)
    office.talk("A", "B")
    leg = office.dials("A", OUTSIDE)
    assert office.switch.heard == [f"api uuid_kill {leg} USER_BUSY"]
    office.ends(leg, "USER_BUSY")
    assert office.status("A") is Status.CALLING


@pytest.mark.parametrize("error", ERRORS)
def test_a_switch_that_does_not_dial_on(error):
    office = Office(dial_from_phone=True)
    office.switch.will("uuid_transfer", error)
    leg = office.dials("A", B)
    assert office.switch.heard[-1] == f"api uuid_kill {leg} NORMAL_CLEARING"
    office.ends(leg)
    assert office.status("A") is Status.FREE
    assert office.got("B") == []
    office.nothing_left()


# -- who is left alone ------------------------------------------------------------------------


def test_a_leg_with_nothing_under_way_is_ended(office):
    near = office.ask("A", "call", callee_number="round", out_line=2).uuid
    office.pick_up(near)
    office.switch.take()
    office.parks(near)
    assert office.switch.heard == [f"api uuid_kill {near} NORMAL_CLEARING"]


def test_a_customer_that_waits_for_a_phone_is_left_to_wait(office):
    customer = office.caller()
    office.rings(office.offered("A"))
    office.switch.take()
    office.parks(customer)
    assert office.switch.heard == []


def test_a_phone_is_joined_when_it_is_parked_and_not_before(office):
    """A bridge to a leg that has just answered and is not parked yet may kill it."""
    customer = office.caller()
    leg = office.offered("A")
    office.pick_up(leg)
    assert not any("uuid_bridge" in line for line in office.switch.take())
    office.parks(leg)
    assert office.switch.heard[-1] == f"api uuid_bridge {leg} {customer}"
