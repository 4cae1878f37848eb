"""Simulated phones under a test's control."""

import pytest

from tests.unit.simulator.world import World


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (404, "UNALLOCATED_NUMBER"),
        (480, "NO_USER_RESPONSE"),
        (486, "USER_BUSY"),
        (603, "CALL_REJECTED"),
    ],
)
def test_each_sip_refusal_has_its_hangup_cause(world: World, code: int, cause: str) -> None:
    world.sim("phone bob auto off")
    world.job("originate {origination_uuid=T}user/bob@esl-bridge.local &park()")
    world.run()
    assert world.sim(f"phone bob reject {code}") == {"ok": True, "state": "idle"}
    world.run()
    assert world.causes() == {"T": cause}
    [complete] = world.told("CHANNEL_HANGUP_COMPLETE")
    assert complete.headers["variable_sip_hangup_disposition"] == "recv_refuse"
    assert complete.headers["variable_sip_term_status"] == str(code)


def test_wait_ends_as_soon_as_the_phone_is_in_the_state(world: World) -> None:
    world.sim("phone bob auto 700")
    world.job("originate user/bob@esl-bridge.local &park()")
    before = world.clock.now()
    assert world.sim("wait bob talking 5") == {"reached": True, "state": "talking"}
    assert world.clock.now() - before == pytest.approx(0.704, abs=0.01)


def test_wait_ends_at_its_deadline(world: World) -> None:
    assert world.sim("wait bob ringing 2") == {"reached": False, "state": "idle"}


def test_a_verb_that_does_not_fit_the_phones_state_is_refused(world: World) -> None:
    assert world.sim("phone bob answer") == {"ok": False, "error": "bob is not ringing"}
    assert world.sim("phone bob hangup") == {"ok": False, "error": "bob has no call"}
    assert world.sim("phone nobody hangup") == {"ok": False, "error": "no such extension: nobody"}
    assert world.sim("phone bob juggle") == {"ok": False, "error": "no such verb: juggle"}


def test_digits_arrive_in_the_dtmf_type_of_the_leg(world: World) -> None:
    world.call()
    world.api("uuid_send_dtmf C 1#@150")
    world.api("uuid_setvar C dtmf_type info")
    world.api("uuid_send_dtmf C 2")
    world.sim("phone ann dtmf 9")
    digits = [(one["digit"], one["by"]) for one in world.sim("digits 139")["digits"]]
    assert digits == [("1", "2833"), ("#", "2833"), ("2", "info"), ("9", "info")]
    world.run()
    [told] = world.told("DTMF", "A")
    assert (told.headers["DTMF-Digit"], told.headers["DTMF-Source"]) == ("9", "RTP")


def test_the_hangup_disposition_names_the_side_that_hung_up(world: World) -> None:
    world.call(extra=",hangup_after_bridge=true")
    world.sim("outside 139 hangup")
    world.run()
    ended = {one.headers["Unique-ID"]: one.headers for one in world.told("CHANNEL_HANGUP_COMPLETE")}
    assert ended["C"]["variable_sip_hangup_disposition"] == "recv_bye"
    assert ended["A"]["variable_sip_hangup_disposition"] == "send_bye"


def test_an_expired_registration_is_reported_and_no_longer_found(world: World) -> None:
    assert world.api("sofia_contact */bob@esl-bridge.local").startswith("sofia/esl_bridge/sip:bob-")
    world.sim("phone bob expire")
    world.run(0.3)
    assert world.api("sofia_contact */bob@esl-bridge.local") == "error/user_not_registered"
    assert world.api("originate user/bob@esl-bridge.local &park()") == "-ERR USER_NOT_REGISTERED\n"
    [told] = world.told("CUSTOM")
    assert told.headers["user"] == "bob" and "from-user" not in told.headers


def test_a_phone_dials_in_with_the_variables_of_its_user(world: World) -> None:
    world.sim("extension tom esl_bridge_company=90001")
    world.sim("phone tom dial ivr_main")
    world.run()
    [created] = world.told("CHANNEL_CREATE")
    assert created.headers["Call-Direction"] == "inbound"
    assert created.headers["Channel-Presence-ID"] == "tom@esl-bridge.local"
    assert created.headers["variable_esl_bridge_company"] == "90001"
    assert world.hears("tom") == [{"IVR"}]


def test_a_number_without_an_extension_is_refused(world: World) -> None:
    world.sim("call 138 - nowhere")
    world.run()
    assert set(world.causes().values()) == {"NO_ROUTE_DESTINATION"}


@pytest.mark.parametrize("obeys", ["on", "off"])
def test_only_an_obedient_phone_answers_at_notify_talk(world: World, obeys: str) -> None:
    world.sim("phone bob auto off")
    world.sim(f"phone bob talk {obeys}")
    world.job("originate {origination_uuid=T}user/bob@esl-bridge.local &park()")
    world.run()
    assert world.api("uuid_phone_event T talk") == "+OK Success\n"
    world.run()
    assert world.sim("state bob")["state"] == ("talking" if obeys == "on" else "ringing")


def test_a_reset_leaves_nothing_behind(world: World) -> None:
    world.call()
    world.api("uuid_send_dtmf C 1")
    world.sim("reset")
    world.run()
    assert world.switch.channels == {}
    assert world.sim("digits 139") == {"digits": []}


def test_a_caller_sees_the_status_that_ended_its_call(world: World) -> None:
    world.sim("call 138 - nowhere")
    world.run()
    assert world.sim("state 138")["ended"] == "404"
