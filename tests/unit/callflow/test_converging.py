"""Bringing a call to its layout."""

from __future__ import annotations

from itertools import count

from esl_bridge.callflow.converging import converge
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.layout.places import InRoom, Layout
from tests.builders import OUTSIDE, TenantHarness


def test_a_layout_that_is_never_reached_is_given_up_after_twelve_effects(harness: TenantHarness):
    near, _ = harness.talk("A", OUTSIDE)
    rooms = count()
    harness.switch.take()
    call = harness.tenant.legs[near].call
    layout = lambda: Layout({near: InRoom(f"room{next(rooms)}")})  # noqa: E731
    harness.run(converge(harness.tenant, call, layout))
    assert [type(error) for error in harness.refusals] == [SwitchTimedOut]
    moves = [line for line in harness.switch.take() if "uuid_transfer" in line]
    assert 0 < len(moves) <= 12
