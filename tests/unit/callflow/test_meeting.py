"""A three-way talk, apart from its stories."""

from esl_bridge.esl.events import PlaybackStarted, RoomEntered, RoomLeft
from tests.builders import HOLD, NAMES


def test_the_room_of_three_is_none_that_a_client_can_name(office):
    near, _ = office.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    office.takes(office.ask("A", "three_way", uuid=near, **joins).uuid)
    rooms = {line.partition("conference:")[2] for line in office.switch.take()} - {""}
    assert rooms == {f"{near}@esl_bridge+flags{{mintwo}}~park' inline"}
    office.ask("E", "call", callee_number=near[-32:], out_line=2)
    assert f"&conference({near[-32:]}.90001@esl_bridge)" in office.switch.heard[0]


def test_one_who_holds_while_a_third_party_rings_in_vain_holds_on(office):
    near, far = office.talk("A", "B")
    office.ask("B", "hold", uuid=far, hold="1")
    office.event(PlaybackStarted(near, HOLD))
    ask = {"uuid": near, "three_way_type": "0", "three_way_number": NAMES["D"]}
    third = office.ask("A", "three_way", **ask).uuid
    office.rings(third)
    office.forget()
    office.ends(third, "NO_ANSWER")
    assert office.got("B") == []
    office.ask("B", "hold", uuid=far, hold="0")
    assert office.switch.take()[-1] == f"api uuid_break {near} all"


def test_two_who_have_only_just_been_joined_are_left_as_they_are_for_a_moment(office):
    """Moved before the switch is through with joining them, both are lost (measured)."""
    near, _ = office.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    third = office.ask("A", "three_way", uuid=near, **joins).uuid
    until_then: list[str] = []
    office.waits.append(lambda: until_then.extend(office.switch.take()))
    office.takes(third)
    assert until_then
    assert not any("conference" in line for line in until_then)
    assert any("conference" in line for line in office.switch.take())


def test_who_is_put_out_of_the_room_goes_in_again_though_another_is_back_by_then(office):
    near, far = office.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    third = office.ask("A", "three_way", uuid=near, **joins).uuid
    office.takes(third)
    room = office.desk.legs[near].call.work.room
    for leg in (near, far, third):
        office.event(RoomEntered(leg, room))
    for name, leg in (("A", near), ("D", third)):
        office.ask(name, "hold", uuid=leg, hold="1")
        office.event(RoomLeft(leg, room))
    office.ask("D", "hold", uuid=third, hold="0")
    office.event(RoomEntered(third, room))
    office.switch.take()
    office.event(RoomLeft(far, room))
    office.parks(far)
    [line] = office.switch.take()
    assert f"uuid_transfer {far}" in line
    assert f"conference:{room}@" in line
