"""What is known of a leg that was told to end with its partner."""

from __future__ import annotations

import pytest

from esl_bridge.callflow import moving
from esl_bridge.errors import SwitchTimedOut
from tests.builders import NAMES, OUTSIDE, TenantHarness


@pytest.mark.parametrize(("error", "known"), [(None, False), (SwitchTimedOut(), None)])
def test_a_leg_is_known_to_end_on_unbridge_only_once_the_switch_has_said_so(
    harness: TenantHarness, error: SwitchTimedOut | None, known: bool | None
):
    near, _ = harness.talk("A", OUTSIDE)
    leg = harness.tenant.legs[near]
    harness.run(moving.park_on_unbridge(harness.tenant, leg))
    assert leg.position.parks_on_unbridge is True
    if error is not None:
        harness.switch.will("uuid_setvar_multi", error)
    harness.run(moving.end_on_unbridge(leg))
    assert leg.position.parks_on_unbridge is known


def test_a_leg_that_may_have_been_told_to_park_is_told_to_end_with_its_partner(
    harness: TenantHarness,
):
    near, far = harness.talk("A", OUTSIDE)
    leg = harness.tenant.legs[near]
    harness.run(moving.end_on_unbridge(leg, harness.tenant.legs[far]))
    harness.switch.take()
    harness.switch.will("uuid_setvar_multi", SwitchTimedOut())
    harness.ask("A", "trans", uuid=near, type="2", trans_type="1", trans_number=NAMES["D"])
    released = [line for line in harness.switch.take() if "park_after_bridge=;" in line]
    assert [line.split()[2] for line in released] == [near, far]
