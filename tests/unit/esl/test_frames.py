"""The ESL framing, fed whole, bytewise and with things that no switch should send."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esl_bridge.esl.frames import (
    MAX_BODY,
    MAX_EVENT,
    MAX_HEADERS,
    BadEslFrame,
    EslFrame,
    EslFrameReader,
)

REPLY = b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
EVENT = b'Content-Type: text/event-json\nContent-Length: 17\n\n{"a":"x\\ny%0Az"}\n'
FROM_A_SWITCH = b'Content-Length: 9\nContent-Type: text/event-json\n\n{"a":"b"}'
STREAM = REPLY + EVENT + FROM_A_SWITCH + REPLY
FRAMES = [
    EslFrame({"Content-Type": "command/reply", "Reply-Text": "+OK accepted"}, b""),
    EslFrame({"Content-Type": "text/event-json"}, b'{"a":"x\\ny%0Az"}\n'),
    EslFrame({"Content-Type": "text/event-json"}, b'{"a":"b"}'),
    EslFrame({"Content-Type": "command/reply", "Reply-Text": "+OK accepted"}, b""),
]


def test_a_whole_stream_gives_its_frames_in_order_and_bodies_untouched():
    assert EslFrameReader().feed(STREAM) == FRAMES


@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_a_stream_may_be_cut_anywhere(cuts):
    reader = EslFrameReader()
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(edges)]
    assert [frame for piece in pieces for frame in reader.feed(piece)] == FRAMES


@pytest.mark.parametrize("line_end", ["%0A", "%0D%0A", "\u2028", "\u0085", "\x1c", "\r", "\v"])
def test_no_value_can_add_a_header(line_end):
    hostile = f"Caller: Bob{line_end}Unique-ID: forged\nUnique-ID: true\n\n".encode()
    [frame] = EslFrameReader().feed(hostile)
    assert set(frame.headers) == {"Caller", "Unique-ID"}
    assert frame.headers["Unique-ID"] == "true"
    assert frame.headers["Caller"].endswith("Unique-ID: forged")


def test_values_are_decoded_once():
    [frame] = EslFrameReader().feed(b"A: 100%25250A\nB:\nC: a: b\n\n")
    assert frame.headers == {"A": "100%250A", "B": "", "C": "a: b"}


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "", " ", "+5", "١٢", "9" * 30, "1\u00b2"])
def test_an_odd_length_is_refused(length):
    with pytest.raises(BadEslFrame):
        EslFrameReader().feed(f"Content-Length: {length}\n\n".encode())


@pytest.mark.parametrize("block", [b"no colon\n\n", b": no name\n\n", b"A: \xff\xfe\n\n", b"\n\n"])
def test_a_malformed_header_is_refused(block):
    with pytest.raises(BadEslFrame):
        EslFrameReader().feed(block)


def test_a_header_line_without_end_is_refused_before_it_fills_the_memory():
    reader = EslFrameReader()
    with pytest.raises(BadEslFrame):
        for _ in range(2 + MAX_HEADERS // 4096):
            reader.feed(b"x" * 4096)


def test_an_incomplete_frame_is_kept():
    reader = EslFrameReader()
    assert reader.feed(b"Content-Length: 3\n\nab") == []
    assert reader.feed(b"c") == [EslFrame({}, b"abc")]


@pytest.mark.parametrize(
    ("kind", "most"), [("text/event-json", MAX_EVENT), ("api/response", MAX_BODY)]
)
@pytest.mark.parametrize("size", [1000, 65_536])
def test_a_body_that_is_too_long_is_dropped_and_the_next_frame_is_read(kind, most, size):
    """Whoever calls in can have his leg's events grow, by headers of his own."""
    reader = EslFrameReader()
    for length, body in ((most, b"{" * most), (most + 1, b"-ERR too long: %d bytes" % (most + 1))):
        sent = f"Content-Length: {length}\nContent-Type: {kind}\n\n".encode() + b"{" * length
        pieces = [sent[at : at + size * 64] for at in range(0, len(sent), size * 64)]
        frames = [frame for piece in [*pieces, REPLY] for frame in reader.feed(piece)]
        assert frames == [EslFrame({"Content-Type": kind}, body), FRAMES[0]]


def test_a_body_that_is_too_long_is_not_kept_in_memory():
    reader = EslFrameReader()
    head = b"Content-Length: %d\nContent-Type: text/event-json\n\n" % 10**9
    assert reader.feed(head) == []
    tracemalloc.start()
    for _ in range(100):
        assert reader.feed(b"x" * 65_536) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
