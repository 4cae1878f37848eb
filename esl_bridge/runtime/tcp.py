"""Framed TCP for gateways, whose connections carry many agents.

There is no goodbye in this framing: a connection that is closed simply ends.
"""

from contextlib import suppress

from gevent.socket import socket

from esl_bridge.protocol import framing
from esl_bridge.runtime.connections import Connection, Listener, OnMessage, Peer


class TcpListener(Listener):
    """Serves gateways."""

    def _open(self, sock: socket, address: str) -> "TcpConnection":
        return TcpConnection(
            sock, Peer(address, self._tls is not None), self._limits, self._callbacks.slow
        )


class TcpConnection(Connection):
    """Answers in the manner of the latest frame: a line, or counted JSON or msgpack."""

    _by_line = False
    _closed = False

    def send(self, message: bytes) -> None:
        self._outbox.send(framing.write(message, is_line=self._by_line))

    def close(self, code: int, reason: str = "") -> None:
        self._closed = True
        self._outbox.finish()

    def attend(self, on_message: OnMessage) -> None:
        reader = framing.FrameReader(self._limits.message_bytes)
        with suppress(framing.BadFrame):
            while not self._closed and (data := self.receive()):
                for frame in reader.feed(data):
                    if self._closed:
                        return
                    self.form, self._by_line = frame.form, frame.is_line
                    on_message(self, frame.data, frame.form)
