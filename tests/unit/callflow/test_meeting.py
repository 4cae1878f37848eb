"""A three-way talk, apart from its stories."""

from tests.builders import NAMES


def test_the_room_of_three_is_none_that_a_client_can_name(office):
    near, _ = office.talk("A", "B")
    joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
    office.takes(office.ask("A", "three_way", uuid=near, **joins).uuid)
    rooms = {line.partition("conference:")[2] for line in office.switch.take()} - {""}
    assert rooms == {f"{near}@esl_bridge' inline"}
    office.ask("E", "call", callee_number=near[-32:], out_line=2)
    assert f"&conference({near[-32:]}.90001@esl_bridge)" in office.switch.heard[0]
