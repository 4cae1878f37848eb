"""What is fed to the readers: good input, cut up and joined anew."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgpack
from hypothesis import strategies as st
from websockets.frames import apply_mask  # type: ignore[attr-defined]

from esl_bridge.esl.decoding import ALLOWED_EVENTS, SUBSCRIPTION
from esl_bridge.protocol import framing
from tests.builders import COMPANY, NAMES, NUMBER_OF_A, OUTSIDE
from tests.hostile import values
from tests.hostile.examples import ENVELOPE, EXAMPLES

NEAR, FAR, CALLER = f"call-{1:032x}", f"call-{2:032x}", "caller-1"
_CUSTOM = SUBSCRIPTION.partition("CUSTOM ")[2].split()
_EDITS = 6


def mutated(corpus: Sequence[bytes], tokens: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the corpus, with some of its bytes replaced by something else, a few times over."""
    piece = st.sampled_from([b"", *tokens, *corpus]) | st.binary(max_size=8)
    edit = st.tuples(st.integers(0, 1 << 16), st.integers(0, 64), piece)
    return st.builds(_edited, st.sampled_from(corpus), st.lists(edit, max_size=_EDITS))


def _edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, piece in edits:
        at = place % (len(data) + 1)
        data = data[:at] + piece + data[at + length :]
    return data


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


FOREIGN = [text.encode() for text in values.FOREIGN]
WORDS = [*map(str.encode, values.OTHER_TYPES), b"null", b'""', b'"\\', b"\\u0000", b"[", b"{", b'"']

_REQUESTS = [ENVELOPE | {"msg_type": tag} | fields for tag, fields in EXAMPLES.items()]
JSON = [_json(request) for request in _REQUESTS]
KEYS = [b'"%b":' % name.encode() for name in sorted({name for each in _REQUESTS for name in each})]
MESSAGES = mutated(JSON, [*FOREIGN, *WORDS, *KEYS, b"\xff", b"\xed\xa0\x80", b"[" * 40])

_ODD = [b"x", msgpack.ExtType(5, b"x"), 1e400, -(2**63), 2**64 - 1, float("nan"), [], {}, None]
_PACKED = [msgpack.packb(request) for request in _REQUESTS]
_PACKED += [msgpack.packb(_REQUESTS[0] | {"callee_number": odd}) for odd in _ODD]
MSGPACK = mutated(
    _PACKED, [*map(msgpack.packb, _ODD), b"\xdf\xff\xff\xff\xff", b"\xc1", b"\x91" * 40, *FOREIGN]
)

_LENGTHS = [n.to_bytes(4, "big") for n in (0, 1, 4, 2**16, 2**16 + 1, 2**31, 2**32 - 1)]
STREAM = mutated(
    [framing.write(data, is_line=by_line) for data in JSON[:3] for by_line in (True, False)],
    [*_LENGTHS, b"\n", b"\r\n", b"{", b"\0"],
)


def _masked(first: int, payload: bytes) -> bytes:
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([first]) + length + b"\0\0\0\0" + payload


WEBSOCKET = mutated(
    [
        _masked(0x81, JSON[0]),
        _masked(0x82, _PACKED[0]),
        _masked(0x01, JSON[0][:20]) + _masked(0x80, JSON[0][20:]),
        _masked(0x89, b"ping") + _masked(0x8A, b"pong"),
        _masked(0x88, b"\x03\xe8bye"),
    ],
    [b"\x81", b"\x00", b"\x80", b"\xff", b"\x7f" * 9, b"\xfe\xff\xff", b"\xc1\x80", *_LENGTHS],
)


def _framed(first: int, lengths: int, mask: bytes, payload: bytes) -> bytes:
    """A client's frame; its length in the form that fits, or in a longer one."""
    size = len(payload)
    length = bytes([0x80 | min(size, 125)])
    if lengths == 2 or size > 125:
        length = b"\xfe" + size.to_bytes(2, "big")
    if lengths == 8:
        length = b"\xff" + size.to_bytes(8, "big")
    return bytes([first]) + length + mask + apply_mask(payload, mask)


_FIRST = [0x81, 0x82, 0x89, 0x8A, 0x01, 0x80, 0x00, 0x88, 0x02, 0x83, 0x8B, 0xC1, 0x09, 0x08]
_PAYLOADS = [b"", b"{}", b"\x03\xe8bye", b"\x03\xed", b"\xff", b"x" * 126]
_AROUND_THE_LIMIT = [
    _framed(first, lengths, b"abcd", b"x" * size)
    for first in (0x81, 0x01)
    for lengths in (2, 8)
    for size in (1000, 1001)
]
_FRAME = st.builds(
    _framed,
    st.sampled_from(_FIRST[:6]) | st.sampled_from(_FIRST),
    st.sampled_from([1, 1, 1, 2, 8]),
    st.binary(min_size=4, max_size=4),
    st.sampled_from(_PAYLOADS) | st.binary(max_size=140),
)
_ANY_FRAME = _FRAME | st.sampled_from(_AROUND_THE_LIMIT)
FRAMES = st.lists(_ANY_FRAME, max_size=6).map(b"".join) | WEBSOCKET


def _block(headers: dict[str, str], body: bytes = b"") -> bytes:
    if body:
        headers = headers | {"Content-Length": str(len(body))}
    return "".join(f"{name}: {value}\n" for name, value in headers.items()).encode() + b"\n" + body


def _event(name: str, leg: str, **more: str) -> bytes:
    other = FAR if leg == NEAR else NEAR
    headers = {
        "Event-Name": name,
        "Unique-ID": leg,
        "Bridge-A-Unique-ID": leg,
        "Bridge-B-Unique-ID": other,
        "Hangup-Cause": "USER_BUSY",
        "variable_esl_bridge_company": COMPANY,
        "variable_esl_bridge_agent": NAMES["B"],
        "variable_esl_bridge_number": NUMBER_OF_A,
        "Caller-Caller-ID-Number": OUTSIDE,
        "Playback-File-Path": "local_stream://moh",
    }
    return _json(headers | more)


EVENTS = [_event(name, leg) for name in ALLOWED_EVENTS for leg in (NEAR, FAR, CALLER)]
EVENTS += [
    _event("CUSTOM", NEAR, **{"Event-Subclass": subclass, "from-user": NAMES["A"]})
    for subclass in _CUSTOM
]
EVENTS += [
    _event("CHANNEL_PARK", CALLER, variable_esl_bridge_role=role) for role in ("customer", "phone")
]
EVENTS += [
    _event("BACKGROUND_JOB", "", **{"Job-Command": "originate", "Job-Command-Arg": asked})
    for asked in (f"{{^^;origination_uuid={NEAR}}}user/1 &park()", "{", "")
]
HEADERS = [b'"%b":' % name for name in (b"Unique-ID", b"Event-Name", b"variable_cc_side")]
TOLD = mutated(EVENTS, [*FOREIGN, *WORDS, *HEADERS, b"\n", b'["a","b"]', b"\xff"])

SWITCH = mutated(
    [
        _block({"Content-Type": "auth/request"}),
        _block({"Content-Type": "command/reply", "Reply-Text": "+OK%0Aaccepted"}),
        _block({"Content-Type": "api/response"}, b"+OK\n"),
        _block({"Content-Type": "text/event-json"}, EVENTS[0]),
        _block({"Content-Type": "text/disconnect-notice"}, b"Disconnected\n"),
        *[_block({"Content-Length": length}) for length in ("-1", "x", "1e3", "9" * 12)],
    ],
    [b"\n\n", b"\r\n", b": ", b"Content-Length: ", b"-1", b"99999999999", b"%0A", b"%", b"\xff"],
)
