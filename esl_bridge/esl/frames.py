"""The event socket's framing: header lines, a blank line, and a body of ``Content-Length`` bytes.

Sans-IO: fed with bytes as they arrive, in any pieces. A header block is split into lines *first*
and each value is URL-decoded on its own afterwards; the other order lets a value that contains
``%0A`` add headers. Bodies are returned undecoded: an event is JSON, and its reader decodes it. A
body that is too long is discarded and replaced by an error text, since any header that a phone
sends stays with its leg and appears in each of the leg's events: otherwise anybody could have the
link closed, again and again.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

MAX_HEADERS = 64 * 1024  # bytes in one header block; the switch's own have less than 2 KiB
# The headers of every event, matched at once, which saves a third of the cost.
_EVENT = re.compile(rb"Content-Length: (\d{1,7})\nContent-Type: text/event-json\n\n")
_EVENT_HEADERS = {"Content-Type": "text/event-json"}
MAX_BODY = 32 * 1024 * 1024  # bytes; a list of 30,000 channels as JSON
TOO_LONG = "-ERR too long"
_NO_BODY = 1 << 32  # bytes: more than any switch sends, so not a plausible length
MAX_EVENT = 1024 * 1024  # bytes; events of an honest phone have less than 64 KiB


class BadEslFrame(Exception):
    """The peer does not speak the event socket's framing; nothing after this can be trusted."""


class EslFrame(NamedTuple):
    """``headers``: all but the body's length; ``body``: if it was too long, ``-ERR`` and its
    length, as if the switch had refused a command (no event looks like that)."""

    headers: dict[str, str]
    body: bytes


class EslFrameReader:
    """Turns a byte stream into frames; use one per connection, and drop it after BadEslFrame."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no blank line ends before this offset, so it is not searched twice
        self._headers: dict[str, str] | None = None  # already read, while the body is incomplete
        self._length = 0
        self._throw_away = 0  # bytes of an oversized body still to be discarded

    def feed(self, data: bytes) -> list[EslFrame]:
        """Return the frames that ``data`` completes, in order.

        :raises BadEslFrame: an oversized header block or body, a ``Content-Length`` that is no
        plain number, a line that is no header, or headers that are not UTF-8.
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
        """The next frame, if it is a complete event; else it is read the general way."""
        found = _EVENT.match(self._buffer)
        if found is None:
            return None
        begin, length = found.end(), int(found[1])
        end = begin + length
        del found  # the match exports the buffer, which then cannot shrink
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
    """The longest body allowed for these headers, in bytes."""
    return MAX_EVENT if headers.get("Content-Type") == "text/event-json" else MAX_BODY
