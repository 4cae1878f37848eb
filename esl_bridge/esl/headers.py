"""The headers of an event, or of a channel's dump, read from its JSON: only those that are used.

Header values may contain anything that a caller put into its SIP message, including line breaks;
JSON keeps them inside their value.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

import msgspec

from esl_bridge.errors import BridgeError


class Headers(msgspec.Struct, gc=False):
    """The headers that are used; the decoder skips the other two hundred."""

    name: str = msgspec.field(name="Event-Name", default="")
    subclass: str = msgspec.field(name="Event-Subclass", default="")
    leg: str = msgspec.field(name="Unique-ID", default="")
    direction: str = msgspec.field(name="Call-Direction", default="")
    answer_state: str = msgspec.field(name="Answer-State", default="")
    call_state: str = msgspec.field(name="Channel-Call-State", default="")
    a_leg: str = msgspec.field(name="Bridge-A-Unique-ID", default="")
    b_leg: str = msgspec.field(name="Bridge-B-Unique-ID", default="")
    replaces: str = msgspec.field(name="variable_sip_replaces_call_id", default="")
    call_info: str = msgspec.field(name="variable_sip_call_info", default="")
    other_leg: str = msgspec.field(name="Other-Leg-Unique-ID", default="")
    address: str = msgspec.field(name="Caller-Network-Addr", default="")
    cause: str = msgspec.field(name="Hangup-Cause", default="")
    sip_status: str = msgspec.field(name="variable_sip_term_status", default="")
    created: str = msgspec.field(name="Caller-Channel-Created-Time", default="")
    answered: str = msgspec.field(name="Caller-Channel-Answered-Time", default="")
    caller_number: str = msgspec.field(name="Caller-Caller-ID-Number", default="")
    withheld: str = msgspec.field(name="Caller-Privacy-Hide-Number", default="")
    company: str = msgspec.field(name="variable_esl_bridge_company", default="")
    role: str = msgspec.field(name="variable_esl_bridge_role", default="")
    number: str = msgspec.field(name="variable_esl_bridge_number", default="")
    extension: str = msgspec.field(name="variable_esl_bridge_extension", default="")
    dialled: str = msgspec.field(name="variable_esl_bridge_dialled", default="")
    flow_data: str = msgspec.field(name="variable_esl_bridge_flow_data", default="")
    work_order_id: str = msgspec.field(name="variable_esl_bridge_work_order_id", default="")
    contact_id: str = msgspec.field(name="variable_esl_bridge_contact_id", default="")
    sound: str = msgspec.field(name="Playback-File-Path", default="")
    recorded: str = msgspec.field(name="Record-File-Path", default="")
    record_ms: str = msgspec.field(name="variable_record_ms", default="")
    record_end: str = msgspec.field(name="Record-Completion-Cause", default="")
    job_command: str = msgspec.field(name="Job-Command", default="")
    job_argument: str = msgspec.field(name="Job-Command-Arg", default="")
    body: str = msgspec.field(name="_body", default="")
    action: str = msgspec.field(name="Action", default="")
    room: str = msgspec.field(name="Conference-Name", default="")
    from_user: str = msgspec.field(name="from-user", default="")
    contact: str = msgspec.field(name="contact", default="")
    username: str = msgspec.field(name="username", default="")
    user: str = msgspec.field(name="user", default="")
    to_user: str = msgspec.field(name="to-user", default="")
    network_ip: str = msgspec.field(name="network-ip", default="")
    from_host: str = msgspec.field(name="from-host", default="")
    host: str = msgspec.field(name="host", default="")
    call_id: str = msgspec.field(name="call-id", default="")
    reason: str = msgspec.field(name="reason", default="")
    agent: str = msgspec.field(name="variable_esl_bridge_agent", default="")
    queue_side: str = msgspec.field(name="variable_cc_side", default="")
    queue_member: str = msgspec.field(name="variable_cc_member_session_uuid", default="")
    bug: str = msgspec.field(name="Media-Bug-Function", default="")
    queue_action: str = msgspec.field(name="CC-Action", default="")
    queue: str = msgspec.field(name="CC-Queue", default="")
    wait: str = msgspec.field(name="CC-Member-UUID", default="")
    waiting_leg: str = msgspec.field(name="CC-Member-Session-UUID", default="")
    state: str = msgspec.field(name="Channel-State", default="")
    bond: str = msgspec.field(name="variable_signal_bond", default="")
    application: str = msgspec.field(name="variable_current_application", default="")
    application_data: str = msgspec.field(name="variable_current_application_data", default="")
    park_after_bridge: str = msgspec.field(name="variable_park_after_bridge", default="")
    daemon: str = msgspec.field(name="Serving-Daemon", default="")
    companies: str = msgspec.field(name="Serving-Companies", default="")
    seconds: str = msgspec.field(name="Serving-Seconds", default="")
    audio: str = msgspec.field(name="variable_remote_audio_media_flow", default="")
    video: str = msgspec.field(name="variable_remote_video_media_flow", default="")
    video_codec: str = msgspec.field(name="variable_rtp_use_video_codec_name", default="")
    packets: str = msgspec.field(name="variable_rtp_audio_in_packet_count", default="")
    destination: str = msgspec.field(name="variable_sip_destination_url", default="")


class HeaderReader:
    """Reads a block: all of ``Headers``, or only the named ones.

    The fewer are wanted the better: each of the two hundred headers is compared with each of them,
    which is most of an event's cost.
    """

    def __init__(self, *wanted: str) -> None:
        fields = msgspec.structs.fields(Headers)
        assert {*wanted} <= {field.name for field in fields}
        few = [
            (field.name, str, msgspec.field(name=field.encode_name, default=""))
            for field in fields
            if field.name in wanted
        ]
        kind = msgspec.defstruct("Headers", few, gc=False) if few else Headers
        self._decode = msgspec.json.Decoder(kind).decode

    def read(self, body: bytes) -> Headers:
        """Headers that are not wanted are left empty; raises UnreadableEvent."""
        try:
            return cast(Headers, self._decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _lenient(body)


read = HeaderReader().read
"""All headers."""

_LEG = re.compile(rb',"Unique-ID": ?"([\w-]+)"')
"""Inside a value no quotation mark comes without its backslash, so that none can look like this."""


def read_leg(body: bytes) -> Headers:
    """The leg alone, which comes early: the 14 KB of one that has ended are not gone through."""
    found = _LEG.search(body)
    return Headers(leg=found[1].decode()) if found else read(body)


def _lenient(body: bytes) -> Headers:
    """For what a caller can do to an event: text that is not UTF-8, or a variable that occurs
    twice."""
    try:
        found: Any = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as reason:
        raise UnreadableEvent from reason
    if not isinstance(found, dict):
        raise UnreadableEvent
    texts = {key: _first_text(value) for key, value in found.items()}
    return msgspec.convert({k: v for k, v in texts.items() if v is not None}, Headers)


def _first_text(value: object) -> str | None:
    """Text that can be encoded again: an unpaired surrogate becomes "?"."""
    if isinstance(value, list) and value:
        value = value[0]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


class UnreadableEvent(BridgeError):
    """The switch sent something that is no event; nothing is known of it."""

    code = "5300"
