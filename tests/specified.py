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

from esl_bridge.config import Limits
from esl_bridge.protocol.codec import ALIASES, REPLY_NAMES, Codec
from esl_bridge.runtime.requests import REQUESTS

FILE = Path(__file__).parents[1] / "docs" / "protocol" / "asyncapi.json"
Message = dict[str, Any]
_REQUEST_NAMES = ALIASES | {reply: request for request, reply in REPLY_NAMES.items()}
_NOT_JUDGED = frozenset({"4002", "4014", "4100", "5302"})
"""Codes of requests that were refused because they are not what the specification says, or before
that was known."""


class NotSpecified(AssertionError):
    """A message that is not as the specification has it."""


faults: list[NotSpecified] = []
"""Of the present test, which fails by them when it ends: clients read in threads of their own."""


class Conversation:
    """What one client sends and receives. A request is judged once it is answered: one that was
    refused for what it is need not be as specified."""

    def __init__(self) -> None:
        self._requests: dict[object, Message] = {}

    def sent(self, request: Message) -> None:
        self._requests[request.get("req_id", "")] = request

    def received(self, message: Message) -> None:
        try:
            if message.get("msg_type") in _names("send"):
                validate_push(message)
                return
            validate_reply(message)
            request = self._requests.pop(message["req_id"], None)
            if request is not None and message["code"] not in _NOT_JUDGED:
                validate_request(_meant(request))
        except NotSpecified as fault:
            faults.append(fault)


def validate_push(message: Message) -> None:
    _validate(_payload(message["msg_type"]), message, strictly=True)


def validate_reply(message: Message) -> None:
    """A success by the request's own reply, a refusal by its own or else by that of any request."""
    name = _REQUEST_NAMES.get(message["msg_type"], message["msg_type"])
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
    _validate(_payload(ALIASES.get(name, name)), message, strictly=False)


def _meant(request: Message) -> Message:
    """A request after what PROTOCOL.md tolerates: the specification says how to write it well."""
    name = str(request["msg_type"]).strip()
    name = ALIASES.get(name, name)
    fields: Message = dict(_codec().meant(name, request))
    return {"msg_type": name} | fields


@cache
def _codec() -> Codec:
    return Codec(REQUESTS, Limits().nesting)


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
