"""Two who are put together again, and what crosses that."""

import pytest

from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable, WrongState
from esl_bridge.esl.events import LegsBridged, PlaybackStarted
from tests.builders import HOLD, NAMES, NUMBER_OF_IVR, TenantHarness

RINGBACK = "tone_stream://"


@pytest.fixture
def harness() -> TenantHarness:
    return TenantHarness(fallback=TenantHarness().tenant.company.numbers[NUMBER_OF_IVR])


def consult(harness, near, far):
    """A asks D; the customer hears music and A the ringback, of which nobody has told yet."""
    harness.waits.append(lambda: harness.parks(near))
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, **ask)
    other = harness.agent("D").own_leg.uuid
    harness.rings(other)
    harness.forget()
    return other


def plays(harness, near, far):
    harness.event(PlaybackStarted(near, RINGBACK))
    harness.event(PlaybackStarted(far, HOLD))


def bridges(harness):
    return [line for line in harness.switch.take() if "uuid_bridge " in line]


def test_legs_on_their_way_are_not_bridged(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    too_early = []

    def arrive():
        too_early.extend(bridges(harness))
        plays(harness, near, far)

    harness.waits.append(arrive)
    harness.ends(other, "USER_BUSY")
    assert not too_early
    assert bridges(harness) == [f"api uuid_bridge {near} {far}"]


def test_two_legs_park_on_unbridge_until_they_talk_again(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)
    released = []

    def joined():
        released.extend(line for line in harness.switch.take() if "park_after_bridge=;" in line)
        harness.event(LegsBridged(near, far))

    harness.waits.append(joined)
    harness.ends(other, "USER_BUSY")
    assert not released
    assert [line.split()[2] for line in harness.switch.take() if "setvar" in line] == [near, far]


def test_a_customer_whose_agent_leaves_at_this_moment_is_rerouted_once(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)
    harness.waits += [lambda: harness.ends(near), lambda: harness.parks(far)]
    harness.ends(other, "USER_BUSY")
    heard = harness.switch.take()
    assert len([line for line in heard if f"uuid_transfer {far} ivr_main" in line]) == 1
    assert not [line for line in heard if "uuid_kill" in line]


def test_an_agent_whose_customer_leaves_at_this_moment_is_hung_up(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)
    harness.waits.append(lambda: harness.ends(far))
    harness.ends(other, "USER_BUSY")
    assert f"api uuid_kill {near} NORMAL_CLEARING" in harness.switch.take()


def test_a_transfer_continues_when_its_agent_leaves_at_this_moment(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)
    harness.takes(other)
    harness.event(LegsBridged(near, other))
    harness.ask("A", "consult_to_trans", consult_uuid=other)
    harness.switch.take()
    harness.ends(near)
    assert not [line for line in harness.switch.take() if "uuid_kill" in line]
    harness.forget()
    harness.event(LegsBridged(other, far))
    assert harness.got("A") == ["CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+"]
    assert harness.tenant.legs[other].peer is harness.tenant.legs[far]


def test_a_customer_returns_from_a_target_that_leaves_during_the_bridge(harness):
    near, far = harness.talk("A", "B")
    ask = {"type": "2", "trans_type": "1", "trans_number": NAMES["D"]}
    harness.ask("A", "trans", uuid=near, **ask)
    target = harness.agent("D").own_leg.uuid
    harness.takes(target)
    harness.waits.append(lambda: [harness.parks(near), harness.parks(far)])
    harness.ends(target)
    assert bridges(harness)[-1] == f"api uuid_bridge {near} {far}"


def test_no_procedure_begins_before_both_legs_are_set_to_end_together(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)
    refused = []

    def sent_on_too_early():
        ask = {"uuid": far, "type": "1", "trans_type": "3", "trans_number": "2001"}
        with pytest.raises(WrongState):
            harness.ask("B", "trans", **ask)
        refused.append(harness.switch.take())

    def talk():
        for _ in (near, far):
            harness.switch.will("uuid_setvar_multi", sent_on_too_early)
        harness.event(LegsBridged(near, far))

    harness.waits.append(talk)
    harness.ends(other, "USER_BUSY")
    assert len(refused) == 2
    assert not [line for heard in refused for line in heard if "uuid_transfer" in line]


def test_no_procedure_begins_before_both_legs_end_together_after_a_talking_transfer(harness):
    near, far = harness.talk("A", "B")
    ask = {"type": "2", "trans_type": "1", "trans_number": NAMES["D"]}
    harness.ask("A", "trans", uuid=near, **ask)
    target = harness.agent("D").own_leg.uuid
    harness.rings(target)
    refused = []

    def sent_on_too_early():
        with pytest.raises(WrongState):
            harness.ask("B", "trans", uuid=far, type="1", trans_type="3", trans_number="2001")
        refused.append(True)

    harness.switch.will("uuid_setvar_multi", sent_on_too_early)
    harness.ends(target, "USER_BUSY")
    assert refused
    harness.ask("B", "trans", uuid=far, type="1", trans_type="3", trans_number="2001")


def test_a_rerouted_party_no_longer_holds(harness):
    near, far = harness.talk("A", "B")
    harness.ask("B", "hold", uuid=far, hold="1")
    harness.event(PlaybackStarted(near, HOLD))
    harness.ask("A", "trans", uuid=near, type="2", trans_type="1", trans_number=NAMES["D"])
    target = harness.agent("D").own_leg.uuid
    harness.rings(target)
    harness.switch.will("uuid_setvar_multi", lambda: harness.ends(near))
    harness.waits.append(lambda: harness.parks(far))
    harness.forget()
    harness.ends(target, "USER_BUSY")
    assert "CALLING/HOLD>CALLING" in harness.got("B")
    assert f"api uuid_transfer {far} ivr_main XML esl_bridge" in harness.switch.take()


@pytest.mark.parametrize("command", ["uuid_bridge", "uuid_setvar_multi"])
def test_a_link_lost_meanwhile_does_not_block_later_procedures(harness, command):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)
    harness.waits.append(lambda: harness.event(LegsBridged(near, far)))
    harness.switch.will(command, SwitchUnavailable("lost"))
    harness.ends(other, "USER_BUSY")
    harness.waits += [lambda: None] * 3
    harness.event(LegsBridged(near, far))
    harness.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")


def test_two_who_were_put_together_before_are_so_again_when_no_arrival_is_reported(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)
    harness.ends(other, "USER_BUSY")
    harness.event(LegsBridged(near, far))
    harness.forget()
    ends_at_once = lambda: harness.ends(harness.offered("D"), "USER_BUSY")  # noqa: E731
    harness.switch.will("uuid_transfer", ends_at_once)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, **ask)
    assert bridges(harness) == [f"api uuid_bridge {near} {far}"]


def test_two_who_part_once_more_while_they_are_set_to_end_together_are_bridged_again(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    plays(harness, near, far)

    def part():
        harness.unbridge(near, far)
        harness.parks(near)
        harness.parks(far)

    harness.switch.will("uuid_bridge", lambda: harness.bridge(near, far))
    harness.switch.will("uuid_setvar_multi", lambda: None)
    harness.switch.will("uuid_setvar_multi", part)
    harness.ends(other, "USER_BUSY")
    assert bridges(harness) == [f"api uuid_bridge {near} {far}"] * 2


def test_a_setting_that_fails_is_not_undone_again_and_again(harness):
    near, far = harness.talk("A", "B")
    other = consult(harness, near, far)
    harness.parks(far)
    harness.switch.will("uuid_setvar_multi", SwitchTimedOut())
    harness.forget()
    harness.ends(other, "USER_BUSY")
    settings = [line for line in harness.switch.take() if "park_after_bridge=;" in line]
    assert len(settings) == 2


@pytest.mark.parametrize(("later", "moved_at_once"), [(0.0, False), (1.0, True)])
def test_two_legs_bridged_a_moment_ago_are_left_alone(harness, later, moved_at_once):
    near, far = harness.talk("A", "B")
    harness.now += later
    heard = []
    harness.waits.append(lambda: heard.extend(harness.switch.take()))
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, type="1", **third)
    moves = [line for line in heard if line.startswith(f"api uuid_transfer {far}")]
    assert bool(moves) is moved_at_once


@pytest.mark.parametrize(
    "asked",
    [
        {"msg_type": "consult", "consult_type": "0", "consult_number": NAMES["D"]},
        {"msg_type": "trans", "trans_type": "1", "trans_number": NAMES["D"]},
    ],
)
def test_a_pair_that_a_resync_found_bridged_hears_no_ringback(harness, asked):
    near, far = harness.talk("A", "B")

    def read_back():
        harness.tenant.legs[near].position.moving = False
        harness.resync(near, far)

    harness.waits.append(read_back)
    harness.ask("A", uuid=near, type="1", **asked)
    heard = harness.switch.take()
    assert not [line for line in heard if f"uuid_transfer {near}" in line]
    assert not [line for line in heard if "originate" in line]
