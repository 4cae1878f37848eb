"""A valid example of every request, made from its schema, so that new requests have one too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import NODEFAULT, inspect

from esl_bridge.protocol.envelope import Request
from esl_bridge.runtime.requests import REQUESTS
from tests.builders import COMPANY, NAMES, OUTSIDE, PASSWORD

A, B = NAMES["A"], NAMES["B"]
ENVELOPE = {"req_id": "r-1", "company_code": COMPANY, "agent_id": A}
TALKS = "own leg"
"""Stands for the uuid of the agent's leg, in a talk that is set up first."""

_BY_NAME: Mapping[str, object] = {
    "uuid": TALKS,
    "consult_uuid": "call-2",
    "operated_agent_id": B,
    "operated_ext_id": B,
    "agent_pwd": PASSWORD,
    "callee_number": OUTSIDE,
    "consult_number": OUTSIDE,
    "trans_number": OUTSIDE,
    "three_way_number": OUTSIDE,
    "content": "12",
    "file_path": "2026-01-01/a.wav",
}
# What is not required by the schema, but by what is wanted; or is not the first that there is.
_MORE: Mapping[str, Mapping[str, object]] = {
    "checkin": {"agent_pwd": PASSWORD},
    "change_status": {"action": "MAKE_BUSY"},
    "consult": {"type": "1", "consult_type": "1", "consult_number": OUTSIDE},
    "get_token": {"agent_pwd": PASSWORD},
    "hold": {"hold": "1"},
    "mute": {"mute": "1"},
    "three_way": {"three_way_type": "1", "three_way_number": OUTSIDE},
    "trans": {"type": "1", "trans_type": "4", "trans_number": OUTSIDE},
    "wrap_up": {"notes": "1"},
}
_FIRST: Mapping[type, Callable[[Any], object]] = {
    inspect.EnumType: lambda kind: next(iter(kind.cls)).value,
    inspect.LiteralType: lambda kind: kind.values[0],
    inspect.IntType: lambda kind: kind.ge or 1,
    inspect.StrType: lambda _: "1",
    inspect.BoolType: lambda _: True,
}


def _example(tag: str, kind: type[Request]) -> dict[str, object]:
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    required = [field for field in shape.fields if field.required]
    made = {field.name: _made(field) for field in required if field.name not in ENVELOPE}
    return made | dict(_MORE.get(tag, {}))


def _made(field: inspect.Field) -> object:
    assert field.default is NODEFAULT
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    return _FIRST[type(field.type)](field.type)


EXAMPLES = {tag: _example(tag, kind) for tag, kind in REQUESTS.items()}
"""The fields of each, beside those of the ``ENVELOPE``."""
