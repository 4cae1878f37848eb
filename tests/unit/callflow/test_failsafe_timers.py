"""What goes along with the commands, so that the switch ends every leg that nobody leads."""

import pytest

from esl_bridge.esl.events import RoomEntered
from tests.builders import HOLD, NAMES, TenantHarness

D = NAMES["D"]
SECURED = "park_after_bridge=true;park_timeout=60"
CONSULTED = {"type": "1", "consult_type": "0", "consult_number": D}
HANDED_ON = {"type": "1", "trans_type": "1", "trans_number": D}
INVITED = {"three_way_type": "0", "three_way_number": D}
BRIEF = {"max_ring_time": 20, "max_call_time": 300}


def executed(harness: TenantHarness, leg: str) -> str:
    """The applications that a leg was last sent to."""
    lines = [line for line in harness.switch.take() if line.startswith(f"api uuid_transfer {leg} ")]
    return lines[-1].partition("'m:~:")[2].removesuffix("' inline")


@pytest.mark.parametrize(
    ("msg_type", "asked", "seconds"),
    [
        ("consult", CONSULTED | BRIEF, 20 + 300 + 60),
        ("consult", CONSULTED | {"max_call_time": 86_400}, 43_200),
        ("trans", HANDED_ON | BRIEF, 20 + 60),
    ],
)
def test_the_customers_music_lasts_longer_than_its_wait(harness, msg_type, asked, seconds):
    near, far = harness.talk("A", "B")
    harness.ask("A", msg_type, uuid=near, **asked)
    limits = f"multiset:^^;{SECURED};playback_timeout_sec={seconds}"
    behind = "playback:silence_stream://60000"
    assert executed(harness, far) == f"{limits}~playback:{HOLD}~{behind}"


@pytest.mark.parametrize(("msg_type", "asked"), [("consult", CONSULTED), ("trans", HANDED_ON)])
def test_an_agent_that_was_parked_is_set_to_park_again(harness, msg_type, asked):
    near, far = harness.talk("A", "B")
    harness.ask("A", msg_type, uuid=near, **asked)
    harness.unbridge(near, far)
    harness.parks(near)
    first, ringback, behind = executed(harness, near).split("~")
    assert first == f"multiset:^^;{SECURED}"
    assert ringback.startswith("playback:tone_stream://")
    assert behind == "playback:silence_stream://60000"


def test_the_last_member_of_a_conference_is_parked(harness):
    near, _ = harness.talk("A", "B")
    harness.takes(harness.ask("A", "three_way", uuid=near, **INVITED).uuid)
    first, stays, room, last = executed(harness, near).split("~")
    assert first == f"multiset:^^;{SECURED}"
    assert stays == "set:hangup_after_conference=false"
    assert room.startswith("conference:") and room.endswith("+flags{mintwo}")
    assert last == "park"


def test_an_agent_outside_a_conference_may_be_parked_for_a_day(harness):
    near, far = harness.talk("A", "B")
    third = harness.ask("A", "three_way", uuid=near, **INVITED).uuid
    harness.takes(third)
    for leg in (near, far, third):
        harness.event(RoomEntered(leg, near))
    harness.ask("A", "hold", uuid=near, hold="1")
    assert executed(harness, near) == "set:park_timeout=86400~park"
