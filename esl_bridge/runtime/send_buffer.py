"""Data waiting to be written to one socket, in order; limited in bytes and in time.

Nearly every message is written at once by a non-blocking send, at half the price of a blocking one
that may switch greenlets. Only what the kernel does not take waits here. Since ``send`` never
switches, two senders cannot mix their bytes, and no lock is needed.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import gevent
from gevent.socket import SHUT_RDWR, SHUT_WR, socket
from gevent.ssl import SSLSocket

_WRITABLE = 2  # of libev's READ 1 and WRITE 2
_AT_ONCE = 256 * 1024  # bytes offered to the kernel in one call


class SendBuffer:
    """Writes to ``sock``, a connected gevent socket, plain or TLS.

    ``on_stuck`` is called once, from the event loop (so it must not wait), when more than
    ``max_bytes`` wait, or when the peer has taken nothing for ``max_seconds``; the buffer is closed
    by then. Errors of the socket do not count: its reader notices them too.
    """

    def __init__(
        self, sock: socket, *, max_bytes: int, max_seconds: float, on_stuck: Callable[[], None]
    ) -> None:
        self._sock = sock
        self._max_bytes = max_bytes
        self._on_stuck = on_stuck
        self._waiting = bytearray()
        self._held = bytearray()
        self._holds = 0
        self._closed = self.was_cut = False
        self._finishing = False
        # gevent makes every socket non-blocking, so a plain one can be written to directly.
        secret = isinstance(sock, SSLSocket)
        self._put = self._put_secretly if secret else partial(os.write, sock.fileno())
        loop = gevent.get_hub().loop
        self._writable = loop.io(sock.fileno(), _WRITABLE)
        # A repeating timer can be restarted; another, once stopped, would resume where it was.
        self._patience = loop.timer(max_seconds, max_seconds)

    @property
    def empty(self) -> bool:
        return not (self._waiting or self._held)

    def send(self, data: bytes) -> None:
        """Write ``data`` now or as soon as the peer reads; does nothing once closed."""
        if self._closed or self._finishing:
            return
        if self._holds:
            self._held += data
        else:
            self._put_out(data)

    def hold_back(self) -> None:
        """Queue what is sent from now on, until ``release`` was called as often as this."""
        self._holds += 1

    def release(self) -> None:
        self._holds -= 1
        if self._holds == 0 and self._held:
            data, self._held = bytes(self._held), bytearray()
            self._put_out(data)
            if self._finishing and self.empty:
                self._half_close()

    def finish(self) -> None:
        """Half-close the socket after the queued data; nothing can be sent any more."""
        self._finishing = True
        if self.empty:
            self._half_close()

    def close(self) -> None:
        """Discard the queued data. Call before the socket is closed."""
        if not self._closed:
            self._closed = True
            self._waiting = bytearray()
            self._held = bytearray()
            for watcher in (self._writable, self._patience):
                watcher.stop()
                watcher.close()

    def cut(self) -> None:
        """Discard the queued data and shut the connection down both ways, which wakes its
        reader."""
        self.was_cut = True
        self.close()
        self._shut(SHUT_RDWR)

    def _put_out(self, data: bytes) -> None:
        if self._waiting:
            self._keep(data)
        elif (taken := self._offer(data)) < len(data):
            self._keep(data[taken:])

    def _offer(self, data: bytes | bytearray) -> int:
        """Return how many bytes the kernel took."""
        try:
            return self._put(data[:_AT_ONCE])
        except BlockingIOError:
            return 0
        except OSError:
            self.close()
            return len(data)

    def _put_secretly(self, data: bytes | bytearray) -> int:
        patience = self._sock.gettimeout()  # the timeout belongs to the reader
        self._sock.settimeout(0.0)
        try:
            return self._sock.send(data)
        finally:
            self._sock.settimeout(patience)

    def _keep(self, data: bytes) -> None:
        if self._closed:
            return
        if not self._waiting:
            self._writable.start(self._write)
            self._patience.again(self._stuck)
        self._waiting += data
        if len(self._waiting) > self._max_bytes:
            self._stuck()

    def _write(self) -> None:
        taken = self._offer(self._waiting)
        del self._waiting[:taken]
        if self._closed:
            return
        if self._waiting:
            self._patience.again(self._stuck)
            return
        self._writable.stop()
        self._patience.stop()
        if self._finishing:
            self._half_close()

    def _half_close(self) -> None:
        if self._closed:
            return
        self.close()
        self._shut(SHUT_WR)

    def _shut(self, how: int) -> None:
        with suppress(OSError):  # the peer has closed already
            # Not the TLS socket's own shutdown: that drops its session, and its reader fails.
            socket.shutdown(self._sock, how)

    def _stuck(self) -> None:
        self.close()
        self._on_stuck()
