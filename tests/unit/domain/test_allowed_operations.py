"""Each cell of the document's second table, "Which request when", against the code's."""

import re

import pytest

from esl_bridge.domain.allowed_operations import ALLOWED_OPERATIONS, OPERATED
from esl_bridge.domain.call_phase import CallPhase

from .states_document import table

ROWS = {
    "call, play_record without uuid, preview_out_call": "call",
    "hangup (own leg, or one it set up)": "hangup",
    "trans 1, 2": "trans",
    "eavesdrop, whisper, force_call, substitute": "supervise",
    "interrupt_call, FORCE_* on others": "force others",
    "toggle_service_mode ʲ": "toggle_service_mode",
    "wrap_up ⁱ": "wrap_up",
    "record_control ᵏ": "record_control",
    "checkin, checkout, ping, get_status, get_token, directory, team_status ˡ": "at any time",
}
STAGES = dict(
    zip(
        [
            "manual state",
            "RINGING, own call",
            "RINGING, offered",
            "far side not answered",
            "talk",
            "HOLD",
            "CONSULT rings",
            "CONSULT talks",
            "TRANS",
            "third rings",
            "THREE_WAY",
            "supervising",
            "phone lost",
        ],
        CallPhase,
        strict=True,
    )
)
DOCUMENT = table("request")


def test_the_document_and_the_code_have_the_same_requests():
    assert {ROWS.get(name, name) for name in DOCUMENT} == ALLOWED_OPERATIONS.keys()


@pytest.mark.parametrize("name", DOCUMENT)
def test_each_row_of_the_document_matches_the_allowed_operations(name):
    said = {
        STAGES[column]: re.sub("[ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡ ]", "", cell)
        for column, cell in DOCUMENT[name].items()
    }
    done = dict(zip(CallPhase, ALLOWED_OPERATIONS[ROWS.get(name, name)], strict=True))
    assert done == said


@pytest.mark.parametrize(
    ("acts", "not_these"),
    [
        ("eavesdrop whisper force_call", "MANUAL RINGING_OWN RINGING_OFFERED"),
        ("interrupt_call", "MANUAL"),
    ],
)
def test_a_supervisors_request_needs_the_right_phase_of_the_operated_agent(acts, not_these):
    for act in acts.split():
        assert OPERATED[act] == set(CallPhase) - {CallPhase[name] for name in not_these.split()}


def test_only_a_ringing_or_talking_call_of_two_can_be_taken_over():
    assert OPERATED["substitute"] == {CallPhase.RINGING_OFFERED, CallPhase.TALK, CallPhase.HOLD}
