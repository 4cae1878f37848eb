"""The coercions tolerated in the fields of clients' messages, and no others.

Each field of a request class gets one function that turns a value into what was meant, or leaves it
unchanged; the class then judges whether the result is valid. Tolerated are:

* ``""`` and null for an absent optional field; * an integer as a string of digits, and vice versa;
* a boolean, or a "0"/"1" value, as true/false, 0/1, "0"/"1", "true"/"false"; * blanks around an
enumerated value, and inside an ``action``; * an ``os`` that is too long, which is cut.
"""

import re
from collections.abc import Callable, Mapping
from enum import IntEnum

from msgspec import inspect

from esl_bridge.protocol.envelope import OS_LENGTH, OnOff, Request

_BLANKS = " \t"
_NOTHING = (None, "")
_DIGITS = re.compile(r"-?[0-9]{1,18}")
_BOOLEANS = {"0": False, "1": True, "false": False, "true": True}

Liberty = Callable[[object], object]


def as_text(value: object) -> object:
    """A number given for a string of digits: 90001 is "90001"."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return str(value)
    return value


def without_blanks(text: str) -> str:
    for blank in _BLANKS:
        text = text.replace(blank, "")
    return text


def _as_integer(value: object) -> object:
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value


def _as_boolean(value: object) -> object:
    text = as_text(value)
    return _BOOLEANS.get(text, value) if isinstance(text, str) else value


def _stripped(value: object) -> object:
    return value.strip(_BLANKS) if isinstance(value, str) else value


def _as_number_of_a_set(value: object) -> object:
    return _as_integer(_stripped(value))


def _as_word_of_a_set(value: object) -> object:
    return as_text(_stripped(value))


def _as_action(value: object) -> object:
    return without_blanks(value) if isinstance(value, str) else value


def _as_switch(value: object) -> object:
    state = _as_boolean(_stripped(value))
    return str(int(state)) if isinstance(state, bool) else value


def _as_os(value: object) -> object:
    text = as_text(value)
    return text[:OS_LENGTH] if isinstance(text, str) else value


def _as_words_of_a_set(value: object) -> object:
    return [_as_word_of_a_set(each) for each in value] if isinstance(value, list) else value


_BY_NAME: Mapping[str, Liberty] = {"action": _as_action, "os": _as_os}


def _coercion(field: inspect.Field) -> Liberty:
    """The function for one field, by its name or else its declared type."""
    kind = field.type
    if isinstance(kind, inspect.UnionType):  # "or None"
        kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    match kind:
        case inspect.EnumType(cls=cls) if cls is OnOff:
            return _as_switch
        case inspect.EnumType(cls=cls) if issubclass(cls, IntEnum):
            return _as_number_of_a_set
        case inspect.EnumType() | inspect.LiteralType():
            return _as_word_of_a_set
        case inspect.VarTupleType():
            return _as_words_of_a_set
        case inspect.IntType():
            return _as_integer
        case inspect.BoolType():
            return _as_boolean
        case inspect.StrType():
            return as_text
    raise TypeError(f"no coercion is defined for {field.name}: {kind}")


class Tolerance:
    """The coercions for the fields of one request class."""

    def __init__(self, request: type[Request]) -> None:
        shape = inspect.type_info(request)
        assert isinstance(shape, inspect.StructType)
        self._coercions = {field.name: _coercion(field) for field in shape.fields}

    def read(self, fields: Mapping[str, object]) -> dict[str, object]:
        """The known fields of a message after coercion, without absent ones."""
        return {
            name: coercion(fields[name])
            for name, coercion in self._coercions.items()
            if fields.get(name, "") not in _NOTHING
        }
