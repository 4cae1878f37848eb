"""The specification holds what the code registers, and its examples are messages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from docs.specification import asyncapi, descriptions, page, permits, wire
from esl_bridge.config import Limits
from esl_bridge.domain.call_phase import CallPhase
from esl_bridge.domain.states import Status
from esl_bridge.operations import CONNECTION_OPERATIONS, OPERATIONS
from esl_bridge.operations.change_status import StatusAction
from esl_bridge.protocol.codec import Codec, Form
from esl_bridge.protocol.envelope import REASONS, REASONS_BY_SOMEBODY
from esl_bridge.protocol.messages import Push
from esl_bridge.protocol.texts import CATALOGUES, Language
from esl_bridge.runtime.requests import REQUESTS
from tests.specified import validate_push, validate_reply, validate_request

DOCUMENT = asyncapi.document()
MESSAGES = DOCUMENT["components"]["messages"]
OPERATION_DOCS = DOCUMENT["operations"]
PERMITS = permits.document()


def example(name: str):
    [only] = MESSAGES[name]["examples"]
    return only["payload"]


def _subclasses(kind: type) -> set[type]:
    return {kind} | {each for child in kind.__subclasses__() for each in _subclasses(child)}


def test_every_request_and_every_push_is_specified():
    received = {name for name, one in OPERATION_DOCS.items() if one["action"] == "receive"}
    sent = {name for name, one in OPERATION_DOCS.items() if one["action"] == "send"}
    assert received == set(REQUESTS)
    pushes = {str(each.__struct_config__.tag) for each in _subclasses(Push) - {Push}}
    assert sent >= pushes | {"connect", "gap"}
    assert len(wire.exchanges()) == len(OPERATIONS) + len(CONNECTION_OPERATIONS)


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_the_example_of_a_request_is_one_to_the_service_too(name):
    validate_request(example(name))
    codec = Codec(REQUESTS, Limits().nesting)
    request = codec.request(codec.read(json.dumps(example(name)).encode(), Form.JSON))
    assert type(request) is REQUESTS[name]


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_the_examples_of_replies_are_replies(name):
    validate_reply(example(f"{name}_reply"))
    for message in OPERATION_DOCS[name]["reply"]["messages"]:
        validate_reply(example(message["$ref"].rpartition("/")[2]))


@pytest.mark.parametrize("name", sorted(wire.pushes()))
def test_the_example_of_a_push_is_one(name):
    validate_push(example(name))


def test_nothing_is_described_that_is_not_there():
    names = {*REQUESTS, *wire.pushes()}
    assert descriptions.keys_of_messages() - names == set()
    structs, fields = _structs_and_fields()
    for key in descriptions.keys_of_fields():
        struct, _, field = key.rpartition(".")
        assert field in fields and (not struct or struct in structs), key


def _structs_and_fields() -> tuple[set[str], set[str]]:
    from esl_bridge.protocol import envelope, messages

    kinds: set[type] = set(wire.pushes().values())
    for exchange in wire.exchanges():
        kinds |= {exchange.request, exchange.reply, exchange.refused or exchange.reply}
    for module in (envelope, messages):
        kinds |= {
            kind
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
        }
    structs = {base.__name__ for kind in kinds for base in kind.__mro__}
    schemas = DOCUMENT["components"]["schemas"].values()
    return structs, {name for schema in schemas for name in schema["properties"]}


def test_every_field_of_every_schema_is_described_in_both_languages():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for field, value in schema["properties"].items():
            assert value["description"] and value["x-description-zh"], (name, field)


def test_every_code_has_its_texts():
    assert set(DOCUMENT["x-codes"]) == set(CATALOGUES[Language.ENGLISH])


def test_a_reply_is_tied_to_its_request_by_req_id():
    assert OPERATION_DOCS["hold"]["reply"]["messages"] == [
        {"$ref": "#/channels/agent/messages/hold_reply"},
        {"$ref": "#/channels/agent/messages/hold_refusal"},
    ]
    assert OPERATION_DOCS["eavesdrop"]["reply"]["messages"][0] == {
        "$ref": "#/channels/agent/messages/eavesdrop_reply"
    }
    for name in ("hold", "hold_reply", "hold_refusal", "refusal", "callback"):
        assert MESSAGES[name]["correlationId"] == {"$ref": "#/components/correlationIds/request"}


def test_every_request_is_permitted_or_refused_in_every_stage():
    stages = [stage.value for stage in CallPhase]
    assert PERMITS["stages"] == stages
    for request, row in PERMITS["requests"].items():
        assert request.split()[0] in REQUESTS
        assert list(row) == stages
        assert set(row.values()) <= {"ok", "done", "4016", "4103"}
    for row in PERMITS["statuses"].values():
        assert list(row) == [status.value for status in Status]


def test_each_request_has_its_row():
    rows = {request.split()[0] for request in PERMITS["requests"]}
    # Its actions have rows of their own.
    assert PERMITS["statuses"].keys() == {action.value for action in StatusAction}
    # Neither is carried out yet.
    assert rows == REQUESTS.keys() - {"change_status", "play_record", "play_record_control"}


def test_permits_say_what_the_tables_say():
    assert PERMITS["requests"]["hold 1"]["HOLD"] == "done"
    assert PERMITS["requests"]["hold 1"]["MANUAL"] == "4016"
    assert PERMITS["requests"]["whisper"]["MANUAL"] == "ok"
    assert PERMITS["operated"]["substitute"] == ["RINGING_OFFERED", "TALK", "HOLD"]
    assert PERMITS["statuses"]["MAKE_BUSY"]["FREE"] == "BUSY"
    assert PERMITS["statuses"]["MAKE_BUSY"]["BUSY"] == "same"
    assert PERMITS["statuses"]["MAKE_BUSY"]["CALLING"] == "4103"
    assert PERMITS["statuses"]["MAKE_BUSY_AFTER_CALL_STOP"]["CALLING"] == "after_call"
    assert PERMITS["statuses"]["CHECKOUT"]["OFFLINE"] == "4009"


def test_the_page_escapes_all_text():
    document = asyncapi.document()
    document["components"]["messages"]["call"]["summary"] = "<script>alert(1)</script>"
    text = page.page(document, PERMITS)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_files_are_in_the_repository():
    folder = Path(asyncapi.__file__).parents[1] / "protocol"
    assert {"asyncapi.json", "messages.d.ts", "permits.json"} <= {
        file.name for file in folder.iterdir()
    }


def test_the_reasons_of_a_change_are_those_of_the_document():
    page = Path(asyncapi.__file__).parents[1] / "protocol" / "STATES.md"
    _, _, section = page.read_text("utf-8").partition("## `reason` of `agent_change`")
    said = re.findall(r"`([A-Z_]+)(:<agent>)?`", section.partition("## Sub-status")[0])
    assert {reason for reason, by in said if not by} == set(REASONS)
    assert {reason for reason, by in said if by} == set(REASONS_BY_SOMEBODY)
