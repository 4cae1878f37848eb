"""A three-way talk, apart from its stories."""

from esl_bridge.errors import SwitchRefused, SwitchTimedOut
from esl_bridge.esl.events import PlaybackStarted, RoomEntered, RoomLeft
from tests.builders import HOLD, NAMES, OUTSIDE


def test_no_client_can_name_a_conferences_room(harness):
    near, _ = harness.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    harness.takes(harness.ask("A", "three_way", uuid=near, **joins).uuid)
    rooms = {line.partition("conference:")[2] for line in harness.switch.take()} - {""}
    assert rooms == {f"{near}@esl_bridge+flags{{mintwo}}~park' inline"}
    harness.ask("E", "call", callee_number=near[-32:], out_line=2)
    assert f"&conference({near[-32:]}.90001@esl_bridge)" in harness.switch.heard[0]


def test_a_hold_outlasts_a_third_party_that_does_not_answer(harness):
    near, far = harness.talk("A", "B")
    harness.ask("B", "hold", uuid=far, hold="1")
    harness.event(PlaybackStarted(near, HOLD))
    ask = {"uuid": near, "three_way_type": "0", "three_way_number": NAMES["D"]}
    third = harness.ask("A", "three_way", **ask).uuid
    harness.rings(third)
    harness.forget()
    harness.ends(third, "NO_ANSWER")
    assert harness.got("B") == []
    harness.ask("B", "hold", uuid=far, hold="0")
    assert harness.switch.take()[-1] == f"api uuid_break {near} all"


def test_two_legs_bridged_a_moment_ago_rest_before_they_move(harness):
    """Moved before the switch is through with joining them, both are lost (measured)."""
    near, _ = harness.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    third = harness.ask("A", "three_way", uuid=near, **joins).uuid
    until_then: list[str] = []
    harness.waits.append(lambda: until_then.extend(harness.switch.take()))
    harness.takes(third)
    assert until_then
    assert not any("conference" in line for line in until_then)
    assert any("conference" in line for line in harness.switch.take())


def test_a_leg_that_a_closing_room_dropped_returns_to_it(harness):
    near, far, third = harness.confer()
    room = harness.tenant.legs[near].position.room
    for name, leg in (("A", near), ("D", third)):
        harness.ask(name, "hold", uuid=leg, hold="1")
        harness.event(RoomLeft(leg, room))
    harness.ask("D", "hold", uuid=third, hold="0")
    harness.event(RoomEntered(third, room))
    harness.switch.take()
    harness.event(RoomLeft(far, room))
    harness.parks(far)
    [line] = harness.switch.take()
    assert f"uuid_transfer {far}" in line
    assert f"conference:{room}@" in line


def test_agent_and_customer_talk_on_when_the_third_party_leaves_while_all_gather(harness):
    """It is gone when the switch is told to keep it, which is refused: the two have not moved yet,
    and need not be bridged again; only each is to end with the other again."""
    near, far = harness.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    third = harness.ask("A", "three_way", uuid=near, **joins).uuid

    def leaves() -> str:
        harness.ends(third)
        raise SwitchRefused("-ERR No such channel!")

    harness.switch.will("uuid_setvar_multi", "+OK")
    harness.switch.will("uuid_setvar_multi", "+OK")
    harness.switch.will("uuid_setvar_multi", leaves)
    harness.takes(third)
    heard = harness.switch.take()
    assert not [line for line in heard if line.startswith("api uuid_bridge ")]
    released = [line.split()[2] for line in heard if "park_after_bridge=;" in line]
    assert released == [near, far]


def test_the_end_of_a_consultant_who_cannot_join_the_two_leaves_them_talking(harness):
    near, far = harness.talk("A", OUTSIDE)
    asks = {"consult_type": "0", "consult_number": NAMES["D"]}
    third = harness.ask("A", "consult", type="1", uuid=near, **asks).consult_uuid
    harness.takes(third)
    harness.bridge(near, third)
    harness.switch.will("uuid_transfer", "+OK")
    harness.switch.will("uuid_transfer", SwitchTimedOut())
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    harness.ask("A", "three_way", uuid=near, **joins)
    harness.bridge(near, far)
    harness.parks(third)
    harness.switch.take()
    harness.ends(third)
    assert not [line for line in harness.switch.take() if "uuid_kill" in line]
    assert harness.tenant.legs[near].peer is harness.tenant.legs[far]
