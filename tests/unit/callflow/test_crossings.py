"""What two parties of one call begin at once, and what goes on without its agent."""

import pytest

from esl_bridge.errors import LegGone, SwitchTimedOut, WrongState
from esl_bridge.esl.events import LegHeld, LegUnheld, PlaybackStarted
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, OUTSIDE


def transfer(harness, name, leg, kind="1"):
    harness.ask(name, "trans", uuid=leg, type=kind, trans_type="1", trans_number=NAMES["D"])
    return harness.agent("D").own_leg


def test_a_holding_agent_cannot_begin_a_procedure_that_the_other_has_begun(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    transfer(harness, "B", far, kind="2")
    outside = {"type": "1", "trans_type": "4", "trans_number": OUTSIDE}
    harness.refused("4103", "A", "trans", uuid=near, **outside)


def test_a_check_out_ends_a_transfer_that_goes_on_without_its_agent(harness):
    near, _ = harness.talk("A", "B")
    target = transfer(harness, "A", near)
    harness.rings(target.uuid)
    harness.ends(near)
    harness.forget()
    harness.ask("A", "checkout")
    assert sorted(harness.got("A")[:2]) == ["R", "TRANS.E+"]
    assert target.uuid in harness.tenant.legs


def test_a_check_out_after_the_call_ends_a_transfer_without_its_agent_too(harness):
    near, _ = harness.talk("A", "B")
    harness.ask("A", "change_status", action="CHECKOUT_AFTER_CALL_STOP")
    transfer(harness, "A", near)
    harness.forget()
    harness.ends(near)
    assert harness.got("A")[-2:] == ["TRANS.E+", "CALLING/TRANS>OFFLINE AFTER_CALL"]


def test_a_third_party_being_called_is_hung_up_when_its_agent_leaves(harness):
    near, far = harness.talk("A", "B")
    target = transfer(harness, "A", near)
    harness.ends(far)
    harness.ends(near)
    harness.switch.take()
    harness.rings(target.uuid)
    assert harness.switch.take() == [f"api uuid_kill {target.uuid} ORIGINATOR_CANCEL"]


def test_a_hold_of_an_agent_ends_when_the_agent_leaves_by_a_transfer(harness):
    near, far = harness.talk("A", "B")
    harness.ask("B", "hold", uuid=far, hold="1")
    harness.event(PlaybackStarted(near, HOLD))
    transfer(harness, "A", near)
    harness.forget()
    harness.ends(near)
    assert harness.got("B") == ["CALLING/HOLD>CALLING"]


def test_a_phones_hold_does_not_let_a_consultant_who_rings_join(harness):
    near, _ = harness.talk("A", "B")
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, type="1", **third)
    harness.rings(harness.agent("D").own_leg.uuid)
    harness.event(LegHeld(near))
    asked = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    harness.refused("4103", "A", "three_way", uuid=near, **asked)


def test_the_third_party_steps_out_of_the_conference_and_returns(harness):
    *_, third = harness.confer()
    harness.forget()
    for hold in "10":
        harness.ask("D", "hold", uuid=third, hold=hold)
    assert [line.split()[2] for line in harness.switch.take()] == [third, third]
    assert harness.got("D") == [
        "R",
        "CALLING/THREE_WAY>CALLING/HOLD",
        "R",
        "CALLING/HOLD>CALLING/THREE_WAY",
    ]


def test_a_phones_hold_lasts_when_its_agent_returns_to_the_conference(harness):
    *_, third = harness.confer()
    harness.forget()
    harness.ask("D", "hold", uuid=third, hold="1")
    harness.event(LegHeld(third))
    harness.ask("D", "hold", uuid=third, hold="0")
    assert harness.got("D") == ["R", "CALLING/THREE_WAY>CALLING/HOLD", "R"]
    harness.event(LegUnheld(third))
    assert harness.got("D") == ["CALLING/HOLD>CALLING/THREE_WAY"]


def test_a_phones_hold_does_not_keep_its_agent_from_ending_a_consult(harness):
    near, _ = harness.talk("A", "B")
    asked = {"uuid": near, "consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", type="1", **asked)
    other = harness.agent("D").own_leg
    harness.rings(other.uuid)
    harness.event(LegHeld(near))
    harness.switch.take()
    harness.ask("A", "consult", uuid=near, type="2")
    assert harness.switch.take() == [f"api uuid_kill {other.uuid} ORIGINATOR_CANCEL"]


def test_a_phones_hold_does_not_keep_its_agent_from_taking_a_transfer_back(harness):
    near, _ = harness.talk("A", "B")
    target = transfer(harness, "A", near, kind="2")
    harness.rings(target.uuid)
    harness.event(LegHeld(near))
    harness.switch.take()
    harness.ask("A", "trans", uuid=near, type="3")
    assert harness.switch.take() == [f"api uuid_kill {target.uuid} ORIGINATOR_CANCEL"]
    harness.refused("4103", "A", "consult", uuid=near, type="2")


def answers(harness, other):
    """The consultant answers, and is being joined to its asker."""
    harness.takes(other.uuid)
    harness.switch.take()
    harness.forget()


def consulted(harness, near):
    harness.waits.append(lambda: harness.parks(near))
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, **ask)
    return harness.agent("D").own_leg


def test_a_completion_that_crosses_the_consultants_answer_waits_until_they_talk(harness):
    near, far = harness.talk("A", OUTSIDE)
    other = consulted(harness, near)
    answers(harness, other)
    harness.event(PlaybackStarted(far, HOLD))
    harness.waits.append(lambda: harness.bridge(near, other.uuid))
    harness.ask("A", "consult_to_trans", consult_uuid=other.uuid)
    assert harness.got("A") == ["CONSULT.S", "R", "CONSULT_TO_TRANS.I", "CONSULT.E+"]
    assert f"api uuid_bridge {other.uuid} {far}" in harness.switch.take()


def test_a_consultant_that_is_not_bridged_in_time_does_not_get_the_customer(harness):
    near, _ = harness.talk("A", OUTSIDE)
    other = consulted(harness, near)
    answers(harness, other)
    harness.refused("4103", "A", "consult_to_trans", consult_uuid=other.uuid)


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("consult", {"type": "2"}),
        ("three_way", {"three_way_type": "0", "three_way_number": NAMES["D"]}),
    ],
)
def test_an_agent_cannot_cancel_a_consult_while_it_completes_the_transfer(
    harness, name, fields, over
):
    near, far = harness.talk("A", OUTSIDE)
    other = consulted(harness, near)
    answers(harness, other)
    harness.event(PlaybackStarted(far, HOLD))
    harness.bridge(near, other.uuid)
    harness.ask("A", "consult_to_trans", consult_uuid=other.uuid)
    if over:
        harness.bridge(other.uuid, far)
    harness.switch.take()
    harness.refused("4103", "A", name, uuid=near, **fields)
    assert harness.switch.take() == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("consult", {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}),
        ("three_way", {"three_way_type": "0", "three_way_number": NAMES["D"]}),
        ("trans", {"type": "2", "trans_type": "1", "trans_number": NAMES["D"]}),
    ],
)
def test_a_third_party_whose_originate_had_no_reply_is_ended_when_it_rings(harness, name, fields):
    near, _ = harness.talk("A", "B")
    harness.switch.will("originate", SwitchTimedOut("late"))
    harness.ask("A", name, uuid=near, **fields)
    [third] = [leg for leg in harness.tenant.legs.values() if leg.ending is not None]
    assert harness.agent("D").own_leg is None
    harness.switch.take()
    harness.rings(third.uuid)
    assert harness.switch.take() == [f"api uuid_kill {third.uuid} ORIGINATOR_CANCEL"]


def test_a_completion_whose_customer_has_just_left_ends_before_the_call(harness):
    near, far = harness.talk("A", OUTSIDE)
    other = consulted(harness, near)
    harness.takes(other.uuid)
    harness.bridge(near, other.uuid)
    harness.forget()

    def leaves():
        harness.ends(far)
        raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_bridge", leaves)
    harness.ask("A", "consult_to_trans", consult_uuid=other.uuid)
    assert harness.got("A") == [
        "R",
        "CONSULT_TO_TRANS.I",
        "CONSULT.E+",
        "CONSULT_TO_TRANS.E- 5206",
        "CALL.E+",
        "CALLING/CONSULT>CALLING CUSTOMER_GONE",
    ]
    harness.ask("A", "hangup", uuid=near)
    assert other.ending is None
    harness.ends(near)
    harness.ends(other.uuid)
    harness.nothing_left()


def test_a_consult_that_ended_before_its_bridge_cannot_be_cancelled(harness):
    near, _ = harness.talk("A", OUTSIDE)
    other = consulted(harness, near)
    answers(harness, other)
    harness.waits.append(lambda: harness.ends(other.uuid))
    with pytest.raises(WrongState):
        harness.ask("A", "consult", uuid=near, type="2")
    assert not any("uuid_kill" in line for line in harness.switch.take())


@pytest.mark.parametrize(
    ("name", "fields", "word"),
    [
        ("hold", {"hold": "1"}, "uuid_broadcast"),
        ("mute", {"mute": "1"}, "uuid_audio"),
        ("dtmf", {"content": "1"}, "uuid_setvar_multi"),
    ],
)
@pytest.mark.parametrize("is_told", [True, False])
def test_a_command_to_a_leg_that_has_just_ended_is_party_gone(harness, name, fields, word, is_told):
    near, far = harness.talk("A", OUTSIDE)

    def ends():
        if is_told:
            harness.ends(far)
        raise NO_SUCH_CHANNEL

    harness.switch.will(word, ends)
    with pytest.raises(LegGone):
        harness.ask("A", name, uuid=near, **fields)
    assert harness.got("A")[-1] == "R!5206"
