"""The messages as TypeScript, from the AsyncAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_HEAD = """\
// Made by `make spec` from asyncapi.json: change the code, not this file.
// 由 `make spec` 生成，请勿手改。
"""
_NAME = re.compile(r"[A-Za-z_$][\w$]*")


def declarations(document: dict[str, Any]) -> str:
    return "\n".join([_HEAD, *_parts(document)])


def _parts(document: dict[str, Any]) -> Iterator[str]:
    messages = document["components"]["messages"]
    codes = " | ".join(json.dumps(code) for code in document["x-codes"])
    yield f"export type Code = {codes};\n"
    for name, schema in document["components"]["schemas"].items():
        said = [message for message in messages.values() if _payload(message) == name]
        yield _interface(name, schema, said)
    asked = _operations(document, "receive")
    told = _operations(document, "send")
    yield _map(
        "Requests",
        "Each request, by its msg_type. 各请求",
        {name: _payload(messages[name]) for name in asked},
    )
    yield _map(
        "Replies",
        "What answers each request. 各请求的应答",
        {
            name: " | ".join(_payload(messages[_last(each)]) for each in one["reply"]["messages"])
            for name, one in asked.items()
        },
    )
    yield _map(
        "Pushes",
        "Each push, by its msg_type. 各推送",
        {name: _payload(messages[name]) for name in told},
    )
    for union, kinds in {"Request": "Requests", "Reply": "Replies", "Push": "Pushes"}.items():
        yield f"export type {union} = {kinds}[keyof {kinds}];"
    yield ""


def _operations(document: dict[str, Any], action: str) -> dict[str, Any]:
    return {
        name: operation
        for name, operation in document["operations"].items()
        if operation["action"] == action
    }


def _interface(name: str, schema: dict[str, Any], said: list[dict[str, Any]]) -> str:
    lines = [_comment(each["x-summary-zh"], each["summary"]) for each in said]
    lines.append(f"export interface {name} {{")
    for field, value in schema["properties"].items():
        mark = "" if field in schema["required"] else "?"
        lines.append("  " + _comment(value["x-description-zh"], value["description"]))
        lines.append(f"  {field}{mark}: {_type(value)};")
    return "\n".join([*lines, "}\n"])


def _map(name: str, said: str, entries: dict[str, str]) -> str:
    lines = [f"  {_key(key)}: {value};" for key, value in entries.items()]
    return "\n".join([f"/** {said} */", f"export interface {name} {{", *lines, "}\n"])


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _last(schema)
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    for several in ("allOf", "anyOf"):
        if several in schema:
            return " | ".join(_type(each) for each in schema[several])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " | ".join(_plain(kind, schema) for kind in kinds)


def _plain(kind: str, schema: dict[str, Any]) -> str:
    if kind == "array":
        return f"Array<{_type(schema['items'])}>"
    return {"integer": "number"}.get(kind, kind)


def _comment(chinese: str, english: str) -> str:
    text = f"{chinese} — {english}".replace("*/", "* /")
    return f"/** {text} */"


def _payload(message: dict[str, Any]) -> str:
    return _last(message["payload"])


def _last(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else json.dumps(name)
