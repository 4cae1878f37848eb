"""The meaning of the switch's refusals."""

from esl_bridge.errors import AnswerTooLong, LegGone, SwitchRefused
from esl_bridge.esl.frames import TOO_LONG

# Each command words this differently (measured).
_NO_SUCH_LEG = frozenset(
    {
        "-err no such channel!",
        "-err cannot locate session!",
        "-err invalid uuid",
        "-err operation failed",
        "-error",
    }
)


def refusal(words: str) -> SwitchRefused:
    """The error to raise for a reply that begins with ``-ERR`` or ``-USAGE``."""
    if words.startswith(TOO_LONG):
        return AnswerTooLong(words)
    return (LegGone if words.lower() in _NO_SUCH_LEG else SwitchRefused)(words)
