"""A phone whose SIP comes by WebSocket, as a browser's does.

Its sound is plain RTP: the switch asks for SRTP where the contact has ``transport=ws``; here that
stands in the path.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.lab.sip import Headers, Message
from tests.lab.softphone import Softphone

_AGAIN_SECONDS = 0.2
_TRIES = 300
_BACK_SECONDS = 20.0


class WebPhone(Softphone):
    """Reconnects by itself when it has lost its socket, as libraries for browsers do."""

    _transport = "WS"

    def __init__(self, *line: Any) -> None:
        super().__init__(*line)
        self._in_turn = threading.RLock()  # it may be stopped while it comes back

    def stop(self) -> None:
        with self._in_turn:
            super().stop()

    def cut(self) -> None:
        """Break its socket; returns when the phone has reconnected."""
        self._back.clear()
        self._web.socket.shutdown(SHUT_RDWR)
        assert self._back.wait(_BACK_SECONDS), f"{self.line.user} does not come back"

    def lose(self) -> None:
        """Break its socket and stop its sound; it does not reconnect by itself."""
        self.fall_silent()
        self._may_return.clear()
        self._web.socket.shutdown(SHUT_RDWR)

    def come_back(self, *, anew: bool = False) -> None:
        """Reconnect; ``anew``: as a page that was loaded again, which knows of no call."""
        if anew:
            self.forget_call()
        self._back.clear()
        self._may_return.set()
        assert self._back.wait(_BACK_SECONDS), f"{self.line.user} does not come back"

    def fall_silent(self) -> None:
        """Send nothing, not even silence."""
        self._silent.set()

    def speak(self) -> None:
        self._silent.clear()

    def forget_call(self) -> None:
        """Forget calls whose end it never received."""
        with self._changed:
            self._end("")

    def kill(self) -> None:
        self._leaves = True
        self._may_return.set()
        super().kill()

    def _open(self) -> None:
        self._leaves, self._web = False, self._connected()
        self._back = threading.Event()
        self._may_return = threading.Event()
        self._may_return.set()

    def _close(self) -> None:
        self._web.close()
        self._listener.join()

    def _connected(self) -> ClientConnection:
        for _ in range(_TRIES):
            with suppress(OSError):
                where = f"ws://{self._switch}"
                return connect(
                    where, subprotocols=[Subprotocol("sip")], compression=None, legacy=True
                )
            threading.Event().wait(_AGAIN_SECONDS)
        raise AssertionError(f"no WebSocket at {self._switch}")

    @property
    def _address(self) -> str:
        return f"127.0.0.1:{self._web.local_address[1]}"

    @property
    def _path(self) -> Headers:
        return (("Path", f"<sip:{self._address};transport=ws;lr>"),)

    def _receive(self) -> bytes:
        while True:
            try:
                data: Any = self._web.recv()
            except ConnectionClosed:
                self._may_return.wait()
                if self._leaves:
                    return b""
                self._comes_back()
            else:
                return data.encode() if isinstance(data, str) else bytes(data)

    def _comes_back(self) -> None:
        self._web = self._connected()
        threading.Thread(target=self._registers_again, daemon=True).start()

    def _registers_again(self) -> None:
        with self._in_turn:
            if not self._leaves:
                self._register(self.line.user, self.line.password)
        self._back.set()

    def _send(self, message: Message) -> None:
        with suppress(ConnectionClosed):
            self._web.send(message.encoded().decode())
