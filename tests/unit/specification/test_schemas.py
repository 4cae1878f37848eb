"""Structs become schemas that say when a field is there, and fail loudly for what nobody says."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest

from docs.specification import descriptions
from docs.specification.schemas import Schemas, Way, ecma
from esl_bridge.protocol.envelope import Reply, one_of


class Inner(msgspec.Struct):
    uuid: str
    number: str | None
    direction: Literal["inbound", "outbound"] | None
    call: msgspec.UnsetType | str | None = msgspec.UNSET


class Answered(Reply, frozen=True, kw_only=True):
    uuid: str | None = None
    legs: tuple[Inner, ...]


class Told(msgspec.Struct, omit_defaults=True):
    uuid: str | None = None
    audio: Annotated[int, one_of(0, 3)] = 3


class Unheard(msgspec.Struct):
    never_heard_of: int


def fields(kind: type[msgspec.Struct], way: Way):
    schema = Schemas().fields(kind, way)
    return schema["properties"], schema["required"]


def test_a_field_of_a_reply_that_may_be_none_is_absent_then():
    schemas = Schemas()
    reply = schemas.fields(Answered, Way.REPLIED)
    assert reply["required"] == ["legs"]
    assert reply["properties"]["uuid"]["type"] == "string"
    assert reply["properties"]["legs"]["items"] == {"$ref": "#/components/schemas/Inner"}


def test_a_field_of_a_struct_within_a_reply_is_null_then_and_absent_only_if_unset():
    schemas = Schemas()
    schemas.fields(Answered, Way.REPLIED)
    inner = schemas.named["Inner"]
    assert inner["required"] == ["uuid", "number", "direction"]
    assert inner["properties"]["number"]["type"] == ["string", "null"]
    assert inner["properties"]["direction"]["enum"] == ["inbound", "outbound", None]
    assert inner["properties"]["call"]["type"] == ["string", "null"]


def test_a_push_leaves_out_what_has_its_default():
    properties, required = fields(Told, Way.SENT)
    assert required == []
    assert properties["uuid"]["type"] == "string"
    assert properties["audio"]["enum"] == [0, 3]


def test_a_request_needs_what_has_no_default_and_says_the_others():
    properties, required = fields(Told, Way.RECEIVED)
    assert (required, properties["audio"]["default"]) == ([], 3)
    assert "default" not in properties["uuid"]


def test_each_field_is_described_in_both_languages():
    properties, _ = fields(Told, Way.SENT)
    assert properties["uuid"]["description"] == "The leg."
    assert properties["uuid"]["x-description-zh"] == "话路的 uuid"


def test_a_field_that_nobody_describes_is_named():
    with pytest.raises(descriptions.NotDescribed, match=r"Unheard\.never_heard_of"):
        fields(Unheard, Way.SENT)


@pytest.mark.parametrize("pattern", [r"\A[0-9]+\Z", r"\A(?!/)(?!.*\.\.)[a-z/.]+\Z"])
def test_a_pattern_that_all_read_alike_is_anchored_for_all(pattern):
    assert ecma(pattern) == f"^{pattern[2:-2]}$"


@pytest.mark.parametrize(
    "pattern", [r"[0-9]+", r"^[0-9]+$", r"\A[0-9]++\Z", r"\A(?P<a>b)\Z", r"\A(?i)b\Z", r"\Aa\Zb\Z"]
)
def test_a_pattern_that_only_python_reads_so_is_refused(pattern):
    with pytest.raises(ValueError, match="ECMAScript"):
        ecma(pattern)
