"""The end of ringing: time limits, early media, and a phone that hangs up as it answers."""

from tests.unit.simulator.world import World

FAR = "sofia/gateway/carrier/139"


def rings(world: World, near: str = "", far: str = "") -> None:
    world.job(
        f"originate {{origination_uuid=A{near}}}user/ann@esl-bridge.local"
        f" '&bridge([origination_uuid=C{far}]{FAR})'"
    )
    world.run()


def test_early_media_ends_the_leg_timeout(world: World) -> None:
    world.sim("outside 139 auto off")
    world.sim("outside 139 early on")
    rings(world, far=",leg_timeout=3")
    world.run(10)
    assert world.causes() == {}


def test_early_media_does_not_cancel_a_scheduled_hangup(world: World) -> None:
    world.sim("outside 139 auto off")
    world.sim("outside 139 early on")
    rings(world, ",hangup_after_bridge=true", ",execute_on_originate=sched_hangup:+3")
    world.run(4)
    assert world.causes() == {"C": "ALLOTTED_TIMEOUT", "A": "ALLOTTED_TIMEOUT"}


def test_the_answer_cancels_a_scheduled_hangup(world: World) -> None:
    limits = ",execute_on_originate=sched_hangup:+3,execute_on_answer_now=sched_cancel"
    rings(world, far=f"{limits},execute_on_answer=sched_hangup:+8")
    world.run(6)
    assert world.causes() == {}
    world.run(3)
    assert world.causes()["C"] == "ALLOTTED_TIMEOUT"


def test_an_internal_phone_has_its_hangup_scheduled_again_after_the_answer(world: World) -> None:
    own = ",execute_on_originate=sched_hangup:+3,execute_on_answer_now=sched_cancel"
    rings(world, own)
    world.run(4)
    assert world.causes()["A"] == "ALLOTTED_TIMEOUT"


def test_ignored_early_media_of_the_caller_is_ignored_of_the_callee_too(
    world: World,
) -> None:
    world.sim("outside 139 auto off")
    world.sim("outside 139 early on")
    rings(world, ",ignore_early_media=true")
    assert world.hears("ann") == [set()]
    world.api("hupall")
    world.run()
    world.job(
        "originate {origination_uuid=B,ignore_early_media=true}user/ann@esl-bridge.local"
        f" '&bridge({{ignore_early_media=false}}{FAR})'"
    )
    world.run()
    assert world.hears("ann") == [{"139"}]


def test_early_media_may_be_silence(world: World) -> None:
    world.sim("outside 139 auto off")
    world.sim("outside 139 early mute")
    rings(world)
    assert world.hears("ann") == [set()]
    world.sim("outside 139 answer")
    world.run()
    assert world.hears("ann") == [{"139"}]


def test_a_phone_that_hangs_up_as_it_answers_is_never_bridged(world: World) -> None:
    world.sim("outside 139 leave on")
    rings(world)
    assert world.told("CHANNEL_ANSWER", "C") and not world.told("CHANNEL_BRIDGE")
    assert world.causes() == {"C": "NORMAL_CLEARING", "A": "NORMAL_CLEARING"}
