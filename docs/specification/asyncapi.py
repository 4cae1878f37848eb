"""The protocol as an AsyncAPI 3.1 document: what the service receives, replies and sends."""

from __future__ import annotations

from typing import Any

from docs.specification import descriptions, wire
from docs.specification.schemas import REF, Schema, Schemas, Way
from docs.specification.wire import Exchange
from esl_bridge import __version__
from esl_bridge.protocol.envelope import ReplyEnvelope
from esl_bridge.protocol.texts import CATALOGUES, Language

_CHANNEL = "#/channels/agent"
_REFUSAL = "Refusal"
_ABOUT = (
    "The agent protocol of esl-bridge. A text frame is one JSON message, a binary frame one of"
    " msgpack; a gateway's TCP frame is a 4-byte big-endian length and then either. Every request"
    " gets exactly one reply, with its `req_id`; pushes come unasked, numbered by `epoch` and"
    " `seq`. Clients ignore fields and pushes that they do not know. What the words mean beyond"
    " this, and in which order messages come, is in PROTOCOL.md, STATES.md and SEQUENCES.md."
)
_ABOUT_IN_CHINESE = (
    "esl-bridge 的坐席协议。文本帧是一条 JSON 消息，二进制帧是一条 msgpack 消息；"
    "网关的 TCP 帧是 4 字节大端长度加上二者之一。每个请求恰有一个应答，req_id 相同；"
    "推送由服务主动发出，按 epoch 和 seq 编号。客户端应忽略不认识的字段和推送。"
    "其余含义和消息的先后见 PROTOCOL.md、STATES.md 和 SEQUENCES.md。"
)


def document() -> dict[str, Any]:
    schemas, messages, operations = Schemas(), _Messages(), {}
    exchanges = wire.exchanges()
    for exchange in exchanges:
        operations[exchange.name] = _request(exchange, schemas, messages)
    schemas.named[_REFUSAL] = _refusal(schemas)
    for name, kind in wire.pushes().items():
        schemas.named[kind.__name__] = _as(schemas.fields(kind, Way.SENT), (name,))
        messages.add(name, kind.__name__, descriptions.of_message(name), kind)
        operations[name] = {"action": "send", **_through(name)}
    messages.add("refusal", _REFUSAL, _OF_REFUSALS)
    named = dict(sorted(schemas.named.items()))
    for message in messages.named.values():
        _give_example(message, named)
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "esl-bridge",
            "version": __version__,
            "description": _ABOUT,
            "x-description-zh": _ABOUT_IN_CHINESE,
        },
        "defaultContentType": "application/json",
        "servers": {
            "agents": {
                "host": "127.0.0.1:8780",
                "protocol": "ws",
                "description": "Agents, each on a connection of its own or several on one.",
            }
        },
        "channels": {
            "agent": {
                "address": "/agent",
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"} for name in messages.named
                },
            }
        },
        "operations": operations,
        "components": {
            "messages": messages.named,
            "schemas": named,
            "correlationIds": {
                "request": {
                    "description": "A reply has the id of its request.",
                    "location": "$message.payload#/req_id",
                }
            },
        },
        "x-codes": {
            code: {"zh": CATALOGUES[Language.CHINESE][code], "en": text}
            for code, text in CATALOGUES[Language.ENGLISH].items()
        },
    }


_OF_REFUSALS: dict[str, Any] = {
    "zh": "失败的应答：code 不为 0，msg 说明原因",
    "en": "A request that failed: its code is not 0, and msg says why.",
    "example": {"code": "4103", "msg": "not possible in the present state"},
}


class _Messages:
    """Collects the messages by name. A message's example waits until all schemas are known."""

    def __init__(self) -> None:
        self.named: dict[str, dict[str, Any]] = {}

    def add(self, name: str, schema: str, said: dict[str, Any], kind: type | None = None) -> None:
        self.named[name] = {
            "name": name,
            "summary": said["en"],
            "x-summary-zh": said["zh"],
            "payload": {"$ref": f"{REF}{schema}"},
            "examples": [{"payload": said.get("example") or {}}],
        }
        if kind is None or "req_id" in kind.__struct_fields__:  # type: ignore[attr-defined]
            self.named[name]["correlationId"] = {"$ref": "#/components/correlationIds/request"}


def _request(exchange: Exchange, schemas: Schemas, messages: _Messages) -> dict[str, Any]:
    """Add a request, its reply and its refusal; returns the operation that ties them."""
    name, said = exchange.name, descriptions.of_message(exchange.name)
    request = exchange.request.__name__
    reply = _pascal(name) + "Reply"
    schemas.named[request] = _as(schemas.fields(exchange.request, Way.RECEIVED), exchange.names)
    schemas.named[reply] = _reply(exchange, schemas)
    messages.add(name, request, said)
    messages.add(
        f"{name}_reply",
        reply,
        {"zh": f"{name} 成功的应答", "en": f"The successful reply to {name}."},
    )
    refusal = "refusal"
    if exchange.refused is not None:
        refusal, schema = f"{name}_refusal", _pascal(name) + _REFUSAL
        schemas.named[schema] = _refusal(schemas, exchange)
        messages.add(
            refusal,
            schema,
            {
                "zh": f"{name} 失败的应答，可带回当前状态",
                "en": f"The reply to a {name} that failed, which may show the present state.",
                "example": _OF_REFUSALS["example"],
            },
        )
    return {
        "action": "receive",
        **_through(name),
        "reply": _through(f"{name}_reply", refusal),
    }


def _through(*messages: str) -> dict[str, Any]:
    return {
        "channel": {"$ref": _CHANNEL},
        "messages": [{"$ref": f"{_CHANNEL}/messages/{message}"} for message in messages],
    }


def _reply(exchange: Exchange, schemas: Schemas) -> Schema:
    schema = _joined(
        schemas.fields(ReplyEnvelope, Way.SENT), schemas.fields(exchange.reply, Way.REPLIED)
    )
    _narrow(schema, "code", ["0"])
    return _as(schema, exchange.reply_names)


def _refusal(schemas: Schemas, exchange: Exchange | None = None) -> Schema:
    """The reply to a request that failed: any, or one that shows the present state beside."""
    schema = schemas.fields(ReplyEnvelope, Way.SENT)
    codes = [code for code in schema["properties"]["code"]["enum"] if code != "0"]
    _narrow(schema, "code", codes)
    if exchange is None or exchange.refused is None:
        return schema
    shown = schemas.fields(exchange.refused, Way.REPLIED) | {"required": []}
    return _as(_joined(schema, shown), exchange.reply_names)


def _narrow(schema: Schema, field: str, values: list[str]) -> None:
    schema["properties"][field].pop("examples", None)
    schema["properties"][field]["enum"] = values


def _joined(envelope: Schema, own: Schema) -> Schema:
    return {
        "type": "object",
        "properties": envelope["properties"] | own["properties"],
        "required": [*envelope["required"], *own["required"]],
    }


def _as(schema: Schema, names: tuple[str, ...]) -> Schema:
    """The schema of a message that has one of these for its ``msg_type``, which comes first as in
    the source; a reply's stays where its envelope has it."""
    if "msg_type" in schema["properties"]:
        _narrow(schema, "msg_type", list(names))
        return schema
    said = descriptions.of_field(object, "msg_type")
    kind = {"type": "string", "enum": list(names)}
    kind |= {"description": said["en"], "x-description-zh": said["zh"]}
    return {
        "type": "object",
        "properties": {"msg_type": kind} | schema["properties"],
        "required": ["msg_type", *schema["required"]],
    }


def _give_example(message: dict[str, Any], schemas: dict[str, Schema]) -> None:
    """Complete a message's example: what its schema requires, and what the catalogue adds."""
    schema = schemas[message["payload"]["$ref"].removeprefix(REF)]
    [example] = message["examples"]
    chosen = example["payload"]
    unknown = chosen.keys() - schema["properties"].keys()
    if unknown:
        raise LookupError(f"{message['name']} has no {', '.join(unknown)}: see messages.yaml")
    example["payload"] = {
        name: _sample(field, schemas) if chosen.get(name) is None else chosen[name]
        for name, field in schema["properties"].items()
        if name in schema["required"] or name in chosen
    }


def _sample(schema: Schema, schemas: dict[str, Schema]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema:
        fields = schemas[schema["$ref"].removeprefix(REF)]
        return {name: _sample(fields["properties"][name], schemas) for name in fields["required"]}
    if "allOf" in schema:
        return _sample(schema["allOf"][0], schemas)
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], schemas)
    match schema["type"]:
        case "array":
            return [_sample(schema["items"], schemas)]
        case "boolean":
            return False
        case "integer" | ["integer", "null"]:
            return schema.get("minimum", 0)
    raise LookupError(f"no example for {schema}")


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
