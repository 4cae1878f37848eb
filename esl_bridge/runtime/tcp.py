"""Framed TCP for gateways, whose connections carry many agents.

This framing has no goodbye: a closed connection simply ends.
"""

from collections.abc import Callable, Iterator

from gevent.socket import socket

from esl_bridge.config import Limits, Timing
from esl_bridge.protocol import framing
from esl_bridge.runtime.connections import Connection, Peer
from esl_bridge.runtime.listener import Listener


class TcpListener(Listener):
    """Serves gateways."""

    def _open(self, sock: socket, peer: Peer) -> "TcpConnection":
        return TcpConnection(sock, peer, self._limits, self._timing, self._callbacks.slow)


class TcpConnection(Connection):
    """Answers in the framing of the latest message: a line, or JSON or msgpack with a length."""

    __slots__ = ("_by_line", "_closed", "_reader")

    def __init__(
        self, sock: socket, peer: Peer, limits: Limits, timing: Timing, on_slow: Callable[[], None]
    ) -> None:
        super().__init__(sock, peer, limits, timing, on_slow)
        self._reader = framing.FrameReader(limits.message_bytes)
        self._by_line = False
        self._closed = False

    def send(self, message: bytes) -> None:
        self._send_buffer.send(framing.write(message, is_line=self._by_line))

    def close(self, code: int, reason: str = "") -> None:
        self._closed = True
        self._send_buffer.finish()

    def _take(self, data: bytes) -> Iterator[None]:
        try:
            for frame in self._reader.feed(data):
                if self._closed:
                    return
                self.form, self._by_line = frame.form, frame.is_line
                self._on_message(self, frame.data, frame.form)
                yield
        except framing.BadFrame:
            self._closed = True

    def _probe(self) -> None:
        """This protocol has no ping of its own; a gateway sends the request."""

    def _may_say_more(self) -> bool:
        return not self._closed
