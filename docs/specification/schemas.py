"""JSON Schemas (draft 07, as AsyncAPI has them) of the structs that messages are made of."""

from __future__ import annotations

import re
from enum import Enum, IntEnum, auto
from typing import Any

import msgspec
from msgspec import inspect

from docs.specification import descriptions

Schema = dict[str, Any]
REF = "#/components/schemas/"
# Of Python's expressions, what ECMAScript has not, or not in this form.
_OF_PYTHON_ALONE = re.compile(r"\\[AZzGh]|\(\?P|\(\?[aiLmsux#>(-]|[*+?}]\+|\(\?<[^=!]")


class Way(Enum):
    """Who sends a struct, which decides when a field is absent."""

    RECEIVED = auto()
    REPLIED = auto()
    SENT = auto()


class Schemas:
    """Collects the schemas of structs, and of those within them, by name."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def fields(self, kind: type[msgspec.Struct], way: Way) -> Schema:
        """The object of a struct's own fields."""
        shape = inspect.type_info(kind)
        assert isinstance(shape, inspect.StructType)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for field in shape.fields:
            may_be_absent, may_be_null = _presence(kind, field, way)
            value = self._value(field.type, way, nullable=may_be_null)
            properties[field.encode_name] = _described(kind, field, value, way)
            if not may_be_absent:
                required.append(field.encode_name)
        return {"type": "object", "properties": properties, "required": required}

    def _value(self, kind: inspect.Type, way: Way, *, nullable: bool = False) -> Schema:
        schema = self._plain(kind, way)
        if not nullable:
            return schema
        if "type" not in schema:
            return {"anyOf": [schema, {"type": "null"}]}
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        return schema | {"type": [schema["type"], "null"]}

    def _plain(self, kind: inspect.Type, way: Way) -> Schema:
        match kind:
            case inspect.Metadata(type=inner, extra_json_schema=extra):
                return self._plain(inner, way) | (extra or {})
            case inspect.UnionType():
                return self._union(kind, way)
            case inspect.StrType():
                return _text(kind)
            case inspect.IntType():
                return _present(type="integer", minimum=kind.ge, maximum=kind.le)
            case inspect.BoolType():
                return {"type": "boolean"}
            case inspect.EnumType(cls=cls):
                return _values([member.value for member in cls])
            case inspect.LiteralType(values=values):
                return _values(list(values))
            case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
                return _present(
                    type="array",
                    items=self._value(item, _within(way)),
                    minItems=kind.min_length or None,
                    maxItems=kind.max_length,
                )
            case inspect.StructType(cls=cls):
                return self._reference(cls, _within(way))
        raise TypeError(f"no schema is defined for {kind}")

    def _union(self, kind: inspect.UnionType, way: Way) -> Schema:
        kinds = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        if len(kinds) == 1:
            return self._plain(kinds[0], way)
        return {"anyOf": [self._plain(each, way) for each in kinds]}

    def _reference(self, cls: type[msgspec.Struct], way: Way) -> Schema:
        if cls.__name__ not in self.named:
            self.named[cls.__name__] = {}  # a struct may hold another of its kind
            self.named[cls.__name__] = self.fields(cls, way)
        return {"$ref": f"{REF}{cls.__name__}"}


def _within(way: Way) -> Way:
    """What is inside a reply is written as it is: only its own fields are left out, if None."""
    return Way.SENT if way is Way.REPLIED else way


def _presence(kind: type[msgspec.Struct], field: inspect.Field, way: Way) -> tuple[bool, bool]:
    """Whether a field may be absent, and whether it may be null."""
    inner = field.type
    kinds = inner.types if isinstance(inner, inspect.UnionType) else (inner,)
    has_none = any(isinstance(each, inspect.NoneType) for each in kinds)
    # Neither required nor of a default: what is UNSET is not written.
    has_unset = not field.required and field.default is field.default_factory is msgspec.NODEFAULT
    if way is Way.RECEIVED:
        return not field.required, False
    if way is Way.REPLIED:
        return has_none or has_unset, False
    if kind.__struct_config__.omit_defaults and not field.required:
        return True, has_none and field.default is not None
    return has_unset, has_none


def _described(kind: type[msgspec.Struct], field: inspect.Field, value: Schema, way: Way) -> Schema:
    said = descriptions.of_field(kind, field.encode_name)
    schema: Schema = {"allOf": [value]} if "$ref" in value else value
    schema |= {"description": said["en"], "x-description-zh": said["zh"]}
    default = field.default.value if isinstance(field.default, Enum) else field.default
    if way is Way.RECEIVED and isinstance(default, bool | int | str) and default != "":
        schema["default"] = default
    if "enum" in schema:
        return schema
    if "example" in said:
        schema["examples"] = [said["example"]]
    elif schema.get("type") == "string":
        key = f"{kind.__name__}.{field.encode_name}"
        raise LookupError(f"{key} needs an `example` in {descriptions.TEXTS}/fields.yaml")
    return schema


def _text(kind: inspect.StrType) -> Schema:
    return _present(
        type="string",
        pattern=ecma(kind.pattern) if kind.pattern else None,
        minLength=kind.min_length,
        maxLength=kind.max_length,
    )


def _values(values: list[Any]) -> Schema:
    numbers = all(isinstance(value, int | IntEnum) for value in values)
    return {"type": "integer" if numbers else "string", "enum": values}


def _present(**schema: Any) -> Schema:
    return {key: value for key, value in schema.items() if value is not None}


def ecma(pattern: str) -> str:
    r"""A pattern of Python's for all other readers: ``\A`` and ``\Z`` are ``^`` and ``$`` there.

    >>> ecma(r"\A[0-9]+\Z")
    '^[0-9]+$'
    """
    inner = pattern.removeprefix(r"\A").removesuffix(r"\Z")
    if len(inner) != len(pattern) - 4 or _OF_PYTHON_ALONE.search(inner):
        raise ValueError(f"not a pattern that ECMAScript reads alike: {pattern}")
    return f"^{inner}$"
