"""Who is called has announced media and sends none: its caller hears one ring after the other."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from esl_bridge.esl import dialstring
from esl_bridge.esl.events import (
    LegAnswered,
    LegHeld,
    LegRings,
    LegsBridged,
    LegUnheld,
    PlaybackStarted,
)
from tests.builders import OUTSIDE, TenantHarness

RING = "uuid_broadcast"
BREAK = "uuid_break"


class Call:
    """A has called the outside, which has announced media. ``packets`` have come from there, one
    number after the other."""

    def __init__(self, *packets: int, told: bool = True) -> None:
        self.harness = TenantHarness()
        self.packets, self.told = list(packets), told
        self.harness.switch.always("uuid_dump", self._dump)
        self.near, self.far = self.harness.begin_call("A", OUTSIDE)
        self.harness.pick_up(self.near)
        self.harness.event(LegRings(self.far, early=True))
        self.harness.forget()

    def _dump(self) -> str:
        if not self.packets:
            raise AssertionError("looked at once more")
        count = self.packets.pop(0)
        return json.dumps({"variable_rtp_audio_in_packet_count": f"{count}"} if self.told else {})

    def goes_on(self, *waits: Callable[[], object]) -> list[str]:
        """Until it is answered, or is left alone; gives what the switch was told beside
        questions. ``waits``: what happens during each wait."""
        self.harness.waits += [*waits, self.answer]
        self.harness.event(LegsBridged(self.near, self.far))
        lines = self.harness.switch.take()
        return [line.split()[1] for line in lines if RING in line or BREAK in line]

    def answer(self) -> None:
        self.harness.event(LegAnswered(self.far))


def time_passes() -> None: ...


@pytest.mark.parametrize("first", [10, 50, 500])
def test_a_phone_that_sends_sound_is_checked_once_and_heard(first: int):
    call = Call(first)
    assert call.goes_on(time_passes) == []
    assert call.packets == []


def test_ringback_is_played_until_the_answer_for_a_silent_phone():
    call = Call(0, 0, 0)
    waits = [time_passes] * 6  # a second of silence, and then a ring and a pause, again and again
    assert call.goes_on(*waits) == [RING, RING, RING]


def test_the_answer_ends_the_ringback():
    assert Call(0).goes_on(time_passes) == [RING, BREAK]


def test_ringback_that_begins_after_the_answer_is_ended():
    call = Call(0)
    call.goes_on(time_passes)
    call.harness.event(PlaybackStarted(call.near, dialstring.RING))
    assert f"api uuid_break {call.near} all" in call.harness.switch.take()


def test_ringback_that_begins_before_the_answer_is_not_ended():
    call = Call(0, 50)
    began = lambda: call.harness.event(PlaybackStarted(call.near, dialstring.RING))  # noqa: E731
    assert call.goes_on(time_passes, began, time_passes) == [RING]


def test_a_phone_that_answers_at_once_is_not_checked():
    assert Call().goes_on() == []


def test_stray_packets_count_neither_as_sound_nor_as_silence():
    call = Call(3, 3, 60)
    assert call.goes_on(*[time_passes] * 4) == [RING]


def test_late_media_end_the_ringback():
    call = Call(0, 40)
    assert call.goes_on(*[time_passes] * 3) == [RING]
    assert call.packets == []


def test_no_ringback_is_played_where_the_switch_reports_no_packets():
    assert Call(0, told=False).goes_on(time_passes) == []


def test_no_ringback_is_played_while_the_agents_phone_holds():
    call = Call(0, 0, 50)
    held = lambda: call.harness.event(LegHeld(call.near))  # noqa: E731
    resumed = lambda: call.harness.event(LegUnheld(call.near))  # noqa: E731
    assert call.goes_on(held, resumed, time_passes, time_passes) == [RING]


def test_no_ringback_is_played_to_a_phone_that_dialled():
    harness = TenantHarness(dial_from_phone=True)
    harness.switch.always("uuid_dump", lambda: pytest.fail("looked at"))
    near = harness.dials("A", OUTSIDE)
    far = next(leg for leg in harness.tenant.legs if leg != near)
    harness.event(LegRings(far, early=True))
    harness.event(LegsBridged(near, far))
    assert not any(RING in line for line in harness.switch.take())
