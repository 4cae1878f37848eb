"""Events as values, and that nothing a caller writes becomes anything but text."""

import json

import pytest

from benchmarks import recorded
from esl_bridge.esl import decoding, events
from esl_bridge.esl.events import (
    ByeSent,
    EavesdropStarted,
    LegAnswered,
    LegEnded,
    LegHeld,
    LegParked,
    LegReinvited,
    LegReplaced,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    LegUuidChanged,
    OriginateEnded,
    OriginateFailed,
    PasswordRefused,
    PlaybackStarted,
    PlaybackStopped,
    QueueEntered,
    QueueOffered,
    RecordStarted,
    RecordStopped,
    Registered,
    RoomEntered,
    RoomLeft,
    Unregistered,
)
from esl_bridge.esl.headers import UnreadableEvent

LEG = {"Unique-ID": "leg-1"}
PAIR = {"Unique-ID": "x", "Bridge-A-Unique-ID": "leg-1", "Bridge-B-Unique-ID": "leg-2"}
SOUND = LEG | {"Playback-File-Path": "local_stream://moh"}
ROOM = LEG | {"Conference-Name": "r.90001"}
RECORDED = LEG | {
    "Record-File-Path": "/r/a.mp3",
    "variable_record_ms": "1500",
    "Record-Completion-Cause": "success-silence",
}
ASKED = "{^^;origination_uuid=call-1;a=b}user/1@d '&park()'"
JOB = {"Job-Command": "originate", "Job-Command-Arg": ASKED}


def decode(name: str, **headers: object) -> events.AnyEvent | None:
    return decoding.decode(json.dumps({"Event-Name": name} | headers).encode())


def custom(subclass: str, **headers: object) -> events.AnyEvent | None:
    kind = {"Event-Subclass": subclass, "Event-Name": "CUSTOM"}  # in the switch's order
    return decoding.decode(json.dumps(kind | headers).encode())


EACH = {
    "MEDIA_BUG_START": (LEG | {"Media-Bug-Function": "eavesdrop"}, EavesdropStarted("leg-1")),
    "CHANNEL_PROGRESS": (LEG, LegRings("leg-1")),
    "CHANNEL_PROGRESS_MEDIA": (LEG, LegRings("leg-1", early=True)),
    "CHANNEL_ANSWER": (LEG, LegAnswered("leg-1")),
    "CHANNEL_BRIDGE": (PAIR, LegsBridged("leg-1", "leg-2")),
    "CHANNEL_UNBRIDGE": (PAIR, LegsUnbridged("leg-1", "leg-2")),
    "CHANNEL_HOLD": (LEG, LegHeld("leg-1")),
    "CHANNEL_UNHOLD": (LEG, LegUnheld("leg-1")),
    "CHANNEL_HANGUP": (
        LEG | {"Hangup-Cause": "USER_BUSY", "variable_sip_term_status": "486"},
        LegEnded("leg-1", "USER_BUSY", 486),
    ),
    "CHANNEL_HANGUP_COMPLETE": (LEG, ByeSent("leg-1")),
    "PLAYBACK_START": (SOUND, PlaybackStarted("leg-1", "local_stream://moh")),
    "PLAYBACK_STOP": (SOUND, PlaybackStopped("leg-1", "local_stream://moh")),
    "RECORD_START": (LEG | {"Record-File-Path": "/r/a.mp3"}, RecordStarted("leg-1", "/r/a.mp3")),
    "RECORD_STOP": (RECORDED, RecordStopped("leg-1", "/r/a.mp3", 1500, stored=True)),
    "BACKGROUND_JOB": (
        JOB | {"_body": "-ERR NO_ANSWER\n"},
        OriginateFailed("call-1", "NO_ANSWER"),
    ),
    "CHANNEL_PARK": (
        LEG
        | {
            "Answer-State": "answered",
            "Caller-Caller-ID-Number": "131",
            "variable_esl_bridge_company": "90001",
            "variable_esl_bridge_role": "customer",
            "variable_esl_bridge_number": "40010002",
            "variable_esl_bridge_extension": "e",
            "variable_esl_bridge_dialled": "d",
            "variable_esl_bridge_flow_data": '{"a": 1}',
            "variable_esl_bridge_work_order_id": "wo",
        },
        LegParked(
            "leg-1",
            company="90001",
            role="customer",
            number="40010002",
            extension="e",
            dialled="d",
            caller_number="131",
            flow_data='{"a": 1}',
            work_order_id="wo",
            answered=True,
        ),
    ),
}
EACH_CUSTOM = {
    "sofia::register": ({"from-user": "90001_1", "username": "90001_1"}, Registered("90001_1")),
    "sofia::unregister": ({"from-user": "90001_1"}, Unregistered("90001_1")),
    "sofia::expire": ({"user": "90001_1", "host": "d"}, Unregistered("90001_1", "d")),
    "sofia::register_failure": (
        {"to-user": "90001_1", "network-ip": "192.0.2.9"},
        PasswordRefused("90001_1", "192.0.2.9"),
    ),
    "sofia::reinvite": (LEG, LegReinvited("leg-1")),
    "callcenter::info": (
        LEG
        | {
            "CC-Action": "member-queue-start",
            "Caller-Caller-ID-Number": "131",
            "variable_esl_bridge_company": "90001",
            "variable_esl_bridge_number": "40010002",
            "variable_esl_bridge_flow_data": '{"a": 1}',
            "variable_esl_bridge_work_order_id": "wo",
        },
        QueueEntered("leg-1", "90001", "40010002", "131", '{"a": 1}', "wo"),
    ),
    "conference::maintenance": (ROOM | {"Action": "add-member"}, RoomEntered("leg-1", "r.90001")),
}


@pytest.mark.parametrize("name", EACH)
def test_each_event_is_read(name):
    headers, event = EACH[name]
    assert decode(name, **headers) == event


def test_an_event_is_read_wherever_its_name_stands():
    """Where the name comes first, as the switch has it, only what is looked at is read."""
    bodies = [event.body for event in recorded.events(recorded.JSON)]
    first, anywhere = (
        [decoding.decode(begin + body.removeprefix(b"{")) for body in bodies]
        for begin in (b"{", b'{"X":"",')
    )
    assert first == anywhere
    assert len({type(event) for event in first}) > 6


FORGED = {"Caller-Name": ',"Unique-ID":"forged"', ',"Unique-ID': "forged"}


@pytest.mark.parametrize("name", ["CHANNEL_HANGUP_COMPLETE", "CHANNEL_HOLD"])
@pytest.mark.parametrize("leg", ["leg-1", 'leg "1"', "leg-\u00e9", "a.b"])
def test_a_callers_text_is_not_taken_for_the_leg(name, leg):
    """As the switch writes it, where the leg alone is looked for, and not the whole event read."""
    said = {"Event-Name": name, **FORGED, "Unique-ID": leg}
    body = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    assert decoding.decode(body.encode()).leg == leg


@pytest.mark.parametrize(
    ("flow", "video"), [("sendrecv", 3), ("sendonly", 1), ("recvonly", 2), ("inactive", 0), ("", 0)]
)
def test_an_answer_reports_the_phones_video(flow, video):
    answer = decode("CHANNEL_ANSWER", **LEG, variable_remote_video_media_flow=flow)
    assert answer == LegAnswered("leg-1", video)


@pytest.mark.parametrize("name", EACH_CUSTOM)
def test_each_custom_event_is_read(name):
    headers, event = EACH_CUSTOM[name]
    assert custom(name, **headers) == event


@pytest.mark.parametrize("barges", [False, True])
def test_an_answer_reports_a_caller_that_replaces_a_leg(barges):
    asks = {
        "Unique-ID": "intruder",
        "Call-Direction": "inbound",
        "variable_sip_replaces_call_id": "leg-1",
        "Caller-Network-Addr": "192.0.2.9",
    }
    said = {"variable_sip_call_info": ["<sip:x@y>;appearance-index=1"]} if barges else {}
    expected = LegReplaced("leg-1", "intruder", "", "192.0.2.9", barges)
    assert decode("CHANNEL_ANSWER", **asks, **said) == expected


def test_the_subscription_has_exactly_the_known_events():
    names = decoding.SUBSCRIPTION.split()
    at = names.index("CUSTOM")
    assert set(names[:at]) == EACH.keys()
    assert set(names[at + 1 :]) == EACH_CUSTOM.keys()
    assert tuple(names) == decoding.ALLOWED_EVENTS[:-1]


def test_the_announcements_of_other_daemons_have_their_own_subscription():
    """As a switch tells it (1.11.3): the sender's headers come first."""
    assert f"CUSTOM {decoding.ALLOWED_EVENTS[-1]}" == decoding.OTHERS
    body = (
        b'{"Event-Subclass":"esl_bridge::serving","Command":"sendevent CUSTOM",'
        b'"Serving-Daemon":"abc","Serving-Companies":"90001 90002","Serving-Seconds":"15",'
        b'"Event-UUID":"90f0186c-36f4-495b-866f-a730faeec574","Event-Name":"CUSTOM"}'
    )
    assert decoding.decode(body) == events.DaemonServes("abc", ("90001", "90002"), 15)


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("HEARTBEAT", {}),
        ("CHANNEL_CREATE", LEG),
        ("CUSTOM", {"Event-Subclass": "sofia::gateway_state"}),
        ("CUSTOM", {}),
        ("", LEG),
        ("CUSTOM", LEG | {"Event-Subclass": "callcenter::info", "CC-Action": "members-count"}),
        ("CUSTOM", ROOM | {"Event-Subclass": "conference::maintenance", "Action": "start-talking"}),
    ],
)
def test_an_event_without_use_is_ignored(name, headers):
    assert decode(name, **headers) is None


OFFER = LEG | {
    "Caller-Caller-ID-Number": "131",
    "variable_cc_side": "agent",
    "variable_cc_member_session_uuid": "customer",
    "variable_esl_bridge_company": "90001",
    "variable_esl_bridge_agent": "90001_1",
}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("CHANNEL_PROGRESS", {}),
        ("CHANNEL_PROGRESS_MEDIA", {"early": True}),
        ("CHANNEL_ANSWER", {"answered": True}),
    ],
)
def test_a_leg_that_a_queue_set_up_is_an_offer(name, how):
    assert decode(name, **OFFER) == QueueOffered(
        "leg-1", "90001", "90001_1", "customer", "131", **how
    )


def test_a_customer_in_a_queue_is_no_offer():
    member = LEG | {"variable_cc_side": "member"}
    assert decode("CHANNEL_ANSWER", **member) == LegAnswered("leg-1")


def test_leaving_a_room_is_read():
    left = custom("conference::maintenance", **ROOM, Action="del-member")
    assert left == RoomLeft("leg-1", "r.90001")


@pytest.mark.parametrize(
    "headers",
    [
        {"variable_record_ms": "0"},
        {"variable_record_ms": "-1"},
        {"variable_record_ms": "many"},
        {"variable_record_ms": ""},
        {"Record-Completion-Cause": "input-stream-failed"},
        {"Record-Completion-Cause": ""},
    ],
)
def test_an_empty_recording_counts_as_not_stored(headers):
    event = decode("RECORD_STOP", **RECORDED | headers)
    assert isinstance(event, RecordStopped)
    assert not event.stored


# -- the end of an originate ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ("-ERR USER_BUSY\n", OriginateFailed("call-1", "USER_BUSY")),
        ("-ERR USER_BUSY", OriginateFailed("call-1", "USER_BUSY")),
        ("-ERR", OriginateFailed("call-1", "")),
        ("+OK call-1\n", OriginateEnded("call-1")),
        ("+OK 7c5a0d1e\n", LegUuidChanged("call-1", "7c5a0d1e")),
        ("", OriginateEnded("call-1")),
        ("something else", OriginateEnded("call-1")),
    ],
)
def test_the_end_of_an_originate_is_read(body, event):
    assert decode("BACKGROUND_JOB", **JOB, _body=body) == event


@pytest.mark.parametrize("command", ["uuid_bridge", "", "originate2"])
def test_jobs_of_other_commands_are_ignored(command):
    headers = {"Job-Command": command, "Job-Command-Arg": ASKED, "_body": "-ERR x\n"}
    assert decode("BACKGROUND_JOB", **headers) is None


# -- what callers write -----------------------------------------------------------------------

BREAKS = ["\n", "\r\n", "\n\n", "\r", "\x85", "\u2028", "\0", "\x1c"]


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_a_line_break_in_a_name_adds_no_header(line_break):
    forged = line_break.join(["x", "Unique-ID: forged", "Hangup-Cause: FORGED", ""])
    event = decode(
        "CHANNEL_HANGUP",
        **{
            "Caller-Caller-ID-Name": forged,
            "Unique-ID": "leg-1",
            "Hangup-Cause": "NORMAL_CLEARING",
            "variable_sip_from_display": forged,
            "Caller-Orig-Caller-ID-Name": forged,
        },
    )
    assert event == LegEnded("leg-1", "NORMAL_CLEARING")


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_a_line_break_in_a_number_is_removed(line_break):
    number = line_break.join(["13", "", "api status"])
    headers = EACH["CHANNEL_PARK"][0] | {"Caller-Caller-ID-Number": number}
    event = decode("CHANNEL_PARK", **headers)
    assert (event.leg, event.caller_number) == ("leg-1", "13api status")


NUMBERS = {
    "long": ("9" * 40_000, "9" * 64),
    "turned round": ("13\u202e10\u2066\u200f7", "13107"),
    "unseen": ("13\u200b1\ufeff0\x7f\x00\x9b", "1310"),
    "letters": ("+86 (0)10 赵", "+86 (0)10 赵"),
    "none": ("", "anonymous"),
    "nothing to be seen": ("\n\u202e ", "anonymous"),
}


@pytest.mark.parametrize("kind", ["CHANNEL_PARK", "callcenter::info", "CHANNEL_PROGRESS"])
@pytest.mark.parametrize(("number", "told"), NUMBERS.values(), ids=NUMBERS)
def test_only_the_printable_part_of_a_callers_number_is_kept(kind, number, told):
    assert caller_told(kind, number) == told


@pytest.mark.parametrize("kind", ["CHANNEL_PARK", "callcenter::info", "CHANNEL_PROGRESS"])
def test_a_withheld_number_is_anonymous(kind):
    assert caller_told(kind, "13107618845", "true") == "anonymous"
    assert caller_told(kind, "13107618845", "false") == "13107618845"


def caller_told(kind, number, withheld=None):
    """From one event of each that tells who calls."""
    also = {"Caller-Caller-ID-Number": number, "variable_cc_side": "agent"}
    if withheld:
        also["Caller-Privacy-Hide-Number"] = withheld
    name = "CUSTOM" if "::" in kind else kind
    also |= {"Event-Subclass": kind, "CC-Action": "member-queue-start"} if "::" in kind else {}
    return decode(name, **{"Unique-ID": "l", **also}).caller_number


@pytest.mark.parametrize("junk", [b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"])
def test_bytes_that_are_not_utf_8_are_replaced(junk):
    body = (
        b'{"Event-Name":"CHANNEL_HANGUP","Caller-Caller-ID-Name":"' + junk + b'",'
        b'"Unique-ID":"leg-1","Hangup-Cause":"USER_BUSY"}'
    )
    assert decoding.decode(body) == LegEnded("leg-1", "USER_BUSY")


def test_the_first_value_of_a_repeated_variable_counts():
    headers = {"Unique-ID": "leg-1", "Hangup-Cause": ["USER_BUSY", "FORGED"]}
    assert decode("CHANNEL_HANGUP", **headers) == LegEnded("leg-1", "USER_BUSY")
    twice = {"variable_sip_h_X-a": ["1", "Unique-ID: forged"]}
    assert decode("CHANNEL_ANSWER", **LEG, **twice) == LegAnswered("leg-1")


@pytest.mark.parametrize("value", [None, 1, True, {}, {"a": 1}, [], [[]], [{}], 1e300])
def test_a_value_that_is_not_text_counts_as_absent(value):
    event = decode("CHANNEL_HANGUP", **LEG, **{"Hangup-Cause": value})
    assert event == LegEnded("leg-1", "")


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
def test_deep_nesting_is_unreadable_at_worst(depth):
    body = b'{"Event-Name":"CHANNEL_ANSWER","Unique-ID":"leg-1","x":' + b"[" * depth + b"]" * depth
    try:
        event = decoding.decode(body + b"}")
    except UnreadableEvent:
        return
    assert event == LegAnswered("leg-1")


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b'"x"', b"null", b"{", b"\xff", b"not json"])
def test_an_event_that_is_not_a_json_object_is_unreadable(body):
    with pytest.raises(UnreadableEvent):
        decoding.decode(body)


def test_text_of_an_event_can_be_encoded_again():
    """A lone surrogate would be read here, and fail where a push is encoded."""
    body = b'{"Event-Name":"CHANNEL_PARK","Unique-ID":"l","Caller-Caller-ID-Number":"1\\ud800"}'
    event = decoding.decode(body)
    assert isinstance(event, LegParked)
    event.caller_number.encode()
