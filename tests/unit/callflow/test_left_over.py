"""The late end of a leg that was given up concerns no procedure that was begun after it."""

from __future__ import annotations

import pytest

from esl_bridge.errors import SwitchTimedOut
from tests.builders import NAMES, OUTSIDE, TenantHarness

THEN = {
    "trans": {"type": "1", "trans_type": "1", "trans_number": NAMES["E"]},
    "consult": {"type": "1", "consult_type": "0", "consult_number": NAMES["E"]},
    "three_way": {"three_way_type": "0", "three_way_number": NAMES["E"]},
}


@pytest.mark.parametrize("msg_type", THEN)
def test_the_end_of_a_leg_that_was_given_up_ends_no_later_procedure(
    harness: TenantHarness, msg_type: str
):
    near, far = harness.talk("A", OUTSIDE)
    harness.switch.will("originate", SwitchTimedOut())
    asks = {"consult_type": "0", "consult_number": NAMES["D"]}
    given_up = harness.ask("A", "consult", type="1", uuid=near, **asks).consult_uuid
    harness.bridge(near, far)
    assert given_up in harness.tenant.legs
    harness.ask("A", msg_type, uuid=near, **THEN[msg_type])
    third = harness.agent("E").own_leg
    harness.rings(third.uuid)
    harness.forget()
    harness.ends(given_up, "ORIGINATOR_CANCEL")
    assert harness.tenant.legs[near].call.procedure.other is third
    assert harness.got("A") == []
    assert not [line for line in harness.switch.take() if "uuid_kill" in line]
