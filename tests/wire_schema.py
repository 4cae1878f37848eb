"""Holds every message that a test sends or receives against docs/protocol/asyncapi.json.

More strictly than clients may: what the service sends has no field that is not described.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

FILE = Path(__file__).parents[1] / "docs" / "protocol" / "asyncapi.json"
Message = dict[str, Any]
_NOT_AS_DESCRIBED = frozenset({"4002", "4014", "4100"})
"""Codes of requests that were refused because they are not what the specification says."""


class NotSpecified(AssertionError):
    """A message that is not as the specification has it."""


def validate_received(message: Message) -> None:
    """A reply or a push, whichever it is."""
    if message.get("msg_type") in _names("send"):
        validate_push(message)
    else:
        validate_reply(message)


def validate_push(message: Message) -> None:
    _validate(_payload(message["msg_type"]), message, strictly=True)


def validate_reply(message: Message) -> None:
    """A success by the request's own reply, a refusal by its own or else by that of any request."""
    name = {"pong": "ping", "pickup": "answer"}.get(message["msg_type"], message["msg_type"])
    if message["code"] == "0":
        _validate(_payload(f"{name}_reply"), message, strictly=True)
        return
    own = f"{name}_refusal"
    _validate(
        _payload(own if own in _document()["components"]["messages"] else "refusal"),
        message,
        strictly=True,
    )


def validate_request(message: Message) -> None:
    name = str(message.get("msg_type"))
    _validate(_payload({"pickup": "answer"}.get(name, name)), message, strictly=False)


def validate_answered(request: Message, reply: Message) -> None:
    """A request, unless it was refused as one that is none."""
    if reply.get("code") not in _NOT_AS_DESCRIBED:
        validate_request(request)


@cache
def _document() -> Message:
    document: Message = json.loads(FILE.read_text("utf-8"))
    return document


@cache
def _names(action: str) -> frozenset[str]:
    operations = _document()["operations"].items()
    return frozenset(name for name, one in operations if one["action"] == action)


def _payload(message: str) -> str:
    messages = _document()["components"]["messages"]
    if message not in messages:
        raise NotSpecified(f"no message {message}")
    return str(messages[message]["payload"]["$ref"]).rpartition("/")[2]


def _validate(schema: str, message: Message, *, strictly: bool) -> None:
    try:
        _compiled(schema, strictly)(message)
    except fastjsonschema.JsonSchemaValueException as error:
        raise NotSpecified(f"{schema}: {error.message}: {message}") from error


@cache
def _compiled(schema: str, strictly: bool) -> Callable[[Message], object]:
    schemas = _document()["components"]["schemas"]
    if strictly:
        schemas = {name: one | {"additionalProperties": False} for name, one in schemas.items()}
    whole = {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": schemas}}
    compiled: Callable[[Message], object] = fastjsonschema.compile(whole, use_default=False)
    return compiled
