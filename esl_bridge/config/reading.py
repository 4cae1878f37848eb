"""From a document's tree to typed values, as the types declare them.

A mistake is noted and the value becomes None, so that reading continues to the next one: a result
is usable only if its document has no mistakes.
"""

import os
import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
import yaml
from msgspec.structs import FieldInfo
from msgspec.structs import fields as fields_of

from esl_bridge.config.document import Document, Key

_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NULL = "tag:yaml.org,2002:null"
_TYPED = frozenset([_NULL, *(f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float"))])
_SECRETS = frozenset({"password", "password_hash", "credential"})  # each may be NAME_file instead
_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
}

_RENAMED = {
    old: f"was renamed to {new}"
    for old, new in {
        "unled_seconds": "orphan_leg_seconds",
        "untold_seconds": "reconcile_seconds",
    }.items()
}

S = TypeVar("S", bound=msgspec.Struct)


class ConfigReader:
    """Reads one document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def struct(self, node: yaml.Node | None, kind: type[S], key: Key = (), **given: object) -> S:
        """Read a mapping into ``kind``; ``given``: fields that the file does not contain."""
        known = {info.encode_name: info for info in _fields(kind) if info.name not in given}
        values = dict(given)
        for name, value in self._entries(node, key):
            inside = (*key, name)
            secret = name.removesuffix("_file")
            if name in known:
                self._put(values, known[name], self._value(value, known[name].type, inside), inside)
            elif secret != name and secret in _SECRETS & known.keys():
                text = self._secret(value, known[secret].type, inside)
                self._put(values, known[secret], text, inside)
            else:
                self._document.note(inside, _RENAMED.get(name, "unknown key"))
        for info in known.values():
            if info.required and info.name not in values:
                self._document.note((*key, info.encode_name), "missing")
                values[info.name] = None
        return kind(**values)

    def nodes(
        self, node: yaml.Node | None, names: Any, key: Key = ()
    ) -> list[tuple[str, yaml.Node]]:
        """The entries of a mapping whose keys are ids; a bad id is noted and left out."""
        entries = self._entries(node, key)
        return [
            (name, value)
            for name, value in entries
            if self._converted(name, names, (*key, name)) is not None
        ]

    def _put(self, values: dict[str, object], info: FieldInfo, value: object, key: Key) -> None:
        if info.name in values:
            self._document.note(key, f"{info.encode_name} is given in two ways")
        values[info.name] = value

    def _entries(self, node: yaml.Node | None, key: Key) -> list[tuple[str, yaml.Node]]:
        if node is None or node.tag == _NULL:
            return []
        if not isinstance(node, yaml.MappingNode):
            self._document.note(key, "must be a mapping", node.start_mark.line + 1)
            return []
        return list(self._document.entries(node, key))

    def _value(self, node: yaml.Node, hint: Any, key: Key) -> Any:
        hint, optional = _without_none(hint)
        if optional and node.tag == _NULL:
            return None
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self.struct(node, hint, key)
        if get_origin(hint) is Mapping:
            names, values = get_args(hint)
            nodes = self.nodes(node, names, key)
            return {name: self._value(each, values, (*key, name)) for name, each in nodes}
        if get_origin(hint) is tuple:
            return self._sequence(node, get_args(hint)[0], key)
        return self._scalar(node, hint, key)

    def _sequence(self, node: yaml.Node, hint: Any, key: Key) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            self._document.note(key, "must be a list")
            return ()
        items = [((*key, f"[{at}]"), each) for at, each in enumerate(node.value)]
        for name, each in items:
            self._document.place(name, each)
        return tuple(self._value(each, hint, name) for name, each in items)

    def _scalar(self, node: yaml.Node, hint: Any, key: Key) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            self._document.note(key, f"must be {_expected(hint)}")
            return None
        variable = _ENVIRONMENT.fullmatch(node.value)
        if variable is None:
            return self._converted(_plain(node), hint, key)
        if variable[1] not in os.environ:
            self._document.note(key, f"the environment has no {variable[1]}")
            return None
        return self._converted(os.environ[variable[1]], hint, key, strict=False)

    def _secret(self, node: yaml.Node, hint: Any, key: Key) -> Any:
        path = self._scalar(node, Path, key)
        if path is None:
            return None
        try:
            text = path.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            self._document.note(key, f"cannot be read: {error}")
            return None
        return self._converted(text, hint, key)

    def _converted(self, value: object, hint: Any, key: Key, *, strict: bool = True) -> Any:
        try:
            return msgspec.convert(value, hint, strict=strict, dec_hook=self._path)
        except msgspec.ValidationError:
            advice = _advice(value, hint)
            self._document.note(key, f"must be {_expected(hint)}{advice}")
            return None

    def _path(self, kind: type, value: object) -> Path:
        if kind is not Path or not isinstance(value, str):
            raise ValueError
        return self._document.beside(Path(value))


_fields = cache(fields_of)  # else the types are resolved for each of ten thousand agents


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    (kind,) = (each for each in get_args(hint) if each is not NoneType)
    return kind, True


def _plain(node: yaml.ScalarNode) -> object:
    return (
        yaml.constructor.SafeConstructor().construct_object(node)
        if node.tag in _TYPED
        else node.value
    )


def _advice(value: object, hint: Any) -> str:
    """For text that YAML has read as a number, true or false."""
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    is_text = kind is str or (get_origin(kind) is Literal and isinstance(get_args(kind)[0], str))
    return "; put it in quotes" if is_text and isinstance(value, bool | int | float) else ""


def _expected(hint: Any) -> str:
    """What a value must be, in words."""
    if get_origin(hint) is Annotated:
        metas = (each for each in get_args(hint) if isinstance(each, msgspec.Meta))
        return next(each.description for each in metas if each.description)
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, get_args(hint)))
    if issubclass(hint, Enum):
        return "one of " + ", ".join(each.value for each in hint)
    return _KINDS[hint]
