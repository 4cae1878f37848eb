"""A supervisor takes calls over: who is told what, and where the customer is if one of them leaves
while the switch is joining the others."""

import pytest

from esl_bridge.domain.company import Route
from esl_bridge.domain.states import Status
from esl_bridge.errors import NotNow, SwitchTimedOut
from esl_bridge.esl.events import LegAnswered, LegHeld, PlaybackStarted, PlaybackStopped
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, NUMBER_OF_IVR, OUTSIDE, Office

OPERATED = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
SUBSTITUTED = f"SUBSTITUTED:{NAMES['S']}"


def with_fallback(**changes):
    return Office(fallback=Office().desk.company.numbers[NUMBER_OF_IVR], **changes)


def substitute(office):
    """The supervisor's phone rings; gives its leg."""
    uuid = office.ask("S", "substitute", **OPERATED).uuid
    office.rings(uuid)
    return uuid


def steps_in(office, customer):
    """The supervisor answers, and is joined to the customer."""
    own = substitute(office)
    office.takes(own)
    office.bridge(own, customer)
    return own


def rings_for_a_caller(office):
    customer = office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.forget()
    return customer, leg


def commands_to(office, leg):
    return [line.split()[1] for line in office.switch.take() if f" {leg}" in line]


def test_7_8_of_a_call_that_rings(office):
    customer, leg = rings_for_a_caller(office)
    own = substitute(office)
    assert office.got("S") == ["R", "SUBSTITUTE.I", "FREE>RINGING"]
    office.takes(own)
    assert office.got("S") == ["RINGING>CALLING"]
    assert office.switch.take()[-2:] == [
        f"api uuid_answer {customer}",
        f"api uuid_bridge {own} {customer}",
    ]
    office.event(LegAnswered(customer))
    office.bridge(own, customer)
    assert office.got("S") == ["SUBSTITUTE.S"]
    assert f"api uuid_kill {leg} ORIGINATOR_CANCEL" in office.switch.take()
    office.ends(leg, "ORIGINATOR_CANCEL")
    assert office.got("A") == [f"RINGING>FREE {SUBSTITUTED}"]
    assert office.ask("S", "get_status").in_call_numbers == (OUTSIDE,)
    office.ends(customer)
    office.ends(own)
    assert office.got("S") == ["R", "SUBSTITUTE.E+", "CALLING>FREE"]
    office.nothing_left()


def test_7_9_who_answers_first_has_the_call_until_the_supervisor_answers(office):
    customer, leg = rings_for_a_caller(office)
    own = substitute(office)
    office.takes(leg)
    office.event(LegAnswered(customer))
    office.bridge(leg, customer)
    office.forget()
    office.takes(own)
    office.bridge(own, customer)
    assert office.got("S") == ["RINGING>CALLING", "SUBSTITUTE.S"]
    office.ends(leg)
    assert office.got("A") == [f"CALLING>FREE {SUBSTITUTED}"]


def test_7_10_of_a_call_that_goes_on(office):
    near, far = office.talk("A", "B")
    own = substitute(office)
    assert office.got("A") == office.got("B") == []
    office.forget()
    parts = [lambda: office.parks(near), lambda: office.parks(far)]
    office.waits += [lambda: None, *parts]
    office.takes(own)
    *secured, parted, again, bridged = office.switch.take()
    assert [line.split()[2] for line in secured] == [near, far]
    assert all("park_after_bridge=true" in line for line in secured)
    assert parted.startswith(f"api uuid_transfer {near} ") and "park_timeout=" in parted
    assert again.startswith(f"api uuid_setvar_multi {far} park_after_bridge=true")
    assert bridged == f"api uuid_bridge {own} {far}"
    office.bridge(own, far)
    assert office.got("A") == ["CALL.E+"]
    released = (
        "park_after_bridge=;park_timeout=;hangup_after_bridge=true;uuid_bridge_park_on_cancel=;"
        "hold_hangup_xfer_exten=;transfer_after_bridge=;"
        "playback_timeout_sec=43200"
    )
    assert office.switch.take() == [
        f"api uuid_setvar_multi {own} {released}",
        f"api uuid_setvar_multi {far} {released}",
        f"api uuid_kill {near} NORMAL_CLEARING",
    ]
    office.ends(near)
    assert office.got("A") == [f"CALLING>FREE {SUBSTITUTED}"]
    assert office.ask("B", "get_status").in_call_numbers == (NAMES["S"],)
    office.ends(own)
    office.ends(far)
    assert office.got("S")[-2:] == ["SUBSTITUTE.E+", "CALLING>FREE"]
    office.nothing_left()


def test_who_called_the_agent_talks_to_the_supervisor_in_its_place(office):
    near, far = office.begin_call("B", "A")
    office.pick_up(near)
    office.rings(far)
    office.forget()
    own = substitute(office)
    office.takes(own)
    office.ends(far, "ORIGINATOR_CANCEL")
    assert office.got("A") == [f"RINGING>FREE {SUBSTITUTED}"]
    office.bridge(own, near)
    assert office.got("B") == ["CALL.S"]
    office.ends(own)
    office.ends(near)
    assert office.got("B") == ["CALL.E+", "CALLING>FREE"]
    office.nothing_left()


def test_a_held_customer_hears_the_supervisor_and_the_agent_is_told_of_the_end_alone(office):
    near, far = office.talk("A", "B")
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    office.forget()
    own = substitute(office)
    office.takes(own)
    office.event(PlaybackStopped(far, HOLD))
    office.bridge(own, far)
    office.ends(near)
    assert office.got("A") == ["CALL.E+", f"CALLING/HOLD>FREE {SUBSTITUTED}"]


def test_one_who_holds_the_agent_holds_nobody_then(office):
    near, far = office.talk("A", "B")
    office.ask("B", "hold", uuid=far, hold="1")
    office.event(PlaybackStarted(near, HOLD))
    office.forget()
    steps_in(office, far)
    assert office.got("B") == ["CALLING/HOLD>CALLING"]


def test_a_phone_that_holds_is_ended_as_any_other(office):
    near, far = office.talk("A", "B")
    office.event(LegHeld(near))
    steps_in(office, far)
    assert f"api uuid_kill {near} NORMAL_CLEARING" in office.switch.heard


def test_music_that_is_about_to_begin_is_awaited(office):
    near, far = office.talk("A", "B")
    office.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        office.ask("A", "hold", uuid=near, hold="1")
    own = substitute(office)
    office.waits.append(lambda: office.event(PlaybackStarted(far, HOLD)))
    office.takes(own)
    assert not office.waits and f"api uuid_bridge {own} {far}" in office.switch.heard


def test_7_11_the_supervisor_does_not_answer(office):
    near, _ = office.talk("A", "B")
    own = substitute(office)
    office.forget()
    office.ends(own, "NO_ANSWER")
    assert office.got("S") == ["SUBSTITUTE.E- 5201", "RINGING>FREE NO_ANSWER"]
    assert office.got("A") == office.switch.heard == []
    assert office.desk.legs[near].successors == []


def test_the_call_is_over_before_the_supervisor_answers(office):
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.forget()
    office.ends(near)
    assert office.switch.take() == [f"api uuid_kill {own} ORIGINATOR_CANCEL"]
    office.ends(far)
    office.ends(own, "ORIGINATOR_CANCEL")
    assert office.got("S") == ["SUBSTITUTE.E- 5206", "RINGING>FREE"]
    office.nothing_left()


def test_what_the_agent_has_begun_itself_goes_first(office):
    near, _ = office.talk("A", "B")
    own = substitute(office)
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", uuid=near, type="1", **third)
    office.forget()
    office.takes(own)
    assert office.switch.take() == [f"api uuid_kill {own} NORMAL_CLEARING"]
    office.ends(own)
    assert office.got("S")[-2:] == ["SUBSTITUTE.E- 4103", "CALLING>FREE"]
    assert office.got("A") == []


def test_two_supervisors_want_the_same_call(office):
    office.put("D", Status.FREE)
    office.agent("D").entry = office.agent("S").entry
    _, far = office.talk("A", "B")
    own = substitute(office)
    second = office.ask("D", "substitute", **OPERATED).uuid
    office.rings(second)
    office.takes(own)
    office.forget()
    office.takes(second)
    assert office.switch.take() == [f"api uuid_kill {second} NORMAL_CLEARING"]
    office.bridge(own, far)
    office.ends(second)
    assert office.got("S") == ["SUBSTITUTE.S"]


# -- somebody leaves while they are being joined ----------------------------------------------


def test_a_customer_whose_supervisor_is_gone_comes_back_to_its_agent(office):
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.takes(own)
    office.unbridge(near, far)
    office.parks(near)
    office.forget()
    office.ends(own)
    assert office.got("S") == ["SUBSTITUTE.E- 5207", "CALLING>FREE"]
    assert commands_to(office, near) == ["uuid_bridge", "uuid_setvar_multi"]
    office.bridge(near, far)
    assert office.got("A") == []
    office.ends(far)
    office.ends(near)
    assert office.got("A") == ["CALL.E+", "CALLING>FREE"]
    office.nothing_left()


def test_also_where_that_is_seen_before_the_switch_has_answered(office):
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.switch.will("uuid_bridge", lambda: office.ends(own))
    office.takes(own)
    assert f"api uuid_bridge {near} {far}" in office.switch.heard


def test_a_supervisor_who_is_gone_before_it_is_joined_has_changed_nothing(office):
    near, far = office.talk("A", "B")
    own = substitute(office)

    def leaves():
        office.ends(own)
        raise NO_SUCH_CHANNEL

    office.switch.will("uuid_bridge", leaves)
    office.takes(own)
    released = (
        "park_after_bridge=;park_timeout=;hangup_after_bridge=true;uuid_bridge_park_on_cancel=;"
        "hold_hangup_xfer_exten=;transfer_after_bridge=;"
        "playback_timeout_sec=43200"
    )
    assert office.switch.take()[-2:] == [
        f"api uuid_setvar_multi {near} {released}",
        f"api uuid_setvar_multi {far} {released}",
    ]
    office.ask("A", "hold", uuid=near, hold="1")


def test_a_phone_that_rings_rings_on_and_its_caller_hears_that_again(office):
    customer, leg = rings_for_a_caller(office)
    own = substitute(office)
    office.takes(own)
    office.forget()
    office.ends(own)
    assert office.switch.take()[0] == f"api uuid_transfer {customer} ringback XML esl_bridge"
    office.takes(leg)
    assert f"api uuid_bridge {leg} {customer}" in office.switch.take()
    office.bridge(leg, customer)
    office.ends(customer)
    office.ends(leg)
    assert office.got("A") == ["RINGING>CALLING", "CALLING>FREE"]
    office.nothing_left()


def test_a_customer_whom_both_have_left_is_sent_on():
    office = with_fallback()
    customer, leg = rings_for_a_caller(office)
    own = substitute(office)
    office.takes(own)
    office.ends(leg, "CALL_REJECTED")
    office.forget()
    office.ends(own)
    sent = [line for line in office.switch.take() if f"uuid_transfer {customer} ivr_main" in line]
    assert len(sent) == 1


def test_a_caller_whose_agent_rejects_when_the_supervisor_is_gone_is_sent_on():
    office = with_fallback()
    customer, leg = rings_for_a_caller(office)
    own = substitute(office)

    def both_leave():
        office.ends(leg, "CALL_REJECTED")
        office.ends(own)
        raise NO_SUCH_CHANNEL

    office.switch.will("uuid_bridge", both_leave)
    office.takes(own)
    sent = [line for line in office.switch.take() if f"uuid_transfer {customer} ivr_main" in line]
    assert len(sent) == 1


@pytest.mark.parametrize("parked_first", [True, False])
def test_a_talk_that_both_agents_have_left_is_sent_on_once(parked_first):
    office = with_fallback()
    near, far = office.talk("A", "B")
    own = substitute(office)

    def both_leave():
        office.unbridge(near, far)
        office.ends(near)
        if parked_first:
            office.parks(far)
        office.ends(own)
        raise NO_SUCH_CHANNEL

    office.switch.will("uuid_bridge", both_leave)
    office.takes(own)
    if not parked_first:
        office.parks(far)
    sent = [line for line in office.switch.take() if f"uuid_transfer {far} ivr_main" in line]
    assert len(sent) == 1


def test_an_agent_who_is_gone_before_its_customer_is_back_leaves_it_to_the_fallback():
    office = with_fallback()
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.takes(own)
    office.forget()
    office.switch.will("uuid_bridge", lambda: office.ends(near))
    office.ends(own)
    assert f"api uuid_transfer {far} ivr_main XML esl_bridge" in office.switch.take()


def test_an_agent_who_hangs_up_at_that_moment_does_not_take_its_customer_along(office):
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.takes(own)
    office.ends(near)
    assert office.got("A")[-2:] == ["CALL.E+", f"CALLING>FREE {SUBSTITUTED}"]
    office.bridge(own, far)
    assert office.got("S")[-1] == "SUBSTITUTE.S"
    assert office.desk.legs[far].peer is office.desk.legs[own]


def test_a_customer_who_hangs_up_at_that_moment(office):
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.takes(own)
    office.forget()
    office.ends(far)
    assert office.switch.take() == [
        f"api uuid_kill {own} NORMAL_CLEARING",
        f"api uuid_kill {near} NORMAL_CLEARING",
    ]
    office.ends(own)
    office.ends(near)
    assert office.got("S") == ["SUBSTITUTE.E- 5206", "CALLING>FREE"]
    assert office.got("A") == ["CALL.E+", "CALLING>FREE"]
    office.nothing_left()


def test_nobody_knows_whether_the_switch_has_joined_them(office):
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.switch.will("uuid_bridge", SwitchTimedOut("late"))
    office.takes(own)
    heard = office.switch.take()
    assert f"api uuid_kill {own} NORMAL_CLEARING" in heard
    assert f"api uuid_bridge {near} {far}" in heard


def test_an_agent_who_has_answered_meanwhile_has_the_call_when_the_supervisor_is_gone(office):
    customer, leg = rings_for_a_caller(office)
    own = substitute(office)

    def one_answers_and_one_leaves():
        office.ends(own)
        office.takes(leg)
        raise NO_SUCH_CHANNEL

    office.switch.will("uuid_bridge", one_answers_and_one_leaves)
    office.takes(own)
    assert f"api uuid_bridge {leg} {customer}" in office.switch.take()


# -- what is refused --------------------------------------------------------------------------


def test_nobody_else_may_and_there_must_be_a_call(office):
    office.refused("4102", "B", "substitute", **OPERATED)
    office.refused("4016", "S", "substitute", **OPERATED)
    stranger = {"operated_agent_id": "90002_1", "operated_ext_id": "90002_1"}
    office.refused("4101", "S", "substitute", **stranger)


def test_a_call_of_three_is_nobody_elses(office):
    near, _ = office.talk("A", "B")
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    consultant = office.ask("A", "consult", uuid=near, type="1", **third).consult_uuid
    office.refused("4016", "S", "substitute", **OPERATED)
    office.rings(consultant)
    office.refused(
        "4016", "S", "substitute", operated_agent_id=NAMES["D"], operated_ext_id=NAMES["D"]
    )


def test_an_agent_for_whom_somebody_else_is_rung_is_in_no_talk():
    office = Office(fallback=Route(agent=NAMES["D"]))
    near, _ = office.talk("B", "A")
    office.ask("B", "trans", uuid=near, type="1", trans_type="1", trans_number=NAMES["E"])
    office.ends(near)
    office.ends(office.offered("E"), "USER_BUSY")
    office.rings(office.offered("D"))
    office.refused("4016", "S", "substitute", **OPERATED)


def test_in_a_call_of_its_own_a_supervisor_takes_no_other(office):
    office.talk("A", "B")
    office.talk("S", "D")
    office.refused("4103", "S", "substitute", **OPERATED)


def test_while_they_are_being_joined_nothing_else_is_begun(office):
    near, _ = office.talk("A", "B")
    own = substitute(office)
    office.takes(own)
    for name, leg in (("A", near), ("S", own)):
        office.refused("4103", name, "hold", uuid=leg, hold="1")


def test_the_supervisor_then_is_in_a_talk_as_any_agent(office):
    _, far = office.talk("A", "B")
    own = steps_in(office, far)
    office.got("S")
    office.ask("S", "trans", uuid=own, type="1", trans_type="1", trans_number=NAMES["D"])
    target = office.offered("D")
    office.takes(target)
    office.bridge(target, far)
    assert office.got("S")[-3:] == ["TRANS.S", "TRANS.E+", "SUBSTITUTE.E+"]


def test_wrap_up_is_for_the_supervisor_too():
    office = Office(wrap_up_seconds=10)
    _, far = office.talk("A", "B")
    own = steps_in(office, far)
    office.ends(own)
    assert office.got("S")[-1] == "CALLING>ARRANGE"


def test_nothing_new_begins_before_the_supervisor_and_the_customer_are_released():
    office = with_fallback()
    near, far = office.talk("A", "B")
    own = substitute(office)
    office.takes(own)
    office.forget()
    refused = []

    def too_early():
        ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
        with pytest.raises(NotNow):
            office.ask("S", "consult", uuid=own, **ask)
        refused.append(True)

    for _ in range(2):
        office.switch.will("uuid_setvar_multi", too_early)
    office.bridge(own, far)
    assert refused == [True, True]
    assert office.switch.take()[-1] == f"api uuid_kill {near} NORMAL_CLEARING"
