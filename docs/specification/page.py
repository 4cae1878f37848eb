"""The specification as one page for people: no script, nothing from elsewhere, all text escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from docs.specification.schemas import REF, Schema

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentcolor 18%, transparent) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
h3 { margin: 2rem 0 0 } h3 code { font-size: 1.15rem } h4 { margin: 1rem 0 .3rem }
table { border-collapse: collapse; width: 100% } .wide { overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem }
th, td { border-bottom: 1px solid var(--line) } td:first-child code { white-space: nowrap }
code, pre { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); white-space: pre-wrap }
nav { columns: 12rem; margin: 1rem 0 } nav a { display: block; padding: .15rem 0 }
[lang] { display: block } label { margin-right: 1rem; padding: .3rem 0 }
.ok { background: color-mix(in srgb, green 22%, transparent) } .done { opacity: .75 }
@media (max-width: 40rem) {
  .list tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line) }
  .list td, .list th { display: block; padding: .1rem 0; border: 0 }
}
body:has(#zh:checked) [lang=en], body:has(#en:checked) [lang=zh] { display: none }
"""
_LANGUAGES = {"both": "中文 + English", "zh": "中文", "en": "English"}


def page(document: dict[str, Any], permits: dict[str, Any]) -> str:
    return "\n".join(_parts(document, permits)) + "\n"


def _parts(document: dict[str, Any], permits: dict[str, Any]) -> Iterator[str]:
    title = f"{document['info']['title']} {document['info']['version']}"
    messages = document["components"]["messages"]
    schemas = document["components"]["schemas"]
    operations = document["operations"]
    asked = [name for name, one in operations.items() if one["action"] == "receive"]
    told = [name for name, one in operations.items() if one["action"] == "send"]
    named = {_payload(message) for message in messages.values()}
    parts = sorted(schemas.keys() - named)
    yield '<!doctype html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(title)}</h1>\n<fieldset><legend>语言 / Language</legend>"
    for key, name in _LANGUAGES.items():
        checked = " checked" if key == "both" else ""
        yield (
            f'<label><input type="radio" name="language" id="{key}"{checked}>'
            f" {escape(name)}</label>"
        )
    about = {"zh": document["info"]["x-description-zh"], "en": document["info"]["description"]}
    yield f"</fieldset>\n<p>{_both(about)}</p>"
    yield f"<nav>{_links(asked)}</nav>\n<nav>{_links(told)}</nav>\n<nav>{_links(parts)}"
    yield '<a href="#requests-when">stage × request</a><a href="#statuses">status × action</a>'
    yield '<a href="#codes">code</a></nav>'
    yield "<h2>请求 / Requests</h2>"
    for name in asked:
        yield _head(name, messages[name])
        yield _message("请求 / Request", messages[name], schemas)
        for answer in operations[name]["reply"]["messages"]:
            reply = answer["$ref"].rpartition("/")[2]
            if reply != "refusal":
                yield _message(reply, messages[reply], schemas)
    yield _head("refusal", messages["refusal"])
    yield _message("失败 / Refusal", messages["refusal"], schemas)
    yield "<h2>推送 / Pushes</h2>"
    for name in told:
        yield _head(name, messages[name])
        yield _message("推送 / Push", messages[name], schemas)
    yield "<h2>结构 / Structures</h2>"
    for name in parts:
        yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>'
        yield _fields(schemas[name])
    yield '<h2 id="requests-when">stage × request</h2>'
    yield _grid(permits["stages"], permits["requests"])
    yield '<h2 id="statuses">status × action</h2>'
    yield _grid(list(next(iter(permits["statuses"].values()))), permits["statuses"])
    yield '<h2 id="codes">code</h2>'
    texts = document["x-codes"].items()
    yield _table(("code", "msg"), ((_code(code), _both(text)) for code, text in texts))
    yield "</body>\n</html>"


def _links(names: Iterable[str]) -> str:
    return "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names)


def _head(name: str, message: dict[str, Any]) -> str:
    said = _both({"zh": message["x-summary-zh"], "en": message["summary"]})
    return f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>\n<p>{said}</p>'


def _message(title: str, message: dict[str, Any], schemas: dict[str, Schema]) -> str:
    example = json.dumps(message["examples"][0]["payload"], ensure_ascii=False, indent=2)
    fields = _fields(schemas[_payload(message)])
    return f"<h4>{escape(title)}</h4>\n{fields}\n<pre>{escape(example)}</pre>"


def _fields(schema: Schema) -> str:
    return _table(
        ("", "", ""),
        (
            (
                _code(name) + ("" if name in schema["required"] else " ?"),
                _kind(field),
                _both({"zh": field["x-description-zh"], "en": field["description"]}),
            )
            for name, field in schema["properties"].items()
        ),
    )


def _kind(schema: Schema) -> str:
    """What a field holds, in a line."""
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(REF))
        return f'<a href="#{name}">{name}</a>'
    for several in ("allOf", "anyOf"):
        if several in schema:
            return " | ".join(_kind(each) for each in schema[several])
    if "enum" in schema:
        values = " | ".join(json.dumps(each, ensure_ascii=False) for each in schema["enum"])
        kind = _code(values) if len(schema["enum"]) < 20 else '<a href="#codes">code</a>'
    elif schema["type"] == "array":
        kind = f"[ {_kind(schema['items'])} ]"
    else:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        limits = [_code(f"{key} {schema[key]}") for key in _LIMITS if key in schema]
        kind = ", ".join([escape(" | ".join(kinds)), *limits])
    if "default" in schema:
        kind += f" = {_code(json.dumps(schema['default']))}"
    return kind


_LIMITS = ("pattern", "minLength", "maxLength", "minimum", "maximum")


def _grid(columns: list[str], rows: dict[str, dict[str, str]]) -> str:
    marked = {"ok": ' class="ok"', "done": ' class="done"'}
    head = "".join(f"<th>{_code(column)}</th>" for column in ("", *columns))
    lines = [
        f"<tr><th>{_code(name)}</th>"
        + "".join(f"<td{marked.get(row[each], '')}>{escape(row[each])}</td>" for each in columns)
        for name, row in rows.items()
    ]
    return f'<div class="wide"><table>\n<tr>{head}\n' + "\n".join(lines) + "\n</table></div>"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = f"<tr>{''.join(f'<th>{each}</th>' for each in heads)}\n" if any(heads) else ""
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return f'<div class="list"><table>\n{head}' + "\n".join(lines) + "\n</table></div>"


def _both(said: dict[str, str]) -> str:
    return "".join(
        f'<span lang="{language}">{escape(said[language])}</span>' for language in ("zh", "en")
    )


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _payload(message: dict[str, Any]) -> str:
    return str(message["payload"]["$ref"]).rpartition("/")[2]
