"""What goes over the wire: the sound sent to each UDP port of the loopback interface.

Phones are not asked what they hear: the sound is taken from the packets. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import collections
import ctypes
import socket
import struct
import threading

import numpy as np

from tests.lab.codecs import Packet, Pcm, decoded, is_sound

_IP = 0x0800
_UDP = 17
_SO_ATTACH_FILTER = 26
_SETTLE_SECONDS = 0.3  # what is on its way through buffers still belongs to the past


class Wire:
    """Keeps the sound sent to each of these ports until it is taken."""

    def __init__(self, ports: range) -> None:
        self._sound: dict[int, list[Packet]] = collections.defaultdict(list)
        self._lock = threading.Lock()
        self._tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
        _let_through(self._tap, ports)
        self._tap.bind(("lo", _IP))
        self._tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._tap.close()

    def take(self, ports: range) -> Pcm:
        """The sound sent to these ports since it was last taken."""
        with self._lock:
            sent = [self._sound.pop(port, []) for port in ports]
        return np.concatenate([decoded(packets) for packets in sent])

    def listen(self, ports: range, seconds: float) -> Pcm:
        """The sound sent to these ports for that long from now on."""
        clock = threading.Event()
        clock.wait(_SETTLE_SECONDS)
        self.forget(ports)
        clock.wait(seconds)
        return self.take(ports)

    def forget(self, ports: range) -> None:
        with self._lock:
            for port in ports:
                self._sound.pop(port, None)

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
        if len(rtp) < 12 or rtp[0] >> 6 != 2:
            return
        sound = rtp[1] & 0x7F, rtp[12 + 4 * (rtp[0] & 15) :]
        if not is_sound(sound):  # nor is RTCP, whose 200 to 204 are 72 to 76 here
            return
        (port,) = struct.unpack_from("!H", packet, start + 2)
        with self._lock:
            self._sound[port].append(sound)


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
