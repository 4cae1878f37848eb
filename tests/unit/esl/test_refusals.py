"""The switch's words for a leg that it does not have, as measured, and others."""

import pytest

from esl_bridge.errors import AnswerTooLong, LegGone, PartyGone, SwitchRefused
from esl_bridge.esl.refusals import refusal


@pytest.mark.parametrize(
    "words",
    [
        "-ERR No such channel!",
        "-ERR Cannot locate session!",
        "-ERR Invalid uuid",
        "-ERR invalid uuid",
        "-ERR Operation failed",
        "-ERR Operation Failed",
        "-ERROR",
    ],
)
def test_a_leg_that_is_gone(words):
    error = refusal(words)
    assert isinstance(error, LegGone)
    assert (error.code, error.reply) == (PartyGone.code, words)


@pytest.mark.parametrize("words", ["-ERR permission denied", "-USAGE: <uuid>", "-ERR"])
def test_anything_else_is_nobodys_fault(words):
    error = refusal(words)
    assert type(error) is SwitchRefused
    assert error.reply == words


def test_an_answer_that_was_thrown_away():
    assert isinstance(refusal("-ERR too long: 33554433 bytes"), AnswerTooLong)
