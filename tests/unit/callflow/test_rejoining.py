"""Two who are put together again, and what crosses that."""

import pytest

from esl_bridge.errors import NotNow, SwitchUnavailable
from esl_bridge.esl.events import LegsBridged, PlaybackStarted
from tests.builders import HOLD, NAMES, NUMBER_OF_IVR, Office

RINGBACK = "tone_stream://"


@pytest.fixture
def office() -> Office:
    return Office(fallback=Office().desk.company.numbers[NUMBER_OF_IVR])


def consult(office, near, far):
    """A asks D; the customer hears music and A the ringback, of which nobody has told yet."""
    office.waits.append(lambda: office.parks(near))
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", uuid=near, **ask)
    other = office.agent("D").own.uuid
    office.rings(other)
    office.forget()
    return other


def plays(office, near, far):
    office.event(PlaybackStarted(near, RINGBACK))
    office.event(PlaybackStarted(far, HOLD))


def bridges(office):
    return [line for line in office.switch.take() if "uuid_bridge " in line]


def test_nobody_is_joined_who_has_not_arrived_where_it_was_sent(office):
    near, far = office.talk("A", "B")
    other = consult(office, near, far)
    too_early = []

    def arrive():
        too_early.extend(bridges(office))
        plays(office, near, far)

    office.waits.append(arrive)
    office.ends(other, "USER_BUSY")
    assert not too_early
    assert bridges(office) == [f"api uuid_bridge {near} {far}"]


def test_they_are_secured_until_they_talk(office):
    near, far = office.talk("A", "B")
    other = consult(office, near, far)
    plays(office, near, far)
    released = []

    def joined():
        released.extend(line for line in office.switch.take() if "park_after_bridge=;" in line)
        office.event(LegsBridged(near, far))

    office.waits.append(joined)
    office.ends(other, "USER_BUSY")
    assert not released
    assert [line.split()[2] for line in office.switch.take() if "setvar" in line] == [near, far]


def test_a_customer_whose_agent_goes_at_this_very_moment_is_sent_on_once(office):
    near, far = office.talk("A", "B")
    other = consult(office, near, far)
    plays(office, near, far)
    office.waits += [lambda: office.ends(near), lambda: office.parks(far)]
    office.ends(other, "USER_BUSY")
    heard = office.switch.take()
    assert len([line for line in heard if f"uuid_transfer {far} ivr_main" in line]) == 1
    assert not [line for line in heard if "uuid_kill" in line]


def test_an_agent_whose_customer_goes_at_this_very_moment_is_let_go(office):
    near, far = office.talk("A", "B")
    other = consult(office, near, far)
    plays(office, near, far)
    office.waits.append(lambda: office.ends(far))
    office.ends(other, "USER_BUSY")
    assert f"api uuid_kill {near} NORMAL_CLEARING" in office.switch.take()


def test_a_hand_over_goes_on_when_its_agent_leaves_at_this_very_moment(office):
    near, far = office.talk("A", "B")
    other = consult(office, near, far)
    plays(office, near, far)
    office.takes(other)
    office.event(LegsBridged(near, other))
    office.ask("A", "consult_to_trans", consult_uuid=other)
    office.switch.take()
    office.ends(near)
    assert not [line for line in office.switch.take() if "uuid_kill" in line]
    office.forget()
    office.event(LegsBridged(other, far))
    assert office.got("A") == ["CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+"]
    assert office.desk.legs[other].peer is office.desk.legs[far]


def test_a_customer_comes_back_from_a_target_that_goes_while_they_are_joined(office):
    near, far = office.talk("A", "B")
    ask = {"type": "2", "trans_type": "1", "trans_number": NAMES["D"]}
    office.ask("A", "trans", uuid=near, **ask)
    target = office.agent("D").own.uuid
    office.takes(target)
    office.waits.append(lambda: [office.parks(near), office.parks(far)])
    office.ends(target)
    assert bridges(office)[-1] == f"api uuid_bridge {near} {far}"


def test_nothing_new_begins_before_both_are_released(office):
    near, far = office.talk("A", "B")
    other = consult(office, near, far)
    plays(office, near, far)
    refused = []

    def sent_on_too_early():
        ask = {"uuid": far, "type": "1", "trans_type": "3", "trans_number": "2001"}
        with pytest.raises(NotNow):
            office.ask("B", "trans", **ask)
        refused.append(office.switch.take())

    def talk():
        for _ in (near, far):
            office.switch.will("uuid_setvar_multi", sent_on_too_early)
        office.event(LegsBridged(near, far))

    office.waits.append(talk)
    office.ends(other, "USER_BUSY")
    assert len(refused) == 2
    assert not [line for heard in refused for line in heard if "uuid_transfer" in line]


def test_nor_after_a_transfer_in_which_they_talked_on(office):
    near, far = office.talk("A", "B")
    ask = {"type": "2", "trans_type": "1", "trans_number": NAMES["D"]}
    office.ask("A", "trans", uuid=near, **ask)
    target = office.agent("D").own.uuid
    office.rings(target)
    refused = []

    def sent_on_too_early():
        with pytest.raises(NotNow):
            office.ask("B", "trans", uuid=far, type="1", trans_type="3", trans_number="2001")
        refused.append(True)

    office.switch.will("uuid_setvar_multi", sent_on_too_early)
    office.ends(target, "USER_BUSY")
    assert refused
    office.ask("B", "trans", uuid=far, type="1", trans_type="3", trans_number="2001")


def test_who_is_sent_on_holds_nobody_any_more(office):
    near, far = office.talk("A", "B")
    office.ask("B", "hold", uuid=far, hold="1")
    office.event(PlaybackStarted(near, HOLD))
    office.ask("A", "trans", uuid=near, type="2", trans_type="1", trans_number=NAMES["D"])
    target = office.agent("D").own.uuid
    office.rings(target)
    office.switch.will("uuid_setvar_multi", lambda: office.ends(near))
    office.waits.append(lambda: office.parks(far))
    office.forget()
    office.ends(target, "USER_BUSY")
    assert "CALLING/HOLD>CALLING" in office.got("B")
    assert f"api uuid_transfer {far} ivr_main XML esl_bridge" in office.switch.take()


@pytest.mark.parametrize("command", ["uuid_bridge", "uuid_setvar_multi"])
def test_a_link_that_is_lost_meanwhile_keeps_nobody_from_beginning_anew(office, command):
    near, far = office.talk("A", "B")
    other = consult(office, near, far)
    plays(office, near, far)
    office.waits.append(lambda: office.event(LegsBridged(near, far)))
    office.switch.will(command, SwitchUnavailable("lost"))
    office.ends(other, "USER_BUSY")
    office.waits += [lambda: None] * 3
    office.event(LegsBridged(near, far))
    office.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")


@pytest.mark.parametrize(("later", "moved_at_once"), [(0.0, False), (1.0, True)])
def test_two_who_have_only_just_been_joined_are_left_alone_for_a_moment(
    office, later, moved_at_once
):
    near, far = office.talk("A", "B")
    office.now += later
    heard = []
    office.waits.append(lambda: heard.extend(office.switch.take()))
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", uuid=near, type="1", **third)
    moves = [line for line in heard if line.startswith(f"api uuid_transfer {far}")]
    assert bool(moves) is moved_at_once


@pytest.mark.parametrize(
    "asked",
    [
        {"msg_type": "consult", "consult_type": "0", "consult_number": NAMES["D"]},
        {"msg_type": "trans", "trans_type": "1", "trans_number": NAMES["D"]},
    ],
)
def test_who_has_been_read_back_as_together_hears_no_ringback_any_more(office, asked):
    near, far = office.talk("A", "B")

    def read_back():
        office.desk.legs[near].moving = False
        office.resync(near, far)

    office.waits.append(read_back)
    office.ask("A", uuid=near, type="1", **asked)
    heard = office.switch.take()
    assert not [line for line in heard if f"uuid_transfer {near}" in line]
    assert not [line for line in heard if "originate" in line]
