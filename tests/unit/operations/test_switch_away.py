"""What the switch is needed for is refused while it is away, and has changed nothing."""

import pytest

from esl_bridge.errors import SwitchUnavailable
from esl_bridge.esl.events import EavesdropStarted
from tests.builders import NAMES, OUTSIDE, TenantHarness

ON_A = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
TO_D = {"three_way_type": "0", "three_way_number": NAMES["D"]}
TO_AN_IVR = {"type": "1", "trans_type": "3", "trans_number": "2001"}


def refused(harness: TenantHarness, name: str, msg_type: str, **fields: object) -> None:
    harness.tenant.switch_up = False
    harness.forget()
    before = harness.snapshot()
    with pytest.raises(SwitchUnavailable):
        harness.ask(name, msg_type, **fields)
    assert harness.snapshot() == before
    assert (harness.got("A"), harness.got("S"))[name == "S"] == ["R!5300"]
    assert harness.switch.heard == []


@pytest.mark.parametrize(
    ("msg_type", "fields"), [("trans", TO_AN_IVR), ("change_media", {"audio": 1})]
)
def test_requests_in_a_talk_are_refused_while_the_switch_is_away(harness, msg_type, fields):
    near, _ = harness.talk("A", OUTSIDE)
    refused(harness, "A", msg_type, uuid=near, **fields)


@pytest.mark.parametrize("msg_type", ["three_way", "consult_to_trans"])
def test_requests_in_a_consult_are_refused_while_the_switch_is_away(harness, msg_type):
    near, _ = harness.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = harness.ask("A", "consult", uuid=near, **ask).consult_uuid
    harness.takes(other)
    harness.bridge(near, other)
    fields = {"three_way": {"uuid": near, **TO_D}, "consult_to_trans": {"consult_uuid": other}}
    refused(harness, "A", msg_type, **fields[msg_type])


def test_requests_of_a_supervisor_are_refused_while_the_switch_is_away(harness):
    near, _ = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", "eavesdrop", **ON_A).uuid
    harness.pick_up(own_leg)
    harness.event(EavesdropStarted(near))
    for msg_type in ("whisper", "interrupt_call"):
        refused(harness, "S", msg_type, **ON_A)
