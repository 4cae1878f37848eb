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
def test_a_refusal_for_a_missing_leg_is_leg_gone(words):
    error = refusal(words)
    assert isinstance(error, LegGone)
    assert (error.code, error.reply) == (PartyGone.code, words)


@pytest.mark.parametrize("words", ["-ERR permission denied", "-USAGE: <uuid>", "-ERR"])
def test_any_other_refusal_keeps_the_switchs_words(words):
    error = refusal(words)
    assert type(error) is SwitchRefused
    assert error.reply == words


def test_a_dropped_answer_is_answer_too_long():
    assert isinstance(refusal("-ERR too long: 33554433 bytes"), AnswerTooLong)
