"""How gateways frame messages in a TCP stream; bytes in, frames out, no socket.

A frame is a 4-byte big-endian length followed by JSON or msgpack; or, where its first byte is
``{``, one JSON message up to the end of the line. Both may be mixed on one connection, since no
allowed length begins with that byte.
"""

import struct
from collections.abc import Iterator

from msgspec import Struct

from esl_bridge.errors import Malformed
from esl_bridge.protocol.codec import Form

FRAME_BYTES = 65_536
_LENGTH = struct.Struct(">I")
_BRACE = b"{"
_FIRST_OF_A_MSGPACK_MAP = b"\x80"  # or above; JSON begins below


class BadFrame(Malformed):
    """The stream cannot be read any further: the start of the next frame is unknown."""


class Frame(Struct, frozen=True):
    """The bytes of one message, their encoding, and whether they came as a line."""

    data: bytes
    form: Form
    is_line: bool = False


class FrameReader:
    """Splits a stream into frames, in whatever pieces it arrives."""

    def __init__(self, limit: int = FRAME_BYTES) -> None:
        self._limit = limit
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield each frame that ``data`` completes; raises BadFrame where one is too long.

        Frames before the bad one are yielded first. After BadFrame the connection is unusable.
        """
        self._pending += data
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        while self._pending.startswith((b"\n", b"\r")):  # line ends, and empty lines
            del self._pending[:1]
        if self._pending.startswith(_BRACE):
            return self._line()
        return self._counted()

    def _line(self) -> Frame | None:
        end = self._pending.find(b"\n", 0, self._limit + 1)
        if end < 0:
            self._refuse_longer(len(self._pending))
            return None
        return Frame(self._take(end).rstrip(b"\r"), Form.JSON, is_line=True)

    def _counted(self) -> Frame | None:
        if len(self._pending) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._pending)
        self._refuse_longer(length)
        if len(self._pending) < _LENGTH.size + length:
            return None
        del self._pending[: _LENGTH.size]
        data = self._take(length)
        return Frame(data, Form.MSGPACK if data[:1] >= _FIRST_OF_A_MSGPACK_MAP else Form.JSON)

    def _take(self, length: int) -> bytes:
        data = bytes(self._pending[:length])
        del self._pending[:length]
        return data

    def _refuse_longer(self, length: int) -> None:
        if length > self._limit:
            raise BadFrame(f"a frame of {length} bytes")


def write(data: bytes, *, is_line: bool) -> bytes:
    """Frame one encoded message, as the connection's latest frame was.

    JSON as this service encodes it contains no line end.
    """
    return data + b"\n" if is_line else _LENGTH.pack(len(data)) + data
