"""The simulated switch has the oddities of the real one."""

import pytest

from tests.unit.simulator.world import World

ORIGINATE = "originate {origination_uuid=T}user/bob@esl-bridge.local &park()"


def test_a_uuid_in_use_is_silently_replaced(world: World) -> None:
    assert world.api(ORIGINATE) == "+OK T\n"
    second = world.api(ORIGINATE.replace("bob", "sue"))
    assert second.startswith("+OK ") and second != "+OK T\n"


def test_bridging_to_a_ringing_leg_kills_both(world: World) -> None:
    world.sim("phone bob auto off")
    world.call(extra=",park_after_bridge=true")
    world.api("uuid_transfer C playback:local_stream://moh inline")
    world.job(ORIGINATE)
    world.run()
    assert world.api("uuid_bridge C T") == "+OK T\n"
    world.run()
    assert world.causes() == {"T": "DESTINATION_OUT_OF_ORDER", "C": "ORIGINATOR_CANCEL"}
    assert [event.body for event in world.told("BACKGROUND_JOB")][-1] == "-ERR ORIGINATOR_CANCEL\n"


def test_hold_of_an_unknown_leg_succeeds(world: World) -> None:
    assert world.api("uuid_hold nosuch") == "+OK Success\n"


def test_recording_a_ringing_leg_fails_and_breaks_it(world: World) -> None:
    world.sim("outside 139 auto off")
    world.call()
    assert world.api("uuid_record C start /tmp/x.wav") == "-ERR Cannot record session!\n"
    world.run()
    assert world.causes()["C"] == "INCOMPATIBLE_DESTINATION"


def test_a_parked_leg_ends_after_its_park_timeout(world: World) -> None:
    world.job(ORIGINATE.replace("{", "{park_timeout=3:ALLOTTED_TIMEOUT,"))
    world.run(2.9)
    assert world.causes() == {}
    world.run(0.3)
    assert world.causes() == {"T": "ALLOTTED_TIMEOUT"}


def test_an_empty_list_has_no_rows(world: World) -> None:
    assert world.api("show channels as json") == '{"row_count": 0}\n'


def test_variables_in_braces_are_in_every_event_but_callstate(world: World) -> None:
    world.job(ORIGINATE.replace("{", "{esl_bridge_role=agent,"))
    world.run()
    world.api("uuid_kill T")
    world.run()
    marked = {
        event.name
        for event in world.events
        if event.headers.get("variable_esl_bridge_role") == "agent"
    }
    named = {event.name for event in world.events if event.headers.get("Unique-ID") == "T"}
    assert named - marked == {"CHANNEL_CALLSTATE"}


def test_early_media_answers_the_job_unless_it_is_ignored(world: World) -> None:
    world.sim("phone bob auto off")
    world.sim("phone bob early on")
    assert world.api(ORIGINATE) == "+OK T\n"
    again = ORIGINATE.replace("{origination_uuid=T", "{ignore_early_media=true")
    world.sim("phone sue auto off")
    world.sim("phone sue early on")
    world.job(again.replace("bob", "sue"))
    world.run(1)
    assert world.told("BACKGROUND_JOB") == []


@pytest.mark.parametrize(
    ("holder", "music", "left"), [("A", "C", {}), ("C", "A", {"A": "answered"})]
)
def test_music_broadcast_to_the_first_leg_of_a_bridge_outlives_the_second(
    world: World, holder: str, music: str, left: dict[str, str]
) -> None:
    world.call(extra=",hangup_after_bridge=true")
    world.api(f"uuid_broadcast {music} local_stream://moh aleg")
    world.run()
    world.api(f"uuid_kill {holder}")
    world.run(60)
    assert {uuid: leg.answer_state for uuid, leg in world.switch.channels.items()} == left
    if left:
        assert world.told("CHANNEL_UNBRIDGE") == []
        world.api(f"uuid_break {music} all")
        world.run()
    assert world.causes().keys() == {"A", "C"}


def test_a_leg_that_is_played_music_is_stuck_when_its_partner_is_bridged_elsewhere(
    world: World,
) -> None:
    world.call(extra=",park_after_bridge=true")
    world.supervise("park()")
    world.api("uuid_broadcast A local_stream://moh aleg")
    world.run()
    world.api("uuid_bridge S C")
    world.api("uuid_kill A")
    world.run(60)
    assert world.told("CHANNEL_HANGUP", "A")
    assert world.sim("state ann")["state"] == "talking"
    world.api("uuid_kill S")
    world.run()
    assert world.sim("state ann")["state"] == "idle"
    assert world.causes()["A"] == "NORMAL_CLEARING"


def test_the_first_phone_to_answer_wins_and_the_others_lose_the_race(world: World) -> None:
    world.sim("phone bob auto off")
    world.call("user/bob@esl-bridge.local,[origination_uuid=D]sofia/gateway/carrier/139")
    assert world.causes() == {"C": "LOSE_RACE"}
    assert world.hears("ann") == [{"139"}]


def test_the_second_destination_is_tried_when_the_first_refuses(world: World) -> None:
    world.sim("phone bob refuse 486")
    world.call("user/bob@esl-bridge.local|sofia/gateway/carrier/139")
    assert world.causes() == {"C": "USER_BUSY"}
    assert world.hears("ann") == [{"139"}]


def bridge_with_one_that_goes(world: World, first: str, second: str, goes: str) -> None:
    """Two parked legs are joined, and one of them is ended before it has come to that."""
    for leg, phone in (("A", "ann"), ("B", "bob")):
        world.job(f"originate {{origination_uuid={leg}}}user/{phone}@esl-bridge.local &park()")
    world.run()
    world.api("uuid_setvar A uuid_bridge_park_on_cancel true")
    world.events.clear()
    world.api(f"uuid_bridge {first} {second}")
    world.api(f"uuid_kill {goes}")
    world.run(2)


def test_the_first_leg_is_parked_when_the_second_ends_before_they_are_bridged(world: World) -> None:
    bridge_with_one_that_goes(world, "A", "B", "B")
    assert [event.headers["Unique-ID"] for event in world.told("CHANNEL_PARK")] == ["A"]


def test_the_first_leg_ends_with_the_second_where_it_is_not_set_to_park(world: World) -> None:
    bridge_with_one_that_goes(world, "B", "A", "A")
    assert world.causes()["B"] == "ORIGINATOR_CANCEL"


def test_the_second_leg_is_left_in_limbo_when_the_first_ends_before_they_are_bridged(
    world: World,
) -> None:
    bridge_with_one_that_goes(world, "B", "A", "B")
    assert list(world.causes()) == ["B"]
    assert not world.told("CHANNEL_PARK")


@pytest.mark.parametrize("moved", ["A", "C"])
def test_the_switch_ends_a_phones_hold_once_either_leg_is_moved(world: World, moved: str) -> None:
    world.call(extra=",park_after_bridge=true")
    world.sim("phone ann hold")
    world.run()
    world.api(f"uuid_transfer {moved} park inline")
    world.run()
    assert [event.headers["Unique-ID"] for event in world.told("CHANNEL_UNHOLD")] == ["A"]
    world.sim("phone ann resume")
    world.run()
    assert len(world.told("CHANNEL_UNHOLD")) == 1


def test_a_phone_keeps_holding_after_its_partner_has_ended(world: World) -> None:
    world.call(extra=",park_after_bridge=true")
    world.sim("phone ann hold")
    world.run()
    world.api("uuid_kill C")
    world.run()
    assert world.told("CHANNEL_UNHOLD") == []
    assert '"Channel-Call-State": "HELD"' in world.api("uuid_dump A json")


def test_parking_clears_the_variables_that_park_a_leg_after_its_next_bridge(
    world: World,
) -> None:
    world.call(extra=",park_after_bridge=true")
    world.api("uuid_setvar_multi A park_after_bridge=true;hangup_after_bridge=false;park_timeout=9")
    world.api("uuid_transfer C playback:local_stream://moh inline")
    world.run(1)
    assert world.api("uuid_getvar A park_timeout") == "_undef_"
    assert world.api("uuid_getvar A park_after_bridge") == "_undef_"
    world.run(9)
    assert world.causes() == {"A": "NORMAL_CLEARING"}


def test_a_leg_ends_when_its_music_reaches_the_playback_timeout(world: World) -> None:
    world.call(extra=",park_after_bridge=true")
    limits = "multiset:^^;park_timeout=9;playback_timeout_sec=3"
    world.api(f"uuid_transfer C 'm:~:{limits}~playback:local_stream://moh' inline")
    world.run(2.9)
    assert world.hears("139") == [{"MOH"}]
    world.run(0.3)
    assert world.causes()["C"] == "NORMAL_CLEARING"


def test_a_leg_that_is_played_music_notices_the_loss_of_its_partner_when_the_music_ends(
    world: World,
) -> None:
    world.call()
    world.api("uuid_setvar A playback_timeout_sec 3")
    world.api("uuid_broadcast A local_stream://moh aleg")
    world.run(1)
    world.api("uuid_kill C")
    world.run(1.9)
    assert "A" not in world.causes()
    world.run(0.3)
    assert world.causes()["A"] == "NORMAL_CLEARING"


@pytest.mark.parametrize("stays", [True, False])
def test_a_room_of_at_least_two_ends_for_the_last_member(world: World, stays: bool) -> None:
    world.call()
    stay = "set:hangup_after_conference=false~" if stays else ""
    room = f"'m:~:{stay}conference:room@quiet+flags{{mintwo}}~park' inline"
    world.api("uuid_setvar A park_after_bridge true")
    for leg in ("C", "A"):
        world.api(f"uuid_transfer {leg} {room}")
        world.run(0.5)
    assert world.causes() == {}
    world.api("uuid_kill C")
    world.run(0.5)
    assert ("A" in world.causes()) is not stays
    assert world.api("conference room list") == "-ERR Conference room not found\n"


def test_a_limit_of_hours_ends_with_its_leg(world: World) -> None:
    world.job(ORIGINATE)
    world.run()
    assert world.api("sched_hangup +28800 T") == "+OK\n"
    world.api("uuid_kill T")
    world.run(60)
    assert not world.clock.step()  # nothing is left to come


@pytest.mark.parametrize(
    ("goes_to", "left"),
    [("", {"C": "answered"}), ("park:inline", {"A": "answered", "C": "answered"})],
)
def test_moving_a_leg_whose_phone_holds_ends_its_partner(
    world: World, goes_to: str, left: dict[str, str]
) -> None:
    world.call(extra=",park_after_bridge=true,hangup_after_bridge=false")
    if goes_to:
        world.api(f"uuid_setvar C hold_hangup_xfer_exten {goes_to}")
    world.sim("outside 139 hold")
    world.api("uuid_transfer C playback:local_stream://moh inline")
    world.run()
    assert {uuid: leg.answer_state for uuid, leg in world.switch.channels.items()} == left


@pytest.mark.parametrize(
    ("keys", "pressed", "ends"),
    [("", "*", True), ("", "#", False), ("none", "*", False), ("any", "5", True), ("#", "#", True)],
)
def test_a_key_ends_the_playback(world: World, keys: str, pressed: str, ends: bool) -> None:
    world.call(extra=",park_after_bridge=true,hangup_after_bridge=false")
    world.api(f"uuid_setvar C playback_terminators {keys}")
    world.api("uuid_transfer C 'm:~:playback:local_stream://moh~park' inline")
    world.run()
    world.sim(f"outside 139 dtmf {pressed}")
    world.run()
    assert bool(world.told("CHANNEL_PARK", "C")) is ends
