"""What two parties of one call begin at once, and what goes on without its agent."""

import pytest

from esl_bridge.errors import LegGone, NotNow, SwitchTimedOut
from esl_bridge.esl.events import LegHeld, LegUnheld, PlaybackStarted, RoomEntered
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, OUTSIDE


def transfer(office, name, leg, kind="1"):
    office.ask(name, "trans", uuid=leg, type=kind, trans_type="1", trans_number=NAMES["D"])
    return office.agent("D").own


def test_one_who_holds_cannot_begin_what_the_other_has_begun_already(office):
    near, far = office.talk("A", "B")
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    transfer(office, "B", far, kind="2")
    outside = {"type": "1", "trans_type": "4", "trans_number": OUTSIDE}
    office.refused("4103", "A", "trans", uuid=near, **outside)


def test_a_check_out_ends_a_transfer_that_goes_on_without_its_agent(office):
    near, _ = office.talk("A", "B")
    target = transfer(office, "A", near)
    office.rings(target.uuid)
    office.ends(near)
    office.forget()
    office.ask("A", "checkout")
    assert sorted(office.got("A")[:2]) == ["R", "TRANS.E+"]
    assert target.uuid in office.desk.legs


def test_so_does_one_that_was_put_off_till_the_call_is_over(office):
    near, _ = office.talk("A", "B")
    office.ask("A", "change_status", action="CHECKOUT_AFTER_CALL_STOP")
    transfer(office, "A", near)
    office.forget()
    office.ends(near)
    assert office.got("A")[-2:] == ["TRANS.E+", "CALLING/TRANS>OFFLINE AFTER_CALL"]


def test_a_third_party_that_is_being_called_is_not_forgotten_when_its_asker_is_gone(office):
    near, far = office.talk("A", "B")
    target = transfer(office, "A", near)
    office.ends(far)
    office.ends(near)
    office.switch.take()
    office.rings(target.uuid)
    assert office.switch.take() == [f"api uuid_kill {target.uuid} ORIGINATOR_CANCEL"]


def test_one_who_holds_an_agent_that_leaves_by_a_transfer_holds_nobody(office):
    near, far = office.talk("A", "B")
    office.ask("B", "hold", uuid=far, hold="1")
    office.event(PlaybackStarted(near, HOLD))
    transfer(office, "A", near)
    office.forget()
    office.ends(near)
    assert office.got("B") == ["CALLING/HOLD>CALLING"]


def test_a_phones_hold_does_not_let_a_consultant_who_rings_join(office):
    near, _ = office.talk("A", "B")
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", uuid=near, type="1", **third)
    office.rings(office.agent("D").own.uuid)
    office.event(LegHeld(near))
    asked = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    office.refused("4103", "A", "three_way", uuid=near, **asked)


def test_the_third_steps_out_of_the_talk_and_comes_back_itself(office):
    near, far = office.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    third = office.ask("A", "three_way", uuid=near, **joins).uuid
    office.takes(third)
    room = office.desk.legs[near].call.work.room
    for leg in (near, far, third):
        office.event(RoomEntered(leg, room))
    office.forget()
    for hold in "10":
        office.ask("D", "hold", uuid=third, hold=hold)
    assert [line.split()[2] for line in office.switch.take()] == [third, third]
    assert office.got("D") == [
        "R",
        "CALLING/THREE_WAY>CALLING/HOLD",
        "R",
        "CALLING/HOLD>CALLING/THREE_WAY",
    ]


def test_a_phone_that_holds_while_its_agent_has_stepped_out_holds_on_when_it_comes_back(office):
    near, far = office.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    third = office.ask("A", "three_way", uuid=near, **joins).uuid
    office.takes(third)
    room = office.desk.legs[near].call.work.room
    for leg in (near, far, third):
        office.event(RoomEntered(leg, room))
    office.forget()
    office.ask("D", "hold", uuid=third, hold="1")
    office.event(LegHeld(third))
    office.ask("D", "hold", uuid=third, hold="0")
    assert office.got("D") == ["R", "CALLING/THREE_WAY>CALLING/HOLD", "R"]
    office.event(LegUnheld(third))
    assert office.got("D") == ["CALLING/HOLD>CALLING/THREE_WAY"]


def test_a_phones_hold_does_not_keep_its_agent_from_ending_a_consult(office):
    near, _ = office.talk("A", "B")
    asked = {"uuid": near, "consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", type="1", **asked)
    other = office.agent("D").own
    office.rings(other.uuid)
    office.event(LegHeld(near))
    office.switch.take()
    office.ask("A", "consult", uuid=near, type="2")
    assert office.switch.take() == [f"api uuid_kill {other.uuid} ORIGINATOR_CANCEL"]


def test_a_phones_hold_does_not_keep_its_agent_from_taking_a_transfer_back(office):
    near, _ = office.talk("A", "B")
    target = transfer(office, "A", near, kind="2")
    office.rings(target.uuid)
    office.event(LegHeld(near))
    office.switch.take()
    office.ask("A", "trans", uuid=near, type="3")
    assert office.switch.take() == [f"api uuid_kill {target.uuid} ORIGINATOR_CANCEL"]
    office.refused("4103", "A", "consult", uuid=near, type="2")


def answers(office, other):
    """The consultant answers, and is being joined to its asker."""
    office.takes(other.uuid)
    office.switch.take()
    office.forget()


def consulted(office, near):
    office.waits.append(lambda: office.parks(near))
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", uuid=near, **ask)
    return office.agent("D").own


def test_a_hand_over_that_crosses_the_consultants_answer_waits_till_the_two_talk(office):
    near, far = office.talk("A", OUTSIDE)
    other = consulted(office, near)
    answers(office, other)
    office.event(PlaybackStarted(far, HOLD))
    office.waits.append(lambda: office.bridge(near, other.uuid))
    office.ask("A", "consult_to_trans", consult_uuid=other.uuid)
    assert office.got("A") == ["CONSULT.S", "R", "CONSULT_TO_TRANS.I", "CONSULT.E+"]
    assert f"api uuid_bridge {other.uuid} {far}" in office.switch.take()


def test_one_whose_asker_is_not_reached_in_time_is_not_handed_the_customer(office):
    near, _ = office.talk("A", OUTSIDE)
    other = consulted(office, near)
    answers(office, other)
    office.refused("4103", "A", "consult_to_trans", consult_uuid=other.uuid)


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("consult", {"type": "2"}),
        ("three_way", {"three_way_type": "0", "three_way_number": NAMES["D"]}),
    ],
)
def test_who_is_handing_the_customer_over_does_not_take_it_back(office, name, fields, over):
    near, far = office.talk("A", OUTSIDE)
    other = consulted(office, near)
    answers(office, other)
    office.event(PlaybackStarted(far, HOLD))
    office.bridge(near, other.uuid)
    office.ask("A", "consult_to_trans", consult_uuid=other.uuid)
    if over:
        office.bridge(other.uuid, far)
    office.switch.take()
    office.refused("4103", "A", name, uuid=near, **fields)
    assert office.switch.take() == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("consult", {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}),
        ("three_way", {"three_way_type": "0", "three_way_number": NAMES["D"]}),
        ("trans", {"type": "2", "trans_type": "1", "trans_number": NAMES["D"]}),
    ],
)
def test_a_third_party_that_may_ring_though_nobody_knows_is_ended_when_it_does(
    office, name, fields
):
    near, _ = office.talk("A", "B")
    office.switch.will("originate", SwitchTimedOut("late"))
    office.ask("A", name, uuid=near, **fields)
    [third] = [leg for leg in office.desk.legs.values() if leg.ending is not None]
    assert office.agent("D").own is None
    office.switch.take()
    office.rings(third.uuid)
    assert office.switch.take() == [f"api uuid_kill {third.uuid} ORIGINATOR_CANCEL"]


def test_a_hand_over_whose_customer_has_just_left_ends_before_the_call(office):
    near, far = office.talk("A", OUTSIDE)
    other = consulted(office, near)
    office.takes(other.uuid)
    office.bridge(near, other.uuid)
    office.forget()

    def leaves():
        office.ends(far)
        raise NO_SUCH_CHANNEL

    office.switch.will("uuid_bridge", leaves)
    office.ask("A", "consult_to_trans", consult_uuid=other.uuid)
    assert office.got("A") == [
        "R",
        "CONSULT_TO_TRANS.I",
        "CONSULT.E+",
        "CONSULT_TO_TRANS.E- 5206",
        "CALL.E+",
        "CALLING/CONSULT>CALLING CUSTOMER_GONE",
    ]
    office.ask("A", "hangup", uuid=near)
    assert other.ending is None
    office.ends(near)
    office.ends(other.uuid)
    office.nothing_left()


def test_a_consult_that_is_over_before_it_is_joined_is_not_ended_any_more(office):
    near, _ = office.talk("A", OUTSIDE)
    other = consulted(office, near)
    answers(office, other)
    office.waits.append(lambda: office.ends(other.uuid))
    with pytest.raises(NotNow):
        office.ask("A", "consult", uuid=near, type="2")
    assert not any("uuid_kill" in line for line in office.switch.take())


@pytest.mark.parametrize(
    ("name", "fields", "word"),
    [
        ("hold", {"hold": "1"}, "uuid_broadcast"),
        ("mute", {"mute": "1"}, "uuid_audio"),
        ("dtmf", {"content": "1"}, "uuid_setvar_multi"),
    ],
)
@pytest.mark.parametrize("is_told", [True, False])
def test_a_leg_that_ends_at_this_moment_is_a_party_gone(office, name, fields, word, is_told):
    near, far = office.talk("A", OUTSIDE)

    def ends():
        if is_told:
            office.ends(far)
        raise NO_SUCH_CHANNEL

    office.switch.will(word, ends)
    with pytest.raises(LegGone):
        office.ask("A", name, uuid=near, **fields)
    assert office.got("A")[-1] == "R!5206"
