"""Each field of each request meets each hostile value: refused by name, or kept as plain text."""

import importlib
import json
import pkgutil

import pytest

from esl_bridge import operations
from esl_bridge.config import Limits
from esl_bridge.errors import BadField
from esl_bridge.protocol.codec import Codec, Form
from esl_bridge.protocol.envelope import Request

LEG = {"uuid": "call-1"}
OPERATED = {"operated_agent_id": "90001_2", "operated_ext_id": "90001_2"}
NEEDED = {
    "answer": LEG,
    "call": {"callee_number": "13107618845"},
    "change_media": LEG,
    "change_status": {"action": "MAKE_FREE"},
    "checkin": {"agent_pwd": "secret"},
    "checkout": {},
    "consult": LEG | {"type": "1", "consult_type": "1", "consult_number": "131"},
    "consult_to_trans": {"consult_uuid": "call-2"},
    "directory": {},
    "dtmf": LEG | {"content": "12"},
    "eavesdrop": OPERATED,
    "force_call": OPERATED,
    "get_status": {},
    "get_token": {"agent_pwd": "secret"},
    "hangup": LEG,
    "hold": LEG | {"hold": "1"},
    "interrupt_call": OPERATED,
    "mute": LEG | {"mute": "1"},
    "ping": {},
    "play_record": {"file_path": "2026-01-01/a.wav"},
    "play_record_control": LEG | {"action": "pause"},
    "preview_out_call": {"callee_number": "131"},
    "record_control": LEG | {"action": "start"},
    "substitute": OPERATED,
    "team_status": {},
    "three_way": LEG | {"three_way_type": "1", "three_way_number": "131"},
    "toggle_service_mode": {"service_mode": 1},
    "trans": LEG | {"type": "1", "trans_type": "4", "trans_number": "131"},
    "whisper": OPERATED,
    "wrap_up": LEG | {"notes": "1"},
}
ENVELOPE = {"req_id": "1", "company_code": "90001", "agent_id": "90001_1"}
# Plain text that names nobody by itself: kept as it is, never sent to the switch.
FREE = {"req_id", "os", "token", "epoch", "agent_pwd", "aagent_pwd", "agent_ip"}
FREE |= {"work_order_id", "task_id", "number_id", "client_number", "current_times"}
FREE |= {"notes"}
FREE |= {"operated_agent_id", "operated_ext_id"}

OTHER_TYPES = [1.5, 1e300, [], ["1"], {}, {"a": 1}, [[]], -1000, 10**40]
TEXTS = [" ", "\t", "x" * 10_000, "x" * 1_000_000]
TEXTS += [f"a{each}" for each in "\0\r\n\x1c\x85\u2028\u202e;'\"`|,&<>()$\\{}[]^"]
TEXTS += ["a\r\nb", "%0A", "%25", "${system(id)}", "$${x}", "{a=b}", "[a=b]", "<a=b>"]
TEXTS += ["&system(id)", "^^:", "../", "１２３", "٣", "😀", "1\n", "\n1"]


def _requests() -> dict[str, type[Request]]:
    for module in pkgutil.iter_modules(operations.__path__, "esl_bridge.operations."):
        importlib.import_module(module.name)
    found, seen = {}, [Request]
    while seen:
        kinds = seen.pop().__subclasses__()
        seen += kinds
        found |= {str(kind.__struct_config__.tag): kind for kind in kinds}
    return {tag: kind for tag, kind in found.items() if "operations" in kind.__module__}


REQUESTS = _requests()
CODEC = Codec(REQUESTS, Limits().nesting)
FIELDS = [(tag, name) for tag in sorted(NEEDED) for name in REQUESTS[tag].__struct_fields__]


def understand(tag: str, **fields: object) -> Request:
    """Read the example of ``tag`` with ``fields`` in it; ``...`` takes a field out."""
    message = ENVELOPE | NEEDED[tag] | {"msg_type": tag} | fields
    message = {name: value for name, value in message.items() if value is not ...}
    return CODEC.request(CODEC.read(json.dumps(message).encode(), Form.JSON))


def culprit(tag: str, **fields: object) -> str | None:
    with pytest.raises(BadField) as refused:
        understand(tag, **fields)
    return refused.value.field


def is_required(tag: str, name: str) -> bool:
    return name in {**ENVELOPE, **NEEDED[tag]} and (tag, name) not in {
        ("ping", "req_id"),
        ("answer", "req_id"),
    }


def test_there_is_an_example_for_every_request():
    assert set(NEEDED) == set(REQUESTS)


@pytest.mark.parametrize("tag", NEEDED)
def test_the_required_fields_are_enough(tag):
    request = understand(tag)
    assert type(request) is REQUESTS[tag]
    assert (request.ext_id, request.os, request.token) == (None, "other", None)


@pytest.mark.parametrize(("tag", "name"), FIELDS)
def test_a_value_of_another_type_is_refused_by_name(tag, name):
    for value in OTHER_TYPES:
        assert culprit(tag, **{name: value}) == name, value


@pytest.mark.parametrize(("tag", "name"), FIELDS)
def test_a_hostile_text_is_refused_by_name_or_stays_plain_text(tag, name):
    for text in TEXTS:
        try:
            request = understand(tag, **{name: text})
        except BadField as error:
            assert error.field == name, text
        else:
            assert name in FREE, text
            assert getattr(request, name) == (text[:64] if name == "os" else text)


@pytest.mark.parametrize(("tag", "name"), FIELDS)
@pytest.mark.parametrize("nothing", [None, "", ...])
def test_null_is_refused_in_required_fields_and_absent_in_optional_ones(tag, name, nothing):
    if is_required(tag, name):
        assert culprit(tag, **{name: nothing}) == name
    else:
        assert understand(tag, **{name: nothing}) == understand(tag, **{name: ...})


@pytest.mark.parametrize(
    ("tag", "fields", "field"),
    [
        ("call", {"audio": 0}, "audio"),
        ("call", {"audio": 4}, "audio"),
        ("call", {"video": 4}, "video"),
        ("call", {"out_line": 3}, "out_line"),
        ("call", {"out_line": 2, "callee_number": "my room"}, "callee_number"),
        ("call", {"out_line": 2, "callee_number": "x" * 33}, "callee_number"),
        ("call", {"callee_number": "1" * 33}, "callee_number"),
        ("call", {"callee_number": "131a"}, "callee_number"),
        ("call", {"callee_number": "+"}, "callee_number"),
        ("call", {"max_ring_time": 0}, "max_ring_time"),
        ("call", {"max_ring_time": 301}, "max_ring_time"),
        ("call", {"max_call_time": 86_401}, "max_call_time"),
        ("call", {"max_call_time": "8h"}, "max_call_time"),
        ("call", {"pixels": "720p"}, "pixels"),
        ("call", {"record_suffix": "exe"}, "record_suffix"),
        ("change_media", {"audio": 0, "video": 0}, "audio"),
        ("change_status", {"rest_min": 0}, "rest_min"),
        ("change_status", {"rest_min": 481}, "rest_min"),
        ("change_status", {"action": "CHECKIN"}, "action"),
        ("checkin", {"start_status": "CALLING"}, "start_status"),
        ("checkin", {"agent_pwd": "x" * 129}, "agent_pwd"),
        ("dtmf", {"content": "12x;rm@9"}, "content"),
        ("dtmf", {"content": "1" * 33}, "content"),
        ("dtmf", {"dtmf_type": 2}, "dtmf_type"),
        ("trans", {"type": "4"}, "type"),
        ("trans", {"trans_type": "6"}, "trans_type"),
        ("trans", {"trans_type": "2", "trans_number": ""}, "trans_number"),
        ("play_record", {"file_path": "a/../../b"}, "file_path"),
        ("play_record", {"file_path": "/etc/passwd"}, "file_path"),
    ],
)
def test_a_value_outside_its_set_is_refused_by_name(tag, fields, field):
    assert culprit(tag, **fields) == field


@pytest.mark.parametrize(
    ("tag", "fields"),
    [
        ("call", {"out_line": 2, "callee_number": "morning-round_1"}),
        ("call", {"out_line": 0, "callee_number": "nobody; here"}),
        ("call", {"audio": 0, "video": 1}),
        ("call", {"max_ring_time": 300, "max_call_time": 86_400}),
        ("change_media", {"audio": 0}),
        ("checkin", {"agent_pwd": None, "token": "t"}),
        ("checkin", {"agent_ip": "172.0.18.20, ::1,fe80::1%eth0"}),
        ("consult", {"type": "2", "consult_type": "", "consult_number": ""}),
        ("dtmf", {"content": "0w1W9*#ABCD"}),
        ("get_token", {"agent_pwd": None, "aagent_pwd": "secret"}),
        ("trans", {"type": "3", "trans_type": "", "trans_number": "", "audio": 0}),
        ("trans", {"trans_type": "5", "trans_number": ""}),
    ],
)
def test_every_value_that_the_protocol_allows_is_understood(tag, fields):
    understand(tag, **fields)


@pytest.mark.parametrize(
    ("tag", "line", "name"),
    [
        ("call", {"out_line": 0}, "callee_number"),
        ("trans", {"trans_type": "1"}, "trans_number"),
        ("consult", {"consult_type": "0"}, "consult_number"),
        ("three_way", {"three_way_type": "0"}, "three_way_number"),
    ],
)
def test_a_target_of_any_name_is_refused_as_unknown(tag, line, name):
    request = understand(tag, **line, **{name: "90001_9; rm"})
    assert getattr(request, name) == "90001_9; rm"
