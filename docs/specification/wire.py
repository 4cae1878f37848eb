"""The messages of the protocol, as the code registers them."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType
from typing import get_type_hints

import msgspec

from esl_bridge import operations, protocol
from esl_bridge.operations import CONNECTION_OPERATIONS, OPERATIONS
from esl_bridge.protocol.codec import ALIASES, REPLY_NAMES
from esl_bridge.protocol.envelope import Reply, Request


@dataclass(frozen=True)
class Exchange:
    """A request and what answers it. ``names``: its ``msg_type``, also others; ``refused``: what a
    failing reply may show beside the envelope."""

    names: tuple[str, ...]
    request: type[Request]
    reply: type[Reply]
    refused: type[Reply] | None = None

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def reply_names(self) -> tuple[str, ...]:
        return tuple(REPLY_NAMES.get(name, name) for name in self.names)


def exchanges() -> list[Exchange]:
    found = [
        Exchange(
            _names(request),
            request,
            operation.reply,
            get_type_hints(operation.refused)["return"] if operation.refused else None,
        )
        for request, operation in OPERATIONS.items()
    ]
    found += [
        Exchange(_names(request), request, get_type_hints(answer)["return"])
        for request, answer in CONNECTION_OPERATIONS.items()
    ]
    return sorted(found, key=lambda exchange: exchange.name)


def pushes() -> dict[str, type[msgspec.Struct]]:
    """What the service sends unasked, by ``msg_type``."""
    found = {
        str(kind.__struct_config__.tag): kind
        for module in (*_modules(protocol), *_modules(operations))
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and not issubclass(kind, Request)
        and kind.__struct_config__.tag_field == "msg_type"
        and kind.__struct_config__.tag not in (None, kind.__name__)  # a base has none of its own
    }
    return dict(sorted(found.items()))


def _names(request: type[Request]) -> tuple[str, ...]:
    name = str(request.__struct_config__.tag)
    return (name, *(alias for alias, meant in ALIASES.items() if meant == name))


def _modules(package: ModuleType) -> list[ModuleType]:
    found = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(module.name) for module in found]
