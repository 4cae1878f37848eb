"""From bytes to a request: what is read, what is refused, and what is tolerated."""

import json
import time

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esl_bridge.errors import BadField, BadMsgType, Malformed
from esl_bridge.operations.call import CallRequest
from esl_bridge.operations.checkin import CheckinRequest
from esl_bridge.operations.get_status import GetStatusReply
from esl_bridge.operations.hold import HoldReply
from esl_bridge.protocol import codec as codecs
from esl_bridge.protocol.codec import Codec, Envelope, Form
from esl_bridge.protocol.envelope import OutLine, Pixels, RecordStart
from esl_bridge.protocol.tolerance import Tolerance

ENVELOPE = {"req_id": "1", "company_code": "90001", "agent_id": "90001_1"}
CALL = ENVELOPE | {"msg_type": "call", "callee_number": "13107618845"}
TRANS = ENVELOPE | {"msg_type": "trans", "uuid": "call-1"}
HOLD = ENVELOPE | {"msg_type": "hold", "uuid": "call-1", "hold": "1"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def understand(codec: Codec, message: object, form: Form = Form.JSON):
    data = json.dumps(message).encode() if form is Form.JSON else msgpack.packb(message)
    return codec.request(codec.read(data, form))


def culprit(codec: Codec, message: object) -> str | None:
    with pytest.raises(BadField) as refused:
        understand(codec, message)
    return refused.value.field


# What is no message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"[]",
        b"1",
        b'"call"',
        b"null",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": 1e400}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\n"}',
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        "{}".encode("utf-16"),
    ],
)
def test_a_message_that_is_not_a_json_object_is_malformed(codec, data):
    with pytest.raises(Malformed) as refused:
        codec.read(data, Form.JSON)
    assert (refused.value.req_id, refused.value.msg_type) == ("", "")


@pytest.mark.parametrize("end", [b"", b"\\", b"\\\n", b"\n"])
def test_an_unterminated_text_of_quotes_is_read_in_linear_time(codec, end):
    data = b'{"a":' + b"[" * 40 + b'"' + b'\\"' * 32_000 + end
    began = time.process_time()
    with pytest.raises(Malformed):
        codec.read(data, Form.JSON)
    assert time.process_time() - began < 1.0  # each tried as a beginning: half a minute


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x90",
        b"\x01",
        b"\xc0",
        b"\xc1",
        b"\x80\x80",
        b"\x81",
        b"\x81\xa1a",
        b"\x81\x01\x01",
        b"\x81\xa1a\xa1\xff",
        b"\x82\xa1a\x01\xa1a\x02",
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\x81\xa1a\xd6\xff",
        b"\x81\xa1a\xc7\x01\xff\x00",
        b"\x81\xa1a" + b"\x91" * 5_000,
    ],
)
def test_a_message_that_is_not_a_msgpack_map_is_malformed(codec, data):
    with pytest.raises(Malformed):
        codec.read(data, Form.MSGPACK)


@given(st.binary(), st.sampled_from(Form))
def test_any_bytes_are_a_message_or_malformed(codec, data, form):
    try:
        envelope = codec.read(data, form)
    except Malformed:
        return
    with pytest.raises(BadMsgType):
        codec.request(envelope)


@pytest.mark.parametrize(
    "text",
    ['{"req_id": "7", "msg_type": " call", }', '{"req_id": "7", "msg_type": "call"'],
)
def test_the_readable_fields_of_a_malformed_message_are_kept(codec, text):
    with pytest.raises(Malformed) as refused:
        codec.read(text.encode(), Form.JSON)
    assert (refused.value.req_id, refused.value.msg_type) == ("7", "call")


def test_a_repetitive_malformed_text_is_read_quickly(codec):
    with pytest.raises(Malformed):
        codec.read(b'{"req_id":"\\' * 5_000, Form.JSON)


@pytest.mark.parametrize(
    "text",
    [
        '{"req_id": "7", "agent_id": "a", "agent_id": "b"}',
        '{"req_id": "7", "x": {"y": 1, "y": 2}}',
        '{"req_id" : "7", "\\u0061" : 1, "a" : 2}',
    ],
)
def test_a_repeated_key_is_refused(codec, text):
    with pytest.raises(Malformed) as refused:
        codec.read(text.encode(), Form.JSON)
    assert refused.value.req_id == "7"


def test_a_colon_inside_a_text_starts_no_value(codec):
    checkin = ENVELOPE | {"msg_type": "checkin", "agent_pwd": "a:b:c", "agent_ip": "::1"}
    request = understand(codec, checkin)
    assert isinstance(request, CheckinRequest)
    assert request.agent_ip == "::1"


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("container", [lambda inner: [inner], lambda inner: {"x": inner}])
def test_thirty_two_levels_are_accepted_and_thirty_three_are_not(codec, form, container):
    def nested(levels: int) -> object:
        return container(nested(levels - 1)) if levels else 1

    understand(codec, CALL | {"unknown": nested(31)}, form)
    with pytest.raises(Malformed):
        understand(codec, CALL | {"unknown": nested(32)}, form)


# What the envelope says


@given(json_values)
def test_the_envelope_of_a_reply_has_texts_only(codec, value):
    data = msgspec.json.encode({"req_id": value, "msg_type": value, "agent_id": value})
    try:
        envelope = codec.read(data, Form.JSON)
    except Malformed:
        return
    assert all(isinstance(text, str) for text in (envelope.req_id, envelope.msg_type))


@pytest.mark.parametrize("msg_type", ["", "CALL", "c all", "__proto__", "callback", None, 1, []])
def test_an_unknown_msg_type_is_reported_as_unknown(codec, msg_type):
    envelope = codec.read(json.dumps(CALL | {"msg_type": msg_type}).encode(), Form.JSON)
    assert envelope.req_id == "1"
    with pytest.raises(BadMsgType):
        codec.request(envelope)


def test_a_missing_msg_type_is_reported_as_unknown(codec):
    with pytest.raises(BadMsgType):
        understand(codec, ENVELOPE)


@pytest.mark.parametrize("msg_type", [" call", "call ", "\tcall "])
def test_blanks_around_msg_type_are_stripped(codec, msg_type):
    assert understand(codec, CALL | {"msg_type": msg_type}) == understand(codec, CALL)


# What is tolerated


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ({"out_line": "0", "callee_number": "a"}, {"out_line": OutLine.AGENT}),
        ({"out_line": " 1 "}, {"out_line": OutLine.OUTSIDE}),
        ({"audio": "1", "video": " 3"}, {"audio": 1, "video": 3}),
        ({"callee_number": 13107618845}, {"callee_number": "13107618845"}),
        ({"pixels": 720}, {"pixels": Pixels.P720}),
        ({"pixels": " 720"}, {"pixels": Pixels.P720}),
        ({"record_start": " RING "}, {"record_start": RecordStart.RING}),
        ({"max_ring_time": "300"}, {"max_ring_time": 300}),
        ({"agent_id": 900011, "company_code": 90001}, {"agent_id": "900011"}),
        ({"req_id": 5}, {"req_id": "5"}),
        ({"os": ""}, {"os": "other"}),
        ({"os": None}, {"os": "other"}),
        ({"os": "x" * 65}, {"os": "x" * 64}),
        ({"os": 11}, {"os": "11"}),
        ({"ext_id": ""}, {"ext_id": None}),
        ({"work_order_id": 17}, {"work_order_id": "17"}),
        ({"is_video": "0", "file_name": {"a": [1]}}, {}),
    ],
)
def test_the_messages_of_real_clients_are_understood(codec, form, sent, meant):
    request = understand(codec, CALL | sent, form)
    assert {name: getattr(request, name) for name in meant} == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        *((coat, True) for coat in (True, 1, "1", "true")),
        *((coat, False) for coat in (False, 0, "0", "false", "", None)),
    ],
)
def test_a_boolean_is_read_in_each_tolerated_form(codec, sent, meant):
    assert understand(codec, CALL | {"is_stereo": sent}).is_stereo is meant


@pytest.mark.parametrize("sent", ["2", 2, -1, 1.0, "yes", "True", " 1", [], {}])
def test_other_forms_of_a_boolean_are_refused(codec, sent):
    assert culprit(codec, CALL | {"is_stereo": sent}) == "is_stereo"


@pytest.mark.parametrize("sent", ["1", 1, True, "true", " 1"])
def test_each_tolerated_form_of_on_is_read(codec, sent):
    assert understand(codec, HOLD | {"hold": sent}).hold == "1"


@pytest.mark.parametrize("sent", ["", None, "2", 2, "on", 1.0, []])
def test_other_forms_of_on_and_off_are_refused(codec, sent):
    assert culprit(codec, HOLD | {"hold": sent}) == "hold"


@pytest.mark.parametrize(
    "sent", ["MAKE_ ARRANGE", "MAKE_ARRANGE", " MAKE_ARRANGE", "MAKE _ ARRANGE"]
)
def test_blanks_inside_an_action_are_removed(codec, sent):
    message = ENVELOPE | {"msg_type": "change_status", "action": sent}
    assert understand(codec, message).action == "MAKE_ARRANGE"


@pytest.mark.parametrize("sent", ["CHECKIN", "make_free", "MAKE\nFREE", "", None, 1])
def test_any_other_action_is_refused(codec, sent):
    message = ENVELOPE | {"msg_type": "change_status", "action": sent}
    assert culprit(codec, message) == "action"


@pytest.mark.parametrize("msg_type", ["ping", "answer", "pickup"])
def test_req_id_may_be_absent_in_some_requests(codec, msg_type):
    message = {"msg_type": msg_type, "company_code": "c", "agent_id": "a", "uuid": "u"}
    assert understand(codec, message).req_id == ""
    assert understand(codec, message | {"req_id": None}).req_id == ""


def test_req_id_may_not_be_absent_elsewhere(codec):
    message = {name: value for name, value in CALL.items() if name != "req_id"}
    assert culprit(codec, message) == "req_id"
    assert culprit(codec, CALL | {"req_id": ""}) == "req_id"


def test_pickup_is_read_as_answer_and_answered_as_pickup(codec):
    message = ENVELOPE | {"msg_type": "pickup", "uuid": "call-1"}
    envelope = codec.read(json.dumps(message).encode(), Form.JSON)
    assert codec.request(envelope) == understand(codec, message | {"msg_type": "answer"})
    assert codecs.reply(envelope, "0", "ok")["msg_type"] == "pickup"


@pytest.mark.parametrize(
    "sent",
    [
        {"audio": 3.0},
        {"audio": True},
        {"audio": "+3"},
        {"audio": "３"},
        {"audio": "1" * 5_000},
        {"audio": [3]},
        {"max_ring_time": " 60"},
        {"max_ring_time": "60\n"},
        {"max_ring_time": "8h"},
        {"pixels": 480.0},
        {"company_code": " 90001"},
        {"company_code": -90001},
        {"company_code": 10**40},
        {"agent_id": "90001_1\n"},
        {"agent_id": True},
        {"callee_number": " 13107618845"},
        {"record_suffix": "MP3"},
        {"record_start": "RI NG"},
    ],
)
def test_no_other_deviation_is_tolerated(codec, sent):
    assert culprit(codec, CALL | sent) == next(iter(sent))


COATS = [None, "", " ", "0", "1", " 1", "3\n", 0, 1, 3, 3.0, -1, 10**30, True, "true", "480"]
COATS += ["RING", " RING", "wav", "x" * 65, "90001", "a b", [], {}]
any_call = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(CallRequest.__struct_fields__, st.sampled_from(COATS))
)


@given(any_call)
def test_a_valid_value_is_never_coerced(codec, sent):
    """The short way, straight to the class, gives what the tolerant way would have given."""
    message = CALL | sent
    try:
        short = msgspec.convert(message, CallRequest)
    except (msgspec.ValidationError, BadField):
        return
    assert msgspec.convert(Tolerance(CallRequest).read(message), CallRequest) == short


# What goes out


@pytest.mark.parametrize(
    ("form", "read"), [(Form.JSON, json.loads), (Form.MSGPACK, msgpack.unpackb)]
)
def test_a_reply_repeats_the_envelope_and_adds_its_fields(form, read):
    envelope = Envelope(req_id="1", msg_type="hold", company_code="c", agent_id="a")
    message = read(codecs.encode(codecs.reply(envelope, "4103", "no", HoldReply(hold="0")), form))
    assert list(message.items()) == [
        ("req_id", "1"),
        ("msg_type", "hold"),
        ("company_code", "c"),
        ("agent_id", "a"),
        ("code", "4103"),
        ("msg", "no"),
        ("hold", "0"),
    ]


def test_a_field_that_does_not_apply_is_not_sent():
    own_leg = GetStatusReply(
        status="FREE",
        in_call_numbers=(),
        legs=(),
        since_ms=1,
        now_ms=7,
    )
    message = codecs.reply(Envelope(msg_type="get_status"), "0", "", own_leg)
    assert "sub_status" not in message
    assert message["in_call_numbers"] == ()


def test_a_ping_is_answered_by_pong_and_an_unknown_type_by_its_name():
    assert codecs.reply(Envelope(msg_type="ping"), "0", "")["msg_type"] == "pong"
    assert codecs.reply(Envelope(msg_type="nonsense"), "4014", "")["msg_type"] == "nonsense"


@pytest.mark.parametrize("type_", ["3", 3, " 3 "])
def test_a_cancelled_transfer_needs_no_other_fields(codec, type_):
    request = understand(codec, TRANS | {"type": type_, "max_ring_time": 0, "trans_type": "?"})
    assert (request.uuid, request.type, request.trans_type) == ("call-1", "3", None)


def test_a_cancelled_transfer_names_its_leg(codec):
    assert culprit(codec, TRANS | {"type": "3", "uuid": "", "max_ring_time": 0}) == "uuid"
    assert culprit(codec, TRANS | {"type": "1", "max_ring_time": 0}) == "max_ring_time"


def test_a_cancelled_consult_needs_no_other_fields(codec):
    ended = ENVELOPE | {"msg_type": "consult", "uuid": "call-1", "type": "2"}
    assert understand(codec, ended | {"consult_type": "7"}).consult_type is None
