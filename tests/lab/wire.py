"""What really goes over the wire: the PCMU sent to each UDP port of the loopback interface.

Phones are not asked what they hear: the sound is taken from the packets. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import collections
import ctypes
import socket
import struct
import threading

_IP = 0x0800
_UDP = 17
_PCMU = 0
_SO_ATTACH_FILTER = 26
_SETTLE_SECONDS = 0.3  # what is on its way through buffers still belongs to the past


class Wire:
    """Keeps the sound sent to each of these ports until it is taken."""

    def __init__(self, ports: range) -> None:
        self._sound: dict[int, bytearray] = collections.defaultdict(bytearray)
        self._lock = threading.Lock()
        self._tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
        _let_through(self._tap, ports)
        self._tap.bind(("lo", _IP))
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
                packet = self._tap.recv(2048)
            except OSError:
                return
            self._packet(packet)

    def _packet(self, packet: bytes) -> None:
        start = (packet[0] & 15) * 4
        rtp = packet[start + 8 :]
        if len(rtp) < 12 or rtp[0] >> 6 != 2 or rtp[1] & 0x7F != _PCMU:
            return
        (port,) = struct.unpack_from("!H", packet, start + 2)
        with self._lock:
            self._sound[port] += rtp[12 + 4 * (rtp[0] & 15) :]


def _let_through(tap: socket.socket, ports: range) -> None:
    """Only UDP to these ports, once: the kernel drops the rest, such as other laboratories'.

    A program for the kernel's packet filter: code, jumps if true and if false, operand.
    """
    packet_type = 0xFFFFF000 + 4
    program = [
        (0x30, 0, 0, packet_type),  # on the loopback each packet is seen twice
        (0x15, 7, 0, socket.PACKET_OUTGOING),
        (0x30, 0, 0, 9),
        (0x15, 0, 5, _UDP),
        (0xB1, 0, 0, 0),  # the length of the IP header
        (0x48, 0, 0, 2),  # the port behind it
        (0x35, 0, 2, ports.start),
        (0x35, 1, 0, ports.stop),
        (0x06, 0, 0, 0xFFFF),
        (0x06, 0, 0, 0),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    told = struct.pack("HP", len(program), ctypes.addressof(code))
    tap.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, told)
