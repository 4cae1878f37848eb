"""What really goes over the wire: the PCMU sent to each UDP port of the loopback interface.

Phones are not asked what they hear: the sound is taken from the packets. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import collections
import socket
import struct
import threading

_IP = 0x0800
_UDP = 17
_PCMU = 0
_SETTLE_SECONDS = 0.3  # what is on its way through buffers still belongs to the past


class Wire:
    """Keeps the sound sent to each port until it is taken."""

    def __init__(self) -> None:
        self._sound: dict[int, bytearray] = collections.defaultdict(bytearray)
        self._lock = threading.Lock()
        self._tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_IP))
        self._tap.bind(("lo", 0))
        self._tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._tap.close()

    def take(self, ports: range) -> bytes:
        """The mu-law sound sent to these ports since it was last taken."""
        with self._lock:
            return b"".join(bytes(self._sound.pop(port, b"")) for port in ports)

    def listen(self, ports: range, seconds: float) -> bytes:
        """The mu-law sound sent to these ports for that long from now on."""
        clock = threading.Event()
        clock.wait(_SETTLE_SECONDS)
        self.take(ports)
        clock.wait(seconds)
        return self.take(ports)

    def _listen(self) -> None:
        while True:
            try:
                packet, address = self._tap.recvfrom(2048)
            except OSError:
                return
            if address[2] != socket.PACKET_OUTGOING:  # on the loopback each is seen twice
                self._packet(packet)

    def _packet(self, packet: bytes) -> None:
        start = (packet[0] & 15) * 4
        rtp = packet[start + 8 :]
        if packet[9] != _UDP or len(rtp) < 12 or rtp[0] >> 6 != 2 or rtp[1] & 0x7F != _PCMU:
            return
        (port,) = struct.unpack_from("!H", packet, start + 2)
        with self._lock:
            self._sound[port] += rtp[12 + 4 * (rtp[0] & 15) :]
