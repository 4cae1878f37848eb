"""A supervisor takes calls over: who is told what, and where the customer is if one of them leaves
while the switch is joining the others."""

import pytest

from esl_bridge.domain.company import Route
from esl_bridge.domain.leg import Hold
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchTimedOut, WrongState
from esl_bridge.esl.events import LegAnswered, LegHeld, PlaybackStarted, PlaybackStopped
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, NUMBER_OF_IVR, OUTSIDE, TenantHarness

OPERATED = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
SUBSTITUTED = f"SUBSTITUTED:{NAMES['S']}"


def with_fallback(**changes):
    return TenantHarness(fallback=TenantHarness().tenant.company.numbers[NUMBER_OF_IVR], **changes)


def substitute(harness):
    """The supervisor's phone rings; gives its leg."""
    uuid = harness.ask("S", "substitute", **OPERATED).uuid
    harness.rings(uuid)
    return uuid


def steps_in(harness, customer):
    """The supervisor answers, and is joined to the customer."""
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.bridge(own_leg, customer)
    return own_leg


def rings_for_a_caller(harness):
    customer = harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.forget()
    return customer, leg


def commands_to(harness, leg):
    return [line.split()[1] for line in harness.switch.take() if f" {leg}" in line]


def test_7_8_a_supervisor_takes_over_a_call_that_rings(harness):
    customer, leg = rings_for_a_caller(harness)
    own_leg = substitute(harness)
    assert harness.got("S") == ["R", "SUBSTITUTE.I", "FREE>RINGING"]
    harness.takes(own_leg)
    assert harness.got("S") == ["RINGING>CALLING"]
    assert harness.switch.take()[-2:] == [
        f"api uuid_answer {customer}",
        f"api uuid_bridge {own_leg} {customer}",
    ]
    harness.event(LegAnswered(customer))
    harness.bridge(own_leg, customer)
    assert harness.got("S") == ["SUBSTITUTE.S"]
    assert f"api uuid_kill {leg} ORIGINATOR_CANCEL" in harness.switch.take()
    harness.ends(leg, "ORIGINATOR_CANCEL")
    assert harness.got("A") == [f"RINGING>FREE {SUBSTITUTED}"]
    assert harness.ask("S", "get_status").in_call_numbers == (OUTSIDE,)
    harness.ends(customer)
    harness.ends(own_leg)
    assert harness.got("S") == ["R", "SUBSTITUTE.E+", "CALLING>FREE"]
    harness.nothing_left()


def test_7_9_the_agent_who_answers_first_has_the_call_until_the_supervisor_answers(harness):
    customer, leg = rings_for_a_caller(harness)
    own_leg = substitute(harness)
    harness.takes(leg)
    harness.event(LegAnswered(customer))
    harness.bridge(leg, customer)
    harness.forget()
    harness.takes(own_leg)
    harness.bridge(own_leg, customer)
    assert harness.got("S") == ["RINGING>CALLING", "SUBSTITUTE.S"]
    harness.ends(leg)
    assert harness.got("A") == [f"CALLING>FREE {SUBSTITUTED}"]


def test_7_10_a_supervisor_takes_over_a_talk(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    assert harness.got("A") == harness.got("B") == []
    harness.forget()
    parts = [lambda: harness.parks(near), lambda: harness.parks(far)]
    harness.waits += [lambda: None, *parts]
    harness.takes(own_leg)
    *parked, parted, again, bridged = harness.switch.take()
    assert [line.split()[2] for line in parked] == [near, far]
    assert all("park_after_bridge=true" in line for line in parked)
    assert parted.startswith(f"api uuid_transfer {near} ") and "park_timeout=" in parted
    assert again.startswith(f"api uuid_setvar_multi {far} park_after_bridge=true")
    assert bridged == f"api uuid_bridge {own_leg} {far}"
    harness.bridge(own_leg, far)
    assert harness.got("A") == ["CALL.E+"]
    released = (
        "park_after_bridge=;park_timeout=;hangup_after_bridge=true;uuid_bridge_park_on_cancel=;"
        "hold_hangup_xfer_exten=;transfer_after_bridge=;"
        "playback_timeout_sec=43200"
    )
    assert harness.switch.take() == [
        f"api uuid_setvar_multi {own_leg} {released}",
        f"api uuid_setvar_multi {far} {released}",
        f"api uuid_kill {near} NORMAL_CLEARING",
    ]
    harness.ends(near)
    assert harness.got("A") == [f"CALLING>FREE {SUBSTITUTED}"]
    assert harness.ask("B", "get_status").in_call_numbers == (NAMES["S"],)
    harness.ends(own_leg)
    harness.ends(far)
    assert harness.got("S")[-2:] == ["SUBSTITUTE.E+", "CALLING>FREE"]
    harness.nothing_left()


def test_the_agents_caller_talks_to_the_supervisor_afterwards(harness):
    near, far = harness.begin_call("B", "A")
    harness.pick_up(near)
    harness.rings(far)
    harness.forget()
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.ends(far, "ORIGINATOR_CANCEL")
    assert harness.got("A") == [f"RINGING>FREE {SUBSTITUTED}"]
    harness.bridge(own_leg, near)
    assert harness.got("B") == ["CALL.S"]
    harness.ends(own_leg)
    harness.ends(near)
    assert harness.got("B") == ["CALL.E+", "CALLING>FREE"]
    harness.nothing_left()


def test_a_held_customer_hears_the_supervisor_and_the_agent_gets_only_the_end(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    harness.forget()
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.event(PlaybackStopped(far, HOLD))
    harness.bridge(own_leg, far)
    harness.ends(near)
    assert harness.got("A") == ["CALL.E+", f"CALLING/HOLD>FREE {SUBSTITUTED}"]


def test_a_party_that_held_the_agent_no_longer_holds(harness):
    near, far = harness.talk("A", "B")
    harness.ask("B", "hold", uuid=far, hold="1")
    harness.event(PlaybackStarted(near, HOLD))
    harness.forget()
    steps_in(harness, far)
    assert harness.got("B") == ["CALLING/HOLD>CALLING"]


def test_a_phone_that_holds_is_hung_up_like_any_other(harness):
    near, far = harness.talk("A", "B")
    harness.event(LegHeld(near))
    steps_in(harness, far)
    assert f"api uuid_kill {near} NORMAL_CLEARING" in harness.switch.heard


def test_music_that_is_about_to_begin_is_awaited(harness):
    near, far = harness.talk("A", "B")
    harness.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hold", uuid=near, hold="1")
    own_leg = substitute(harness)
    harness.waits.append(lambda: harness.event(PlaybackStarted(far, HOLD)))
    harness.takes(own_leg)
    assert not harness.waits and f"api uuid_bridge {own_leg} {far}" in harness.switch.heard


def test_7_11_the_supervisor_does_not_answer(harness):
    near, _ = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.forget()
    harness.ends(own_leg, "NO_ANSWER")
    assert harness.got("S") == ["SUBSTITUTE.E- 5201", "RINGING>FREE NO_ANSWER"]
    assert harness.got("A") == harness.switch.heard == []
    assert harness.tenant.legs[near].intrusion.takeovers == []


def test_the_call_is_over_before_the_supervisor_answers(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.forget()
    harness.ends(near)
    assert harness.switch.take() == [f"api uuid_kill {own_leg} ORIGINATOR_CANCEL"]
    harness.ends(far)
    harness.ends(own_leg, "ORIGINATOR_CANCEL")
    assert harness.got("S") == ["SUBSTITUTE.E- 5206", "RINGING>FREE"]
    harness.nothing_left()


def test_a_procedure_of_the_agent_precedes_the_takeover(harness):
    near, _ = harness.talk("A", "B")
    own_leg = substitute(harness)
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, type="1", **third)
    harness.forget()
    harness.takes(own_leg)
    assert harness.switch.take() == [f"api uuid_kill {own_leg} NORMAL_CLEARING"]
    harness.ends(own_leg)
    assert harness.got("S")[-2:] == ["SUBSTITUTE.E- 4103", "CALLING>FREE"]
    assert harness.got("A") == []


def test_two_supervisors_want_the_same_call(harness):
    harness.put("D", Status.FREE)
    harness.agent("D").entry = harness.agent("S").entry
    _, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    second = harness.ask("D", "substitute", **OPERATED).uuid
    harness.rings(second)
    harness.takes(own_leg)
    harness.forget()
    harness.takes(second)
    assert harness.switch.take() == [f"api uuid_kill {second} NORMAL_CLEARING"]
    harness.bridge(own_leg, far)
    harness.ends(second)
    assert harness.got("S") == ["SUBSTITUTE.S"]


# -- somebody leaves while they are being joined ----------------------------------------------


def test_a_customer_whose_supervisor_leaves_returns_to_its_agent(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.unbridge(near, far)
    harness.parks(near)
    harness.forget()
    harness.ends(own_leg)
    assert harness.got("S") == ["SUBSTITUTE.E- 5207", "CALLING>FREE"]
    assert commands_to(harness, near) == ["uuid_bridge", "uuid_setvar_multi"]
    harness.bridge(near, far)
    assert harness.got("A") == []
    harness.ends(far)
    harness.ends(near)
    assert harness.got("A") == ["CALL.E+", "CALLING>FREE"]
    harness.nothing_left()


def test_the_customer_returns_when_the_loss_is_seen_before_the_reply(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.switch.will("uuid_bridge", lambda: harness.ends(own_leg))
    harness.takes(own_leg)
    assert f"api uuid_bridge {near} {far}" in harness.switch.heard


def test_a_supervisor_who_leaves_before_the_bridge_changes_nothing(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)

    def leaves():
        harness.ends(own_leg)
        raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_bridge", leaves)
    harness.takes(own_leg)
    released = (
        "park_after_bridge=;park_timeout=;hangup_after_bridge=true;uuid_bridge_park_on_cancel=;"
        "hold_hangup_xfer_exten=;transfer_after_bridge=;"
        "playback_timeout_sec=43200"
    )
    assert harness.switch.take()[-2:] == [
        f"api uuid_setvar_multi {near} {released}",
        f"api uuid_setvar_multi {far} {released}",
    ]
    harness.ask("A", "hold", uuid=near, hold="1")


def test_a_ringing_phone_keeps_ringing_and_its_caller_hears_ringback_again(harness):
    customer, leg = rings_for_a_caller(harness)
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.forget()
    harness.ends(own_leg)
    assert harness.switch.take()[0] == f"api uuid_transfer {customer} ringback XML esl_bridge"
    harness.takes(leg)
    assert f"api uuid_bridge {leg} {customer}" in harness.switch.take()
    harness.bridge(leg, customer)
    harness.ends(customer)
    harness.ends(leg)
    assert harness.got("A") == ["RINGING>CALLING", "CALLING>FREE"]
    harness.nothing_left()


def test_a_caller_hears_ringback_again_when_the_loss_is_seen_before_the_reply(harness):
    customer, _ = rings_for_a_caller(harness)
    own_leg = substitute(harness)
    harness.switch.will("uuid_bridge", lambda: harness.ends(own_leg))
    harness.takes(own_leg)
    assert f"api uuid_transfer {customer} ringback XML esl_bridge" in harness.switch.take()


@pytest.mark.parametrize("reports", [("unbridge",), ("unbridge", "park")])
def test_a_held_customer_returns_to_its_agent_whose_supervisor_leaves_after_the_parting(
    harness, reports
):
    near, far = harness.talk("A", OUTSIDE)
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    own_leg = substitute(harness)

    def part():
        harness.unbridge(near, far)
        if "park" in reports:
            harness.parks(near)
            harness.parks(far)

    def leaves():
        harness.ends(own_leg)
        raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_transfer", part)
    harness.switch.will("uuid_bridge", leaves)
    harness.takes(own_leg)
    assert commands_to(harness, near)[-2:] == ["uuid_bridge", "uuid_setvar_multi"]
    assert not harness.tenant.legs[near].holds


def test_a_customer_whom_both_agents_left_is_rerouted():
    harness = with_fallback()
    customer, leg = rings_for_a_caller(harness)
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.ends(leg, "CALL_REJECTED")
    harness.forget()
    harness.ends(own_leg)
    sent = [line for line in harness.switch.take() if f"uuid_transfer {customer} ivr_main" in line]
    assert len(sent) == 1


def test_a_caller_whose_agent_rejects_after_the_supervisor_left_is_rerouted():
    harness = with_fallback()
    customer, leg = rings_for_a_caller(harness)
    own_leg = substitute(harness)

    def both_leave():
        harness.ends(leg, "CALL_REJECTED")
        harness.ends(own_leg)
        raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_bridge", both_leave)
    harness.takes(own_leg)
    sent = [line for line in harness.switch.take() if f"uuid_transfer {customer} ivr_main" in line]
    assert len(sent) == 1


@pytest.mark.parametrize("parked_first", [True, False])
def test_a_customer_whom_both_agents_left_is_rerouted_once(parked_first):
    harness = with_fallback()
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)

    def both_leave():
        harness.unbridge(near, far)
        harness.ends(near)
        if parked_first:
            harness.parks(far)
        harness.ends(own_leg)
        raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_bridge", both_leave)
    harness.takes(own_leg)
    if not parked_first:
        harness.parks(far)
    sent = [line for line in harness.switch.take() if f"uuid_transfer {far} ivr_main" in line]
    assert len(sent) == 1


def test_a_customer_whose_agent_leaves_before_its_return_goes_to_the_fallback():
    harness = with_fallback()
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.forget()
    harness.switch.will("uuid_bridge", lambda: harness.ends(near))
    harness.ends(own_leg)
    assert f"api uuid_transfer {far} ivr_main XML esl_bridge" in harness.switch.take()


def test_an_agent_who_hangs_up_at_that_moment_does_not_end_its_customer(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.ends(near)
    assert harness.got("A")[-2:] == ["CALL.E+", f"CALLING>FREE {SUBSTITUTED}"]
    harness.bridge(own_leg, far)
    assert harness.got("S")[-1] == "SUBSTITUTE.S"
    assert harness.tenant.legs[far].peer is harness.tenant.legs[own_leg]


def test_a_customer_hangs_up_as_its_supervisor_leaves(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.forget()
    harness.ends(far)
    assert harness.switch.take() == [
        f"api uuid_kill {own_leg} NORMAL_CLEARING",
        f"api uuid_kill {near} NORMAL_CLEARING",
    ]
    harness.ends(own_leg)
    harness.ends(near)
    assert harness.got("S") == ["SUBSTITUTE.E- 5206", "CALLING>FREE"]
    assert harness.got("A") == ["CALL.E+", "CALLING>FREE"]
    harness.nothing_left()


def test_a_takeover_whose_bridge_has_no_reply_is_undone(harness):
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.switch.will("uuid_bridge", SwitchTimedOut("late"))
    harness.takes(own_leg)
    heard = harness.switch.take()
    assert f"api uuid_kill {own_leg} NORMAL_CLEARING" in heard
    assert f"api uuid_bridge {near} {far}" in heard


def test_an_agent_who_answered_meanwhile_keeps_the_call_when_the_supervisor_leaves(harness):
    customer, leg = rings_for_a_caller(harness)
    own_leg = substitute(harness)

    def one_answers_and_one_leaves():
        harness.ends(own_leg)
        harness.takes(leg)
        raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_bridge", one_answers_and_one_leaves)
    harness.takes(own_leg)
    assert f"api uuid_bridge {leg} {customer}" in harness.switch.take()


# -- what is refused --------------------------------------------------------------------------


def test_taking_over_needs_the_role_and_a_call(harness):
    harness.refused("4102", "B", "substitute", **OPERATED)
    harness.refused("4016", "S", "substitute", **OPERATED)
    stranger = {"operated_agent_id": "90002_1", "operated_ext_id": "90002_1"}
    harness.refused("4101", "S", "substitute", **stranger)


def test_a_three_way_talk_cannot_be_taken_over(harness):
    near, _ = harness.talk("A", "B")
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    consultant = harness.ask("A", "consult", uuid=near, type="1", **third).consult_uuid
    harness.refused("4016", "S", "substitute", **OPERATED)
    harness.rings(consultant)
    harness.refused(
        "4016", "S", "substitute", operated_agent_id=NAMES["D"], operated_ext_id=NAMES["D"]
    )


def test_an_agent_whose_far_party_rings_cannot_be_taken_over():
    harness = TenantHarness(fallback=Route(agent=NAMES["D"]))
    near, _ = harness.talk("B", "A")
    harness.ask("B", "trans", uuid=near, type="1", trans_type="1", trans_number=NAMES["E"])
    harness.ends(near)
    harness.ends(harness.offered("E"), "USER_BUSY")
    harness.rings(harness.offered("D"))
    harness.refused("4016", "S", "substitute", **OPERATED)


def test_a_supervisor_in_a_call_cannot_take_over_another(harness):
    harness.talk("A", "B")
    harness.talk("S", "D")
    harness.refused("4103", "S", "substitute", **OPERATED)


def test_no_procedure_begins_during_the_takeovers_bridge(harness):
    near, _ = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.takes(own_leg)
    for name, leg in (("A", near), ("S", own_leg)):
        harness.refused("4103", name, "hold", uuid=leg, hold="1")


def test_the_supervisor_is_in_an_ordinary_talk_afterwards(harness):
    _, far = harness.talk("A", "B")
    own_leg = steps_in(harness, far)
    harness.got("S")
    harness.ask("S", "trans", uuid=own_leg, type="1", trans_type="1", trans_number=NAMES["D"])
    target = harness.offered("D")
    harness.takes(target)
    harness.bridge(target, far)
    assert harness.got("S")[-3:] == ["TRANS.S", "TRANS.E+", "SUBSTITUTE.E+"]


def test_wrap_up_is_for_the_supervisor_too():
    harness = TenantHarness(wrap_up_seconds=10)
    _, far = harness.talk("A", "B")
    own_leg = steps_in(harness, far)
    harness.ends(own_leg)
    assert harness.got("S")[-1] == "CALLING>ARRANGE"


def test_no_procedure_begins_before_supervisor_and_customer_end_together():
    harness = with_fallback()
    near, far = harness.talk("A", "B")
    own_leg = substitute(harness)
    harness.takes(own_leg)
    harness.forget()
    refused = []

    def too_early():
        ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
        with pytest.raises(WrongState):
            harness.ask("S", "consult", uuid=own_leg, **ask)
        refused.append(True)

    for _ in range(2):
        harness.switch.will("uuid_setvar_multi", too_early)
    harness.bridge(own_leg, far)
    assert refused == [True, True]
    assert harness.switch.take()[-1] == f"api uuid_kill {near} NORMAL_CLEARING"


def test_a_hold_stands_where_nothing_had_moved_when_a_takeover_failed(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    own_leg = substitute(harness)
    harness.switch.will("uuid_setvar_multi", "+OK")
    harness.switch.will("uuid_setvar_multi", SwitchTimedOut())
    harness.takes(own_leg)
    harness.ends(own_leg)
    assert harness.tenant.legs[near].media.hold is Hold.MUSIC
