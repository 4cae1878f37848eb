"""Allow-lists for the words of commands; patterns match the whole word."""

import re

from esl_bridge.errors import BadField

_WORD = re.compile(r"[0-9A-Za-z_.:@/+*#-]{1,256}")
_TEXT = re.compile(r"[0-9A-Za-z_.:@/+*#-]{0,256}")


def check(field: str, value: str, allowed: re.Pattern[str] = _WORD) -> str:
    """Return ``value``, or raise BadField; no blank, quote, comma, bracket, ``$`` or newline
    passes."""
    if not allowed.fullmatch(value):
        raise BadField(field)
    return value


def check_text(field: str, value: str) -> str:
    """Like ``check``, but the value may be empty."""
    return check(field, value, _TEXT)
