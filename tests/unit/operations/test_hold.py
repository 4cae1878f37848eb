"""hold: music on the far leg, by whichever side the call came; the phone's button is the same."""

import pytest

from esl_bridge.domain import leg_changes
from esl_bridge.domain.leg import Hold
from esl_bridge.errors import (
    NotPlayed,
    PartyGone,
    PhoneDidNotAnswer,
    SwitchRefused,
    SwitchTimedOut,
    SwitchUnavailable,
)
from esl_bridge.esl.events import LegHeld, LegUnheld, PlaybackStarted, PlaybackStopped
from esl_bridge.operations.hold import HoldReply
from tests.builders import HOLD, NAMES, OUTSIDE, TenantHarness

HELD, BACK = "CALLING>CALLING/HOLD", "CALLING/HOLD>CALLING"


def hold(harness: TenantHarness, name: str, far: str) -> None:
    harness.ask(name, "hold", uuid=harness.offered(name), hold="1")
    harness.event(PlaybackStarted(far, HOLD))


def test_an_agent_holds_and_resumes_by_request(harness):
    near, far = harness.talk("A", OUTSIDE)
    assert harness.ask("A", "hold", uuid=near, hold="1") == HoldReply(hold="1")
    assert harness.got("A") == [HELD, "R"]
    assert harness.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")
    assert harness.got("A") == [BACK, "R"]
    assert harness.switch.heard == [
        f"api uuid_broadcast {far} {HOLD} aleg",
        f"api uuid_break {far} all",
    ]


def test_the_called_agent_may_hold_too_and_the_held_one_gets_no_push(harness):
    near, far = harness.talk("A", "B")
    hold(harness, "B", near)
    assert harness.switch.heard == [f"api uuid_broadcast {near} {HOLD} aleg"]
    assert (harness.got("A"), harness.got("B")) == ([], [HELD, "R"])
    harness.ask("B", "hold", uuid=near, hold="0")
    assert harness.switch.heard[-1] == f"api uuid_break {near} all"
    assert far


def test_an_agent_holds_and_resumes_by_the_phones_own_button(harness):
    near, _ = harness.talk("A", "B")
    harness.event(LegHeld(near))
    harness.event(LegHeld(near))
    harness.event(LegUnheld(near))
    harness.event(LegUnheld(near))
    assert harness.got("A") == [HELD, BACK]
    assert harness.got("B") == []


def test_only_the_phone_can_end_its_own_hold(harness):
    near, _ = harness.talk("A", "B")
    harness.event(LegHeld(near))
    harness.forget()
    harness.waits.append(lambda: harness.event(LegUnheld(near)))
    harness.ask("A", "hold", uuid=near, hold="0")
    assert harness.switch.heard == [f"api uuid_phone_event {near} talk"]
    assert harness.got("A") == [BACK, "R"]
    harness.event(LegHeld(near))
    with pytest.raises(PhoneDidNotAnswer):
        harness.ask("A", "hold", uuid=near, hold="0")


def test_a_repeated_hold_sends_no_command(harness):
    near, far = harness.talk("A", "B")
    assert harness.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")
    hold(harness, "A", far)
    harness.switch.take()
    assert harness.ask("A", "hold", uuid=near, hold="1") == HoldReply(hold="1")
    assert harness.switch.heard == []


def test_a_hold_whose_outcome_is_unknown_is_awaited_by_the_next(harness):
    near, far = harness.talk("A", "B")
    harness.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hold", uuid=near, hold="1")
    harness.ask("A", "hold", uuid=near, hold="0")
    assert harness.switch.heard == [
        f"api uuid_broadcast {far} {HOLD} aleg",
        f"api uuid_break {far} all",
    ]


def test_hold_music_that_begins_again_after_the_resume_is_ended_again(harness):
    near, far = harness.talk("A", "B")
    hold(harness, "A", far)
    harness.now += 5
    harness.waits.append(lambda: None)  # it is about to be played on
    harness.event(PlaybackStopped(far, HOLD))
    harness.switch.take()

    def begins_after_the_break():
        harness.event(PlaybackStarted(far, HOLD))
        assert harness.switch.take() == [f"api uuid_break {far} all"] * 2
        harness.event(PlaybackStopped(far, HOLD))

    harness.waits.append(begins_after_the_break)
    assert harness.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")


def test_a_hold_fails_where_the_switch_plays_nothing(harness):
    near, _ = harness.talk("A", "B")
    before = harness.snapshot()
    harness.switch.will("uuid_broadcast", SwitchRefused("-ERR"))
    with pytest.raises(SwitchRefused):
        harness.ask("A", "hold", uuid=near, hold="1")
    assert harness.snapshot() == before


def test_music_that_begins_after_a_missing_reply_is_the_hold(harness):
    near, far = harness.talk("A", "B")
    harness.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    assert harness.got("A") == ["R!5301", HELD]


def test_music_that_begins_after_its_hold_was_abandoned_is_ended(harness):
    near, far = harness.talk("A", "B")
    harness.switch.will("uuid_broadcast", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hold", uuid=near, hold="1")
    leg_changes.holds_nobody(
        harness.tenant, harness.tenant.legs[near]
    )  # as nothing played when it was read back
    harness.switch.take()
    harness.event(PlaybackStarted(far, HOLD))
    harness.event(PlaybackStopped(far, HOLD))
    assert harness.switch.take() == [f"api uuid_break {far} all"]
    assert harness.got("A") == ["R!5301"]
    harness.event(LegHeld(near))
    harness.event(PlaybackStarted(far, HOLD))  # the phone's own
    assert harness.switch.take() == []


def test_other_sounds_do_not_count_as_hold(harness):
    near, far = harness.talk("A", "B")
    harness.waits.append(lambda: harness.event(PlaybackStarted(far, "tone_stream://x")))
    with pytest.raises(NotPlayed):
        harness.ask("A", "hold", uuid=near, hold="1")
    hold(harness, "A", far)
    harness.event(PlaybackStopped(far, "tone_stream://x"))
    assert harness.got("A") == ["R!5300", HELD, "R"]


def test_missing_music_does_not_count_as_hold(harness):
    near, _ = harness.talk("A", OUTSIDE)
    before = harness.snapshot()
    harness.plays = False
    with pytest.raises(NotPlayed, match=HOLD):
        harness.ask("A", "hold", uuid=near, hold="1")
    assert harness.got("A") == ["R!5300"]
    assert harness.snapshot() == before


def test_music_whose_report_may_be_lost_with_the_link_is_not_ruled_out(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.waits.append(lambda: setattr(harness.tenant, "switch_up", False))
    with pytest.raises(SwitchUnavailable):
        harness.ask("A", "hold", uuid=near, hold="1")
    assert harness.got("A") == ["R!5300"]
    assert harness.tenant.legs[near].media.hold is Hold.UNSURE  # which the resync ends


def test_music_whose_report_was_lost_before_the_link_is_known_to_be_is_not_ruled_out(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.plays = False
    harness.switch.will("uuid_break", SwitchTimedOut("lost"))
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hold", uuid=near, hold="1")
    assert harness.tenant.legs[near].media.hold is Hold.UNSURE  # which the resync ends


def test_a_customer_who_leaves_before_the_music_begins_is_not_held(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.waits.append(lambda: harness.ends(far))
    with pytest.raises(PartyGone):
        harness.ask("A", "hold", uuid=near, hold="1")


def test_music_that_goes_on_does_not_end_the_hold(harness):
    near, far = harness.talk("A", OUTSIDE)
    hold(harness, "A", far)
    harness.waits.append(lambda: None)
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hold", uuid=near, hold="0")
    assert harness.got("A") == [HELD, "R", "R!5301"]
    harness.ask("A", "hold", uuid=near, hold="0")
    assert harness.got("A") == [BACK, "R"]


def test_music_that_ends_is_played_again_without_a_push(harness):
    near, far = harness.talk("A", OUTSIDE)
    hold(harness, "A", far)
    harness.forget()
    harness.now += 3
    harness.waits.append(lambda: harness.event(PlaybackStarted(far, HOLD)))
    harness.event(PlaybackStopped(far, HOLD))
    assert harness.switch.take() == [f"api uuid_broadcast {far} {HOLD} aleg"]
    assert harness.got("A") == []
    assert near


def test_music_that_ends_and_cannot_be_played_again_ends_the_hold(harness):
    _, far = harness.talk("A", OUTSIDE)
    hold(harness, "A", far)
    harness.forget()
    harness.now += 3
    harness.event(PlaybackStopped(far, HOLD))
    assert harness.got("A") == [BACK]
    assert [type(error) for error in harness.refusals] == [NotPlayed]


def test_music_without_sound_is_not_played_over_and_over(harness):
    _, far = harness.talk("A", OUTSIDE)
    hold(harness, "A", far)
    harness.forget()
    harness.now += 0.1
    harness.event(PlaybackStopped(far, HOLD))
    assert harness.switch.take() == []
    assert harness.got("A") == [BACK]


@pytest.mark.parametrize("gone", ["holder", "held"])
def test_either_side_leaves_during_a_hold(harness, gone):
    near, far = harness.talk("A", "B")
    hold(harness, "A", far)
    harness.forget()
    first, second = (near, far) if gone == "holder" else (far, near)
    harness.ends(first)
    if gone == "holder":
        # Who hears music does not notice that its partner is gone.
        assert harness.switch.heard == [f"api uuid_kill {far} NORMAL_CLEARING"]
    harness.ends(second)
    assert harness.got("A") == ["CALL.E+", "CALLING/HOLD>FREE"]
    assert harness.got("B") == ["CALLING>FREE"]
    harness.nothing_left()


def test_a_hold_without_a_talk_is_refused(harness):
    harness.refused("4000", "A", "hold", uuid="call-x", hold="1")
    near, far = harness.begin_call("A", "B")
    harness.rings(near)
    for switch in "01":
        harness.refused("4103", "A", "hold", uuid=near, hold=switch)
    harness.pick_up(near)
    harness.rings(far)
    for name in "AB":
        harness.refused("4103", name, "hold", uuid=near, hold="1")
    harness.refused("4000", "D", "hold", uuid=near, hold="1")


def test_music_goes_on_where_the_switch_refuses_to_end_it(harness):
    near, far = harness.talk("A", OUTSIDE)
    hold(harness, "A", far)
    harness.switch.will("uuid_break", SwitchTimedOut("no answer"))
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hold", uuid=near, hold="0")
    harness.ask("A", "hold", uuid=near, hold="0")
    assert harness.switch.take()[-1] == f"api uuid_break {far} all"


def test_a_phones_hold_stays_when_the_requested_hold_is_refused(harness):
    near, far = harness.talk("A", OUTSIDE)

    def is_pressed():
        harness.event(LegHeld(near))
        raise SwitchRefused("-ERR")

    harness.switch.will("uuid_broadcast", is_pressed)
    with pytest.raises(SwitchRefused):
        harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(LegUnheld(near))
    assert harness.got("A") == [HELD, "R!9999", BACK]
    assert far


def test_a_phones_hold_while_a_third_party_rings_is_reported(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("A", "three_way", uuid=near, three_way_type="0", three_way_number=NAMES["D"])
    assert harness.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="0")
    harness.event(LegHeld(near))
    assert harness.ask("A", "hold", uuid=near, hold="0") == HoldReply(hold="1")
