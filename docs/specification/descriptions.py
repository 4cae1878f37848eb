"""What each message and each field means, in Chinese and in English, with an example."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

TEXTS = "esl_bridge/protocol/texts"
_Entry = dict[str, Any]


class NotDescribed(LookupError):
    """A field or a message that the catalogue says nothing of."""

    def __init__(self, key: str, page: str) -> None:
        super().__init__(f"{key} is not described: give it `zh` and `en` in {TEXTS}/{page}")


@cache
def _catalogue(page: str) -> dict[str, _Entry]:
    text = files("esl_bridge.protocol").joinpath("texts", page).read_text("utf-8")
    entries: dict[str, _Entry] = yaml.safe_load(text)
    for key, entry in entries.items():
        if not ({"zh", "en"} <= entry.keys() and entry["zh"] and entry["en"]):
            raise NotDescribed(key, page)
    return entries


def of_field(owner: type, name: str) -> _Entry:
    """The entry of ``Owner.name``, of the same in a base class of the owner, or of ``name``; an
    example that is not there is that of the next."""
    entries = _catalogue("fields.yaml")
    found = [entries[key] for key in _keys(owner, name) if key in entries]
    if not found:
        raise NotDescribed(f"{owner.__name__}.{name}", "fields.yaml")
    return {key: value for entry in reversed(found) for key, value in entry.items()}


def of_message(name: str) -> _Entry:
    """The entry of a request or a push, by its ``msg_type``; ``example`` has the fields that its
    example shows beside the required ones."""
    entries = _catalogue("messages.yaml")
    if name not in entries:
        raise NotDescribed(name, "messages.yaml")
    return entries[name]


def keys_of_fields() -> set[str]:
    return set(_catalogue("fields.yaml"))


def keys_of_messages() -> set[str]:
    return set(_catalogue("messages.yaml"))


def _keys(owner: type, name: str) -> Iterator[str]:
    yield from (f"{kind.__name__}.{name}" for kind in owner.__mro__)
    yield name
