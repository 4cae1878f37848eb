"""The gateways' framing: the same frames whatever the pieces, and a limit that holds."""

import struct

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esl_bridge.protocol import framing
from esl_bridge.protocol.codec import Form
from esl_bridge.protocol.framing import BadFrame, Frame, FrameReader

JSON = b'{"msg_type":"ping"}'
MSGPACK = msgpack.packb({"msg_type": "ping"})
LONG = b'{"x":"' + b"x" * 70_000 + b'"}'


def counted(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


MIXED = (
    counted(JSON) + JSON + b"\n" + counted(MSGPACK) + JSON + b"\r\n\r\n" + counted(b"") + JSON
) + b"\n"
FRAMES = [
    Frame(JSON, Form.JSON),
    Frame(JSON, Form.JSON, is_line=True),
    Frame(MSGPACK, Form.MSGPACK),
    Frame(JSON, Form.JSON, is_line=True),
    Frame(b"", Form.JSON),
    Frame(JSON, Form.JSON, is_line=True),
]


@pytest.mark.parametrize("at", range(len(MIXED) + 1))
def test_a_stream_split_at_any_byte_gives_the_same_frames(at):
    reader = FrameReader()
    assert [*reader.feed(MIXED[:at]), *reader.feed(MIXED[at:])] == FRAMES


@pytest.mark.parametrize(("first", "form"), [(b"\x80", Form.MSGPACK), (b"\xdf", Form.MSGPACK)])
def test_a_map_of_any_size_is_msgpack(first, form):
    (frame,) = FrameReader().feed(counted(first))
    assert frame.form is form


def test_a_stream_that_comes_byte_by_byte_gives_the_same_frames():
    reader = FrameReader()
    pieces = [MIXED[at : at + 1] for at in range(len(MIXED))]
    assert [frame for piece in pieces for frame in reader.feed(piece)] == FRAMES


@given(st.lists(st.tuples(st.binary(max_size=300), st.booleans())), st.data())
def test_a_written_frame_can_be_read_again(messages, data):
    written = [
        (b"{" + body.replace(b"\n", b"").rstrip(b"\r") + b"}" if is_line else body, is_line)
        for body, is_line in messages
    ]
    stream = b"".join(framing.write(body, is_line=is_line) for body, is_line in written)
    cut = data.draw(st.integers(0, len(stream)))
    reader = FrameReader()
    frames = [*reader.feed(stream[:cut]), *reader.feed(stream[cut:])]
    assert [(frame.data, frame.is_line) for frame in frames] == written


@pytest.mark.parametrize("length", [65_537, 1 << 24, (1 << 32) - 1])
def test_a_length_over_the_limit_is_refused_before_its_bytes_arrive(length):
    with pytest.raises(BadFrame):
        list(FrameReader().feed(struct.pack(">I", length)))


def test_a_frame_of_the_limits_size_is_accepted_and_a_longer_one_is_not():
    line = b"{" + b" " * 98 + b"}"
    assert len(list(FrameReader(limit=100).feed(line + b"\n" + counted(line)))) == 2
    with pytest.raises(BadFrame):
        list(FrameReader(limit=99).feed(line + b"\n"))
    with pytest.raises(BadFrame):
        list(FrameReader(limit=99).feed(counted(line)))


def test_a_line_that_never_ends_is_refused():
    with pytest.raises(BadFrame):
        list(FrameReader().feed(LONG))


def test_frames_before_a_malformed_one_are_read():
    frames = FrameReader().feed(counted(JSON) + LONG)
    assert next(frames) == Frame(JSON, Form.JSON)
    with pytest.raises(BadFrame):
        next(frames)
