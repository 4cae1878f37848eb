"""A consult whose customer has left: who is left is in a talk like any other."""

import pytest

from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, OUTSIDE, Office

E = NAMES["E"]
ASKED = {
    "mute": ("mute", {"mute": "1"}),
    "dtmf": ("dtmf", {"content": "1"}),
    "trans": ("trans", {"type": "1", "trans_type": "1", "trans_number": E}),
    "consult": ("consult", {"type": "1", "consult_type": "0", "consult_number": E}),
    "three_way": ("three_way", {"three_way_type": "0", "three_way_number": E}),
}


@pytest.fixture
def two(office: Office) -> dict[str, str]:
    """The legs of A, who has consulted D, and of D."""
    near, far = office.talk("A", OUTSIDE)
    asked = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = office.ask("A", "consult", uuid=near, **asked).consult_uuid
    office.unbridge(near, far)
    office.takes(other)
    office.bridge(near, other)
    office.ends(far)
    office.forget()
    return {"A": near, "D": other}


@pytest.mark.parametrize("name", ["A", "D"])
@pytest.mark.parametrize("request_", ASKED)
def test_either_may_do_what_is_done_in_a_talk(office, two, name, request_):
    msg_type, fields = ASKED[request_]
    office.ask(name, msg_type, uuid=two[name], **fields)
    assert office.got(name)[0] == "R"


@pytest.mark.parametrize("name", ["A", "D"])
def test_either_may_hold_the_other(office, two, name):
    held = two["D" if name == "A" else "A"]
    office.ask(name, "hold", uuid=two[name], hold="1")
    office.event(PlaybackStarted(held, HOLD))
    assert office.got(name) == ["CALLING>CALLING/HOLD", "R"]


@pytest.mark.parametrize(
    ("msg_type", "fields"),
    [("consult", {"type": "2"}), ("consult_to_trans", {})],
)
def test_there_is_no_consult_to_end_or_to_make_a_transfer_of(office, two, msg_type, fields):
    named = {"consult_uuid": two["D"]} if msg_type == "consult_to_trans" else {"uuid": two["A"]}
    office.refused("4103", "A", msg_type, **named, **fields)


def test_the_consult_is_over_for_who_hands_the_consultant_on(office, two):
    office.ask("A", "trans", uuid=two["A"], **ASKED["trans"][1])
    [leg] = [one.uuid for one in office.desk.legs.values() if one.agent is office.agent("E")]
    office.forget()
    office.takes(leg)
    office.bridge(leg, two["D"])
    office.ends(two["A"])
    assert office.got("A") == ["TRANS.S", "TRANS.E+", "CONSULT.E+", "CALLING/TRANS>FREE"]
    assert office.got("D") == []
    office.ends(leg)
    office.ends(two["D"])
    office.nothing_left()


def test_the_consult_ends_with_the_talk(office, two):
    office.ends(two["D"])
    office.ends(two["A"])
    assert office.got("A") == ["CONSULT.E+", "CALLING>FREE"]
    office.nothing_left()
