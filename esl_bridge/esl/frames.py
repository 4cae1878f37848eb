"""The switch's framing: header lines, a blank line, and a body of ``Content-Length`` bytes.

Sans-IO: fed with bytes as they arrive, cut anywhere. A header block is split into lines *first*
and each value is URL-decoded on its own afterwards; the other order lets a value that holds
``%0A`` add headers of its own. Bodies are handed on as they came: an event is JSON, and whoever
wants it decodes it. Of a body that is too long nothing is kept, and something else stands in its
place: whatever a phone sends in headers of its own stays with its leg and is in each of the leg's
events, so that anybody could have the link cut off, again and again.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

MAX_HEADERS = 64 * 1024  # bytes of one header block; the switch's own stay below 2 KiB
# How the switch heads every event: read at once, a third of the price of all that comes here.
_EVENT = re.compile(rb"Content-Length: (\d{1,7})\nContent-Type: text/event-json\n\n")
_EVENT_HEADERS = {"Content-Type": "text/event-json"}
MAX_BODY = 32 * 1024 * 1024  # bytes; a list of 30,000 channels as JSON
TOO_LONG = "-ERR too long"
_NO_BODY = 1 << 32  # bytes that no switch sends: whatever this is, it is no length
MAX_EVENT = 1024 * 1024  # bytes; those of an honest phone stay below 64 KiB


class BadEslFrame(Exception):
    """The peer does not speak the switch's framing; nothing after this can be trusted."""


class EslFrame(NamedTuple):
    """``headers``: all but the length of the body; ``body``: of one that was too long, ``-ERR`` and
    its length, as if the switch had refused a command and as no event is."""

    headers: dict[str, str]
    body: bytes


class EslFrameReader:
    """Turns a byte stream into frames; use one a connection and drop it after BadFrame."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no blank line ends before here: a slow peer costs no second search
        self._headers: dict[str, str] | None = None  # read already, while the body is awaited
        self._length = 0
        self._throw_away = 0  # bytes of a body that is too long, still to come

    def feed(self, data: bytes) -> list[EslFrame]:
        """Return the frames that ``data`` completes, in order.

        :raises BadFrame: a header block or body beyond all measure, a ``Content-Length`` that is no
            plain number, a line that is no header, headers that are no UTF-8.
        """
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> EslFrame | None:
        if self._headers is None:
            if (event := self._event()) is not None:
                return event
            block = self._header_block()
            if block is None:
                return None
            self._headers = _headers(block)
            self._length = _body_length(self._headers)
            self._throw_away = self._length if self._length > _most(self._headers) else 0
        if self._throw_away:
            return self._thrown_away(self._headers)
        if len(self._buffer) < self._length:
            return None
        frame = EslFrame(self._headers, self._take(self._length))
        self._headers = None
        return frame

    def _thrown_away(self, headers: dict[str, str]) -> EslFrame | None:
        came = min(len(self._buffer), self._throw_away)
        del self._buffer[:came]
        self._throw_away -= came
        if self._throw_away:
            return None
        self._headers = None
        return EslFrame(headers, f"{TOO_LONG}: {self._length} bytes".encode())

    def _event(self) -> EslFrame | None:
        """The next frame, if it is an event and all of it is here; if not, any other is read."""
        found = _EVENT.match(self._buffer)
        if found is None:
            return None
        begin, length = found.end(), int(found[1])
        end = begin + length
        del found  # the buffer cannot shrink while it is looked at
        if len(self._buffer) < end or length > MAX_EVENT:
            return None
        body = bytes(memoryview(self._buffer)[begin:end])
        del self._buffer[:end]
        self._searched = 0
        return EslFrame(_EVENT_HEADERS, body)

    def _header_block(self) -> bytes | None:
        end = self._buffer.find(b"\n\n", self._searched)
        if (len(self._buffer) if end < 0 else end) > MAX_HEADERS:
            raise BadEslFrame(f"more than {MAX_HEADERS} bytes of headers")
        if end < 0:
            self._searched = max(0, len(self._buffer) - 1)
            return None
        self._searched = 0
        return self._take(end + 2)

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken


def _headers(block: bytes) -> dict[str, str]:
    try:
        lines = block.decode().strip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise BadEslFrame(f"headers are not UTF-8: {error.reason}") from None
    return dict(map(_header, lines))


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not (name and colon):
        raise BadEslFrame(f"not a header: {line[:80]!r}")
    value = value.strip(" ")
    return name, unquote(value) if "%" in value else value


def _body_length(headers: dict[str, str]) -> int:
    text = headers.pop("Content-Length", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadEslFrame(f"Content-Length is {text[:80]!r}")
    length = int(text)
    if length > _NO_BODY:
        raise BadEslFrame(f"a body of {length} bytes")
    return length


def _most(headers: dict[str, str]) -> int:
    """Bytes that a body of this kind may have."""
    return MAX_EVENT if headers.get("Content-Type") == "text/event-json" else MAX_BODY
