"""What must be so, whatever bytes come in; each target takes some and raises where it is not."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import gevent
import msgspec
from gevent import socket
from hypothesis import strategies as st
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from esl_bridge.config import Limits, Timing
from esl_bridge.errors import BadField, BadMsgType, Malformed
from esl_bridge.esl import decoding
from esl_bridge.esl import frames as esl_frames
from esl_bridge.esl.headers import UnreadableEvent
from esl_bridge.protocol import codec, framing
from esl_bridge.protocol.codec import Codec, Envelope, Form
from esl_bridge.runtime.connections import Connection
from esl_bridge.runtime.listener import Callbacks
from esl_bridge.runtime.requests import REQUESTS
from esl_bridge.runtime.websocket import WebSocketListener
from esl_bridge.runtime.websocket_frames import MessageReader
from tests.daemon import Client, Daemon, idle
from tests.fuzz import inputs

LIMIT = 1000
SECONDS = 2.0
"""Of the processor, for one input; far above what any takes."""
_LINE = re.compile(r"[ -~]+")
_CODEC = Codec(REQUESTS, Limits().nesting)
_UPGRADE = (
    b"GET /agent HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


# -- messages -------------------------------------------------------------------------------------


def a_message(data: bytes, form: Form) -> None:
    """It is read or refused; what was understood is understood again; there is an answer."""
    try:
        envelope = _CODEC.read(data, form)
    except Malformed as error:
        envelope = Envelope(req_id=error.req_id, msg_type=error.msg_type)
    else:
        _a_request(envelope)
    codec.encode(codec.reply(envelope, "0", "success"), form)


def _a_request(envelope: Envelope) -> None:
    try:
        request = _CODEC.request(envelope)
    except BadMsgType:
        return
    except BadField as error:
        assert error.field
        return
    again = Envelope(msg_type=envelope.msg_type, fields=msgspec.to_builtins(request))
    assert _CODEC.request(again) == request


def json_message(data: bytes) -> None:
    a_message(data, Form.JSON)


def msgpack_message(data: bytes) -> None:
    a_message(data, Form.MSGPACK)


def asked_of_the_service(data: bytes) -> None:
    """One answer to each message, nothing for the log, and no odd character for the switch."""
    daemon, client = _daemon()
    with no_complaints():
        client.say(data)
        idle()
    assert len([each for each in client.sent if "seq" not in each]) == 1
    assert not client.closed
    _plain(daemon.switch.heard)


# -- framing --------------------------------------------------------------------------------------


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def _frames(feed: Callable[[bytes], Iterable[object]], pieces: Iterable[bytes]) -> list[object]:
    """What comes out, and at the end whether it was refused."""
    found: list[object] = []
    try:
        for piece in pieces:
            found.extend(feed(piece))
    except (framing.BadFrame, esl_frames.BadEslFrame):
        found.append("refused")
    return found


def gateway_stream(data: bytes) -> None:
    """Where it is cut changes nothing, and no frame is longer than allowed."""
    whole = _frames(framing.FrameReader(LIMIT).feed, [data])
    for size in (1, 3):
        assert _frames(framing.FrameReader(LIMIT).feed, _cut(data, size)) == whole
    assert all(len(each.data) <= LIMIT for each in whole if isinstance(each, framing.Frame))


def switch_stream(data: bytes) -> None:
    """As a gateway's. Frames before a bad one that come in one piece with it are of no use."""
    whole = _frames(esl_frames.EslFrameReader().feed, [data])
    for size in (1, 3):
        parts = _frames(esl_frames.EslFrameReader().feed, _cut(data, size))
        assert parts == whole or parts[-1] == whole[-1] == "refused"
    for frame in whole:
        assert frame == "refused" or "" not in frame.headers  # type: ignore[attr-defined]


def websocket_stream(data: bytes) -> None:
    """The connection ends without a failure; only whole messages of an allowed size arrive."""
    address, got = _listener()
    got.clear()
    with no_complaints(), socket.create_connection(address) as sock:
        sock.sendall(_UPGRADE + data if data[:1] == b"\0" else _UPGRADE)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
    for message, form in got:
        assert len(message) <= LIMIT
        assert form is Form.MSGPACK or message.decode() is not None


def websocket_frames(data: bytes) -> None:
    """Messages, pongs and the goodbye are those of ServerProtocol, wherever the stream is cut."""
    step = 1 + len(data) // 20
    cuts = [[data[:at], data[at:]] for at in range(0, len(data), step)]
    for pieces in [*cuts, *(list(_cut(data, size)) for size in (1, 3))]:
        assert _read_here(pieces) == _read_by_protocol(pieces)


def _read_here(pieces: list[bytes]) -> tuple[object, ...]:
    protocol = ServerProtocol(state=State.OPEN, max_size=LIMIT)
    reader, messages = MessageReader(protocol, LIMIT), []
    for piece in pieces:
        messages += [message for message in reader.feed(piece) if message is not None]
    return messages, protocol.data_to_send(), protocol.state, protocol.close_code


def _read_by_protocol(pieces: list[bytes]) -> tuple[object, ...]:
    protocol = ServerProtocol(state=State.OPEN, max_size=LIMIT)
    messages, whole = [], b""
    for piece in pieces:
        protocol.receive_data(piece)
        for frame in protocol.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                is_text, whole = frame.opcode is Opcode.TEXT, b""
            if frame.opcode in DATA_OPCODES:
                whole += frame.data
                messages += [(is_text, whole)] if frame.fin else []
    return messages, protocol.data_to_send(), protocol.state, protocol.close_code


# -- the switch -----------------------------------------------------------------------------------


def switch_event(data: bytes) -> None:
    """It is read, passed over, or refused; what was read can be written again."""
    try:
        event = decoding.decode(data)
    except UnreadableEvent:
        return
    if event is not None:
        msgspec.json.encode(event)


def told_in_a_talk(data: bytes) -> None:
    """Events, a line each, while two agents talk: nothing for the log, nothing odd commanded."""
    daemon, client = _daemon()
    daemon.talk(client, "A", "B")
    with no_complaints():
        for line in data.split(b"\n"):
            daemon.event_listener.on_event(line)
            idle()
    _plain(daemon.switch.heard)


TARGETS: dict[str, tuple[Callable[[bytes], None], st.SearchStrategy[bytes]]] = {
    target.__name__: (target, strategy)
    for target, strategy in [
        (json_message, inputs.MESSAGES),
        (msgpack_message, inputs.MSGPACK),
        (asked_of_the_service, inputs.MESSAGES),
        (gateway_stream, inputs.STREAM),
        (websocket_stream, inputs.WEBSOCKET),
        (websocket_frames, inputs.FRAMES),
        (switch_stream, inputs.SWITCH),
        (switch_event, inputs.TOLD),
        (told_in_a_talk, inputs.TOLD),
    ]
}


def bounded(name: str, data: bytes) -> None:
    """Feed a target; it may take no end of time either."""
    began = time.process_time()
    with gevent.Timeout(60):
        TARGETS[name][0](data)
    assert time.process_time() - began < SECONDS, "too slow"


# -- what they need -------------------------------------------------------------------------------


@cache
def _one_daemon() -> Daemon:
    return Daemon()


def _daemon() -> tuple[Daemon, Client]:
    """A and B at work, and A's client; nobody has been told or commanded anything yet."""
    daemon = _one_daemon()
    daemon.open()
    client, _ = daemon.at_work("A", "B")
    client.take()
    daemon.switch.take()
    return daemon, client


@cache
def _listener() -> tuple[tuple[str, int], list[tuple[bytes, Form]]]:
    got: list[tuple[bytes, Form]] = []

    def on_message(_connection: Connection, data: bytes, form: Form) -> None:
        got.append((data, form))

    callbacks = Callbacks(on_message, lambda _connection: None, lambda: None)
    listener = WebSocketListener(
        ("127.0.0.1", 0), Limits(message_bytes=LIMIT), Timing(), callbacks, endpoints={}
    )
    listener.start()
    return listener.address, got


def _plain(lines: list[str]) -> None:
    for line in lines:
        assert _LINE.fullmatch(line), ascii(line)


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def no_complaints() -> Iterator[None]:
    """Nothing fails that nobody foresaw, neither here nor in a greenlet."""
    heard = _Complaints()
    failures: list[object] = []
    hub, log = gevent.get_hub(), logging.getLogger()
    log.addHandler(heard)
    vars(hub)["handle_error"] = lambda *failure: failures.append(failure)
    try:
        yield
    finally:
        del vars(hub)["handle_error"]
        log.removeHandler(heard)
    assert not heard.records, heard.records[0].getMessage()
    assert not failures, failures
