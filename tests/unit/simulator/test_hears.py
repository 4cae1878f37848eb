"""Who hears whom while phones talk, hold and eavesdrop."""

import pytest

from tests.unit.simulator.world import World

PARK = ",park_after_bridge=true,hangup_after_bridge=false"


def test_two_bridged_phones_hear_each_other(world: World) -> None:
    world.call()
    assert world.hears("ann", "139") == [{"139"}, {"ann"}]


def test_uuid_hold_silences_both_and_plays_no_music(world: World) -> None:
    world.call()
    assert world.api("uuid_hold A") == "+OK Success\n"
    world.run()
    assert world.hears("ann", "139") == [set(), set()]
    world.api("uuid_hold off A")
    world.run()
    assert world.hears("ann", "139") == [{"139"}, {"ann"}]


def test_a_hold_by_the_phone_plays_music_to_the_other(world: World) -> None:
    world.call()
    world.sim("phone ann hold")
    world.run()
    assert world.hears("ann", "139") == [set(), {"MOH"}]
    world.sim("phone ann resume")
    world.run()
    assert world.hears("ann", "139") == [{"139"}, {"ann"}]


def test_a_transfer_to_music_leaves_the_partner_parked_until_bridged_again(world: World) -> None:
    world.call(extra=PARK)
    world.api("uuid_transfer C playback:local_stream://moh inline")
    world.run()
    assert world.hears("ann", "139") == [set(), {"MOH"}]
    world.api("uuid_bridge A C")
    world.run()
    assert world.hears("ann", "139") == [{"139"}, {"ann"}]


@pytest.mark.parametrize(
    ("direction", "ann", "far"), [("read", {"139"}, set()), ("write", set(), {"ann"})]
)
def test_a_mute_silences_one_direction(
    world: World, direction: str, ann: set[str], far: set[str]
) -> None:
    world.call()
    world.api(f"uuid_audio A start {direction} mute -4")
    assert world.hears("ann", "139") == [ann, far]
    world.api("uuid_audio A stop")
    world.run()
    assert world.hears("ann", "139") == [{"139"}, {"ann"}]


@pytest.mark.parametrize(
    ("extra", "ann", "far"),
    [
        ("", {"139"}, {"ann"}),
        (",eavesdrop_whisper_bleg=true", {"139", "sue"}, {"ann"}),
        (",eavesdrop_whisper_aleg=true", {"139"}, {"ann", "sue"}),
    ],
)
def test_an_eavesdropper_hears_both_and_is_heard_as_its_mode_allows(
    world: World, extra: str, ann: set[str], far: set[str]
) -> None:
    world.call()
    world.supervise("eavesdrop(A)", extra)
    assert world.hears("ann", "139", "sue") == [ann, far, {"ann", "139"}]


@pytest.mark.parametrize("extra", ["", ",eavesdrop_enable_dtmf=true"])
def test_digits_switch_the_mode_of_an_eavesdropper(world: World, extra: str) -> None:
    world.call()
    world.supervise("eavesdrop(A)", extra)
    for digit, ann, far in (("2", {"139", "sue"}, {"ann"}), ("1", {"139"}, {"ann", "sue"})):
        assert world.api(f"uuid_recv_dtmf S {digit}") == f"+OK S received DTMF {digit}.\n"
        world.run()
        assert world.hears("ann", "139") == [ann, far]


def test_digits_do_not_switch_the_mode_where_that_is_disabled(world: World) -> None:
    world.call()
    world.supervise("eavesdrop(A)", ",eavesdrop_enable_dtmf=false")
    world.api("uuid_recv_dtmf S 3")
    world.run()
    assert world.hears("ann", "139") == [{"139"}, {"ann"}]


@pytest.mark.parametrize(
    ("command", "ann"),
    [
        ("uuid_broadcast C local_stream://moh aleg", set()),
        ("uuid_transfer C playback:local_stream://moh inline", set()),
        ("uuid_transfer A playback:silence_stream://-1 inline", {"sue"}),
    ],
)
def test_a_whisper_is_mixed_into_the_sound_that_a_phone_is_sent(
    world: World, command: str, ann: set[str]
) -> None:
    world.call(extra=PARK)
    world.supervise("eavesdrop(A)", ",eavesdrop_whisper_bleg=true")
    world.api(command)
    world.run()
    assert world.hears("ann") == [ann]
    assert "ann" in world.hears("sue")[0]


def test_a_parked_phone_hears_a_whisper_while_it_is_sent_silence(world: World) -> None:
    world.call(extra=PARK + ",send_silence_when_idle=-1")
    world.supervise("eavesdrop(A)", ",eavesdrop_whisper_bleg=true")
    world.api("uuid_transfer C playback:local_stream://moh inline")
    world.run()
    assert world.hears("ann") == [{"sue"}]


@pytest.mark.parametrize(("first", "far"), [("mute", {"sue"}), ("spy", set())])
def test_a_mute_silences_a_whisperer_on_the_leg_too(
    world: World, first: str, far: set[str]
) -> None:
    world.call()
    if first == "mute":
        world.api("uuid_audio A start read mute -4")
    world.supervise("eavesdrop(A)", ",eavesdrop_whisper_bleg=true,eavesdrop_whisper_aleg=true")
    if first == "spy":
        world.api("uuid_audio A start read mute -4")
    world.run()
    assert world.hears("ann", "139") == [{"139", "sue"}, far]


@pytest.mark.parametrize("way", ["three_way", "conference"])
def test_three_phones_in_a_room_hear_each_other(world: World, way: str) -> None:
    world.call()
    if way == "conference":
        world.api("uuid_transfer A -both conference:room@quiet inline")
        world.run()
        world.supervise("conference(room@quiet)")
    else:
        world.supervise("three_way(A)")
    everybody = {"ann", "139", "sue"}
    assert world.hears("ann", "139", "sue") == [everybody - {one} for one in ("ann", "139", "sue")]


def test_a_caller_hears_ringback_then_the_agent(world: World) -> None:
    world.sim("phone ann auto off")
    world.sim("call 138 Bert to_ann")
    world.run()
    assert world.hears("138") == [{"RINGBACK"}]
    world.sim("phone ann answer")
    world.run()
    assert world.hears("138", "ann") == [{"ann"}, {"138"}]


def test_an_ivr_and_a_queue_have_their_sounds(world: World) -> None:
    world.call()
    world.api("uuid_transfer C ivr_main XML esl_bridge")
    world.run()
    assert world.hears("139") == [{"IVR"}]
    world.api("uuid_transfer C sales XML public")
    world.run()
    assert world.hears("139") == [{"MOH"}]


def test_music_does_not_begin_after_a_phone_has_resumed(
    world: World,
) -> None:
    world.call()
    world.sim("phone ann hold")
    world.sim("phone ann resume")
    world.run(2)
    assert not world.told("PLAYBACK_START")
    assert world.hears("ann") == [{"139"}]
