"""The files that `make spec` writes, and what each holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from docs.specification import asyncapi, page, permits, typescript

_ROOT = Path(__file__).parents[2]
_WIDTH, _WIDTH_OF_TABLES = 120, 320  # characters


def _asyncapi() -> str:
    return _lines(_document(), _WIDTH) + "\n"


def _permits() -> str:
    return _lines(permits.document(), _WIDTH_OF_TABLES) + "\n"


def _typescript() -> str:
    return typescript.declarations(_document())


def _page() -> str:
    return page.page(_document(), permits.document())


FILES: dict[Path, Callable[[], str]] = {
    _ROOT / "docs" / "protocol" / "asyncapi.json": _asyncapi,
    _ROOT / "docs" / "protocol" / "messages.d.ts": _typescript,
    _ROOT / "docs" / "protocol" / "permits.json": _permits,
    _ROOT / "esl_bridge" / "web" / "sdk" / "messages.d.ts": _typescript,
    _ROOT / "esl_bridge" / "web" / "docs" / "index.html": _page,
}


@cache
def _document() -> dict[str, Any]:
    return asyncapi.document()


def _lines(value: Any, width: int, indent: str = "") -> str:
    """JSON with one line for all that fits into one, so that a change shows what it is about."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= width:
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {_lines(each, width, inner)}" for key, each in value.items()]
        opening, closing = "{", "}"
    else:
        items = [_lines(each, width, inner) for each in value]
        opening, closing = "[", "]"
    parts = f",\n{inner}".join(items)
    return f"{opening}\n{inner}{parts}\n{indent}{closing}"
