"""The tree of causes: a code of its own for each, and what each one carries."""

import re
from pathlib import Path

import pytest

from esl_bridge import errors
from esl_bridge.errors import (
    AnswerTooLong,
    BadField,
    BridgeError,
    Internal,
    LegGone,
    Malformed,
    MediaFailed,
    NotPlayed,
    OriginateLimitReached,
    PartyGone,
    SwitchError,
    SwitchRefused,
    SwitchUnavailable,
    TooManyRequests,
    Unreachable,
)

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "PROTOCOL.md"
CAUSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BridgeError) and hasattr(kind, "code")
]


def test_each_error_has_its_own_code():
    # What comes of a command may be to a client what something else is, too.
    shared = {
        SwitchRefused: Internal.code,
        AnswerTooLong: Internal.code,
        LegGone: PartyGone.code,
        OriginateLimitReached: TooManyRequests.code,
        NotPlayed: SwitchUnavailable.code,
        MediaFailed: Unreachable.code,
    }
    codes = [kind.code for kind in CAUSES if kind not in shared]
    assert len(codes) == len(set(codes))
    assert all(kind.code == code for kind, code in shared.items())
    assert all(code.isdecimal() and len(code) == 4 for code in codes)


def test_the_codes_are_those_of_the_protocol():
    table = PAGE.read_text("utf-8").split("## Codes")[1].split("`checkin` is judged")[0]
    cells = [cell for line in table.splitlines() for cell in line.split("|")[1::2]]
    printed = {code for cell in cells for code in re.findall(r"\b\d{4}\b", cell)}
    assert {kind.code for kind in CAUSES} == printed


def test_a_bad_field_error_names_the_field():
    error = BadField("audio", "neither audio nor video")
    assert (error.field, error.code) == ("audio", "4002")
    assert str(error) == "audio: neither audio nor video"
    assert errors.WrongState("hold").field is None


def test_a_malformed_error_keeps_the_fields_that_could_be_read():
    error = Malformed("no object", req_id="1", msg_type="call")
    assert (error.req_id, error.msg_type) == ("1", "call")


@pytest.mark.parametrize("kind", [errors.SwitchUnavailable, errors.SwitchTimedOut])
def test_all_failures_of_the_switch_are_switch_errors(kind):
    assert issubclass(kind, SwitchError)
    assert isinstance(SwitchRefused("-ERR no such channel"), SwitchError)
    assert SwitchRefused("-ERR no such channel").reply == "-ERR no such channel"
