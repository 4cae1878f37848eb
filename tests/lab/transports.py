"""Stolen phones that use transports which the rendered profile does not open by itself."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.lab.rogue import RoguePhone
from tests.lab.sip import Headers, Message

_TRIES, _GREETING_SECONDS = 5, 5.0
_LENGTH = re.compile(rb"^(?:content-length|l): *(\d+)", re.IGNORECASE | re.MULTILINE)


def certify(folder: Path) -> None:
    """The files that a profile with TLS or WSS wants in its ``tls-cert-dir``."""
    folder.mkdir()
    key, certificate = folder / "key", folder / "certificate"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=lab"]
    subprocess.run([*new, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    for name in ("agent.pem", "wss.pem"):
        (folder / name).write_bytes(key.read_bytes() + certificate.read_bytes())
    (folder / "cafile.pem").write_bytes(certificate.read_bytes())


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class _Encrypted(RoguePhone):
    """Reconnects where the switch, on a busy machine, does not answer a connection (seen in 1 of
    20).
    """

    def start(self) -> None:
        for _ in range(_TRIES - 1):
            try:
                super().start()
            except AssertionError:
                self.kill()
            else:
                return
        super().start()


class OverTls(_Encrypted):
    _transport = "TLS"

    def _open(self) -> None:
        host, _, port = self._switch.partition(":")
        plain = socket.create_connection((host, int(port)))
        self._stream = _trusting().wrap_socket(plain)
        self._port, self._unread = self._stream.getsockname()[1], b""

    def _close(self) -> None:
        with suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._stream.close()

    @property
    def _address(self) -> str:
        return f"{self._host}:{self._port}"

    def _receive(self) -> bytes:
        while (size := self._whole()) is None:
            try:
                data = self._stream.recv(65535)
            except OSError:
                return b""
            if not data:
                return b""
            self._unread = (self._unread + data).lstrip()
        message, self._unread = self._unread[:size], self._unread[size:].lstrip()
        return message

    def _whole(self) -> int | None:
        """The length of the first message, once it is complete."""
        head, end, body = self._unread.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        return len(head) + len(end) + size if end and len(body) >= size else None

    def _send(self, message: Message) -> None:
        with suppress(OSError):
            self._stream.sendall(message.encoded())


class OverWss(_Encrypted):
    """Its sound would be plain RTP, as that of ``WebPhone``."""

    _transport = "WSS"

    def _open(self) -> None:
        """The switch accepts connections one by one, and may still wait for a closed one."""
        for _ in range(_TRIES):
            with suppress(OSError):
                self._web = connect(
                    f"wss://{self._switch}",
                    subprotocols=[Subprotocol("sip")],
                    compression=None,
                    ssl=_trusting(),
                    open_timeout=_GREETING_SECONDS,
                    legacy=True,
                )
                return
        raise AssertionError(f"no WebSocket at {self._switch}")

    def _close(self) -> None:
        self._web.close()
        self._listener.join()

    @property
    def _address(self) -> str:
        return f"{self._host}:{self._web.local_address[1]}"

    @property
    def _path(self) -> Headers:
        return (("Path", f"<sip:{self._address};transport=ws;lr>"),)

    def _receive(self) -> bytes:
        try:
            data = self._web.recv()
        except ConnectionClosed:
            return b""
        return data.encode() if isinstance(data, str) else bytes(data)

    def _send(self, message: Message) -> None:
        with suppress(ConnectionClosed):
            self._web.send(message.encoded().decode())


class OverIpv6(RoguePhone):
    _host = "[::1]"

    def _open(self) -> None:
        self._sip = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self._sip.bind(("::1", 0))

    def _send(self, message: Message) -> None:
        self._sip.sendto(message.encoded(), ("::1", int(self._switch.rpartition(":")[2])))

    def _description(self, *more: str, host: str = "") -> str:
        return super()._description(*more, host=host).replace("IN IP4 [::1]", "IN IP6 ::1")
