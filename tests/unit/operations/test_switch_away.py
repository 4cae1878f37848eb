"""What the switch is needed for is refused while it is away, and has changed nothing."""

import pytest

from esl_bridge.errors import SwitchUnavailable
from esl_bridge.esl.events import EavesdropStarted
from tests.builders import NAMES, OUTSIDE, Office

ON_A = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
TO_D = {"three_way_type": "0", "three_way_number": NAMES["D"]}
TO_AN_IVR = {"type": "1", "trans_type": "3", "trans_number": "2001"}


def refused(office: Office, name: str, msg_type: str, **fields: object) -> None:
    office.desk.switch_up = False
    office.forget()
    before = office.snapshot()
    with pytest.raises(SwitchUnavailable):
        office.ask(name, msg_type, **fields)
    assert office.snapshot() == before
    assert (office.got("A"), office.got("S"))[name == "S"] == ["R!5300"]
    assert office.switch.heard == []


@pytest.mark.parametrize(
    ("msg_type", "fields"), [("trans", TO_AN_IVR), ("change_media", {"audio": 1})]
)
def test_in_a_talk(office, msg_type, fields):
    near, _ = office.talk("A", OUTSIDE)
    refused(office, "A", msg_type, uuid=near, **fields)


@pytest.mark.parametrize("msg_type", ["three_way", "consult_to_trans"])
def test_in_a_consult(office, msg_type):
    near, _ = office.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = office.ask("A", "consult", uuid=near, **ask).consult_uuid
    office.takes(other)
    office.bridge(near, other)
    fields = {"three_way": {"uuid": near, **TO_D}, "consult_to_trans": {"consult_uuid": other}}
    refused(office, "A", msg_type, **fields[msg_type])


def test_a_supervisors(office):
    near, _ = office.talk("A", OUTSIDE)
    own = office.ask("S", "eavesdrop", **ON_A).uuid
    office.pick_up(own)
    office.event(EavesdropStarted(near))
    for msg_type in ("whisper", "interrupt_call"):
        refused(office, "S", msg_type, **ON_A)
