"""WebSocket frames: reads messages from clients' frames, and frames ours.

Nearly all messages come in a single frame, which is read here, at a tenth of the cost in the
:class:`Protocol` of ``websockets``. Control frames are passed to that whole, one at a time. From
the first fragment, fault or oversized frame on, it reads everything, so its position between frames
never has to be determined.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from websockets.frames import Frame, Opcode, apply_mask  # type: ignore[attr-defined]
from websockets.protocol import Protocol, State

_WHOLE = (0x81, 0x82)  # a text, a binary message
_CONTROL = (0x88, 0x89, 0x8A)
_MASKED = 0x80
_PIECE = 256  # bytes passed to the protocol at once: every six may hold a frame
_TWO_BYTES = 126  # the length follows
_NOT_YET = (0, 1 << 63)
_NOT_HERE = (0, 0)
_head = struct.Struct("!BBH").pack

Message = tuple[bool, bytes]
"""Whether it is text, and its bytes; text may still be invalid UTF-8."""


class MessageReader:
    """Reads the data of an open connection after its handshake.

    ``protocol`` answers pings, closes and faults, and knows the connection's state.
    """

    __slots__ = ("_is_text", "_max_bytes", "_parts", "_protocol", "_reads_here", "_rest")

    def __init__(self, protocol: Protocol, max_bytes: int) -> None:
        self._protocol = protocol
        self._max_bytes = max_bytes
        self._reads_here = True
        self._rest = b""  # of an incomplete frame
        self._is_text = False
        self._parts = bytearray()  # of a fragmented message

    def feed(self, data: bytes) -> Iterator[Message | None]:
        """Yields the messages that the data complete, and None for each frame that completes none.
        It must be iterated to the end."""
        data, self._rest = self._rest + data, b""
        at = 0
        while self._reads_here and at < len(data):
            begin, end = _payload(data, at, self._max_bytes)
            if end > len(data):
                self._rest = data[at:]
                return
            if not end:
                self._reads_here = False
            elif data[at] in _WHOLE:
                payload = apply_mask(data[begin:end], data[begin - 4 : begin])
                yield data[at] == _WHOLE[0], payload
                at = end
            else:
                yield from self._pass_on(data[at:end])
                at = end
        for begin in range(at, len(data), _PIECE):
            yield from self._pass_on(data[begin : begin + _PIECE])

    def _pass_on(self, data: bytes) -> Iterator[Message | None]:
        self._protocol.receive_data(data)
        if self._protocol.state is not State.OPEN:
            self._reads_here = False
        for frame in self._protocol.events_received():
            if isinstance(frame, Frame):
                yield self._joined(frame)

    def _joined(self, frame: Frame) -> Message | None:
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.BINARY:
            self._is_text = frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return None
        self._parts += frame.data
        if not frame.fin:
            return None
        message = bytes(self._parts)
        self._parts.clear()
        return self._is_text, message


def _payload(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Where the payload of the frame at ``at`` begins and ends."""
    if len(data) < at + 2:
        return _NOT_YET
    first, second = data[at], data[at + 1]
    length, begin = second - _MASKED, at + 6
    if first not in _WHOLE and first not in _CONTROL:
        return _NOT_HERE
    if length == _TWO_BYTES:
        if len(data) < at + 4:
            return _NOT_YET
        length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8
    elif not 0 <= length < _TWO_BYTES:
        return _NOT_HERE
    return (begin, begin + length) if length <= most else _NOT_HERE


def whole(is_text: bool, message: bytes) -> bytes:
    """A message to a client, in one frame."""
    size = len(message)
    first = _WHOLE[0] if is_text else _WHOLE[1]
    if size < _TWO_BYTES:
        return bytes((first, size)) + message
    if size < 1 << 16:
        return _head(first, _TWO_BYTES, size) + message
    return Frame(Opcode.TEXT if is_text else Opcode.BINARY, message).serialize(mask=False)
