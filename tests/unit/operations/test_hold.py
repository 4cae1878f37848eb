"""hold: music on the far leg, by whichever side the call came; the phone's button is the same."""

import pytest

from esl_bridge.errors import NotPlayed, PartyGone, PhoneDidNotAnswer, SwitchRefused, SwitchTimedOut
from esl_bridge.esl.events import LegHeld, LegUnheld, PlaybackStarted, PlaybackStopped
from esl_bridge.operations.hold import HoldReply
from tests.builders import HOLD, NAMES, OUTSIDE, Office

HELD, BACK = "CALLING>CALLING/HOLD", "CALLING/HOLD>CALLING"


def hold(office: Office, name: str, far: str) -> None:
    office.ask(name, "hold", uuid=office.offered(name), hold="1")
    office.event(PlaybackStarted(far, HOLD))


def test_by_request(office):
    near, far = office.talk("A", OUTSIDE)
    assert office.ask("A", "hold", uuid=near, hold="1") == HoldReply(hold="1")
    assert office.got("A") == [HELD, "R"]
    assert office.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")
    assert office.got("A") == [BACK, "R"]
    assert office.switch.heard == [
        f"api uuid_broadcast {far} {HOLD} aleg",
        f"api uuid_break {far} all",
    ]


def test_the_called_side_holds_as_well_and_the_held_is_told_nothing(office):
    near, far = office.talk("A", "B")
    hold(office, "B", near)
    assert office.switch.heard == [f"api uuid_broadcast {near} {HOLD} aleg"]
    assert (office.got("A"), office.got("B")) == ([], [HELD, "R"])
    office.ask("B", "hold", uuid=near, hold="0")
    assert office.switch.heard[-1] == f"api uuid_break {near} all"
    assert far


def test_by_the_phones_own_button(office):
    near, _ = office.talk("A", "B")
    office.event(LegHeld(near))
    office.event(LegHeld(near))
    office.event(LegUnheld(near))
    office.event(LegUnheld(near))
    assert office.got("A") == [HELD, BACK]
    assert office.got("B") == []


def test_the_phones_own_hold_only_the_phone_takes_back(office):
    near, _ = office.talk("A", "B")
    office.event(LegHeld(near))
    office.forget()
    office.waits.append(lambda: office.event(LegUnheld(near)))
    office.ask("A", "hold", uuid=near, hold="0")
    assert office.switch.heard == [f"api uuid_phone_event {near} talk"]
    assert office.got("A") == [BACK, "R"]
    office.event(LegHeld(near))
    with pytest.raises(PhoneDidNotAnswer):
        office.ask("A", "hold", uuid=near, hold="0")


def test_what_is_so_already_is_no_command(office):
    near, far = office.talk("A", "B")
    assert office.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")
    hold(office, "A", far)
    office.switch.take()
    assert office.ask("A", "hold", uuid=near, hold="1") == HoldReply(hold="1")
    assert office.switch.heard == []


def test_one_that_nobody_knows_of_is_awaited_by_the_next(office):
    near, far = office.talk("A", "B")
    office.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        office.ask("A", "hold", uuid=near, hold="1")
    office.ask("A", "hold", uuid=near, hold="0")
    assert office.switch.heard == [
        f"api uuid_broadcast {far} {HOLD} aleg",
        f"api uuid_break {far} all",
    ]


def test_music_that_begins_anew_after_it_was_taken_back_is_ended_once_more(office):
    near, far = office.talk("A", "B")
    hold(office, "A", far)
    office.now += 5
    office.waits.append(lambda: None)  # it is about to be played on
    office.event(PlaybackStopped(far, HOLD))
    office.switch.take()

    def begins_after_the_break():
        office.event(PlaybackStarted(far, HOLD))
        assert office.switch.take() == [f"api uuid_break {far} all"] * 2
        office.event(PlaybackStopped(far, HOLD))

    office.waits.append(begins_after_the_break)
    assert office.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")


def test_a_switch_that_plays_nothing(office):
    near, _ = office.talk("A", "B")
    before = office.snapshot()
    office.switch.will("uuid_broadcast", SwitchRefused("-ERR"))
    with pytest.raises(SwitchRefused):
        office.ask("A", "hold", uuid=near, hold="1")
    assert office.snapshot() == before


def test_music_that_comes_after_the_reply_to_its_hold_is_that_hold(office):
    near, far = office.talk("A", "B")
    office.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    assert office.got("A") == ["R!5301", HELD]


def test_music_that_comes_after_its_hold_was_given_up_is_ended(office):
    near, far = office.talk("A", "B")
    office.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        office.ask("A", "hold", uuid=near, hold="1")
    office.desk.holds_nobody(office.desk.legs[near])  # as nothing played when it was read back
    office.switch.take()
    office.event(PlaybackStarted(far, HOLD))
    office.event(PlaybackStopped(far, HOLD))
    assert office.switch.take() == [f"api uuid_break {far} all"]
    assert office.got("A") == ["R!5301"]
    office.event(LegHeld(near))
    office.event(PlaybackStarted(far, HOLD))  # the phone's own
    assert office.switch.take() == []


def test_other_sounds_are_no_hold(office):
    near, far = office.talk("A", "B")
    office.waits.append(lambda: office.event(PlaybackStarted(far, "tone_stream://x")))
    with pytest.raises(NotPlayed):
        office.ask("A", "hold", uuid=near, hold="1")
    hold(office, "A", far)
    office.event(PlaybackStopped(far, "tone_stream://x"))
    assert office.got("A") == ["R!5300", HELD, "R"]


def test_music_that_the_switch_does_not_have_is_no_hold(office):
    near, _ = office.talk("A", OUTSIDE)
    before = office.snapshot()
    office.plays = False
    with pytest.raises(NotPlayed, match=HOLD):
        office.ask("A", "hold", uuid=near, hold="1")
    assert office.got("A") == ["R!5300"]
    assert office.snapshot() == before


def test_a_customer_who_leaves_before_the_music_begins_is_not_held(office):
    near, far = office.talk("A", OUTSIDE)
    office.waits.append(lambda: office.ends(far))
    with pytest.raises(PartyGone):
        office.ask("A", "hold", uuid=near, hold="1")


def test_music_that_goes_on_is_no_end_of_a_hold(office):
    near, far = office.talk("A", OUTSIDE)
    hold(office, "A", far)
    office.waits.append(lambda: None)
    with pytest.raises(SwitchTimedOut):
        office.ask("A", "hold", uuid=near, hold="0")
    assert office.got("A") == [HELD, "R", "R!5301"]
    office.ask("A", "hold", uuid=near, hold="0")
    assert office.got("A") == [BACK, "R"]


def test_music_that_ends_is_played_on_and_nobody_is_told(office):
    near, far = office.talk("A", OUTSIDE)
    hold(office, "A", far)
    office.forget()
    office.now += 3
    office.waits.append(lambda: office.event(PlaybackStarted(far, HOLD)))
    office.event(PlaybackStopped(far, HOLD))
    assert office.switch.take() == [f"api uuid_broadcast {far} {HOLD} aleg"]
    assert office.got("A") == []
    assert near


def test_music_that_ends_and_cannot_be_played_on_ends_the_hold(office):
    _, far = office.talk("A", OUTSIDE)
    hold(office, "A", far)
    office.forget()
    office.now += 3
    office.event(PlaybackStopped(far, HOLD))
    assert office.got("A") == [BACK]
    assert [type(error) for error in office.refusals] == [NotPlayed]


def test_music_without_sound_is_not_played_over_and_over(office):
    _, far = office.talk("A", OUTSIDE)
    hold(office, "A", far)
    office.forget()
    office.now += 0.1
    office.event(PlaybackStopped(far, HOLD))
    assert office.switch.take() == []
    assert office.got("A") == [BACK]


@pytest.mark.parametrize("gone", ["holder", "held"])
def test_either_side_leaves_while_held(office, gone):
    near, far = office.talk("A", "B")
    hold(office, "A", far)
    office.forget()
    first, second = (near, far) if gone == "holder" else (far, near)
    office.ends(first)
    if gone == "holder":
        # Who hears music does not notice that its partner is gone.
        assert office.switch.heard == [f"api uuid_kill {far} NORMAL_CLEARING"]
    office.ends(second)
    assert office.got("A") == ["CALL.E+", "CALLING/HOLD>FREE"]
    assert office.got("B") == ["CALLING>FREE"]
    office.nothing_left()


def test_what_is_refused(office):
    office.refused("4000", "A", "hold", uuid="call-x", hold="1")
    near, far = office.begin_call("A", "B")
    office.rings(near)
    for switch in "01":
        office.refused("4103", "A", "hold", uuid=near, hold=switch)
    office.pick_up(near)
    office.rings(far)
    for name in "AB":
        office.refused("4103", name, "hold", uuid=near, hold="1")
    office.refused("4000", "D", "hold", uuid=near, hold="1")


def test_music_that_the_switch_would_not_end_goes_on(office):
    near, far = office.talk("A", OUTSIDE)
    hold(office, "A", far)
    office.switch.will("uuid_break", SwitchTimedOut("no answer"))
    with pytest.raises(SwitchTimedOut):
        office.ask("A", "hold", uuid=near, hold="0")
    office.ask("A", "hold", uuid=near, hold="0")
    assert office.switch.take()[-1] == f"api uuid_break {far} all"


def test_a_hold_pressed_while_the_switch_refuses_the_one_asked_for_stays(office):
    near, far = office.talk("A", OUTSIDE)

    def is_pressed():
        office.event(LegHeld(near))
        raise SwitchRefused("-ERR")

    office.switch.will("uuid_broadcast", is_pressed)
    with pytest.raises(SwitchRefused):
        office.ask("A", "hold", uuid=near, hold="1")
    office.event(LegUnheld(near))
    assert office.got("A") == [HELD, "R!9999", BACK]
    assert far


def test_a_phones_hold_while_a_third_party_rings_is_told_as_it_is(office):
    near, _ = office.talk("A", OUTSIDE)
    office.ask("A", "three_way", uuid=near, three_way_type="0", three_way_number=NAMES["D"])
    assert office.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")
    office.event(LegHeld(near))
    assert office.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="1")
